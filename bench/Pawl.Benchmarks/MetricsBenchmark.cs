using System.Diagnostics;
using System.Globalization;
using Pawl.Metrics;

namespace Pawl.Benchmarks;

/// <summary>What a look costs beside SQL that an analyst writes by hand for the same rows, in each database; the numbers of both must agree.</summary>
internal static class MetricsBenchmark
{
    public const string Usage = "./bench.sh metrics [UNITS [sqlite | sqlite-own | sqlite-indexed | postgres | clickhouse] …]";

    private const long SmallUnits = 1_000_000;
    private const int Repetitions = 3;
    private const double Tolerance = 1e-9;

    private static readonly (string Name, Func<Task<MetricEngine>> Start)[] Engines =
    [
        ("sqlite", EmbeddedEngine.StartAsync),
        ("sqlite-own", () => SqliteEngine.StartAsync(isIndexed: false)),
        ("sqlite-indexed", () => SqliteEngine.StartAsync(isIndexed: true)),
        ("postgres", PostgresEngine.StartAsync),
        ("clickhouse", ClickHouseEngine.StartAsync),
    ];

    /// <summary>The small size in every database, any other in the servers.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (!TryRead(arguments, out var units, out var names))
        {
            Console.Error.WriteLine("usage: " + Usage);
            return 64;
        }

        Report.Machine();
        foreach (var (name, start) in Engines.Where(engine => names.Contains(engine.Name)))
        {
            if (MetricEngine.Missing(name) is { } missing)
            {
                Report.Row($"{name}: not measured", missing);
                continue;
            }

            await using var engine = await start();
            await engine.FillAsync(units);
            foreach (var question in MetricQuestion.All) await CompareAsync(engine, question, units);
        }

        return 0;
    }

    private static bool TryRead(string[] arguments, out long units, out string[] names)
    {
        units = SmallUnits;
        names = [];
        if (arguments.Length > 0 && (!long.TryParse(arguments[0], NumberStyles.None, CultureInfo.InvariantCulture, out units) || units < MetricRows.UnitsMin)) return false;
        names = arguments.Length > 1 ? arguments[1..] : units <= SmallUnits ? [.. Engines.Select(engine => engine.Name)] : ["postgres", "clickhouse"];
        return names.All(name => Engines.Any(engine => engine.Name == name));
    }

    private static async Task CompareAsync(MetricEngine engine, MetricQuestion question, long units)
    {
        var hand = engine.Hand.Write(question.Kind);
        var query = question.Query(engine);
        var (ours, theirs, memory) = (new List<double>(), new List<double>(), PeakMegabytes());
        for (var repetition = 0; repetition < Repetitions; repetition++)
        {
            // In turn, so that neither always finds what the other read.
            var start = Stopwatch.GetTimestamp();
            var result = await engine.Source.MeasureAsync(query);
            ours.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            if (result is not MetricResult.Measured measured) throw new InvalidOperationException($"{engine.Name}, {question.Name}: {((MetricResult.Unmeasured)result).Detail}");
            start = Stopwatch.GetTimestamp();
            var rows = await engine.AskAsync(hand);
            theirs.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            Agree(engine, question, measured, rows);
        }

        var (mine, other) = (Report.Median(ours), Report.Median(theirs));
        Report.Row(
            $"{engine.Name}, {units:N0} units, {units * MetricRows.EventsPerUnit:N0} events, {question.Name}: Pawl, by hand, ratio, growth of Pawl's peak memory",
            $"{Report.Number(mine)} s, {Report.Number(other)} s, {Report.Number(mine / other)}, {PeakMegabytes() - memory:N0} MB",
            question.HasBudget ? "≤ 1.3" : "");
    }

    private static void Agree(MetricEngine engine, MetricQuestion question, MetricResult.Measured measured, IReadOnlyList<double[]> rows)
    {
        if (rows.Count != measured.Arms.Count) throw new InvalidOperationException($"{engine.Name}, {question.Name}: {rows.Count} arms by hand.");
        foreach (var (arm, row) in measured.Arms.Zip(rows))
        {
            var numbers = MetricQuestion.Numbers(arm.Statistics);
            if (numbers.Length != row.Length || numbers.Zip(row).Any(pair => Math.Abs(pair.First - pair.Second) > Tolerance * Math.Max(1, Math.Abs(pair.First))))
                throw new InvalidOperationException($"{engine.Name}, {question.Name}, {arm.Arm}: Pawl says {Shown(numbers)}, by hand it is {Shown(row)}.");
        }
    }

    private static string Shown(double[] numbers) => string.Join(" ", numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));

    private static double PeakMegabytes()
    {
        using var me = Process.GetCurrentProcess();
        return me.PeakWorkingSet64 / 1e6;
    }
}
