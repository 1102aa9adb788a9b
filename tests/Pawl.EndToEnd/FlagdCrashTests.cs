using System.Diagnostics;
using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>kill -9 in the middle of a step on a file of flagd definitions: repeated, it has one effect and one completed receipt.</summary>
public sealed class FlagdCrashTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    private string Database => temporary["pawl.db"];

    private string Definition => temporary["flags.json"];

    [Fact]
    public async Task Apply_KilledBetweenTheIntentAndTheFile_IsDoneOnceWhenRepeated()
    {
        // The file that is written beside is a pipe that nobody reads: whoever opens it waits.
        using (var mkfifo = Process.Start("mkfifo", [Definition + ".tmp"])) await mkfifo.WaitForExitAsync();
        using (var actor = LedgerActor.Start("flagd", Database, Definition))
        {
            await Eventually.Holds(() => File.Exists(Database) && Sqlite.Number(Database, "select count(*) from sqlite_master where name = 'receipts'") == 1 && Sqlite.Number(Database, "select count(*) from receipts") == 1, "the intent is on record", 60);
            actor.Kill();
            await actor.WaitForExitAsync();
        }

        Assert.False(File.Exists(Definition));
        File.Delete(Definition + ".tmp");

        await AssertDoneOnceAsync(["intent False", "intent False", "result True"]);
    }

    [Fact]
    public async Task Apply_KilledBetweenTheFileAndTheReceipt_IsDoneOnceWhenRepeated()
    {
        using (var actor = LedgerActor.Start("flagd", Database, Definition))
        {
            Assert.Equal("made", await actor.StandardOutput.ReadLineAsync());
            actor.Kill();
            await actor.WaitForExitAsync();
        }

        Assert.Contains("CreateFlag/crash", await File.ReadAllTextAsync(Definition), StringComparison.Ordinal);

        await AssertDoneOnceAsync(["intent False", "result True"]);
    }

    public void Dispose() => temporary.Dispose();

    private async Task AssertDoneOnceAsync(IReadOnlyList<string> expected)
    {
        for (var n = 0; n < 2; n++) Assert.Equal(["made", "done"], await LedgerActor.RunAsync("flagd", Database, Definition));

        var cli = new Cli(temporary).With("PAWL_DB", Database);
        Assert.Equal(expected, (await cli.JsonAsync("ledger", "list")).EnumerateArray().Reverse().Select(Said));
        Assert.Equal(0, (await cli.RunAsync("ledger", "verify")).ExitCode);
        using var definition = JsonDocument.Parse(await File.ReadAllTextAsync(Definition));
        Assert.Equal(1, Assert.Single(definition.RootElement.GetProperty("flags").EnumerateObject()).Value.GetProperty("metadata").GetProperty("pawl_version").GetInt32());

        static string Said(JsonElement r) => $"{r.GetProperty("kind").GetString()} {r.GetProperty("ok").GetBoolean()}";
    }
}
