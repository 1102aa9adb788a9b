using System.Globalization;
using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Several processes at one ledger, and processes that die between an intent and its result.</summary>
public sealed class LedgerProcessesTests(PostgresCluster cluster) : IDisposable
{
    private const int Processes = 5;

    private readonly TemporaryFolder temporary = new();

    [Fact]
    public Task Append_SeveralProcessesOnOneFile_LeavesNoGapAndNoFork() => AppendAsync(temporary["one.db"]);

    [Fact]
    public async Task Append_SeveralProcessesOnOnePostgresDatabase_LeavesNoGapAndNoFork()
    {
        PostgresCluster.Require();
        await AppendAsync(await cluster.CreateDatabaseAsync());
    }

    [Fact]
    public Task Append_ProcessesKilledMeanwhile_LoseNothingAcknowledged() => KillAsync(temporary["killed.db"]);

    [Theory]
    [InlineData("intended", false)]
    [InlineData("made", true)]
    public async Task Reconcile_AfterAProcessDied_SaysWhatCameOfItsIntentOnce(string diesAfter, bool wasMade)
    {
        var (database, file) = (temporary["one.db"], temporary["lines.txt"]);
        for (var kill = 0; kill < LongRun.Scale(2, 50); kill++)
        {
            using (var actor = LedgerActor.Start("effect", database, file, $"key-{kill}"))
            {
                while (await actor.StandardOutput.ReadLineAsync() is { } step && step != diesAfter) await actor.StandardInput.WriteLineAsync();
                actor.Kill();
                await actor.WaitForExitAsync();
            }

            var reconciled = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => LedgerActor.RunAsync("reconcile", database, file)));
            Assert.Equal(1, reconciled.Sum(lines => int.Parse(lines[0], CultureInfo.InvariantCulture)));
            Assert.Equal("0", (await LedgerActor.RunAsync("reconcile", database, file))[0]);
        }

        var cli = new Cli(temporary).With("PAWL_DB", database);
        var receipts = (await cli.JsonAsync("ledger", "list", "--limit", "1000")).EnumerateArray().ToList();
        Assert.Equal(2 * LongRun.Scale(2, 50), receipts.Count);
        Assert.All(receipts.Where(r => r.GetProperty("kind").GetString() == "result"), r => Assert.Equal(wasMade, r.GetProperty("ok").GetBoolean()));
        Assert.Equal(0, (await cli.RunAsync("ledger", "verify")).ExitCode);
    }

    [Fact]
    public async Task Effect_TriedAgainAfterItWasReopened_CompletesItsKey()
    {
        var (database, file) = (temporary["one.db"], temporary["lines.txt"]);
        using (var actor = LedgerActor.Start("effect", database, file, "key"))
        {
            Assert.Equal("intended", await actor.StandardOutput.ReadLineAsync());
            actor.Kill();
            await actor.WaitForExitAsync();
        }

        await LedgerActor.RunAsync("reconcile", database, file);
        await LedgerActor.RunAsync("effect", database, file, "key");

        var receipts = (await new Cli(temporary).JsonAsync("--db", database, "ledger", "list")).EnumerateArray().Reverse().Select(Said).ToList();
        Assert.Equal(["intent False", "result False", "intent False", "result True"], receipts);
        Assert.Equal(["key"], await File.ReadAllLinesAsync(file));

        static string Said(JsonElement r) => $"{r.GetProperty("kind").GetString()} {r.GetProperty("ok").GetBoolean()}";
    }

    public void Dispose() => temporary.Dispose();

    private async Task AppendAsync(string database)
    {
        var each = LongRun.Scale(200, 5000);
        var said = await Task.WhenAll(Enumerable.Range(0, Processes).Select(n => LedgerActor.RunAsync("append", database, $"p{n}", $"{each}")));

        Assert.Equal(
            Enumerable.Range(0, Processes * each), said.SelectMany(lines => lines).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Order());
        await AssertHoldsAsync(database, Processes * each);
    }

    private async Task KillAsync(string database)
    {
        var said = new List<int>();
        for (var kill = 0; kill < LongRun.Scale(4, 100); kill++)
        {
            using var actor = LedgerActor.Start("append", database, $"p{kill}", "100000");
            for (var n = 0; n <= 10 * kill && await actor.StandardOutput.ReadLineAsync() is { } line; n++) said.Add(int.Parse(line, CultureInfo.InvariantCulture));
            actor.Kill();
            await actor.WaitForExitAsync();
        }

        var report = await new Cli(temporary).JsonAsync("--db", database, "ledger", "verify");
        Assert.True(report.GetProperty("holds").GetBoolean());
        Assert.Equal(said.Count, said.Distinct().Count());
        Assert.True(report.GetProperty("receipts").GetInt32() > said.Max());
    }

    private async Task AssertHoldsAsync(string database, int receipts)
    {
        var report = await new Cli(temporary).JsonAsync("--db", database, "ledger", "verify");
        Assert.True(report.GetProperty("holds").GetBoolean(), report.ToString());
        Assert.Equal((receipts, receipts), (report.GetProperty("receipts").GetInt32(), report.GetProperty("uncovered").GetInt32()));
    }
}
