using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pawl.Insights;
using Pawl.Runs;
using Pawl.Runs.Formats;
using Pawl.Storage;

namespace Pawl.Benchmarks;

/// <summary>Importing, and reading over a hundred thousand runs.</summary>
internal static class ImportBenchmark
{
    private const int ManyRuns = 100_000;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task<int> RunAsync()
    {
        await ThousandAsync();
        await ManyAsync();
        return 0;
    }

    public static async Task<int> ChildAsync(string path, string from)
    {
        await using var database = Database.Open(path);
        var start = Stopwatch.GetTimestamp();
        var report = await new RunImporter(database, database.Runs).TauBenchAsync(from, "bench");
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var me = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Imported} {seconds} {me.PeakWorkingSet64}"));
        return 0;
    }

    private static async Task ThousandAsync()
    {
        using var source = new ScratchFolder();
        await WriteHiveAsync(source, 1_000, 20);
        var samples = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            using var folder = new ScratchFolder();
            await using var database = Database.Open(folder.File("pawl.db"));
            var start = Stopwatch.GetTimestamp();
            var report = await new RunImporter(database, database.Runs).HiveAsync(source.File("hive"), null, TimeZoneInfo.Utc);
            if (report.Imported != 1_000) throw new InvalidOperationException("The import is not complete.");
            samples.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Report.Row("import 1,000 runs of 20 decisions (hive directory)", Report.Number(Report.Median(samples)) + " s", "≤ 2 s");
    }

    private static async Task WriteHiveAsync(ScratchFolder source, int runs, int decisions)
    {
        await using var database = Database.Open(source.File("pawl.db"));
        await ImportAsync(database, runs, decisions);
        await RunExporter.HiveAsync(database.Runs, await database.Runs.IdsAsync(null), source.File("hive"));
    }

    private static async Task ImportAsync(Database database, int runs, int decisions)
    {
        for (var i = 0; i < runs; i += 100)
        {
            var batch = Enumerable.Range(i, 100).Select(n => (Samples.Run(n, decisions, Start.AddMinutes(n)), $"key{n}")).ToList();
            await database.WriteAsync(tx => database.Runs.Import(tx, batch));
        }
    }

    private static async Task ManyAsync()
    {
        using var folder = new ScratchFolder();
        var trajectories = folder.File("many.json");
        WriteTrajectories(trajectories);
        using (var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. DurableWriters.Self(), "import", folder.File("tau.db"), trajectories]) { RedirectStandardOutput = true })!)
        {
            var said = (await child.StandardOutput.ReadToEndAsync()).Trim().Split(' ').Select(w => double.Parse(w, CultureInfo.InvariantCulture)).ToArray();
            await child.WaitForExitAsync();
            Report.Row($"import {said[0]:N0} runs of 10 decisions (tau-bench, {new FileInfo(trajectories).Length / 1e6:N0} MB)", Report.Number(said[1], "0.0") + " s");
            Report.Row("peak memory of that import", $"{said[2] / 1e6:N0} MB", "≤ 300 MB");
        }

        File.Delete(trajectories);
        Report.Row("on disk, per decision with its outcome (imported, 3 options)", $"{new FileInfo(folder.File("tau.db")).Length / (ManyRuns * 10.0):N0} bytes");
        File.Delete(folder.File("tau.db"));
        await ReadAsync(folder.File("many.db"));
        await RecordedSizeAsync();
    }

    private static async Task ReadAsync(string path)
    {
        await using var database = Database.Open(path);
        await ImportAsync(database, ManyRuns, 10);
        var kinds = database.Read(db => db.Number("select count(*) from decision_counts"));
        Report.Row("kinds of decisions (node, intent, choice, outcome) in the runs that the next line reads", $"{kinds:N0}");
        await TimeAsync("failure patterns over 100,000 runs (1,000,000 decisions)", "≤ 1 s", () => new Analyst(database.Insights, database.Runs).PatternsAsync("bench"));
    }

    private static async Task TimeAsync(string work, string budget, Func<Task> read)
    {
        var samples = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await read();
            samples.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Report.Row(work, Report.Number(Report.Median(samples)) + " s", budget);
    }

    private static async Task RecordedSizeAsync()
    {
        foreach (var options in (int[])[3, 14])
        {
            using var folder = new ScratchFolder();
            var path = folder.File("pawl.db");
            long before, after;
            await using (var database = Database.Open(path))
            {
                await using (var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { SpillDirectory = folder.File("spill"), NoProgressAfter = 0 }))
                {
                    var run = await recorder.StartRunAsync("bench");
                    var choice = Samples.Options(options);
                    for (var d = 0; d < 20_000; d++) run.RecordOutcome(run.Decide("Change the date", choice, "tool_00", "The customer asked for it."), Samples.Success);
                    await run.EndRunAsync(RunStatus.Completed);
                }

                before = database.Read(db => db.Number("select page_count * page_size from pragma_page_count(), pragma_page_size()"));
                await database.Runs.ListAsync(new RunQuery());
                after = database.Read(db => db.Number("select page_count * page_size from pragma_page_count(), pragma_page_size()"));
            }

            Report.Row($"on disk, per decision with its outcome (recorded, {options} options): events, and with the tables for reading", $"{before / 20_000:N0}, {after / 20_000:N0} bytes");
        }
    }

    private static void WriteTrajectories(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        using var to = new Utf8JsonWriter(file);
        to.WriteStartArray();
        for (var n = 0; n < ManyRuns; n++)
        {
            var run = Samples.Run(n, 10, Start);
            to.WriteStartObject();
            to.WriteNumber("task_id", n);
            to.WriteNumber("trial", 0);
            to.WriteNumber("reward", run.Status == RunStatus.Completed ? 1.0 : 0.0);
            to.WriteStartArray("traj");
            Message(to, "user", "Please change my flight.");
            foreach (var decision in run.Decisions)
            {
                to.WriteStartObject();
                to.WriteString("role", "assistant");
                to.WriteString("content", decision.Reasoning);
                to.WriteStartArray("tool_calls");
                to.WriteStartObject();
                to.WriteString("id", decision.Id);
                to.WriteStartObject("function");
                to.WriteString("name", decision.ChosenOptionId);
                to.WriteString("arguments", """{"reservation_id":"Z7GOZK","cabin":"economy"}""");
                to.WriteEndObject();
                to.WriteEndObject();
                to.WriteEndArray();
                to.WriteEndObject();
                to.WriteStartObject();
                to.WriteString("role", "tool");
                to.WriteString("tool_call_id", decision.Id);
                to.WriteString("content", decision.Outcome!.Error ?? "done");
                to.WriteEndObject();
            }

            to.WriteEndArray();
            to.WriteEndObject();
            to.Flush();
        }

        to.WriteEndArray();
    }

    private static void Message(Utf8JsonWriter to, string role, string content)
    {
        to.WriteStartObject();
        to.WriteString("role", role);
        to.WriteString("content", content);
        to.WriteEndObject();
    }
}
