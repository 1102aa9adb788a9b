using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Real data in, out as a hive directory, in again; and the same whatever the machine's language, zone and paths are.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public RoundTripTests() => cli = new Cli(temporary);

    [Fact]
    public Task Import_OfRealTrajectories_ExportsToTheSameRuns() => RoundTripAsync(SharedData.Require("runs/tau-airline.json"), "tau-bench", "--goal", "airline-support");

    [Fact]
    public Task Import_OfARealHiveDirectory_ExportsToTheSameRuns() => RoundTripAsync(SharedData.Require("runs/hive-airline"), "hive", "--timezone", "Asia/Kathmandu");

    [Fact]
    public async Task Export_OfARecordedRun_ImportsAsTheSameRunHereAndElsewhere()
    {
        using (var recorder = cli.Record())
        {
            var run = await recorder.StartRunAsync();
            await recorder.TakeAsync(Lines.Decide(run));
            await recorder.TakeAsync(Lines.Outcome(run, "dec_0", ",\"result\":1"));
            await recorder.TakeAsync(Lines.Outcome(run, "dec_0", ",\"result\":2"));
            await recorder.TakeAsync(Lines.End(run));
        }

        await cli.JsonAsync("run", "export", "--out", "out");

        Assert.Equal(1, (await cli.JsonAsync("run", "import", "out", "--format", "hive")).GetProperty("duplicates").GetInt32());
        Assert.Equal(1, (await cli.JsonAsync("--db", temporary["fresh.db"], "run", "import", "out", "--format", "hive")).GetProperty("imported").GetInt32());
    }

    [Theory]
    [InlineData("de_DE.UTF-8", "Europe/Berlin")]
    [InlineData("tr_TR.UTF-8", "Asia/Kathmandu")]
    [InlineData("C", "UTC")]
    public async Task Commands_InAnyLanguageAndZone_SayTheSame(string language, string zone)
    {
        var directory = HiveFiles.Write(temporary["hive"], 1);
        cli.With("LANG", language).With("LC_ALL", language).With("TZ", zone);
        await cli.JsonAsync("run", "import", directory, "--format", "hive");

        var run = await cli.JsonAsync("run", "show", "run_000000");

        var started = run.GetProperty("started_at").GetDateTimeOffset();
        Assert.Equal(new DateTime(2026, 11, 20, 23, 57, 49), TimeZoneInfo.ConvertTime(started, TimeZoneInfo.FindSystemTimeZoneById(zone)).DateTime, TimeSpan.FromSeconds(1));
        Assert.Equal("n", Assert.Single(run.GetProperty("metrics").GetProperty("nodes_executed").EnumerateArray()).GetString());
        var summary = await cli.RunAsync("run", "summary", "run_000000");
        Assert.Contains("100.0%", summary.Output);
        Assert.Equal((0, ""), (summary.ExitCode, summary.Error));
        Assert.Equal(1, (await cli.JsonAsync("run", "list", "--status", "completed")).GetArrayLength());
    }

    [Fact]
    public async Task Commands_OnPathsWithBlanksAndUmlauts_Work()
    {
        var directory = HiveFiles.Write(temporary["mein Ordner/größe"], 2);
        cli.With("PAWL_DB", temporary["eine Datei ä=1;b.db"]);

        Assert.Equal(2, (await cli.JsonAsync("run", "import", directory, "--format", "hive")).GetProperty("imported").GetInt32());
        Assert.Equal(2, (await cli.JsonAsync("run", "export", "--out", temporary["aus ü"])).GetProperty("exported").GetInt32());
        Assert.Equal(2, (await cli.JsonAsync("run", "import", temporary["aus ü"], "--format", "hive")).GetProperty("duplicates").GetInt32());
        Assert.True(File.Exists(temporary["eine Datei ä=1;b.db"]));
    }

    public void Dispose() => temporary.Dispose();

    private async Task RoundTripAsync(string source, string format, params string[] options)
    {
        var first = await cli.JsonAsync(["run", "import", source, "--format", format, .. options]);
        var count = first.GetProperty("imported").GetInt32();
        Assert.True(count > 0);
        Assert.Equal(0, first.GetProperty("rejected").GetArrayLength());
        Assert.Equal(count, (await cli.JsonAsync("run", "export", "--out", "once")).GetProperty("exported").GetInt32());

        // Into a fresh database: what run show answers is compared through a second export, which writes the same members.
        var fresh = temporary["fresh.db"];
        var second = await cli.JsonAsync("--db", fresh, "run", "import", "once", "--format", "hive");
        Assert.Equal(count, second.GetProperty("imported").GetInt32());
        await cli.JsonAsync("--db", fresh, "run", "export", "--out", "twice");
        AssertSameFiles("once/runs", "twice/runs");
        AssertSameFiles("once/summaries", "twice/summaries");
        foreach (var id in first.GetProperty("runs").EnumerateArray().Select(r => r.GetString()!).Where((_, n) => n % LongRun.Scale(20, 1) == 0))
            Assert.True(JsonElement.DeepEquals(await cli.JsonAsync("run", "show", id), await cli.JsonAsync("--db", fresh, "run", "show", id)), $"{id} differs");

        foreach (var again in (string[][])[["run", "import", "once", "--format", "hive"], ["--db", fresh, "run", "import", "once", "--format", "hive"], ["run", "import", source, "--format", format, .. options]])
        {
            var report = await cli.JsonAsync(again);
            Assert.Equal((0, count), (report.GetProperty("imported").GetInt32(), report.GetProperty("duplicates").GetInt32()));
        }
    }

    private void AssertSameFiles(string expected, string actual)
    {
        var (one, two) = (Path.Combine(cli.WorkingDirectory, expected), Path.Combine(cli.WorkingDirectory, actual));
        var files = Directory.EnumerateFiles(one, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(one, f)).Order().ToList();
        Assert.NotEmpty(files);
        Assert.Equal(files, Directory.EnumerateFiles(two, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(two, f)).Order());
        foreach (var file in files) Assert.Equal(File.ReadAllText(Path.Combine(one, file)), File.ReadAllText(Path.Combine(two, file)));
    }
}
