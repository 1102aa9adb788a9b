using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary><c>pawl ledger</c> as people and scripts use it.</summary>
public sealed class LedgerTests : IDisposable
{
    private const int Receipts = 20;

    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public LedgerTests() => cli = new Cli(temporary).With("PAWL_DB", Database);

    private string Database => temporary["ledger.db"];

    private string Key => temporary["data/pawl/ledger.pem"];

    private string Copies => Assert.Single(Directory.GetFiles(temporary["state/pawl/checkpoints"], "*.txt"));

    [Fact]
    public async Task Prove_AReceipt_IsVerifiedWithoutTheDatabase()
    {
        await AppendAsync();
        var proof = temporary["proof.json"];
        Assert.Equal(0, (await cli.RunAsync("ledger", "prove", "p-7", "--out", proof)).ExitCode);
        File.Delete(Database);

        var plain = await cli.RunAsync("ledger", "verify", "--proof", proof);
        var trusted = await cli.RunAsync("ledger", "verify", "--proof", proof, "--trust", Key);
        var strange = await cli.RunAsync("--json", "ledger", "verify", "--proof", proof, "--trust", await NewKeyAsync("other.pem"));

        Assert.Equal((0, 0, 1), (plain.ExitCode, trusted.ExitCode, strange.ExitCode));
        Assert.Contains("The key is only the one in the file, sha256", plain.Output, StringComparison.Ordinal);
        Assert.Contains("Signed by a trusted key", trusted.Output, StringComparison.Ordinal);
        Assert.False(strange.Json.GetProperty("holds").GetBoolean());
        await File.WriteAllTextAsync(proof, (await File.ReadAllTextAsync(proof)).Replace("a line", "a lime", StringComparison.Ordinal));
        var forged = await cli.RunAsync("ledger", "verify", "--proof", proof);
        Assert.Equal(1, forged.ExitCode);
        Assert.Contains("its entry is not in the ledger", forged.Output, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Key));
    }

    [Fact]
    public async Task Verify_AChangedReceipt_NamesItAndEndsWith1()
    {
        await AppendAsync();
        using (var db = Sqlite.Open(Database)) Sqlite.Execute(db, "update receipts set message = 'another' where seq = 5");

        var people = await cli.RunAsync("ledger", "verify");
        var json = await cli.RunAsync("--json", "ledger", "verify");

        Assert.Equal((1, 1), (people.ExitCode, json.ExitCode));
        Assert.Contains("Receipt 5 was changed", people.Output, StringComparison.Ordinal);
        Assert.Equal("changed", json.Json.GetProperty("findings")[0].GetProperty("fault").GetString());
        Assert.Equal(5, json.Json.GetProperty("findings")[0].GetProperty("receipt").GetInt32());
    }

    [Fact]
    public async Task Verify_ATailCutByTheBook_IsFoundAgainstTheSecondPlace()
    {
        await AppendAsync("a", 10);
        File.Copy(Database, temporary["earlier.db"]);
        await AppendAsync("b", 10);
        Assert.Equal(0, (await cli.RunAsync("ledger", "prove", "b-9", "--out", temporary["p.json"])).ExitCode);
        Assert.Equal(0, (await cli.RunAsync("ledger", "verify", "--against", Copies, "--trust", Key)).ExitCode);

        var alone = await cli.RunAsync("--db", temporary["earlier.db"], "ledger", "verify");
        var against = await cli.RunAsync("--db", temporary["earlier.db"], "ledger", "verify", "--against", Copies, "--trust", Key);
        var signing = await cli.RunAsync("--db", temporary["earlier.db"], "ledger", "prove", "a-1");

        Assert.Equal((1, 1, 1), (alone.ExitCode, against.ExitCode, signing.ExitCode));
        Assert.Contains("the ledger holds 10", alone.Output, StringComparison.Ordinal);
        Assert.Contains("the ledger holds 10", against.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was signed", signing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_AgainstAnotherLedgersCheckpoints_SaysSo()
    {
        await AppendAsync();
        Assert.Equal(0, (await cli.RunAsync("ledger", "prove", "p-0")).ExitCode);
        await LedgerActor.RunAsync("append", temporary["other.db"], "other", "5");

        var other = await cli.RunAsync("--db", temporary["other.db"], "ledger", "verify", "--against", Copies);

        Assert.Equal(1, other.ExitCode);
        Assert.Contains("is of another ledger", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_InToto_GivesASignedStatementForEachReceipt()
    {
        await AppendAsync();

        var all = (await cli.RunAsync("ledger", "export", "--format", "in-toto")).Lines;
        var some = await cli.JsonAsync("ledger", "export", "p-3", "4", "--out", temporary["some.jsonl"]);

        Assert.Equal(Receipts, all.Count);
        var statement = JsonSerializer.Deserialize<JsonElement>(all[3].GetProperty("payload").GetBytesFromBase64());
        Assert.Equal("https://in-toto.io/Statement/v1", statement.GetProperty("_type").GetString());
        Assert.Equal(3, statement.GetProperty("predicate").GetProperty("seq").GetInt32());
        Assert.Equal(2, some.GetProperty("exported").GetInt32());
        Assert.Equal(2, (await File.ReadAllLinesAsync(temporary["some.jsonl"])).Length);
    }

    [Fact]
    public async Task ExportProveAndShow_AChangedReceipt_SayThatItDoesNotHold()
    {
        await AppendAsync();
        using (var db = Sqlite.Open(Database)) Sqlite.Execute(db, "update receipts set actor = 'os:evil' where seq = 5");

        await cli.AssertRefusedAsync(1, "Receipt 5 was changed", "ledger", "export");
        await cli.AssertRefusedAsync(1, "Receipt 5 was changed", "ledger", "export", "4", "--out", temporary["none.jsonl"]);
        Assert.False(File.Exists(temporary["none.jsonl"]));
        await cli.AssertRefusedAsync(1, "Receipt 5 cannot be proved", "ledger", "prove", "5");
        var shown = await cli.RunAsync("ledger", "show", "5");
        var json = await cli.RunAsync("--json", "ledger", "show", "5");

        Assert.Equal((1, 1, false), (shown.ExitCode, json.ExitCode, json.Json[0].GetProperty("holds").GetBoolean()));
        Assert.Contains("Receipt 5 was changed", shown.Output, StringComparison.Ordinal);
        Assert.True((await cli.JsonAsync("ledger", "show", "4"))[0].GetProperty("holds").GetBoolean());
    }

    [Fact]
    public async Task Show_ByNameAndNumber_GivesTheReceipt()
    {
        await AppendAsync();

        Assert.Equal("p-3", (await cli.JsonAsync("ledger", "show", "p-3"))[0].GetProperty("ref").GetString());
        Assert.Equal("p-4", (await cli.JsonAsync("ledger", "show", "4"))[0].GetProperty("ref").GetString());
        Assert.Contains("os:test on file:lines with AddLine", (await cli.RunAsync("ledger", "show", "p-4")).Output, StringComparison.Ordinal);
        Assert.Equal(3, (await cli.JsonAsync("ledger", "list", "--tool", "AddLine", "--subject", "file:lines", "--limit", "3")).GetArrayLength());
        Assert.Contains("p-19", (await cli.RunAsync("ledger", "list")).Output, StringComparison.Ordinal);
        await cli.AssertRefusedAsync(65, "There is no receipt p-99", "ledger", "show", "p-99");
        await cli.AssertRefusedAsync(65, "There is no receipt 20", "ledger", "prove", "20");
    }

    [Fact]
    public async Task Verify_AnEmptyLedgerAndNone_AreToldApart()
    {
        await cli.AssertRefusedAsync(69, "There is no database", "ledger", "verify");
        Assert.Equal(0, (await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "run", "record")).ExitCode);

        var empty = await cli.RunAsync("ledger", "verify");

        Assert.Equal(0, empty.ExitCode);
        Assert.Contains("0 receipts", empty.Output, StringComparison.Ordinal);
        Assert.Contains("No receipts", (await cli.RunAsync("ledger", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyCommand_OnADamagedLedger_NeverFailsItself()
    {
        await AppendAsync();
        using (var db = Sqlite.Open(Database)) Sqlite.Execute(db, "update receipts set actor = cast('x' as blob) where seq = 5");

        Assert.Equal(1, (await cli.RunAsync("ledger", "verify")).ExitCode);
        foreach (var command in new[] { "list", "show 5", "prove 5", "show p-5" })
            await cli.AssertRefusedAsync(69, "Receipt 5 is damaged", ["ledger", .. command.Split(' ')]);
        await cli.AssertRefusedAsync(1, "Receipt 5 was changed", "ledger", "export", "--out", "x.jsonl");
        using (var db = Sqlite.Open(Database)) Sqlite.Execute(db, "drop table receipts");
        await cli.AssertRefusedAsync(69, "no such table: receipts", "ledger", "verify");
    }

    [Fact]
    public async Task Verify_ADatabaseFileWithGarbageInside_IsAFindingOrUnreadable()
    {
        await AppendAsync("p", 400);
        using (var db = Sqlite.Open(Database)) Sqlite.Execute(db, "pragma wal_checkpoint(truncate)");
        var whole = await File.ReadAllBytesAsync(Database);
        var random = new Random(11);
        var copy = temporary["garbage.db"];
        for (var n = 0; n < LongRun.Scale(6, 200); n++)
        {
            var bytes = whole.ToArray();
            random.NextBytes(bytes.AsSpan(random.Next(4096, bytes.Length - 600), 600));
            await File.WriteAllBytesAsync(copy, bytes);
            var ended = await cli.RunAsync("--db", copy, "ledger", "verify");
            Assert.True(ended.ExitCode is 0 or 1 or 65 or 69, $"{n}: {ended.ExitCode} {ended.Error}");
        }
    }

    [Fact]
    public async Task AnySigner_WithABadKey_IsRefusedAndChangesNothing()
    {
        await AppendAsync();
        var open = await NewKeyAsync("open.pem");
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        var text = Private("text.pem", "no key");
        var (rsa, edge, open2) = (await OpenSslAsync("rsa.pem", "genpkey -algorithm RSA"), await OpenSslAsync("p384.pem", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"), temporary["pub.pem"]);
        await cli.ShellAsync($"openssl pkey -in {await NewKeyAsync("whole.pem")} -pubout -out {open2} && chmod 600 {open2}");

        await RefusedAsync("There is no key", temporary["missing.pem"]);
        await RefusedAsync("chmod 600", open);
        await RefusedAsync("does not hold a private key as PEM", text);
        await RefusedAsync("does not hold a private key as PEM", rsa);
        await RefusedAsync("not on the curve P-256", edge);
        await RefusedAsync("holds a public key", open2);
        await RefusedAsync("is a directory", temporary.Path);
        Assert.False(File.Exists(Key));
        Assert.Equal(0, Sqlite.Number(Database, "select count(*) from ledger_checkpoints"));

        async Task RefusedAsync(string message, string key)
        {
            var configuration = temporary.Write("pawl.yaml", $"ledger:\n  key: {key}\n");
            await cli.AssertRefusedAsync(65, message, "--config", configuration, "ledger", "prove", "p-1");
            await cli.AssertRefusedAsync(65, message, "--config", configuration, "ledger", "export");
        }
    }

    [Fact]
    public async Task Prove_WhereTheSecondPlaceCannotBeWritten_SaysSoAndProves()
    {
        await AppendAsync();
        var configuration = temporary.Write("pawl.yaml", $"ledger: {{ checkpoints: {temporary.Write("a-file", "")}/x.txt }}");

        var proved = await cli.RunAsync("--config", configuration, "ledger", "prove", "p-1");

        Assert.Equal(0, proved.ExitCode);
        Assert.Contains("could not be copied", proved.Error, StringComparison.Ordinal);
        Assert.Equal("p-1", JsonSerializer.Deserialize<JsonElement>(proved.Json.GetProperty("entry").GetString()!).GetProperty("ref").GetString());
    }

    [Theory]
    [InlineData("Give --against or --proof", "--against", "a", "--proof", "b")]
    [InlineData("'--trust'", "--trust")]
    public async Task Verify_UsedWrongly_SaysHow(string message, params string[] arguments) =>
        await cli.AssertRefusedAsync(64, message, ["ledger", "verify", .. arguments]);

    [Fact]
    public async Task Verify_BadFiles_AreRefused()
    {
        await AppendAsync();
        await cli.AssertRefusedAsync(65, "There is no file of checkpoints", "ledger", "verify", "--against", temporary["none"]);
        await cli.AssertRefusedAsync(65, "holds no signed checkpoint at line 1", "ledger", "verify", "--against", temporary.Write("text", "hello\n"));
        await cli.AssertRefusedAsync(65, "holds no checkpoint", "ledger", "verify", "--against", temporary.Write("empty", ""));
        await cli.AssertRefusedAsync(65, "is no proof of a receipt", "ledger", "verify", "--proof", temporary.Write("p", "{}"));
        await cli.AssertRefusedAsync(65, "There is no key", "ledger", "verify", "--trust", temporary["none"]);
        await cli.AssertRefusedAsync(65, "\"ledger\" in", "--config", temporary.Write("a.yaml", "ledger: x"), "ledger", "export");
        await cli.AssertRefusedAsync(65, "\"ledger.key\" in", "--config", temporary.Write("b.yaml", "ledger: { key: [a] }"), "ledger", "export");
    }

    public void Dispose() => temporary.Dispose();

    private Task AppendAsync(string name = "p", int count = Receipts) => LedgerActor.RunAsync("append", Database, name, $"{count}");

    private Task<string> NewKeyAsync(string name) => OpenSslAsync(name, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");

    private async Task<string> OpenSslAsync(string name, string arguments)
    {
        var made = await cli.ShellAsync($"openssl {arguments} -out {temporary[name]} && chmod 600 {temporary[name]}");
        Assert.True(made.ExitCode == 0, made.Error);
        return temporary[name];
    }

    private string Private(string name, string text)
    {
        var path = temporary.Write(name, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
