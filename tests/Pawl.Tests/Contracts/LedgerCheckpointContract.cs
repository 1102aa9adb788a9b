using System.Text;
using System.Text.Json;
using Pawl.Ledger;
using Pawl.Storage;
using Pawl.Tests.Ledger;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>Checkpoints, proofs and the reconciler on every database.</summary>
public abstract class LedgerCheckpointContract(IDatabases databases) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private CheckpointFile Copies => new(_folder["copies.txt"]);

    [Fact]
    public async Task Make_AsTheLedgerGrows_SignsEachSizeOnceAndCopiesIt()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        using var key = LedgerScene.NewKey(_folder, "a");
        var checkpoints = new LedgerCheckpoints(database, database.Ledger, key, Copies);

        Assert.IsType<CheckpointOutcome.Empty>(await checkpoints.MakeAsync());
        for (var size = 1; size <= 9; size++)
        {
            await AppendAsync(database, size - 1);
            var made = Assert.IsType<CheckpointOutcome.Made>(await checkpoints.MakeAsync());
            Assert.Equal((size, true, null), ((int)made.Checkpoint.Size, made.IsNew, made.NotCopied));
            Assert.False(Assert.IsType<CheckpointOutcome.Made>(await checkpoints.MakeAsync()).IsNew);
        }

        Assert.Equal(Enumerable.Range(1, 9), CheckpointFile.ReadAll(_folder["copies.txt"]).Select(c => (int)c.Size));
        Assert.True(LedgerVerifier.Verify(database.Ledger, new LedgerWitnesses { Trusted = [key.PublicKey], Against = CheckpointFile.ReadAll(_folder["copies.txt"]) }).Holds);
    }

    [Fact]
    public async Task Make_AfterTheSecondPlaceWasAway_CopiesTheNewest()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        using var key = LedgerScene.NewKey(_folder, "a");
        await AppendAsync(database, 0);
        Directory.CreateDirectory(_folder["copies.txt"]);

        var made = Assert.IsType<CheckpointOutcome.Made>(await new LedgerCheckpoints(database, database.Ledger, key, Copies).MakeAsync());
        Directory.Delete(_folder["copies.txt"]);
        var again = Assert.IsType<CheckpointOutcome.Made>(await new LedgerCheckpoints(database, database.Ledger, key, Copies).MakeAsync());

        Assert.NotNull(made.NotCopied);
        Assert.Equal((false, null), (again.IsNew, again.NotCopied));
        Assert.Equal(made.Checkpoint.ToString(), await File.ReadAllTextAsync(_folder["copies.txt"]));
    }

    [Fact]
    public async Task Make_ByManyAtOnceWhileTheLedgerGrows_NeverForksAndLeavesNothingUncopied()
    {
        var where = await databases.CreateAsync();
        LedgerKey[] keys = [LedgerScene.NewKey(_folder, "a"), LedgerScene.NewKey(_folder, "b"), LedgerScene.NewKey(_folder, "c")];
        await Task.WhenAll(keys.Select((key, n) => Task.Run(async () =>
        {
            await using var database = Database.Open(where);
            for (var i = 0; i < 15; i++)
            {
                await AppendAsync(database, (n * 100) + i);
                var made = Assert.IsType<CheckpointOutcome.Made>(await new LedgerCheckpoints(database, database.Ledger, key, Copies).MakeAsync());
                Assert.Null(made.NotCopied);
            }
        })));

        await using var reader = Database.Open(where);
        var report = LedgerVerifier.Verify(reader.Ledger, new LedgerWitnesses { Trusted = [.. keys.Select(k => k.PublicKey)], Against = CheckpointFile.ReadAll(_folder["copies.txt"]) });
        Assert.Empty(report.Findings);
        Assert.Equal((45, 0), ((int)report.Receipts, (int)report.Uncovered));
        Assert.Equal(45, Copies.Last(report.Origin!)!.Size);
        foreach (var key in keys) key.Dispose();
    }

    [Theory]
    [InlineData("update ledger_checkpoints set note = 'x'", null)]
    [InlineData("update receipts set actor = 'x' where seq = 0", "first receipt was changed")]
    [InlineData("delete from ledger_checkpoints", "its end was cut off")]
    public async Task Make_OnALedgerThatForkedFromACheckpoint_SignsNothing(string damage, string? refusal)
    {
        var where = await databases.CreateAsync();
        await using var database = Database.Open(where);
        using var key = LedgerScene.NewKey(_folder, "a");
        for (var n = 0; n < 6; n++) await AppendAsync(database, n);
        var checkpoints = new LedgerCheckpoints(database, database.Ledger, key, Copies);
        await checkpoints.MakeAsync();
        databases.Execute(where, damage);
        if (damage.StartsWith("delete", StringComparison.Ordinal)) CutTo(where, 4);
        else await AppendAsync(database, 6);

        if (refusal is null) await Assert.ThrowsAsync<UnavailableException>(() => checkpoints.MakeAsync());
        else Assert.Contains(refusal, Assert.IsType<CheckpointOutcome.Refused>(await checkpoints.MakeAsync()).Message, StringComparison.Ordinal);
        Assert.Single(CheckpointFile.ReadAll(_folder["copies.txt"]));
    }

    [Fact]
    public async Task Make_OnARewrittenTail_SignsNothing()
    {
        var where = await databases.CreateAsync();
        await using var database = Database.Open(where);
        using var key = LedgerScene.NewKey(_folder, "a");
        for (var n = 0; n < 6; n++) await AppendAsync(database, n);
        var checkpoints = new LedgerCheckpoints(database, database.Ledger, key, Copies);
        await checkpoints.MakeAsync();
        CutTo(where, 3);
        for (var n = 13; n < 20; n++) await AppendAsync(database, n);

        Assert.Contains("do not begin with", Assert.IsType<CheckpointOutcome.Refused>(await checkpoints.MakeAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_EveryReceiptOfSeveralSizes_GivesAProofThatHoldsAndNoOtherDoes()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        using var key = LedgerScene.NewKey(_folder, "a");
        using var other = LedgerScene.NewKey(_folder, "b");
        for (var size = 1; size <= 12; size++)
        {
            await AppendAsync(database, size - 1);
            var checkpoint = ((CheckpointOutcome.Made)await new LedgerCheckpoints(database, database.Ledger, key, Copies).MakeAsync()).Checkpoint;
            for (var seq = 0; seq < size; seq++)
            {
                var proof = Reread(database.Ledger.Read(view => ReceiptProof.Of(view, view.Find(seq)!, checkpoint)));
                Assert.True(Assert.IsType<ProofOutcome.Holds>(proof.Verify([key.PublicKey])).IsTrusted);
                Assert.False(Assert.IsType<ProofOutcome.Holds>(proof.Verify([])).IsTrusted);
                ReceiptProof[] forged =
                [
                    proof with { Entry = proof.Entry.Replace("os:m", "os:n", StringComparison.Ordinal) }, proof with { Index = proof.Index + 1 }, proof with { Size = size + 1 }, proof with { Index = -1 },
                    proof with { Proof = [.. proof.Proof, new byte[32]] }, proof with { Entry = proof.Entry + " " }, proof with { PublicKey = other.PublicKey.Pem }, proof with { Checkpoint = proof.Checkpoint + "\n" },
                ];
                Assert.All(forged, f => Assert.IsType<ProofOutcome.Broken>(f.Verify([])));
                Assert.IsType<ProofOutcome.Broken>(proof.Verify([other.PublicKey]));
            }
        }
    }

    [Fact]
    public async Task Parse_AnyCutOrFlippedProof_IsRefusedOrBroken()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        using var key = LedgerScene.NewKey(_folder, "a");
        for (var n = 0; n < 5; n++) await AppendAsync(database, n);
        var checkpoint = ((CheckpointOutcome.Made)await new LedgerCheckpoints(database, database.Ledger, key, Copies).MakeAsync()).Checkpoint;
        var bytes = Written(database.Ledger.Read(view => ReceiptProof.Of(view, view.Find(2)!, checkpoint)));

        var name = bytes.AsSpan().IndexOf("pawl/a "u8); // the one thing that nobody signs, and that says nothing
        for (var n = 0; n < bytes.Length; n++)
        {
            if (n >= name && n < name + 6) continue;
            var flipped = bytes.ToArray();
            flipped[n] ^= 1;
            Assert.False(Holds(flipped), $"byte {n}, in {Encoding.UTF8.GetString(bytes.AsSpan(Math.Max(0, n - 20), Math.Min(40, bytes.Length - Math.Max(0, n - 20))))}");
            if (n % 7 == 0) Assert.False(Holds(bytes[..n]), $"cut at {n}");
        }

        bool Holds(byte[] file)
        {
            try
            {
                return ReceiptProof.Parse(file).Verify([key.PublicKey]) is ProofOutcome.Holds;
            }
            catch (BadInputException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Run_OpenIntents_AreCompletedReopenedOrLeftAndNeverTwice()
    {
        var clock = new VirtualClock();
        await using var database = Database.Open(await databases.CreateAsync());
        foreach (var (n, tool) in new[] { "Done", "NotDone", "Unknown", "Throws", "Nobody" }.Index())
            await database.WriteAsync(tx => new ReceiptLedger(database.Ledger, clock).Append(tx, LedgerScene.Draft(n) with { Kind = ReceiptKind.Intent, Ok = false, Tool = tool, Key = tool }));
        var reading = 0;
        var reconciler = new Reconciler(database, database.Ledger, clock, "pawl:reconciler", new Dictionary<string, ReadBackAsync>(StringComparer.Ordinal)
        {
            ["Done"] = (intent, _) => Answer(new ReadBack.Done("DONE", $"read back by {intent.Key}")),
            ["NotDone"] = (_, _) => Answer(new ReadBack.NotDone("nothing there")),
            ["Unknown"] = (_, _) => Answer(new ReadBack.Unknown("no answer")),
            ["Throws"] = (_, _) => throw new IOException("broken"),
        });

        Assert.Empty(await reconciler.RunAsync(TimeSpan.FromMinutes(1)));
        clock.Advance(TimeSpan.FromMinutes(2));
        var both = await Task.WhenAll(reconciler.RunAsync(TimeSpan.FromMinutes(1)), reconciler.RunAsync(TimeSpan.FromMinutes(1)));
        var later = await reconciler.RunAsync(TimeSpan.FromMinutes(1));

        var completed = Assert.Single(both.SelectMany(r => r).OfType<Reconciled.Completed>());
        Assert.Equal((true, "Done", "DONE", completed.Intent.ArgsDigest), (completed.Result.Ok, completed.Result.Key, completed.Result.Ref, completed.Result.ArgsDigest));
        Assert.Equal("nothing there", Assert.Single(both.SelectMany(r => r).OfType<Reconciled.Reopened>()).Result.Message);
        Assert.Equal(["no answer", "reading back failed: broken", "nothing reads back what Nobody does"], later.Select(r => Assert.IsType<Reconciled.LeftOpen>(r).Why));
        Assert.Equal(7, database.Ledger.Read(view => view.Count().Receipts));
        Assert.True(reading >= 3);

        Task<ReadBack> Answer(ReadBack answer)
        {
            Interlocked.Increment(ref reading);
            return Task.FromResult(answer);
        }
    }

    [Fact]
    public async Task Run_AYoungerIntentOfTheSameKey_LeavesTheOlderOneAlone()
    {
        var clock = new VirtualClock();
        await using var database = Database.Open(await databases.CreateAsync());
        var ledger = new ReceiptLedger(database.Ledger, clock);
        await IntendAsync(database, ledger); // its process died
        clock.Advance(TimeSpan.FromMinutes(2));
        var second = await IntendAsync(database, ledger); // the next try, under way
        var reconciler = new Reconciler(database, database.Ledger, clock, "pawl:reconciler", new Dictionary<string, ReadBackAsync>(StringComparer.Ordinal)
        {
            ["Tool"] = (_, _) => Task.FromResult<ReadBack>(new ReadBack.NotDone("nothing there")),
        });

        Assert.Empty(await reconciler.RunAsync(TimeSpan.FromMinutes(1)));

        Assert.True((await database.WriteAsync(tx => ledger.Close(tx, second, "a", new IntentResult(true, "r", "made"))))!.Ok);
        Assert.NotNull(await database.WriteAsync(tx => ledger.Earlier(tx, second.Key, JsonSerializer.SerializeToElement(1))));
    }

    [Fact]
    public async Task Close_WhatWasMadeAfterItWasGivenUp_IsPutOnRecord()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var ledger = new ReceiptLedger(database.Ledger, new VirtualClock());
        var intent = await IntendAsync(database, ledger);
        var given = await database.WriteAsync(tx => ledger.Close(tx, intent, "pawl:reconciler", new IntentResult(false, "r", "not found")));

        var made = await database.WriteAsync(tx => ledger.Close(tx, intent, "a", new IntentResult(true, "r", "made")));
        var again = await database.WriteAsync(tx => ledger.Close(tx, intent, "a", new IntentResult(true, "r", "made")));

        Assert.Equal((false, true, null), (given!.Ok, made!.Ok, again));
    }

    [Fact]
    public async Task Close_NotMadeAfterAResultOrAYoungerIntent_AppendsNothing()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var ledger = new ReceiptLedger(database.Ledger, new VirtualClock());
        var first = await IntendAsync(database, ledger);
        var second = await IntendAsync(database, ledger);
        var failed = new IntentResult(false, "r", "failed");

        Assert.Null(await database.WriteAsync(tx => ledger.Close(tx, first, "a", failed)));
        Assert.NotNull(await database.WriteAsync(tx => ledger.Close(tx, second, "a", failed)));
        Assert.Null(await database.WriteAsync(tx => ledger.Close(tx, second, "a", failed)));
    }

    private static async Task<Receipt> IntendAsync(Database database, ReceiptLedger ledger) => ((AppendOutcome.Appended)await database.WriteAsync(tx =>
        ledger.Append(tx, LedgerScene.Draft(3) with { Kind = ReceiptKind.Intent, Ok = false, Tool = "Tool", Key = "k", Args = JsonSerializer.SerializeToElement(1) }))).Receipt;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        databases.Dispose();
        _folder.Dispose();
    }

    private static ReceiptProof Reread(ReceiptProof proof) => ReceiptProof.Parse(Written(proof));

    private static byte[] Written(ReceiptProof proof)
    {
        using var stream = new MemoryStream();
        using (var to = new System.Text.Json.Utf8JsonWriter(stream)) proof.WriteTo(to);
        return stream.ToArray();
    }

    private static async Task AppendAsync(Database database, int n) =>
        Assert.IsType<AppendOutcome.Appended>(await database.WriteAsync(tx => new ReceiptLedger(database.Ledger, new VirtualClock()).Append(tx, LedgerScene.Draft(n))));

    // As somebody would who knows how the ledger is built.
    private static void CutTo(string where, int size)
    {
        using var session = DatabaseTarget.Parse(where).OpenForWriting();
        var frontier = new Frontier();
        session.Each($"select nodes from receipts where seq < {size} order by seq", row => frontier.Append(row.GetFieldValue<byte[]>(0)[..32]));
        session.Execute($"delete from receipts where seq >= {size}");
        session.Execute("delete from ledger_checkpoints");
        session.Execute("update ledger_head set size = @size, peaks = @peaks", ("size", (long)size), ("peaks", frontier.ToBytes()));
    }
}

public sealed class SqliteLedgerCheckpointTests() : LedgerCheckpointContract(new SqliteDatabases());

public sealed class PostgresLedgerCheckpointTests(PostgresCluster cluster) : LedgerCheckpointContract(new PostgresDatabases(cluster));
