using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Benchmarks;

/// <summary>Durable acknowledgements: each writer records the next event when the last one is on disk.</summary>
internal static class DurableWriters
{
    private const double Seconds = 3;

    public static async Task<int> RunAsync()
    {
        Fsync();
        UserOwnTable();
        foreach (var writers in (int[])[1, 8, 64])
        {
            using var folder = new ScratchFolder();
            await MeasureAsync(folder.File("pawl.db"), writers, 1);
            var samples = new List<(double Rate, double P99)>();
            for (var i = 0; i < 3; i++) samples.Add(await MeasureAsync(folder.File("pawl.db"), writers, Seconds));
            Report.Row($"durable acknowledgements, {writers} writers, one process, 3 options", $"{Report.Median(samples.Select(s => s.Rate)):N0} events/s, p99 {Report.Number(Report.Median(samples.Select(s => s.P99)) / 1e3)} ms",
                writers == 64 ? "≥ 60,000 events/s, p99 ≤ 10 ms" : "");
        }

        foreach (var writers in (int[])[1, 8])
        {
            using var folder = new ScratchFolder();
            Report.Row($"durable acknowledgements, 8 processes with {writers} writers each, one SQLite file", $"{await ProcessesAsync(folder.File("pawl.db"), writers):N0} events/s");
        }

        return 0;
    }

    public static async Task<int> ChildAsync(string database, int writers, double seconds)
    {
        await MeasureAsync(database + "-warm-" + Environment.ProcessId, writers, 1);
        Console.WriteLine("ready");
        Console.ReadLine();
        var (rate, _) = await MeasureAsync(database, writers, seconds);
        Console.WriteLine(rate.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task<(double Rate, double P99)> MeasureAsync(string path, int writers, double seconds)
    {
        await using var database = Database.Open(path);
        await using var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { Durable = true, NoProgressAfter = 0, SpillDirectory = path + "-spill" });
        var options = Samples.Options(3);
        var runs = new List<ActiveRun>();
        for (var i = 0; i < writers; i++) runs.Add(await recorder.StartRunAsync("bench"));
        var start = Stopwatch.GetTimestamp();
        var until = start + (long)(seconds * Stopwatch.Frequency);
        var latencies = await Task.WhenAll(runs.Select(run => Task.Run(async () =>
        {
            var taken = new List<double>();
            while (Stopwatch.GetTimestamp() < until)
            {
                var a = Stopwatch.GetTimestamp();
                var id = await run.DecideAsync("Change the date", options, "tool_00", "The customer asked for it.");
                var b = Stopwatch.GetTimestamp();
                await run.RecordOutcomeAsync(id, Samples.Success);
                taken.Add(Report.Microseconds(b - a));
                taken.Add(Report.Microseconds(Stopwatch.GetTimestamp() - b));
            }

            return taken;
        })));
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (recorder.Lost > 0) throw new InvalidOperationException("Events were lost.");
        var all = latencies.SelectMany(l => l).Order().ToArray();
        return (all.Length / elapsed, all[(int)(all.Length * 0.99)]);
    }

    private static async Task<double> ProcessesAsync(string path, int writers)
    {
        var children = Enumerable.Range(0, 8).Select(_ => Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, [.. Self(), "writer", path, writers.ToString(CultureInfo.InvariantCulture), Seconds.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!).ToList();
        foreach (var child in children) await child.StandardOutput.ReadLineAsync();
        foreach (var child in children) await child.StandardInput.WriteLineAsync("go");
        var total = 0.0;
        foreach (var child in children)
        {
            total += double.Parse((await child.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            await child.WaitForExitAsync();
            child.Dispose();
        }

        return total;
    }

    /// <summary>The arguments in front of ours when the program runs under <c>dotnet</c>.</summary>
    public static string[] Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];

    // What the disk itself can do: append 600 bytes, the size of such an event, and sync.
    private static void Fsync()
    {
        using var folder = new ScratchFolder();
        using var file = File.Create(folder.File("fsync"));
        var line = new byte[600];
        var (count, start) = (0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds)
        {
            file.Write(line);
            file.Flush(flushToDisk: true);
            count++;
        }

        Report.Row("a bare loop of append and fsync, 600 bytes", $"{count / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} /s");
    }

    // What a user would write instead: a table, an insert and a commit an event.
    private static void UserOwnTable()
    {
        using var folder = new ScratchFolder();
        NativeSqlite.Load();
        using var connection = new SqliteConnection($"Data Source={folder.File("own.db")}");
        connection.Open();
        Execute("pragma journal_mode = wal");
        Execute("pragma synchronous = full");
        Execute("create table events (id integer primary key, body text)");
        using var insert = connection.CreateCommand();
        insert.CommandText = "insert into events (body) values (@body)";
        insert.Parameters.AddWithValue("@body", new string('x', 600));
        var (count, start) = (0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds)
        {
            insert.ExecuteNonQuery();
            count++;
        }

        Report.Row("a table of one's own in SQLite: insert and commit an event, 600 bytes", $"{count / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} events/s");

        void Execute(string sql)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}
