using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Databases that cannot be used: each command says why in one message, and leaves them as they are.</summary>
public sealed class BadDatabaseTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public BadDatabaseTests() => cli = new Cli(temporary).With("PAWL_DB", "");

    private string Database => temporary["some.db"];

    public static TheoryData<string[]> Readers => new([["run", "list"], ["run", "show", "r"], ["run", "summary", "r"], ["run", "export", "--out", "o"], ["run", "tail"]]);

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task AnyReader_WithoutADatabase_SaysSoAndCreatesNone(params string[] command)
    {
        await cli.AssertRefusedAsync(69, $"There is no database at {cli.DefaultDatabase} yet", command);

        Assert.False(File.Exists(cli.DefaultDatabase));
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task AnyReader_OfSomethingElse_SaysWhatItIs(params string[] command)
    {
        var text = temporary.Write("text.db", "This is no database, but it is long enough to look like one. " + new string('x', 2000));
        using (var other = Sqlite.Open(temporary["other.db"])) Sqlite.Execute(other, "create table things (a)");

        await cli.AssertRefusedAsync(65, $"{text} is not a SQLite database", ["--db", text, .. command]);
        await cli.AssertRefusedAsync(65, "is a directory", ["--db", temporary.Path, .. command]);
        await cli.AssertRefusedAsync(69, "holds no Pawl data yet", ["--db", temporary.Write("empty.db", ""), .. command]);
        await cli.AssertRefusedAsync(69, "holds no Pawl data yet", ["--db", temporary["other.db"], .. command]);
    }

    [Fact]
    public async Task Import_IntoSomethingElse_SaysWhatItIsAndLeavesItAlone()
    {
        var text = temporary.Write("text.db", new string('x', 3000));
        using (var other = Sqlite.Open(temporary["other.db"])) Sqlite.Execute(other, "create table things (a)");
        var runs = HiveFiles.Write(temporary["hive"], 1);

        await cli.AssertRefusedAsync(65, "is not a SQLite database", "--db", text, "run", "import", runs, "--format", "hive");
        await cli.AssertRefusedAsync(65, "is a SQLite database of something else", "--db", temporary["other.db"], "run", "import", runs, "--format", "hive");
        await cli.AssertRefusedAsync(65, "is a directory", "--db", temporary.Path, "run", "import", runs, "--format", "hive");

        Assert.Equal(new string('x', 3000), await File.ReadAllTextAsync(text));
        Assert.Equal(1, Sqlite.Number(temporary["other.db"], "select count(*) from sqlite_master"));
        var empty = temporary.Write("empty.db", "");
        Assert.Equal(1, (await cli.JsonAsync("--db", empty, "run", "import", runs, "--format", "hive")).GetProperty("imported").GetInt32());
    }

    [Fact]
    public async Task AnyCommand_OnANewerSchema_SaysSoAndChangesNothing()
    {
        await RecordAsync();
        using (var newer = Sqlite.Open(Database)) Sqlite.Execute(newer, "insert into pawl_schema (version) values (9999)");
        var before = await File.ReadAllBytesAsync(Database);

        await cli.AssertRefusedAsync(65, "has schema 9999, this Pawl knows up to", "--db", Database, "run", "list");
        await cli.AssertRefusedAsync(65, "Use a newer Pawl", "--db", Database, "run", "import", HiveFiles.Write(temporary["hive"], 1), "--format", "hive");
        var recording = await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "--db", Database, "run", "record");

        Assert.Equal(65, recording.ExitCode);
        Assert.Contains("Use a newer Pawl", recording.Error);
        Assert.Equal("", recording.Output);
        Assert.Equal(before, await File.ReadAllBytesAsync(Database));
    }

    [Fact]
    public async Task Commands_WhileAnotherProgramHoldsTheLock_WriteNothingAndReadOn()
    {
        await RecordAsync();
        await cli.JsonAsync("--db", Database, "run", "list"); // brings in what was recorded; after that reading writes nothing
        var runs = HiveFiles.Write(temporary["hive"], 1);
        using (Sqlite.Lock(Database))
        {
            await cli.AssertRefusedAsync(69, $"{Database} is locked", "--db", Database, "run", "import", runs, "--format", "hive");
            Assert.Equal(1, (await cli.JsonAsync("--db", Database, "run", "list")).GetArrayLength());
        }

        Assert.Equal(1, (await cli.JsonAsync("--db", Database, "run", "import", runs, "--format", "hive")).GetProperty("imported").GetInt32());
    }

    [Fact]
    public async Task Commands_OnAFullDisk_SaySoAndWorkAgainOnceThereIsRoom()
    {
        using var disk = await SmallDisk.MountAsync(temporary["disk"], "size=2m");
        var database = Path.Combine(disk.Path, "pawl.db");
        Assert.Equal(0, (await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "--db", database, "run", "record")).ExitCode);
        var ballast = Path.Combine(disk.Path, "ballast");
        SmallDisk.Fill(ballast);
        var runs = HiveFiles.Write(temporary["hive"], 200);

        await cli.AssertRefusedAsync(69, "is full", "--db", database, "run", "import", runs, "--format", "hive");
        File.Delete(ballast);

        Assert.Equal(1, (await cli.JsonAsync("--db", database, "run", "list")).GetArrayLength());
        Assert.Equal(200, (await cli.JsonAsync("--db", database, "run", "import", runs, "--format", "hive")).GetProperty("imported").GetInt32());
    }

    [Fact]
    public async Task Import_OnAReadOnlyDisk_SaysSoAndChangesNothing()
    {
        using var disk = await SmallDisk.MountAsync(temporary["disk"], "size=8m");
        var database = Path.Combine(disk.Path, "pawl.db");
        var run = (await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "--db", database, "run", "record")).Json.GetProperty("run_id").GetString()!;
        Assert.Equal("stuck", (await cli.JsonAsync("--db", database, "run", "show", run)).GetProperty("status").GetString());
        await disk.RemountAsync("ro");

        await cli.AssertRefusedAsync(69, "is read-only", "--db", database, "run", "import", HiveFiles.Write(temporary["hive"], 1), "--format", "hive");
        await disk.RemountAsync("rw");
        Assert.Equal("stuck", (await cli.JsonAsync("--db", database, "run", "show", run)).GetProperty("status").GetString());
    }

    public void Dispose() => temporary.Dispose();

    private async Task RecordAsync() =>
        Assert.Equal(0, (await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "--db", Database, "run", "record")).ExitCode);
}
