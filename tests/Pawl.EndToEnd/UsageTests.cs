using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Commands used wrongly, and ids that do not exist.</summary>
public sealed class UsageTests : IDisposable
{
    private const string Unknown = "run_20261120_235749_015f59b4";

    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public UsageTests() => cli = new Cli(temporary);

    [Theory]
    [InlineData("'fly'", "fly")]
    [InlineData("Required command", "run")]
    [InlineData("'--wings'", "run", "list", "--wings")]
    [InlineData("--limit is a whole number from 1 to 100000, not \"x\"", "run", "list", "--limit", "x")]
    [InlineData("--limit is a whole number from 1 to 100000, not \"0\"", "run", "list", "--limit", "0")]
    [InlineData("'dead'", "run", "list", "--status", "dead")]
    [InlineData("'RUN'", "run", "show")]
    [InlineData("'PATH'", "run", "import", "--format", "hive")]
    [InlineData("'--format'", "run", "import", "x")]
    [InlineData("'csv'", "run", "import", "x", "--format", "csv")]
    [InlineData("'--out'", "run", "export")]
    [InlineData("'--db'", "run", "list", "--db")]
    [InlineData("'--limit'", "run", "list", "--limit")]
    [InlineData("--before \"x\" is no time", "insights", "compare", "--goal", "g", "--before", "x", "--after", "y")]
    [InlineData("--after \"y\" is no time", "insights", "compare", "--goal", "g", "--before", "2026-11-20", "--after", "y")]
    [InlineData("'--before'", "insights", "compare", "--goal", "g", "--after", "2026-11-20", "--before")]
    [InlineData("Give two runs, or --goal, --before and --after", "insights", "compare", "--goal", "g", "--before", "2026-11-20")]
    [InlineData("Give two runs, or --goal, --before and --after", "insights", "compare", "a")]
    [InlineData("'--goal'", "insights", "failures", "--goal")]
    [InlineData("Give a RUN or --goal", "insights", "failures", "a", "--goal", "g")]
    public async Task AnyCommand_UsedWrongly_SaysHowOnStandardErrorAndEndsWith64(string message, params string[] arguments) =>
        Assert.Contains("See: pawl ", await cli.AssertRefusedAsync(64, message, arguments));

    [Fact]
    public async Task AnyCommand_WhoseErrorNamesWhatWasRecorded_LeavesTheTerminalAlone()
    {
        await cli.FeedAsync("""{"event":"start_run","goal_id":"red\u001b[31m\u009b1m"}""", "run", "record");
        var hive = HiveFiles.Write(temporary["hive"], 1);
        await File.WriteAllTextAsync($"{hive}/runs/\u001b[31m.json", "[]");

        string[] said =
        [
            await cli.AssertRefusedAsync(65, "red\uFFFD[31m\uFFFD1m", "insights", "suggest", "--goal", "other"),
            await cli.AssertRefusedAsync(65, "There is no run", "run", "show", Unknown),
            await cli.AssertRefusedAsync(64, "\uFFFD[2J", "run", "\u001b[2J"),
            (await cli.RunAsync("run", "import", hive, "--format", "hive")).Error,
        ];

        Assert.Contains("runs/\uFFFD[31m.json: ", said[^1]);
        Assert.All(said, text => Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n'));
    }

    [Theory]
    [InlineData("show")]
    [InlineData("summary")]
    [InlineData("tail")]
    [InlineData("export", "--out", "out")]
    public async Task AnyReader_OfAnUnknownRun_SaysSoAndEndsWith65(params string[] command)
    {
        await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "run", "record");

        await cli.AssertRefusedAsync(65, $"There is no run {Unknown}", ["run", .. command, Unknown]);
        await cli.AssertRefusedAsync(65, "\"../../etc/passwd\" is no run id", ["run", .. command, "../../etc/passwd"]);
        await cli.AssertRefusedAsync(65, "is no run id", ["run", .. command, ".hidden"]);
        await cli.AssertRefusedAsync(65, "is no run id", ["run", .. command, ""]);
        Assert.False(Directory.Exists(Path.Combine(cli.WorkingDirectory, "out")));
    }

    [Fact]
    public async Task Import_WithAnUnknownTimeZone_SaysSoAndEndsWith65() =>
        await cli.AssertRefusedAsync(65, "There is no time zone \"Mars/Olympus\"", "run", "import", ".", "--format", "hive", "--timezone", "Mars/Olympus");

    [Fact]
    public async Task AnyCommand_WithBadConfiguration_SaysWhereAndEndsWith65()
    {
        var bad = temporary.Write("bad.yaml", "a: 1\ndb: \"x");
        var worse = temporary.Write("worse.yaml", "db: [1\nx: }");

        await cli.AssertRefusedAsync(65, $"{bad} is not valid YAML at line 2", "--config", bad, "run", "list");
        await cli.AssertRefusedAsync(65, $"{worse} is not valid YAML", "--config", worse, "run", "list");
        await cli.AssertRefusedAsync(65, "There is no configuration nowhere.yaml", "--config", "nowhere.yaml", "run", "list");
        await cli.AssertRefusedAsync(65, "\"db\" in", "--config", temporary.Write("list.yaml", "db: [a, b]"), "run", "list");
        await cli.AssertRefusedAsync(65, $"There is no configuration {temporary.Path}", "--config", temporary.Path, "run", "list");
    }

    [Fact]
    public async Task Database_NamedInSeveralPlaces_TheMoreParticularWins()
    {
        string[] names = ["given", "environment", "configured", "default"];
        foreach (var name in names)
        {
            var path = name == "default" ? cli.DefaultDatabase : temporary[$"{name}.db"];
            var started = await cli.FeedAsync($$"""{"event":"start_run","goal_id":"{{name}}"}""", "--db", path, "run", "record");
            Assert.Equal(0, started.ExitCode);
        }

        Assert.Equal("default", await GoalAsync("run", "list"));
        var configuration = temporary.Write("other.yaml", $"db: {temporary["configured.db"]}");
        Assert.Equal("configured", await GoalAsync("--config", configuration, "run", "list"));
        File.Copy(configuration, Path.Combine(cli.WorkingDirectory, "pawl.yaml"));
        Assert.Equal("configured", await GoalAsync("run", "list"));
        cli.With("PAWL_DB", temporary["environment.db"]);
        Assert.Equal("environment", await GoalAsync("--config", configuration, "run", "list"));
        Assert.Equal("given", await GoalAsync("run", "list", "--db", temporary["given.db"]));

        async Task<string?> GoalAsync(params string[] arguments) => Assert.Single((await cli.JsonAsync(arguments)).EnumerateArray()).GetProperty("goal_id").GetString();
    }

    public void Dispose() => temporary.Dispose();
}
