using System.Diagnostics;
using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Benchmarks;

/// <summary>The budgets that speak of runs.</summary>
internal static class RunsBenchmark
{
    private const int Repetitions = 5;

    public static async Task<int> RunAsync()
    {
        Report.Machine();
        await RecordAsync();
        await DurableWriters.RunAsync();
        await FoldAsync();
        await ImportBenchmark.RunAsync();
        return 0;
    }

    // Enqueue: the median time of one call. Sustained: wall time until all is on disk, over the number of events.
    public static async Task<int> RecordAsync()
    {
        for (var i = 0; i < 10; i++) await RecordOnceAsync(20_000, i % 2 == 0 ? 3 : 14); // until the compiler has settled
        foreach (var options in (int[])[3, 14])
        {
            foreach (var decisions in (int[])[1_000, 5_000, 20_000, 100_000])
            {
                var samples = new List<(double Decide, double Outcome, double Sustained)>();
                for (var i = 0; i < Repetitions; i++) samples.Add(await RecordOnceAsync(decisions, options));
                Report.Row(
                    $"record in process, {options} options, {decisions:N0} decisions: enqueue a decision, an outcome",
                    $"{Report.Number(Report.Median(samples.Select(s => s.Decide)))} µs, {Report.Number(Report.Median(samples.Select(s => s.Outcome)))} µs",
                    "≤ 3 µs each");
                Report.Row($"record in process, {options} options, {decisions:N0} decisions: sustained to disk, per event", Report.Number(Report.Median(samples.Select(s => s.Sustained))) + " µs", "≤ 12 µs");
            }
        }

        var fresh = new List<double>();
        for (var i = 0; i < Repetitions; i++) fresh.Add((await RecordOnceAsync(20_000, 14, freshOptions: true)).Decide);
        Report.Row("record in process, 14 options that are new objects at every decision: enqueue a decision", Report.Number(Report.Median(fresh)) + " µs");
        return 0;
    }

    private static async Task<(double Decide, double Outcome, double Sustained)> RecordOnceAsync(int decisions, int optionCount, bool freshOptions = false)
    {
        using var folder = new ScratchFolder();
        await using var database = Database.Open(folder.File("pawl.db"));
        await using var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { SpillDirectory = folder.File("spill"), NoProgressAfter = 0 });
        var run = await recorder.StartRunAsync("bench");
        var options = Samples.Options(optionCount);
        var (decide, outcome) = (new long[decisions], new long[decisions]);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < decisions; i++)
        {
            if (freshOptions) options = Samples.Options(optionCount);
            var a = Stopwatch.GetTimestamp();
            var id = run.Decide("Change the date", options, "tool_00", "The customer asked for it.");
            var b = Stopwatch.GetTimestamp();
            run.RecordOutcome(id, Samples.Success);
            var c = Stopwatch.GetTimestamp();
            (decide[i], outcome[i]) = (b - a, c - b);
        }

        await recorder.FlushAsync();
        var sustained = Report.Microseconds(Stopwatch.GetTimestamp() - start) / (decisions * 2);
        return (Report.Median(decide.Select(Report.Microseconds)), Report.Median(outcome.Select(Report.Microseconds)), sustained);
    }

    private static async Task FoldAsync()
    {
        var samples = new List<(double First, double Again)>();
        for (var i = 0; i < Repetitions; i++)
        {
            using var folder = new ScratchFolder();
            await using var database = Database.Open(folder.File("pawl.db"));
            await using var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { SpillDirectory = folder.File("spill"), NoProgressAfter = 0 });
            var options = Samples.Options(3);
            for (var r = 0; r < 50; r++)
            {
                var run = await recorder.StartRunAsync("bench");
                for (var d = 0; d < 1_000; d++) run.RecordOutcome(run.Decide("Change the date", options, "tool_00", "The customer asked for it."), Samples.Success);
                await run.EndRunAsync(RunStatus.Completed);
            }

            var a = Stopwatch.GetTimestamp();
            await database.Runs.ListAsync(new RunQuery());
            var b = Stopwatch.GetTimestamp();
            await database.Runs.ListAsync(new RunQuery());
            samples.Add((Report.Microseconds(b - a), Report.Microseconds(Stopwatch.GetTimestamp() - b)));
        }

        var first = Report.Median(samples.Select(s => s.First));
        Report.Row("first read after 100,000 new events (folds them)", Report.Number(first / 1e6) + " s");
        Report.Row("fold, per event", Report.Number(first / 100_000) + " µs");
        Report.Row("the same read again", Report.Number(Report.Median(samples.Select(s => s.Again)) / 1e3) + " ms");
    }
}
