using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Files that cannot be imported, and imports that are killed.</summary>
public sealed class BadImportTests : IDisposable
{
    private const long PeakBytesMax = 300_000_000;

    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public BadImportTests() => cli = new Cli(temporary);

    [Fact]
    public async Task Import_OfNothing_SaysWhatIsNotThere()
    {
        await cli.AssertRefusedAsync(65, "There is no directory or file nowhere", "run", "import", "nowhere", "--format", "hive");
        await cli.AssertRefusedAsync(65, "There is no file nowhere", "run", "import", "nowhere", "--format", "tau-bench");
        await cli.AssertRefusedAsync(65, ". is a directory. Give one file of trajectories", "run", "import", ".", "--format", "tau-bench");
        await cli.AssertRefusedAsync(65, "is no hive directory", "run", "import", cli.WorkingDirectory, "--format", "hive");
        await cli.AssertRefusedAsync(65, "The goal given with --goal is empty", "run", "import", ".", "--format", "hive", "--goal", "");
        Assert.False(File.Exists(cli.DefaultDatabase));
    }

    [Fact]
    public async Task Import_OfBadFilesAmongGoodOnes_NamesEachAndImportsTheRest()
    {
        var directory = HiveFiles.Write(temporary["hive"], 2);
        var good = HiveFiles.Run("r");
        (string File, string Content, string Reason)[] bad =
        [
            ("cut", good[..(good.Length / 2)], "half-written"),
            ("deep", $$"""{"id":"r","x":{{new string('[', 100)}}{{new string(']', 100)}}}""", "deeper than the 64 levels"),
            ("empty", "", "empty"),
            ("escape", HiveFiles.Run("../../etc/passwd"), "$.id: expected a run id"),
            ("half", good.Replace("\"fine\"", "\"\\ud800\""), "surrogate"),
            ("list", "[]", "expected an object"),
            ("nul", good.Replace("\"goal_id\":\"g\"", "\"goal_id\":\"a\\u0000b\""), "NUL"),
            ("object", good.Replace("\"problems\":[]", "\"problems\":{}"), "$.problems: expected an array"),
            ("text", "hello", "not valid JSON at line 1"),
            ("twice", good.Replace("\"id\":\"r\"", "\"id\":\"r\",\"id\":\"r\""), "\"id\" stands twice"),
            ("twin", good.Replace("\"id\":\"dec_1\"", "\"id\":\"dec_0\""), "\"dec_0\" stands twice"),
        ];
        foreach (var (file, content, _) in bad) await File.WriteAllTextAsync($"{directory}/runs/{file}.json", content);
        await File.WriteAllBytesAsync($"{directory}/runs/bytes.json", [0x22, 0xFF, 0x22]);
        Directory.CreateDirectory($"{directory}/runs/zz.json");

        var report = await cli.JsonAsync("run", "import", directory, "--format", "hive");

        Assert.Equal((2, 0), (report.GetProperty("imported").GetInt32(), report.GetProperty("duplicates").GetInt32()));
        var reasons = report.GetProperty("rejected").EnumerateArray().ToDictionary(r => r.GetProperty("file").GetString()!, r => r.GetProperty("reason").GetString()!);
        Assert.Equal(bad.Length + 1, reasons.Count);
        Assert.Contains("not UTF-8", reasons["runs/bytes.json"]);
        foreach (var (file, _, reason) in bad) Assert.Contains(reason, reasons[$"runs/{file}.json"]);
        Assert.Equal(2, (await cli.JsonAsync("run", "list")).GetArrayLength());
    }

    [Fact]
    public async Task Import_WhereNothingIsGood_EndsWith65AndTheReport()
    {
        var half = temporary.Write("half.json", """[{"task_id":1,"reward":1,"info":{"task":{}},"traj":[{"role":"us""");

        var ended = await cli.RunAsync("--json", "run", "import", half, "--format", "tau-bench");

        Assert.Equal(65, ended.ExitCode);
        Assert.Contains("half-written", Assert.Single(ended.Json.GetProperty("rejected").EnumerateArray()).GetProperty("reason").GetString());
        Assert.Equal(0, ended.Json.GetProperty("imported").GetInt32());
    }

    [Fact]
    public async Task Import_OfAHiveFileWith200MegabytesInOneField_IsRejectedInBoundedMemory()
    {
        var directory = HiveFiles.Write(temporary["hive"], 1);
        var run = HiveFiles.Run("huge", "NARRATIVE").Split("NARRATIVE");
        WriteHuge($"{directory}/runs/huge.json", run[0], run[1]);

        var ended = await cli.RunAsync("--json", "run", "import", directory, "--format", "hive");

        Assert.Equal(1, ended.Json.GetProperty("imported").GetInt32());
        Assert.Contains("more than the", Assert.Single(ended.Json.GetProperty("rejected").EnumerateArray()).GetProperty("reason").GetString());
        Assert.InRange(ended.PeakBytes, 1, PeakBytesMax);
    }

    [Fact]
    public async Task Import_OfATauFileWith200MegabytesInOneField_KeepsTheRunBeforeItInBoundedMemory()
    {
        const string Good = """{"task_id":1,"trial":0,"reward":1,"info":{"task":{"user_id":"u","actions":[],"instruction":"i"}},"traj":[{"role":"user","content":"hello"}]}""";
        var file = temporary["huge.json"];
        WriteHuge(file, $"[{Good},{Good.Replace("hello\"}]}", "")}", "\"}]}]");

        var ended = await cli.RunAsync("--json", "run", "import", file, "--format", "tau-bench");

        Assert.Contains("larger than the", Assert.Single(ended.Json.GetProperty("rejected").EnumerateArray()).GetProperty("reason").GetString());
        Assert.InRange(ended.PeakBytes, 1, PeakBytesMax);
        Assert.Equal(1, ended.Json.GetProperty("imported").GetInt32());
    }

    [Fact]
    public async Task Import_KilledAtARandomMoment_LeavesWholeRunsAndTheNextOneCompletesIt()
    {
        const int Runs = 600;
        var random = new Random(7);
        var directory = HiveFiles.Write(temporary["hive"], Runs);
        var there = 0;
        for (var kill = 0; kill < LongRun.Scale(3, 30); kill++)
        {
            var database = temporary[$"{kill}.db"];
            var enough = random.Next(1, Runs);
            using (var import = cli.Start("--db", database, "run", "import", directory, "--format", "hive"))
            {
                await Eventually.Holds(() => import.HasExited || Sqlite.Number(database, "select count(*) from runs") >= enough, "some runs are there", timeoutSeconds: 60);
                import.Kill();
                await import.WaitForExitAsync();
            }

            var before = (await cli.JsonAsync("--db", database, "run", "list", "--limit", "1000")).EnumerateArray().ToList();
            Assert.All(before, run => Assert.Equal(HiveFiles.DecisionsEach, run.GetProperty("successful_decisions").GetInt32()));
            Assert.Equal(before.Count * HiveFiles.DecisionsEach, Sqlite.Number(database, "select count(*) from decisions"));
            var report = await cli.JsonAsync("--db", database, "run", "import", directory, "--format", "hive");
            Assert.Equal((Runs - before.Count, before.Count), (report.GetProperty("imported").GetInt32(), report.GetProperty("duplicates").GetInt32()));
            Assert.Equal(Runs * HiveFiles.DecisionsEach, Sqlite.Number(database, "select count(*) from decisions"));
            there += before.Count;
        }

        Assert.True(there > 0, "No kill came after a first batch.");
    }

    public void Dispose() => temporary.Dispose();

    private static void WriteHuge(string file, string before, string after)
    {
        using var text = new StreamWriter(file);
        text.Write(before);
        var megabyte = new string('x', 1_000_000);
        for (var n = 0; n < 200; n++) text.Write(megabyte);
        text.Write(after);
    }
}
