using System.Text.Json;
using Pawl.Ledger;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What <see cref="ILedgerStore"/> promises, under <see cref="ReceiptLedger"/>, which all use it through.</summary>
public abstract class LedgerStoreContract(IDatabases databases) : IDisposable
{
    [Fact]
    public async Task Append_Receipts_AreNumberedFromZeroAndReadBackAsTheyWere()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var appended = new List<Receipt>();
        for (var n = 0; n < 9; n++) appended.Add(await AppendAsync(database, Draft($"k{n}")));

        Assert.Equal(Enumerable.Range(0, 9).Select(n => (long)n), appended.Select(r => r.Seq));
        Assert.Equal(appended, database.Ledger.Read(view => view.Page(0, 100)).Select(row => row.Receipt));
        Assert.Equal(appended[4..6], database.Ledger.Read(view => view.Page(4, 2)).Select(row => row.Receipt));
    }

    [Fact]
    public async Task Append_Receipts_MakeUpTheTreeOfTheirEntries()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var frontier = new Frontier();
        for (var n = 0; n < 13; n++) frontier.Append(ReceiptEntry.LeafHash(await AppendAsync(database, Draft($"k{n}"))));

        var (size, root, peaks) = database.Ledger.Read(view => (view.Head().Size, MerkleTree.Root(13, view.Node), view.Head().Peaks));
        Assert.Equal(13, size);
        Assert.Equal(frontier.Root(), root);
        Assert.Equal(frontier.ToBytes(), peaks);
    }

    [Fact]
    public async Task Append_TheSameKeyAndArguments_GivesTheFirstReceiptAndAddsNothing()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var first = await AppendAsync(database, Draft("k", 1));

        var again = await database.WriteAsync(tx => Ledger(database).Append(tx, Draft("k", 1) with { Message = "again" }));

        Assert.Equal(first, Assert.IsType<AppendOutcome.Repeated>(again).Receipt);
        Assert.Equal(1, database.Ledger.Read(view => view.Head().Size));
    }

    [Fact]
    public async Task Append_ACompletedKeyWithOtherArguments_IsRefusedNamingBothDigests()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var first = await AppendAsync(database, Draft("k", 1));

        var refused = Assert.IsType<AppendOutcome.Refused>(await database.WriteAsync(tx => Ledger(database).Append(tx, Draft("k", 2))));

        Assert.Contains(first.ArgsDigest, refused.Message, StringComparison.Ordinal);
        Assert.Contains(CanonicalJson.Digest(JsonSerializer.SerializeToElement(2)), refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, database.Ledger.Read(view => view.Head().Size));
    }

    [Fact]
    public async Task Append_IntentsAndFailedResults_DoNotClaimTheKey()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var intent = await AppendAsync(database, Draft("k") with { Kind = ReceiptKind.Intent, Ok = false });
        var failed = await AppendAsync(database, Draft("k") with { Ok = false });
        var done = await AppendAsync(database, Draft("k"));

        Assert.Equal([0, 1, 2], [intent.Seq, failed.Seq, done.Seq]);
    }

    [Fact]
    public async Task Append_InAWorkThatThrows_LeavesNoReceipt()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        await AppendAsync(database, Draft("a"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync<int>(tx =>
        {
            Ledger(database).Append(tx, Draft("b"));
            throw new InvalidOperationException();
        }));

        Assert.Equal(1, (await AppendAsync(database, Draft("c"))).Seq);
    }

    [Fact]
    public async Task Append_DataBeyondTheLimit_StandsAsideByDigest()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var large = JsonSerializer.SerializeToElement(new string('x', Limits.ReceiptDataBytes));
        var receipt = await AppendAsync(database, Draft("k") with { Data = large });

        Assert.Null(receipt.Data);
        Assert.Equal(CanonicalJson.Digest(large), receipt.DataDigest);
        Assert.Equal(large.GetRawText(), database.Ledger.Read(view => view.Body(receipt.DataDigest!)));
    }

    [Fact]
    public async Task OpenIntents_AfterAResult_AreOpenNoMore()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        foreach (var key in new[] { "open", "done", "given up", "tried again" })
            await AppendAsync(database, Draft(key) with { Kind = ReceiptKind.Intent, Ok = false });
        await AppendAsync(database, Draft("done"));
        await AppendAsync(database, Draft("given up") with { Ok = false });
        await AppendAsync(database, Draft("tried again") with { Ok = false });
        await AppendAsync(database, Draft("tried again") with { Kind = ReceiptKind.Intent, Ok = false });

        Assert.Equal(["open", "tried again"], database.Ledger.Read(view => view.OpenIntents(DateTimeOffset.MaxValue, -1, 10)).Select(r => r.Key));
        Assert.Empty(database.Ledger.Read(view => view.OpenIntents(new VirtualClock().GetUtcNow(), -1, 10)));
    }

    [Fact]
    public async Task List_BySubjectToolAndContract_GivesTheNewestFirst()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        for (var n = 0; n < 4; n++)
            await AppendAsync(database, Draft($"k{n}") with { Subject = $"s{n % 2}", Tool = n < 3 ? "T" : "U", Contract = n == 2 ? "c" : null });

        Assert.Equal([3, 2, 1, 0], Seqs(new LedgerQuery()));
        Assert.Equal([2, 0], Seqs(new LedgerQuery(Subject: "s0")));
        Assert.Equal([1], Seqs(new LedgerQuery(Subject: "s1", Tool: "T")));
        Assert.Equal([2], Seqs(new LedgerQuery(Contract: "c")));
        Assert.Equal([3, 2], Seqs(new LedgerQuery(Limit: 2)));

        IEnumerable<long> Seqs(LedgerQuery query) => database.Ledger.Read(view => view.List(query)).Select(r => r.Seq);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) databases.Dispose();
    }

    private static ReceiptLedger Ledger(Database database) => new(database.Ledger, new VirtualClock());

    private static async Task<Receipt> AppendAsync(Database database, ReceiptDraft draft) =>
        Assert.IsType<AppendOutcome.Appended>(await database.WriteAsync(tx => Ledger(database).Append(tx, draft))).Receipt;

    private static ReceiptDraft Draft(string key, int args = 0) => new()
    {
        Tool = "Tool",
        Ref = $"REF-{key}",
        Key = key,
        Args = JsonSerializer.SerializeToElement(args),
        Actor = "os:test",
        Subject = "thing:ü\n\"😀\"",
        Message = "done",
        Data = JsonSerializer.SerializeToElement(new { b = 1.5, a = "ä" }),
    };
}

public sealed class SqliteLedgerStoreTests() : LedgerStoreContract(new SqliteDatabases());

public sealed class PostgresLedgerStoreTests(PostgresCluster cluster) : LedgerStoreContract(new PostgresDatabases(cluster));
