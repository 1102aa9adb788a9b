using System.Text;
using Pawl.Ledger;
using Pawl.Storage;
using Pawl.Tests.Ledger;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>Whatever is done to a ledger's rows is found, and the first receipt that does not hold is named.</summary>
public abstract class LedgerDamageContract(SharedLedger shared, Func<IDatabases> databases) : IClassFixture<SharedLedger>, IAsyncLifetime
{
    private const int Receipts = 1000;
    private static readonly int[] CheckpointSizes = [300, 700, Receipts];

    private LedgerScene _scene = null!;

    public static TheoryData<string> Columns =>
        new("seq", "kind", "tool", "ok", "ref", "key", "args_digest", "actor", "at", "subject", "contract", "message", "data", "data_digest", "nodes");

    public async ValueTask InitializeAsync() => _scene = await shared.SceneAsync(databases, Receipts, CheckpointSizes);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Verify_UndamagedLedger_Holds()
    {
        var report = _scene.Damaged(_ => { }, new LedgerWitnesses { Trusted = [.. _scene.Keys.Select(k => k.PublicKey)], Against = _scene.Copies })!;

        Assert.Empty(report.Findings);
        Assert.Equal((Receipts, 6, 0), ((int)report.Receipts, (int)report.Checkpoints, (int)report.Uncovered));
        Assert.Equal(2, report.Signers.Count);
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void Verify_AnyByteOfAReceiptFlipped_NamesThatReceipt(string column)
    {
        var flips = 0;
        foreach (var seq in Sampled(Enumerable.Range(0, Receipts), LongRun.Scale(6, _scene.IsPostgres ? 50 : Receipts), column.Length))
        {
            if (_scene.Value("receipts", column, $"seq = {seq}") is not { } value) continue;
            foreach (var flipped in Sampled(Flips(value), LongRun.Scale(2, _scene.IsPostgres ? 8 : int.MaxValue), seq))
            {
                var report = _scene.Damaged(db => Set(db, "receipts", column, flipped, $"seq = {seq}"));
                if (report is null) continue;
                flips++;
                Assert.True(!report.Holds && report.Findings[0].Receipt == seq, $"{column} of receipt {seq} set to {Show(flipped)}: {First(report)}");
            }
        }

        Assert.True(flips > 0, "Nothing was flipped.");
    }

    [Theory]
    [InlineData("ledger_head", "size", "id")]
    [InlineData("ledger_head", "peaks", "id")]
    [InlineData("ledger_head", "id", "id")]
    [InlineData("ledger_checkpoints", "size", "size")]
    [InlineData("ledger_checkpoints", "note", "size")]
    [InlineData("ledger_signers", "key_id", "key_id")]
    [InlineData("ledger_signers", "name", "key_id")]
    [InlineData("ledger_signers", "public_key", "key_id")]
    [InlineData("ledger_bodies", "digest", "digest")]
    [InlineData("ledger_bodies", "body", "digest")]
    public void Verify_AnyByteBesideTheReceiptsFlipped_IsFound(string table, string column, string key)
    {
        var flips = 0;
        foreach (var row in Sampled(_scene.Texts($"select cast({key} as text) from {table} order by 1"), LongRun.Scale(4, int.MaxValue), 1))
        {
            var where = $"cast({key} as text) = '{row}'";
            foreach (var flipped in Sampled(Flips(_scene.Value(table, column, where)!), LongRun.Scale(10, 2000), 2))
            {
                var report = _scene.Damaged(db => Set(db, table, column, flipped, where));
                if (report is null) continue;
                flips++;
                Assert.False(report.Holds, $"{column} of {table} {row} set to {Show(flipped)} was not found");
            }
        }

        Assert.True(flips > 0, "Nothing was flipped.");
    }

    [Fact]
    public void Verify_AnyReceiptDeleted_IsMissing()
    {
        foreach (var seq in Sampled(Enumerable.Range(0, Receipts - 1), LongRun.Scale(15, Receipts), 3).Append(0))
            AssertFirst(LedgerFault.Missing, seq, db => db.Execute($"delete from receipts where seq = {seq}"));
        AssertFirst(LedgerFault.TailCut, Receipts - 1, db => db.Execute($"delete from receipts where seq = {Receipts - 1}"));
        AssertFirst(LedgerFault.TailCut, 0, db => db.Execute("delete from receipts"));
    }

    [Fact]
    public void Verify_AnyReceiptDeletedAndTheRestRenumbered_IsMissing()
    {
        foreach (var seq in Sampled(Enumerable.Range(0, Receipts - 1), LongRun.Scale(5, Receipts), 4).Append(0))
        {
            AssertFirst(LedgerFault.Missing, seq, db =>
            {
                db.Execute($"delete from receipts where seq = {seq}");
                Shift(db, seq, -1);
            });
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Verify_AnyReceiptSwappedWithTheNext_IsReordered(bool withTheirHashes)
    {
        foreach (var seq in Sampled(Enumerable.Range(0, Receipts - 1), LongRun.Scale(5, Receipts), 5).Append(0).Append(Receipts - 2))
        {
            AssertFirst(LedgerFault.Reordered, seq, db =>
            {
                var nodes = db.Query($"select nodes from receipts where seq in ({seq}, {seq + 1}) order by seq", row => row.GetFieldValue<byte[]>(0));
                db.Execute($"update receipts set seq = -1 where seq = {seq}");
                db.Execute($"update receipts set seq = {seq} where seq = {seq + 1}");
                db.Execute($"update receipts set seq = {seq + 1} where seq = -1");
                if (withTheirHashes) return;
                for (var n = 0; n < 2; n++) db.Execute($"update receipts set nodes = @nodes where seq = {seq + n}", ("nodes", nodes[n]));
            });
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Verify_AReceiptInserted_IsNamed(bool hashedAnew)
    {
        foreach (var seq in Sampled(Enumerable.Range(0, Receipts), LongRun.Scale(5, Receipts), 6).Append(0).Append(Receipts - 1))
        {
            AssertFirst(LedgerFault.Inserted, seq, db =>
            {
                Shift(db, seq, 1);
                InsertForged(db, seq, hashedAnew);
            });
        }
    }

    [Fact]
    public void Verify_AReceiptAppendedTwice_IsInserted()
    {
        foreach (var seq in Sampled(Enumerable.Range(1, Receipts - 2), LongRun.Scale(5, Receipts), 7))
        {
            AssertFirst(LedgerFault.Inserted, seq, db =>
            {
                Shift(db, seq, 1);
                Copy(db, seq - 1, seq);
            });
        }

        AssertFirst(LedgerFault.Inserted, Receipts, db => InsertForged(db, Receipts, hashedAnew: true));
    }

    [Theory]
    [InlineData(999)]
    [InlineData(701)]
    [InlineData(700)]
    [InlineData(1)]
    [InlineData(0)]
    public void Verify_TheTailCutWithHeadAndCheckpoints_IsFoundAgainstTheSecondPlaceAlone(int size)
    {
        var alone = _scene.Damaged(db => CutTo(db, size))!;
        var against = _scene.Damaged(db => CutTo(db, size), new LedgerWitnesses { Against = _scene.Copies })!;

        // Signers whose checkpoints are all gone are what is left of them.
        Assert.DoesNotContain(alone.Findings, f => f.Fault != LedgerFault.Checkpoint);
        Assert.Equal(size, against.Findings.First(f => f.Fault == LedgerFault.TailCut).Receipt);
        Assert.Equal(size, against.Findings[0].Receipt);
    }

    [Theory]
    [InlineData(999, 700)]
    [InlineData(500, 300)]
    [InlineData(300, 300)]
    [InlineData(1, 0)]
    public void Verify_TheTailRewrittenWithAllHashesByWhoeverHasNoKey_IsFoundByTheCheckpoints(int from, int lastGood)
    {
        var report = _scene.Damaged(db => Rewrite(db, from))!;

        Assert.Equal((LedgerFault.Rewritten, lastGood), (report.Findings[0].Fault, (int)report.Findings[0].Receipt!));
    }

    [Fact]
    public void Verify_AllRewrittenFromTheFirst_IsAnotherLedger()
    {
        var report = _scene.Damaged(db => Rewrite(db, 0), new LedgerWitnesses { Against = _scene.Copies })!;

        Assert.Equal(6, report.Findings.Count(f => f.Fault == LedgerFault.OtherLedger));
    }

    [Fact]
    public void Verify_WithTrustedKeys_CountsNoOtherCheckpoint()
    {
        var report = _scene.Damaged(_ => { }, new LedgerWitnesses { Trusted = [_scene.Keys[1].PublicKey] })!;

        Assert.Equal((1, 300), ((int)report.Checkpoints, (int)report.Uncovered));
        Assert.Equal(2, report.Findings.Count(f => f.Fault == LedgerFault.Checkpoint && f.Message.Contains("not by a trusted key", StringComparison.Ordinal)));
    }

    [Fact]
    public void Verify_ColumnsThatGiveTheSameEntry_AreFound() => AssertFirst(LedgerFault.Changed, 10, db =>
    {
        // Two columns in one: as text both make up the same bytes.
        db.Execute("update receipts set data = '1,\"data_digest\":\"x\"', data_digest = null where seq = 10");
        var forged = db.Query($"select {LedgerRows.Columns} from receipts where seq = 10", LedgerRows.Stored)[0];
        Assert.Null(forged.Receipt);
        Rehash(db, new Receipt
        {
            Seq = 10,
            Kind = ReceiptKind.Result,
            Tool = "PromoteVariant",
            Ok = true,
            Ref = "REF-10",
            Key = "key/10",
            ArgsDigest = _scene.Texts("select args_digest from receipts where seq = 10")[0],
            Actor = "os:mära",
            At = new VirtualClock().GetUtcNow(),
            Subject = "flag:checkout0",
            Message = "x",
            Data = "1",
            DataDigest = "x",
        });
    });

    [Theory]
    [MemberData(nameof(Columns))]
    public void Verify_NullInAColumnThatLostItsConstraint_IsAFinding(string column)
    {
        var report = _scene.Damaged(db =>
        {
            db.Execute("create table copied as select * from receipts");
            db.Execute("drop table receipts");
            db.Execute("alter table copied rename to receipts");
            db.Execute($"update receipts set {column} = null where seq = 99"); // has a contract, no data
        })!;

        Assert.Equal(column is not ("data" or "data_digest"), !report.Holds);
        if (!report.Holds && column != "seq") Assert.Equal(99, report.Findings[0].Receipt);
    }

    [Theory]
    [InlineData("ledger_bodies")]
    [InlineData("ledger_signers")]
    [InlineData("ledger_checkpoints")]
    [InlineData("ledger_head")]
    [InlineData("receipts")]
    public void Verify_ATableMissing_IsAFindingOrClearlyUnreadable(string table)
    {
        LedgerReport? report = null;
        var error = Record.Exception(() => report = _scene.Damaged(db => db.Execute($"drop table {table}")));

        if (error is null) Assert.False(report!.Holds);
        else Assert.Contains(table, Assert.IsType<LedgerDamagedException>(error).Message, StringComparison.Ordinal);
    }

    /// <summary>Damages one ledger and demands what is found first.</summary>
    private protected void AssertFirst(LedgerFault fault, int receipt, Action<DbSession> damage)
    {
        var report = _scene.Damaged(damage)!;
        Assert.True(!report.Holds && (report.Findings[0].Fault, report.Findings[0].Receipt) == (fault, (long?)receipt), $"{fault} of {receipt}: {First(report)}");
    }

    private static void Shift(DbSession db, int from, int by)
    {
        db.Execute($"update receipts set seq = -seq - 10 where seq >= {from}");
        db.Execute($"update receipts set seq = -seq - 10 + {by} where seq < 0");
    }

    private static void Copy(DbSession db, int from, int to) => db.Execute(
        $"""
        insert into receipts select {to}, kind, tool, 0, ref, key, args_digest, actor, at, subject, contract, message, data, data_digest, nodes
        from receipts where seq = {from}
        """);

    private static void InsertForged(DbSession db, int seq, bool hashedAnew)
    {
        db.Execute($"""
            insert into receipts select {seq}, kind, tool, 0, 'FORGED', key, args_digest, actor, at, subject, contract, message, data, data_digest, nodes
            from receipts where seq = {(seq == 5 ? 7 : 5)}
            """);
        if (hashedAnew) Rehash(db, db.Query($"select {LedgerRows.Columns} from receipts where seq = {seq}", LedgerRows.Receipt)[0]);
    }

    private static void Rehash(DbSession db, Receipt receipt)
    {
        var frontier = new Frontier();
        db.Each($"select nodes from receipts where seq < {receipt.Seq} order by seq", row => frontier.Append(row.GetFieldValue<byte[]>(0)[..32]));
        db.Execute($"update receipts set nodes = @nodes where seq = {receipt.Seq}", ("nodes", frontier.Append(ReceiptEntry.LeafHash(receipt))));
    }

    private static void CutTo(DbSession db, int size)
    {
        var frontier = new Frontier();
        db.Each($"select nodes from receipts where seq < {size} order by seq", row => frontier.Append(row.GetFieldValue<byte[]>(0)[..32]));
        db.Execute($"delete from receipts where seq >= {size}");
        db.Execute("delete from ledger_bodies where digest not in (select data_digest from receipts where data_digest is not null)");
        db.Execute($"delete from ledger_checkpoints where size > {size}");
        db.Execute("update ledger_head set size = @size, peaks = @peaks", ("size", (long)size), ("peaks", frontier.ToBytes()));
    }

    private static void Rewrite(DbSession db, int from)
    {
        db.Execute($"update receipts set actor = 'os:forger' where seq >= {from}");
        var frontier = new Frontier();
        foreach (var receipt in db.Query($"select {LedgerRows.Columns} from receipts order by seq", LedgerRows.Receipt))
            db.Execute("update receipts set nodes = @nodes where seq = @seq", ("nodes", frontier.Append(ReceiptEntry.LeafHash(receipt))), ("seq", receipt.Seq));
        db.Execute("update ledger_head set peaks = @peaks", ("peaks", frontier.ToBytes()));
    }

    private void Set(DbSession db, string table, string column, object value, string where)
    {
        var text = _scene.IsPostgres ? "convert_from(@value, 'UTF8')" : "cast(@value as text)";
        var (sql, given) = value is string flipped ? (text, Encoding.Latin1.GetBytes(flipped)) : ("@value", value);
        Assert.Equal(1, db.Execute($"update {table} set {column} = {sql} where {where}", ("value", given)));
    }

    // Each byte of a value, one at a time. A text comes as one character for each byte, also those that are no UTF-8 afterwards.
    private IEnumerable<object> Flips(object value)
    {
        if (value is long number) return Enumerable.Range(0, 8).Select(n => (object)(number ^ (1L << (8 * n))));
        var bytes = value as byte[] ?? Encoding.UTF8.GetBytes((string)value);
        return Enumerable.Range(0, bytes.Length).Where(n => value is byte[] || !_scene.IsPostgres || bytes[n] is > 1 and < 0x80).Select(n =>
        {
            var flipped = bytes.ToArray();
            flipped[n] ^= 1;
            return value is byte[]? flipped : (object)Encoding.Latin1.GetString(flipped);
        });
    }

    private static IEnumerable<T> Sampled<T>(IEnumerable<T> all, int most, int seed)
    {
        var items = all.ToArray();
        if (items.Length <= most) return items;
        new Random(seed).Shuffle(items);
        return items.Take(most);
    }

    private static string Show(object value) => value is byte[] bytes ? Convert.ToHexStringLower(bytes) : $"{value}";

    private static string First(LedgerReport report) => report.Holds ? "nothing was found" : $"{report.Findings[0]}";
}

public sealed class SqliteLedgerDamageTests(SharedLedger shared) : LedgerDamageContract(shared, () => new SqliteDatabases())
{
    [Theory]
    [InlineData("update receipts set tool = tool || char(0) || 'more' where seq = 10")]
    [InlineData("update receipts set tool = cast(tool as blob) where seq = 10")]
    [InlineData("update receipts set at = 0.5 where seq = 10")]
    [InlineData("update receipts set ok = 1.5 where seq = 10")]
    [InlineData("update receipts set ok = 2 where seq = 10")]
    [InlineData("update receipts set at = -1 where seq = 10")]
    [InlineData("update receipts set at = 9223372036854775807 where seq = 10")]
    [InlineData("update receipts set kind = 'Intent' where seq = 10")]
    [InlineData("update receipts set message = zeroblob(5000000) where seq = 10")]
    [InlineData("update receipts set message = hex(zeroblob(3000000)) where seq = 10")]
    [InlineData("update receipts set nodes = hex(nodes) where seq = 10")]
    [InlineData("update receipts set nodes = zeroblob(5000000) where seq = 10")]
    [InlineData("update receipts set nodes = x'' where seq = 10")]
    [InlineData("update receipts set nodes = cast(nodes || x'00' as blob) where seq = 10")]
    public void Verify_WhatOnlySqliteKeepsInAColumn_IsFound(string sql)
    {
        var isLonger = sql.Contains("x'00'", StringComparison.Ordinal);
        AssertFirst(isLonger ? LedgerFault.Tree : LedgerFault.Changed, 10, db => db.Execute(sql));
    }
}

public sealed class PostgresLedgerDamageTests(SharedLedger shared, PostgresCluster cluster) : LedgerDamageContract(shared, () => new PostgresDatabases(cluster));
