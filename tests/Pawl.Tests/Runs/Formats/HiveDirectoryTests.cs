using System.Text;
using Pawl.Runs;
using Pawl.Runs.Formats;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Runs.Formats;

public sealed class HiveDirectoryTests
{
    private const string Plain = """{"id":"r1","goal_id":"g","started_at":"2026-11-20T23:57:49.287985","status":"completed","completed_at":"2026-11-20T23:57:50"}""";

    [Fact]
    public async Task Import_DerivedMembersThatStandTwice_AreDerivedAnew()
    {
        await using var importing = new Importing();
        var report = await importing.HiveTextAsync("""
            {"id":"r1","goal_id":"g","started_at":"2026-11-20T23:57:49","status":"completed","completed_at":"2026-11-20 23:57:50.5","duration_ms":1,"duration_ms":2,
             "metrics":{"success_rate":3.0,"success_rate":0.1,"total_decisions":7},
             "decisions":[{"id":"dec_0","timestamp":"2026-11-20T23:57:49","node_id":"n","intent":"i","chosen_option_id":"a","options":[{"id":"a"}],
               "chosen_option":null,"was_successful":false,"was_good_decision":false,"outcome":{"success":true},
               "chosen_option":{"id":"a"},"was_successful":true,"was_good_decision":true}]}
            """);

        var run = await importing.FindAsync(Assert.Single(report.Runs));

        Assert.Equal((1, 1.0, 1500L), (run.Metrics.TotalDecisions, run.Metrics.SuccessRate, run.DurationMs));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "not valid JSON")]
    [InlineData("{\"id\":\"r1\",\"goal_id\":", "half-written")]
    [InlineData("[]", "expected an object, found an array")]
    [InlineData("null", "expected an object, found null")]
    [InlineData("{} {}", "not valid JSON")]
    [InlineData("{\"id\":\"r1\",\"id\":\"r2\"}", "\"id\" stands twice")]
    [InlineData("{\"id\":\"r1\",\"goal_id\":\"g\",\"started_at\":0,\"status\":\"failed\",\"metrics\":{\"x\":1,\"\\u0078\":2}}", "\"x\" stands twice")]
    [InlineData("{\"id\":\"../../etc/passwd\",\"goal_id\":\"g\",\"started_at\":0,\"status\":\"failed\"}", "$.id")]
    [InlineData("{\"id\":\".hidden\",\"goal_id\":\"g\",\"started_at\":0,\"status\":\"failed\"}", "$.id")]
    [InlineData("{\"id\":\"r1\",\"goal_id\":\"g\",\"started_at\":0,\"status\":\"failed\",\"decisions\":[[]]}", "$.decisions[0]")]
    [InlineData("{\"id\":\"r1\",\"goal_id\":\"\\ud800\",\"started_at\":0,\"status\":\"failed\"}", "$.goal_id")]
    [InlineData("{\"id\":\"r1\",\"\\ud800\":1}", "surrogate")]
    [InlineData("{\"id\":\"r1\",\"goal_id\":\"g\",\"started_at\":\"0001-01-01T00:00:00\",\"status\":\"failed\"}", "$.started_at")]
    public async Task Import_AFileThatIsNoRun_IsRejectedWithThePlaceAndTheRestIsImported(string content, string reason)
    {
        await using var importing = new Importing();
        importing.Folder.Write("hive/runs/bad.json", content);
        importing.Folder.Write("hive/runs/good.json", Plain);

        var report = await importing.HiveAsync(importing.Folder["hive"], zone: "Europe/Berlin");

        var rejected = Assert.Single(report.Rejected);
        Assert.Equal("runs/bad.json", rejected.File);
        Assert.Contains(reason, rejected.Reason);
        Assert.Equal(["r1"], (await importing.AllAsync()).Select(r => r.Id.Value));
    }

    [Fact]
    public async Task Import_NaiveTimes_AreReadInTheZoneThatIsGiven()
    {
        await using var importing = new Importing();

        await importing.HiveTextAsync(Plain, zone: "Europe/Berlin");

        Assert.Equal(new DateTimeOffset(2026, 11, 20, 22, 57, 49, TimeSpan.Zero).AddMicroseconds(287985), (await importing.AllAsync())[0].StartedAt);
    }

    [Fact]
    public async Task Import_AnySeverity_IsKept()
    {
        await using var importing = new Importing();
        await importing.HiveTextAsync("""{"id":"r1","goal_id":"g","started_at":0,"status":"stuck","problems":[{"id":"p","severity":"CATASTROPHIC","description":"d"}]}""");

        Assert.Equal("CATASTROPHIC", (await importing.AllAsync())[0].Problems[0].Severity);
    }

    [Fact]
    public async Task Import_AByteOrderMark_IsPassedOver()
    {
        await using var importing = new Importing();
        var path = importing.Folder.Write("a.json", "");
        await File.WriteAllTextAsync(path, Plain, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        Assert.Equal(1, (await importing.HiveAsync(path)).Imported);
    }

    [Fact]
    public async Task Import_AFileThatIsNotUtf8_IsRejectedAndSaysWhere()
    {
        await using var importing = new Importing();
        foreach (var (name, bytes) in new[] { ("latin1", Encoding.Latin1.GetBytes("{\"id\":\"ä\"}")), ("utf16", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Plain)).ToArray()) })
        {
            await File.WriteAllBytesAsync(importing.Folder[name], bytes);
            Assert.Contains("not UTF-8 (byte " + (name == "latin1" ? 7 : 0), Assert.Single((await importing.HiveAsync(importing.Folder[name])).Rejected).Reason);
        }
    }

    [Fact]
    public async Task Import_DeepNesting_IsRejected()
    {
        await using var importing = new Importing();
        var deep = string.Concat(Enumerable.Repeat("[", 100_000)) + new string(']', 100_000);

        var report = await importing.HiveTextAsync(Plain[..^1] + ",\"x\":" + deep + "}");

        Assert.Contains("nests deeper", Assert.Single(report.Rejected).Reason);
    }

    [Fact]
    public async Task Import_AMemberOf17Mebibytes_IsRejectedAndSaysHowLargeItMayBe()
    {
        await using var importing = new Importing();

        var report = await importing.HiveTextAsync(Plain[..^1] + ",\"narrative\":\"" + new string('x', 17 * 1024 * 1024) + "\"}");

        Assert.Contains("16,777,216", Assert.Single(report.Rejected).Reason);
        Assert.Equal(0, report.Imported);
    }

    [Fact]
    public async Task Import_Again_AddsNothingAndOtherContentUnderTheSameIdIsRejected()
    {
        await using var importing = new Importing();
        await importing.HiveTextAsync(Plain);

        var again = await importing.HiveTextAsync(Plain.Replace("\"goal_id\":\"g\",", "").Replace("\"id\":\"r1\"", "\"goal_id\":\"g\", \"id\":\"r1\""));
        var other = await importing.HiveTextAsync(Plain.Replace("completed\"", "failed\""));

        Assert.Equal((0, 1, 0), (again.Imported, again.Duplicates, again.Rejected.Count));
        Assert.Contains("other content", Assert.Single(other.Rejected).Reason);
        Assert.Equal(RunStatus.Completed, Assert.Single(await importing.AllAsync()).Status);
    }

    [Fact]
    public async Task Import_StaleAndTornIndexes_AreNotLookedAt()
    {
        await using var importing = new Importing();
        importing.Folder.Write("hive/runs/r1.json", Plain);
        importing.Folder.Write("hive/indexes/by_goal/g.json", "[\"gone\", \"r");
        importing.Folder.Write("hive/summaries/r1.json", "");

        Assert.Equal((1, 0), (await importing.HiveAsync(importing.Folder["hive"]) is var r ? (r.Imported, r.Rejected.Count) : default));
    }

    [Fact]
    public async Task Import_AnotherGoal_ReplacesTheFilesOwn()
    {
        await using var importing = new Importing();

        await importing.HiveAsync(importing.Folder.Write("a.json", Plain), goal: "other");

        Assert.Equal("other", (await importing.AllAsync())[0].GoalId);
    }

    [Fact]
    public async Task Import_NoSuchPathOrNoHive_IsRefusedAsAWhole()
    {
        await using var importing = new Importing();
        Directory.CreateDirectory(importing.Folder["empty"]);

        await Assert.ThrowsAsync<BadInputException>(() => importing.HiveAsync(importing.Folder["none"]));
        await Assert.ThrowsAsync<BadInputException>(() => importing.HiveAsync(importing.Folder["empty"]));
    }

    [Fact]
    public async Task Import_ASecretInAFile_IsRedacted()
    {
        await using var importing = new Importing();

        await importing.HiveTextAsync(Plain[..^1] + ",\"input_data\":{\"password\":\"hunter2\"}}");

        Assert.Equal("""{"password":"[redacted]"}""", (await importing.AllAsync())[0].InputData.GetRawText());
    }

    [Fact]
    public async Task Export_AnyRuns_ImportedAndExportedAgainAreTheSameFiles()
    {
        await using var first = new Importing();
        await using var second = new Importing();
        var runs = Enumerable.Range(10, 50).Select(RandomRun.Of).ToList();
        await first.Database.WriteAsync(tx => first.Database.Runs.Import(tx, [.. runs.Select(r => (r, r.Id.Value))]));

        await ExportAsync(first.Database, first.Folder["out"]);
        var report = await second.HiveAsync(first.Folder["out"]);
        await ExportAsync(second.Database, second.Folder["out"]);

        Assert.Empty(report.Rejected);
        Assert.Equal(50, report.Imported);
        var (before, after) = (Files(first.Folder["out"]), Files(second.Folder["out"]));
        Assert.Equal(before.Keys, after.Keys);
        Assert.All(before, file => Assert.Equal(file.Value, after[file.Key]));
        Assert.Equal(50, (await second.HiveAsync(second.Folder["out"])).Duplicates);
    }

    [Fact]
    public async Task Export_AValueAtTheLimitOfNesting_CanBeImportedAgain()
    {
        await using var importing = new Importing();
        await using var other = new Importing();
        var deep = Json.Parse(string.Concat(Enumerable.Repeat("[", Limits.JsonDepth - 1)) + new string(']', Limits.JsonDepth - 1));
        var decision = Made.Decision(0, true) with { Options = [new Option { Id = "a", ActionParams = Json.Parse("{\"a\":" + deep.GetRawText() + "}") }] };
        await importing.Database.WriteAsync(tx => importing.Database.Runs.Import(tx, [(Made.Run(decision), "k")]));

        await ExportAsync(importing.Database, importing.Folder["out"]);

        Assert.Empty((await other.HiveAsync(importing.Folder["out"])).Rejected);
    }

    [Theory]
    [InlineData("../../escaped")]
    [InlineData("/etc/cron.d/x")]
    [InlineData("..")]
    [InlineData("a/b\\c:d*?\"<>|")]
    [InlineData("知识 😀")]
    public async Task Export_AGoalOrNodeThatIsNoFileName_DoesNotLeaveItsFolder(string key)
    {
        await using var importing = new Importing();
        var run = Made.Run(Made.Decision(0, true) with { NodeId = key }) with { GoalId = key, NodesExecuted = [key] };
        await importing.Database.WriteAsync(tx => importing.Database.Runs.Import(tx, [(run, "k")]));

        await ExportAsync(importing.Database, importing.Folder["out/deep"]);

        Assert.Equal(
            ["indexes/by_goal", "indexes/by_node", "indexes/by_status", "runs", "summaries"],
            Files(importing.Folder["out"]).Keys.Select(f => Path.GetDirectoryName(Path.GetRelativePath("deep", f))!).Order(StringComparer.Ordinal));
        Assert.All(Files(importing.Folder["out"]).Keys.Where(f => f.Contains("index")), f => Assert.Matches("^[A-Za-z0-9_.%~-]+$", Path.GetFileName(f)));
    }

    [Fact]
    public async Task Export_TwoKeysThatAreAlike_HaveAFileEach()
    {
        await using var importing = new Importing();
        string[] goals = ["a/b", "a%2Fb", "a_b", new string('x', 250) + "1", new string('x', 250) + "2"];
        await importing.Database.WriteAsync(tx => importing.Database.Runs.Import(
            tx, [.. goals.Select((g, n) => (Made.Run() with { Id = RunId.Parse($"r{n}"), GoalId = g }, $"k{n}"))]));

        await ExportAsync(importing.Database, importing.Folder["out"]);

        Assert.Equal(goals.Length, Directory.GetFiles(importing.Folder["out/indexes/by_goal"]).Length);
    }

    private static async Task ExportAsync(Database database, string folder) =>
        await RunExporter.HiveAsync(database.Runs, await database.Runs.IdsAsync(null), folder);

    private static SortedDictionary<string, string> Files(string folder) => new(
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(folder, f), File.ReadAllText), StringComparer.Ordinal);
}
