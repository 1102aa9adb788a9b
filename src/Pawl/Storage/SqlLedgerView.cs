using System.Data.Common;
using Npgsql;
using Pawl.Ledger;

namespace Pawl.Storage;

/// <summary>One view of the ledger in a SQL database. A statement that fails on damaged tables is the ledger's damage, not a fault of Pawl.</summary>
internal sealed class SqlLedgerView(DbSession db, DatabaseTarget target) : ILedgerView
{
    private const int ReceiptsOfOneName = 1000;

    public (long Size, byte[] Peaks) Head() => Asked(() => LedgerRows.Head(db));

    public (long Receipts, long Checkpoints) Count() =>
        Asked(() => (db.Number("select count(*) from receipts"), db.Number("select count(*) from ledger_checkpoints")));

    public IReadOnlyList<StoredReceipt> Page(long from, int limit) => Asked(() => db.Query(
        $"select {LedgerRows.Columns} from receipts where seq >= @from order by seq limit @limit", LedgerRows.Stored, ("from", from), ("limit", (long)limit)));

    public StoredReceipt? Stored(long seq) => Asked(() =>
        db.TryFirst($"select {LedgerRows.Columns} from receipts where seq = @seq", LedgerRows.Stored, out var receipt, ("seq", seq)) ? receipt : null);

    public Receipt? Find(long seq) => Stored(seq) is { } stored ? LedgerRows.Receipt(stored) : null;

    public IReadOnlyList<Receipt> FindByRef(string reference) => Asked(() => db.Query(
        $"select {LedgerRows.Columns} from receipts where ref = @ref order by seq limit @limit",
        LedgerRows.Receipt,
        ("ref", reference),
        ("limit", (long)ReceiptsOfOneName)));

    public IReadOnlyList<Receipt> List(LedgerQuery query)
    {
        var values = new List<(string Name, object? Value)>();
        if (query.Subject is { } subject) values.Add(("subject", subject));
        if (query.Contract is { } contract) values.Add(("contract", contract));
        if (query.Tool is { } tool) values.Add(("tool", tool));
        var where = values.Count == 0 ? "" : "where " + string.Join(" and ", values.Select(v => $"{v.Name} = @{v.Name}"));
        values.Add(("limit", (long)query.Limit));
        return Asked(() => db.Query($"select {LedgerRows.Columns} from receipts {where} order by seq desc limit @limit", LedgerRows.Receipt, [.. values]));
    }

    public IReadOnlyList<Receipt> OpenIntents(DateTimeOffset before, long after, int limit) => Asked(() => db.Query(
        $"""
        select {LedgerRows.Columns} from receipts i where i.kind = 'intent' and i.at < @before and i.seq > @after
        and not exists (select 1 from receipts r where r.key = i.key and r.ok = 1)
        and not exists (select 1 from receipts r where r.key = i.key and r.ok = 0 and r.seq > i.seq)
        order by i.seq limit @limit
        """,
        LedgerRows.Receipt,
        ("before", before.UtcTicks),
        ("after", after),
        ("limit", (long)limit)));

    // What has the key and is not ok is a failed result, or a younger intent: a new try, which is followed up in its own time.
    public bool IsOpen(Receipt intent) => Asked(() => db.Number(
        "select count(*) from receipts r where r.key = @key and (r.ok = 1 or (r.ok = 0 and r.seq > @seq))", ("key", intent.Key), ("seq", intent.Seq)) == 0);

    public byte[] Node(int level, long index)
    {
        var seq = ((index + 1) << level) - 1;
        if (Stored(seq)?.Nodes is not { } nodes || nodes.Length < (level + 1) * MerkleTree.HashBytes)
            throw new LedgerDamagedException($"The tree's node {level}/{index}, which stands with receipt {seq}, is missing.");
        return nodes.AsSpan(level * MerkleTree.HashBytes, MerkleTree.HashBytes).ToArray();
    }

    public string? Body(string digest) => Asked(() =>
        db.TryFirst("select body from ledger_bodies where digest = @digest", row => LedgerColumns.TextOrNone(row, 0), out var body, ("digest", digest)) ? body : null);

    public void EachBody(Action<StoredBody> read) => Asked(() =>
    {
        db.Each("select digest, body from ledger_bodies", row => read(new StoredBody(LedgerColumns.TextOrNone(row, 0), LedgerColumns.TextOrNone(row, 1))));
        return true;
    });

    public long? FirstWithoutBody() => First(
        """
        select r.seq from receipts r where r.data_digest is not null
        and not exists (select 1 from ledger_bodies b where b.digest = r.data_digest) order by r.seq limit 1
        """);

    public long? FirstWithBody(string digest) => First("select seq from receipts where data_digest = @digest order by seq limit 1", ("digest", digest));

    public string? BodyWithoutReceipt() => Asked(() => db.TryFirst(
        "select digest from ledger_bodies except select data_digest from receipts where data_digest is not null",
        row => LedgerColumns.TextOrNone(row, 0) ?? "(none)",
        out var digest) ? digest : null);

    public IReadOnlyList<StoredCheckpoint> Checkpoints(long from, int limit) => Asked(() => db.Query(
        "select size, note from ledger_checkpoints where size >= @from order by size limit @limit", Checkpoint, ("from", from), ("limit", (long)limit)));

    public StoredCheckpoint? LastCheckpoint() => Asked(() =>
        db.TryFirst("select size, note from ledger_checkpoints order by size desc limit 1", Checkpoint, out var last) ? last : null);

    public IReadOnlyList<LedgerSigner> Signers() => Asked(() => db.Query(
        "select key_id, name, public_key from ledger_signers order by key_id",
        row => new LedgerSigner(LedgerColumns.TextOrNone(row, 0) ?? "", LedgerColumns.TextOrNone(row, 1) ?? "", LedgerColumns.TextOrNone(row, 2) ?? "")));

    private static StoredCheckpoint Checkpoint(DbDataReader row) => new(LedgerColumns.Number(row, 0) ?? -1, LedgerColumns.TextOrNone(row, 1));

    private long? First(string sql, params (string Name, object? Value)[] values) =>
        Asked(() => db.TryFirst(sql, row => LedgerColumns.Number(row, 0) ?? 0, out var seq, values) ? seq : (long?)null);

    // Locked, full, unreachable: another time it may go well. All else that a database says to a statement of ours is about its tables.
    private T Asked<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (DbException e) when (IsDamage(e))
        {
            throw new LedgerDamagedException($"The ledger's tables cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private bool IsDamage(DbException e) => e switch
    {
        Microsoft.Data.Sqlite.SqliteException sqlite => sqlite.SqliteErrorCode is 1 or 11 or 18 or 20 or 25,
        PostgresException postgres => target.Translated(postgres) is null,
        _ => false,
    };
}
