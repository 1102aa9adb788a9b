using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pawl.Experiments;
using Pawl.Experiments.Golden;
using Pawl.Experiments.Simulation;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Metrics;
using Pawl.Storage;

namespace Pawl.Benchmarks;

/// <summary>
/// What Pawl itself adds to an experiment: whole ones through the real orchestrator, store, flags and ledger on a virtual clock, the time of the source,
/// whose numbers are made up, taken out.
/// </summary>
internal static class ExperimentsBenchmark
{
    private const int Repetitions = 5;
    private const int Days = 14;
    private const int Simulations = 5_000;
    private const double NoEffect = 0.30;
    private const double Better = 0.38;

    private static readonly DateTimeOffset Start = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    public static async Task<int> RunAsync()
    {
        Report.Machine();
        // The first goes to the compiler.
        await PlayAsync(24, NoEffect);
        var daily = await RepeatAsync($"{Days} daily looks", 24);
        var hourly = await RepeatAsync($"{24 * Days} hourly looks", 1);
        Report.Row("on disk, per look with its receipts, dashboard and verdict", $"{(hourly.Bytes - daily.Bytes) / (hourly.Looks.Count - daily.Looks.Count):N0} bytes");
        var ends = new List<double>();
        for (var i = 0; i < Repetitions * 3; i++) ends.Add((await PlayAsync(24, Better)).EndMilliseconds);
        Report.Row("from the last number measured to the end: look, verdict, promotion, read-back, dashboard, all with receipts on disk", $"{Report.Number(Report.Median(ends))} ms");
        await SimulateAsync();
        return 0;
    }

    private static async Task<Played> RepeatAsync(string name, double hours)
    {
        var all = new List<Played>();
        for (var i = 0; i < Repetitions; i++) all.Add(await PlayAsync(hours, NoEffect));
        Report.Row($"an experiment of {name}, without the source: per look, the slowest tenth from", $"{Report.Number(Report.Median(all.SelectMany(p => p.Looks)))} ms, {Report.Number(Tenth(all.SelectMany(p => p.Looks)))} ms");
        Report.Row($"the same, the last ten looks: per look", $"{Report.Number(Report.Median(all.SelectMany(p => p.Looks.TakeLast(10))))} ms");
        Report.Row($"the whole experiment of {name}, without the source", $"{Report.Number(Report.Median(all.Select(p => p.Looks.Sum())))} ms");
        return all[^1];
    }

    private static double Tenth(IEnumerable<double> samples)
    {
        var sorted = samples.Order().ToArray();
        return sorted[sorted.Length * 9 / 10];
    }

    private static async Task<Played> PlayAsync(double guardrailHours, double treatment)
    {
        using var folder = new ScratchFolder();
        var path = folder.File("pawl.db");
        var looks = new List<double>();
        var end = 0.0;
        await using (var database = Database.Open(path))
        {
            var trace = Trace(guardrailHours, treatment);
            var request = CanonicalJson.Serialize(trace.Request);
            var clock = new GoldenClock(Start);
            var services = Stage(database, clock, trace);
            var contract = ((StartOutcome.Planned)await new Orchestrator(services).PlanAsync(request)).Contract;
            var source = new TimedSource(new WorldSource(trace, contract, database.Experiments, clock));
            var orchestrator = new Orchestrator(services with { Sources = new Dictionary<string, IMetricSource>(StringComparer.Ordinal) { [source.Name] = source } });
            await orchestrator.StartAsync(request, null);
            for (; ; )
            {
                var (start, asked, before) = (Stopwatch.GetTimestamp(), source.Questions, source.Elapsed);
                var outcome = await orchestrator.AdvanceAsync(contract.Id);
                if (source.Questions > asked) looks.Add((Stopwatch.GetElapsedTime(start) - (source.Elapsed - before)).TotalMilliseconds);
                if (outcome is not AdvanceOutcome.Waiting waiting)
                {
                    end = Stopwatch.GetElapsedTime(source.AnsweredAt).TotalMilliseconds;
                    break;
                }

                clock.MoveTo(waiting.Next);
            }
        }

        return new Played(looks, new FileInfo(path).Length, end);
    }

    private static async Task SimulateAsync()
    {
        using var folder = new ScratchFolder();
        await using var database = Database.Open(folder.File("pawl.db"));
        var trace = Trace(24, NoEffect);
        var contract = ((StartOutcome.Planned)await new Orchestrator(Stage(database, new GoldenClock(Start), trace)).PlanAsync(CanonicalJson.Serialize(trace.Request))).Contract;
        var start = Stopwatch.GetTimestamp();
        ExperimentSimulation.Run(contract, Simulations, seed: 1);
        Report.Row($"{2 * Simulations:N0} simulated experiments of {Days} daily looks through the rule of the verdict, half of them with an effect", $"{Report.Number(Stopwatch.GetElapsedTime(start).TotalSeconds)} s", "≤ 10 s");
    }

    private static GoldenTrace Trace(double guardrailHours, double treatment) => GoldenReader.Read(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$$"""
        name: bench
        request:
          domain: prompts
          slug: bench
          treatment_spec: {control: {prompt: v6}, treatmentA: {prompt: v7}}
          hypothesis: "v7 converts better"
          primary_metric: conversion
          metrics: [conversion]
          guardrails: [{name: defect_rate, threshold: 0.05, direction: "<"}]
          mde: 0.03
          max_duration_days: {{{Days}}}
          baseline: {mean: 0.3, variance: 0.21, units_per_day: 1000}
          guardrail_hours: {{{guardrailHours}}}
        world:
          units_per_day: 1000
          metrics:
            conversion: {kind: proportion, arms: {control: {{{NoEffect}}}, treatmentA: {{{treatment}}} }}
            defect_rate: {kind: ratio, better: lower, arms: {control: 0.01, treatmentA: 0.01}}
        seed: 1
        """)));

    private static ExperimentServices Stage(Database database, TimeProvider clock, GoldenTrace trace) => new()
    {
        Store = database,
        Experiments = database.Experiments,
        Receipts = database.Ledger,
        Flags = new PawlFlagProvider(database, database.Flags, new FlagRegistry(database.Flags, new ReceiptLedger(database.Ledger, clock))),
        Metrics = trace.World.Metrics.ToDictionary(
            metric => metric.Key,
            metric => new MetricDefinition { Name = metric.Key, Source = WorldSource.SourceName, Kind = metric.Value.Kind, Better = metric.Value.Better, Input = new MetricInput.Event(metric.Key) },
            StringComparer.Ordinal),
        Sources = new Dictionary<string, IMetricSource>(StringComparer.Ordinal),
        Policy = new Policy { Id = "bench" },
        Clock = clock,
        Actor = "agent:bench",
    };

    /// <summary>What came of an experiment: milliseconds of each look and of the end after the last answer, and the size of the database.</summary>
    private sealed record Played(IReadOnlyList<double> Looks, long Bytes, double EndMilliseconds);

    /// <summary>Knows how long its source took.</summary>
    private sealed class TimedSource(IMetricSource inner) : IMetricSource
    {
        public string Name => inner.Name;

        public int Questions { get; private set; }

        public TimeSpan Elapsed { get; private set; }

        public long AnsweredAt { get; private set; }

        public async Task<MetricResult> MeasureAsync(MetricQuery query, CancellationToken cancellationToken = default)
        {
            var start = Stopwatch.GetTimestamp();
            var result = await inner.MeasureAsync(query, cancellationToken);
            AnsweredAt = Stopwatch.GetTimestamp();
            Elapsed += Stopwatch.GetElapsedTime(start, AnsweredAt);
            Questions++;
            return result;
        }
    }
}
