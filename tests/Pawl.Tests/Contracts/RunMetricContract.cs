using Pawl.Metrics;
using Pawl.Runs;
using Pawl.Statistics;
using Pawl.Storage;
using Pawl.Tests.Insights;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What the source over Pawl's own runs must answer: the same as counting over the runs themselves.</summary>
public abstract class RunMetricContract(IDatabases databases) : IDisposable
{
    private const string Flag = "f";

    private static readonly DateTimeOffset Start = RunBuilder.Start;

    private static readonly (MetricKind Kind, RunMeasure Of)[] Metrics =
    [
        (MetricKind.Proportion, RunMeasure.Success), (MetricKind.Mean, RunMeasure.Tokens), (MetricKind.Mean, RunMeasure.Latency), (MetricKind.Mean, RunMeasure.Problems),
        (MetricKind.Quantile, RunMeasure.Tokens), (MetricKind.Quantile, RunMeasure.Latency),
    ];

    [Fact]
    public async Task Measure_RandomRuns_EqualsCountingByHand()
    {
        var random = new Random(7);
        for (var world = 0; world < LongRun.Scale(4, 60); world++)
        {
            await using var database = Database.Open(await databases.CreateAsync());
            var runs = Enumerable.Range(0, random.Next(1, 80)).Select(n => Made(random, n)).ToList();
            await InsightDatabase.AddAsync(database, runs);
            foreach (var (kind, of) in Metrics)
            {
                var query = Query(kind, of) with
                {
                    Watermark = Start.AddMinutes(random.Next(30, 200)),
                    Stop = random.Next(2) == 0 ? Start.AddMinutes(90) : null,
                    Window = random.Next(2) == 0 ? TimeSpan.FromMinutes(random.Next(1, 60)) : null,
                };
                var byHand = ByHand(runs, query);
                var result = await AskAsync(database, query);
                if (byHand.TrueForAll(a => a.Exposed == 0))
                {
                    Assert.Equal(MetricFault.NoRows, Assert.IsType<MetricResult.Unmeasured>(result).Fault);
                    continue;
                }

                Assert.Equal(byHand, Measured(result).Arms);
            }
        }
    }

    [Fact]
    public async Task Measure_WhileRunsGoOn_CountsEachOnceItHasEnded()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        using var folder = new TemporaryFolder();
        var query = Query(MetricKind.Mean, RunMeasure.Tokens) with { Start = DateTimeOffset.UtcNow.AddDays(-1), Watermark = DateTimeOffset.UtcNow.AddDays(1) };
        await using var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { SpillDirectory = folder.Path });
        var run = await recorder.StartRunAsync("goal", new RunDetails { Served = [new ServedFlag(Flag, 1, "a")] });
        run.RecordOutcome(run.QuickDecision("tidy", "move"), new Outcome { Success = true, TokensUsed = 7, Timestamp = Start });
        await recorder.FlushAsync();

        var running = Measured(await AskAsync(database, query)).Arms[0];
        run.RecordOutcome(run.QuickDecision("tidy", "move"), new Outcome { Success = true, TokensUsed = 4, Timestamp = Start });
        await run.EndRunAsync(RunStatus.Completed);
        var ended = Measured(await AskAsync(database, query)).Arms[0];

        Assert.Equal((1, 0), (running.Exposed, running.Statistics.Units));
        Assert.Equal((1, 1, 11.0), (ended.Exposed, ended.Statistics.Units, ((MeanStatistics)ended.Statistics).Sum));
    }

    [Fact]
    public async Task Measure_AStuckRunThatGoesOn_ForgetsWhatItHadSummed()
    {
        var where = await databases.CreateAsync();
        await using var database = Database.Open(where);
        await InsightDatabase.AddAsync(database, [Served("run_1", RunStatus.Stuck, "a", Tokens(5))]);
        var query = Query(MetricKind.Mean, RunMeasure.Tokens);
        Assert.Equal(5.0, Sum(await AskAsync(database, query)));

        databases.Execute(where, """update decisions set outcome = replace(outcome, '"tokens_used":5', '"tokens_used":50'); update runs set last_event = 3, status = 'running'""");
        Assert.Equal(0, Measured(await AskAsync(database, query)).Arms[0].Statistics.Units);
        databases.Execute(where, "update runs set status = 'completed'");

        Assert.Equal(50.0, Sum(await AskAsync(database, query)));
    }

    [Fact]
    public async Task Measure_MoreRunsThanOneCommitBringsIn_CountsAll()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var runs = Enumerable.Range(0, 2100).Select(n => Served($"run_{n}", n % 4 == 0 ? RunStatus.Failed : RunStatus.Completed, n % 2 == 0 ? "a" : "b", Tokens(n))).ToList();
        await InsightDatabase.AddAsync(database, runs.Take(1500));
        await AskAsync(database, Query(MetricKind.Mean, RunMeasure.Tokens));
        await InsightDatabase.AddAsync(database, runs.Skip(1500));

        var success = Measured(await AskAsync(database, Query(MetricKind.Proportion, RunMeasure.Success))).Arms;

        Assert.Equal([(1050, 525), (1050, 1050)], success.Select(a => ((int)a.Exposed, (int)((ProportionStatistics)a.Statistics).Events)));
        Assert.Equal(runs.Where((_, n) => n % 2 == 0).Sum(r => (double)r.Metrics.TotalTokens), Sum(await AskAsync(database, Query(MetricKind.Mean, RunMeasure.Tokens))));
    }

    [Fact]
    public async Task Measure_ADatabaseThatIsNotThereYet_IsUnavailableAndStaysAway()
    {
        await using var database = Database.Open(await databases.CreateAsync());

        Assert.Equal(MetricFault.Unavailable, Assert.IsType<MetricResult.Unmeasured>(await AskAsync(database, Query(MetricKind.Mean, RunMeasure.Tokens))).Fault);
        await Assert.ThrowsAsync<UnavailableException>(() => database.Runs.IdsAsync(null, TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) databases.Dispose();
    }

    private static MetricQuery Query(MetricKind kind, RunMeasure of) => new()
    {
        Flag = Flag,
        Arms = ["a", "b"],
        Start = Start,
        Watermark = Start.AddDays(1),
        Metric = new MetricDefinition { Name = "m", Source = "runs", Kind = kind, Input = new MetricInput.Run(of), Level = kind == MetricKind.Quantile ? 0.9 : null },
    };

    private static MetricResult.Measured Measured(MetricResult result) =>
        result as MetricResult.Measured ?? throw new InvalidOperationException($"{(result as MetricResult.Unmeasured)?.Detail}\n{result.Provenance.Statement}");

    private static double Sum(MetricResult result) => ((MeanStatistics)Measured(result).Arms[0].Statistics).Sum;

    private static Task<MetricResult> AskAsync(Database database, MetricQuery query) =>
        database.Metrics.RunSource("runs", TimeSpan.FromMinutes(1), TimeProvider.System).MeasureAsync(query, TestContext.Current.CancellationToken);

    private static Decision Tokens(long tokens) => RunBuilder.Ok() with { Outcome = new Outcome { Success = true, TokensUsed = tokens, Timestamp = Start } };

    private static Run Served(string id, RunStatus status, string variant, params Decision[] decisions) =>
        RunBuilder.Run(id, status, Start.AddMinutes(1), decisions) with { Served = [new ServedFlag(Flag, 1, variant)] };

    private static Run Made(Random random, int n)
    {
        var decisions = Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(5) == 0 ? RunBuilder.Pending() : RunBuilder.Ok() with
        {
            Outcome = new Outcome { Success = random.Next(2) == 0, TokensUsed = random.Next(100), LatencyMs = random.Next(100), Timestamp = Start },
            EarlierOutcomes = random.Next(3) == 0 ? [new Outcome { Success = false, TokensUsed = 1000, LatencyMs = 1000, Timestamp = Start }] : [],
        }).ToArray();
        var run = RunBuilder.Run($"run_{n}", (RunStatus)random.Next(5), Start.AddMinutes(random.Next(-20, 180)), decisions);
        string[] variants = ["a", "b", "other"];
        var served = Enumerable.Range(0, random.Next(3)).Select(_ => new ServedFlag(random.Next(6) == 0 ? "another" : Flag, 1, variants[random.Next(3)])).ToList();
        return run with
        {
            CompletedAt = run.Status is RunStatus.Running or RunStatus.Stuck ? null : run.StartedAt.AddMinutes(random.Next(60)),
            Problems = random.Next(4) == 0 ? [RunBuilder.Critical("bad")] : [],
            Served = served,
        };
    }

    // Run by run, in the words of the documentation.
    private static List<ArmReading> ByHand(List<Run> runs, MetricQuery query)
    {
        var end = query.Stop is { } stop && stop < query.Watermark ? stop : query.Watermark;
        var exposed = runs.Where(r => r.StartedAt >= query.Start && r.StartedAt < end)
            .Select(r => (Run: r, Variants: r.Served.Where(s => s.Flag == query.Flag).Select(s => query.Arms.ToList().IndexOf(s.Variant)).Distinct().Order().ToList()))
            .Where(r => r.Variants.Count > 0).ToList();
        return [.. query.Arms.Select((name, arm) =>
        {
            var mine = exposed.Where(r => r.Variants.Find(v => v >= 0) == arm && r.Variants.Contains(arm)).ToList();
            var values = mine.Where(r => r.Variants.Count == 1 && HasEnded(r.Run) && !(r.Run.StartedAt + query.Window > query.Watermark)).Select(r => Value(r.Run)).ToList();
            return new ArmReading
            {
                Arm = name,
                Exposed = mine.Count,
                Crossovers = mine.Count(r => r.Variants.Count > 1),
                Statistics = query.Metric.Kind switch
                {
                    MetricKind.Proportion => new ProportionStatistics { Units = values.Count, Events = values.Count(v => v != 0) },
                    MetricKind.Mean => Tests.Statistics.Made.Mean(values),
                    _ => Quantile(values),
                },
            };
        })];

        bool HasEnded(Run run) => run.Status != RunStatus.Running && (run.CompletedAt ?? run.StartedAt) < query.Watermark;

        double Value(Run run) => query.Metric.Input switch
        {
            MetricInput.Run { Of: RunMeasure.Success } => run.Status == RunStatus.Completed ? 1 : 0,
            MetricInput.Run { Of: RunMeasure.Tokens } => run.Metrics.TotalTokens,
            MetricInput.Run { Of: RunMeasure.Latency } => run.Metrics.TotalLatencyMs,
            _ => run.Problems.Count,
        };
    }

    private static QuantileStatistics Quantile(List<double> values)
    {
        var (sorted, n) = (values.Order().ToList(), values.Count);
        var half = QuantileStatistics.Z * Math.Sqrt(0.9 * 0.1 / n);
        var below = sorted.Count(v => v <= At(0.9));
        return new QuantileStatistics
        {
            Level = 0.9,
            Units = n,
            QuantileUnits = n,
            Quantile = At(0.9),
            QuantileLower = At(0.9 - half),
            QuantileUpper = At(0.9 + half),
            Clusters = n,
            BelowSum = below,
            BelowSumOfSquares = below,
            CountSum = n,
            CountSumOfSquares = n,
            SumOfProducts = below,
        };

        double At(double p) => n == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(p * n), 1, n) - 1];
    }
}

public sealed class SqliteRunMetricTests() : RunMetricContract(new SqliteDatabases());

public sealed class PostgresRunMetricTests(PostgresCluster cluster) : RunMetricContract(new PostgresDatabases(cluster));
