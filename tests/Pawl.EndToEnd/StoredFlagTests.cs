using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>What the commands say of flags whose rows are not what their receipts were given for, and of receipts whose signing failed.</summary>
public sealed class StoredFlagTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public StoredFlagTests() => cli = new Cli(temporary).With("PAWL_DB", Database);

    private string Database => temporary["flags.db"];

    private string Copies => Assert.Single(Directory.GetFiles(temporary["state/pawl/checkpoints"], "*.txt"));

    [Theory]
    [InlineData("update flags set document = replace(document, '\"default\":\"on\"', '\"default\":\"off\"')", "Flag checkout is not what receipt 1 (PROM-on@2) was given for: its document was changed")]
    [InlineData("update flags set document = '{\"key\":\"checkout\"}'", "The flag checkout is stored damaged")]
    [InlineData("update flags set version = 1", "Flag checkout stands at version 1, and its newest receipt, 1 (PROM-on@2), is of version 2")]
    [InlineData("update flag_versions set document = replace(document, '\"default\":\"off\"', '\"default\":\"on\"')", "Version 1 of flag checkout is not what receipt 0 (FLAG-checkout) was given for: its document was changed")]
    [InlineData("update flag_versions set why = 'no reason' where version = 2", "its reason was changed")]
    [InlineData("update flag_versions set actor = 'os:other' where version = 2", "who changed it was changed")]
    [InlineData("update flag_versions set at = at + 1 where version = 2", "when it was changed was changed")]
    [InlineData("update flag_versions set receipt = 0 where version = 2", "Version 2 of flag checkout is not what receipt 0 (FLAG-checkout) was given for")]
    [InlineData("update flag_versions set reference = 'X' where version = 2", "its receipt's name was changed")]
    [InlineData("delete from flag_versions where version = 1", "Flag checkout has 2 receipts and 1 versions")]
    [InlineData("delete from flags", "Flag checkout is gone, and receipt 1 (PROM-on@2) put it there")]
    [InlineData("insert into flags (key, version, archived, document) select 'other', version, archived, replace(document, 'checkout', 'other') from flags", "Flag other has no receipt")]
    public async Task Verify_AFlagThatItsReceiptWasNotGivenFor_IsAFinding(string damage, string finding)
    {
        await TwoVersionsAsync();
        var before = await cli.RunAsync("ledger", "verify");
        Execute(damage);

        var people = await cli.RunAsync("ledger", "verify");
        var json = await cli.RunAsync("--json", "ledger", "verify");

        Assert.True(before.ExitCode == 0, before.Output + before.Error);
        Assert.True(people.Output.Contains(finding, StringComparison.Ordinal), people.Output + people.Error);
        Assert.Equal((1, 1), (people.ExitCode, json.ExitCode));
        Assert.False(json.Json.GetProperty("holds").GetBoolean());
        Assert.Equal("effect", json.Json.GetProperty("findings")[0].GetProperty("fault").GetString());
    }

    [Fact]
    public async Task Show_AFlagThatItsReceiptWasNotGivenFor_SaysSoAndEndsWith1()
    {
        await TwoVersionsAsync();
        Execute("update flags set document = replace(document, '\"default\":\"on\"', '\"default\":\"off\"')");

        var shown = await cli.RunAsync("flag", "show", "checkout");
        var json = await cli.RunAsync("--json", "flag", "show", "checkout");
        var earlier = await cli.RunAsync("flag", "show", "checkout", "--version", "2");

        Assert.Equal((1, 1, 0), (shown.ExitCode, json.ExitCode, earlier.ExitCode));
        Assert.Contains("its document was changed", shown.Error, StringComparison.Ordinal);
        Assert.Equal("off", json.Json.GetProperty("default").GetString());
    }

    [Fact]
    public async Task History_AVersionThatItsReceiptWasNotGivenFor_SaysWhich()
    {
        await TwoVersionsAsync();
        Execute("update flag_versions set why = 'no reason' where version = 2");

        var shown = await cli.RunAsync("flag", "history", "checkout");
        var json = await cli.RunAsync("--json", "flag", "history", "checkout");

        Assert.Equal((1, 1), (shown.ExitCode, json.ExitCode));
        Assert.Contains("Version 2 of flag checkout", shown.Error, StringComparison.Ordinal);
        Assert.Contains("its reason was changed", json.Json[0].GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, json.Json[1].GetProperty("problem").ValueKind);
    }

    [Fact]
    public async Task List_OneDamagedFlag_ShowsItAndTheOthersGoOn()
    {
        await TwoVersionsAsync();
        await CreateAsync("other");
        Execute("update flags set document = '{\"key\":\"checkout\"}' where key = 'checkout'");

        var list = await cli.RunAsync("flag", "list");
        var json = await cli.RunAsync("--json", "flag", "list");
        var other = await cli.RunAsync("flag", "evaluate", "other");
        var damaged = await cli.RunAsync("flag", "evaluate", "checkout");

        Assert.Equal((0, 0, 0), (list.ExitCode, json.ExitCode, other.ExitCode));
        Assert.Contains("other", list.Output, StringComparison.Ordinal);
        Assert.Contains("The flag checkout is stored damaged", list.Error, StringComparison.Ordinal);
        Assert.Contains("The flag checkout is stored damaged", json.Json.EnumerateArray().Single(f => f.GetProperty("key").GetString() == "checkout").GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(69, damaged.ExitCode);
        Assert.Contains("The flag checkout is stored damaged", damaged.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ACutLedgerWithoutSigners_IsFoundByTheSecondPlaceAlone()
    {
        await LedgerActor.RunAsync("append", Database, "a", "10");
        File.Copy(Database, temporary["earlier.db"]);
        await LedgerActor.RunAsync("append", Database, "b", "10");
        Assert.Equal(0, (await cli.RunAsync("ledger", "prove", "b-9", "--out", temporary["p.json"])).ExitCode);

        var whole = await cli.RunAsync("--json", "ledger", "verify");
        var cut = await cli.RunAsync("--db", temporary["earlier.db"], "ledger", "verify");
        var elsewhere = await new Cli(temporary).With("PAWL_DB", temporary["earlier.db"]).With("XDG_DATA_HOME", temporary["nobody"]).RunAsync("ledger", "verify");

        Assert.Equal((0, 1, 1), (whole.ExitCode, cut.ExitCode, elsewhere.ExitCode));
        Assert.Equal(Copies, whole.Json.GetProperty("second_place").GetString());
        Assert.Contains("from receipt 10 on its end was cut off", cut.Output, StringComparison.Ordinal);
        Assert.Contains("The database does not name the signer", cut.Output, StringComparison.Ordinal);
        Assert.Contains(Copies, cut.Output, StringComparison.Ordinal);
        Assert.Contains("from receipt 10 on its end was cut off", elsewhere.Output, StringComparison.Ordinal);
        Assert.Contains("whether the signature is genuine cannot be seen", elsewhere.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_ASecondPlaceThatEndsInHalfANote_IsComparedWithTheWholeOnes()
    {
        await TwoVersionsAsync();
        var notes = await File.ReadAllTextAsync(Copies);
        await File.WriteAllTextAsync(Copies, notes + notes[..40]);

        Assert.Equal(0, (await cli.RunAsync("ledger", "verify")).ExitCode);
        await File.WriteAllTextAsync(Copies, "no note\n" + notes);
        var garbage = await cli.RunAsync("ledger", "verify");
        Assert.Equal(1, garbage.ExitCode);
        Assert.Contains("holds no signed checkpoint at line 1", garbage.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_ACheckpointThatIsRefused_IsSaidInTheJson()
    {
        await CreateAsync("checkout");
        Execute("pragma wal_checkpoint(truncate)");
        File.Copy(Database, temporary["earlier.db"]);
        var signed = await cli.JsonAsync("flag", "set", "checkout", "--promote", "on");
        var refused = await cli.RunAsync("--json", "--db", temporary["earlier.db"], "flag", "set", "checkout", "--promote", "off");

        Assert.Equal((2, true), (signed.GetProperty("checkpoint").GetProperty("size").GetInt32(), signed.GetProperty("checkpoint").GetProperty("signed").GetBoolean()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, signed.GetProperty("checkpoint").GetProperty("problem").ValueKind);
        Assert.Equal(0, refused.ExitCode);
        Assert.False(refused.Json.GetProperty("checkpoint").GetProperty("signed").GetBoolean());
        Assert.Contains("do not begin with", refused.Json.GetProperty("checkpoint").GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_WithoutATable_SaysWhatToDo()
    {
        await TwoVersionsAsync();
        Execute("drop table receipts");

        var verified = await cli.RunAsync("ledger", "verify");

        Assert.Equal(69, verified.ExitCode);
        Assert.Contains("no such table: receipts'. Restore the database from a backup.", verified.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("`pawl ledger verify`", verified.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("..", verified.Error, StringComparison.Ordinal);
    }

    public void Dispose() => temporary.Dispose();

    private async Task TwoVersionsAsync()
    {
        await CreateAsync("checkout");
        await cli.JsonAsync("flag", "set", "checkout", "--promote", "on", "--why", "it wins");
    }

    private Task CreateAsync(string key) => cli.JsonAsync("flag", "create", key, "--variants", """{"on":true,"off":false}""", "--default", "off");

    private void Execute(string sql)
    {
        using var db = Sqlite.Open(Database);
        Sqlite.Execute(db, sql);
    }
}
