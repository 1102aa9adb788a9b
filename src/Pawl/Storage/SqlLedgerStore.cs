using System.Data.Common;
using Pawl.Ledger;

namespace Pawl.Storage;

/// <summary>The ledger in a SQL database.</summary>
internal sealed class SqlLedgerStore(Database database) : ILedgerStore
{
    public Frontier Frontier(ITransaction transaction)
    {
        var (size, peaks) = LedgerRows.Head(DbSession.Of(transaction));
        return Ledger.Frontier.TryRead(size, peaks, out var frontier)
            ? frontier
            : throw new UnavailableException($"The ledger's head is damaged: {peaks.Length} bytes do not fit {size} receipts. `pawl ledger verify` says what holds.");
    }

    public Receipt? FindCompleted(ITransaction transaction, string key) => DbSession.Of(transaction).TryFirst(
        $"select {LedgerRows.Columns} from receipts where key = @key and ok = 1", LedgerRows.Receipt, out var receipt, ("key", key)) ? receipt : null;

    public void Append(ITransaction transaction, Receipt receipt, byte[] nodes, Frontier frontier, string? body)
    {
        var db = DbSession.Of(transaction);
        db.Execute(
            """
            insert into receipts (seq, kind, tool, ok, ref, key, args_digest, actor, at, subject, contract, message, data, data_digest, nodes)
            values (@seq, @kind, @tool, @ok, @ref, @key, @args, @actor, @at, @subject, @contract, @message, @data, @digest, @nodes)
            """,
            ("seq", receipt.Seq), ("kind", ReceiptEntry.Word(receipt.Kind)), ("tool", receipt.Tool), ("ok", receipt.Ok ? 1L : 0L), ("ref", receipt.Ref),
            ("key", receipt.Key), ("args", receipt.ArgsDigest), ("actor", receipt.Actor), ("at", receipt.At.UtcTicks), ("subject", receipt.Subject),
            ("contract", receipt.Contract), ("message", receipt.Message), ("data", receipt.Data), ("digest", receipt.DataDigest), ("nodes", nodes));
        if (body is not null)
        {
            db.Execute(
                "insert into ledger_bodies (digest, body) values (@digest, @body) on conflict (digest) do nothing",
                ("digest", receipt.DataDigest), ("body", body));
        }

        var moved = db.Execute(
            "update ledger_head set size = @size, peaks = @peaks where id = 1 and size = @before",
            ("size", frontier.Size), ("peaks", frontier.ToBytes()), ("before", receipt.Seq));
        if (moved != 1) throw new InvalidOperationException($"Receipt {receipt.Seq} was numbered from a frontier that is not the ledger's.");
    }

    public void Keep(ITransaction transaction, long size, string note, LedgerSigner signer)
    {
        var db = DbSession.Of(transaction);
        db.Execute(
            "insert into ledger_signers (key_id, name, public_key) values (@id, @name, @key) on conflict (key_id) do nothing",
            ("id", signer.KeyId), ("name", signer.Name), ("key", signer.PublicKey));
        db.Execute("insert into ledger_checkpoints (size, note) values (@size, @note) on conflict (size) do nothing", ("size", size), ("note", note));
    }

    public T Read<T>(Func<ILedgerView, T> read) => database.Read(db => read(new View(db)));

    private sealed class View(DbSession db) : ILedgerView
    {
        public (long Size, byte[] Peaks) Head() => LedgerRows.Head(db);

        public void Each(long from, Action<Receipt, byte[]> read) => db.Each(
            $"select {LedgerRows.Columns}, nodes from receipts where seq >= @from order by seq",
            row => read(LedgerRows.Receipt(row), LedgerRows.Bytes(row, 14)),
            ("from", from));

        public Receipt? Find(long seq) =>
            db.TryFirst($"select {LedgerRows.Columns} from receipts where seq = @seq", LedgerRows.Receipt, out var receipt, ("seq", seq)) ? receipt : null;

        public IReadOnlyList<Receipt> FindByRef(string reference) =>
            db.Query($"select {LedgerRows.Columns} from receipts where ref = @ref order by seq", LedgerRows.Receipt, ("ref", reference));

        public IReadOnlyList<Receipt> List(LedgerQuery query)
        {
            var where = new List<string>();
            if (query.Subject is not null) where.Add("subject = @subject");
            if (query.Contract is not null) where.Add("contract = @contract");
            if (query.Tool is not null) where.Add("tool = @tool");
            var values = new List<(string, object?)>();
            if (query.Subject is { } subject) values.Add(("subject", subject));
            if (query.Contract is { } contract) values.Add(("contract", contract));
            if (query.Tool is { } tool) values.Add(("tool", tool));
            values.Add(("limit", (long)query.Limit));
            return db.Query(
                $"select {LedgerRows.Columns} from receipts {(where.Count == 0 ? "" : "where " + string.Join(" and ", where))} order by seq desc limit @limit",
                LedgerRows.Receipt,
                [.. values]);
        }

        public IReadOnlyList<Receipt> OpenIntents(DateTimeOffset before) => db.Query(
            $"""
            select {LedgerRows.Columns} from receipts i where i.kind = 'intent' and i.at < @before
            and not exists (select 1 from receipts r where r.key = i.key and r.ok = 1)
            and not exists (select 1 from receipts r where r.key = i.key and r.ok = 0 and r.kind = 'result' and r.seq > i.seq)
            order by i.seq
            """,
            LedgerRows.Receipt,
            ("before", before.UtcTicks));

        public byte[] Node(int level, long index)
        {
            var seq = ((index + 1) << level) - 1;
            if (!db.TryFirst("select nodes from receipts where seq = @seq", row => LedgerRows.Bytes(row, 0), out var nodes, ("seq", seq))
                || nodes.Length < (level + 1) * MerkleTree.HashBytes)
            {
                throw new UnavailableException($"The ledger is damaged: the tree's node {level}/{index}, which stands with receipt {seq}, is missing. `pawl ledger verify` says what holds.");
            }

            return nodes.AsSpan(level * MerkleTree.HashBytes, MerkleTree.HashBytes).ToArray();
        }

        public string? Body(string digest) =>
            db.TryFirst("select body from ledger_bodies where digest = @digest", row => row.GetString(0), out var body, ("digest", digest)) ? body : null;

        public void EachBody(Action<string> read) => db.Each("select digest from ledger_bodies order by digest", row => read(row.GetString(0)));

        public IReadOnlyList<(long Size, string Note)> Checkpoints() =>
            db.Query("select size, note from ledger_checkpoints order by size", row => (row.GetInt64(0), row.GetString(1)));

        public IReadOnlyList<LedgerSigner> Signers() => db.Query(
            "select key_id, name, public_key from ledger_signers order by key_id",
            row => new LedgerSigner(row.GetString(0), row.GetString(1), row.GetString(2)));
    }
}

/// <summary>How the ledger's rows are read.</summary>
internal static class LedgerRows
{
    public const string Columns = "seq, kind, tool, ok, ref, key, args_digest, actor, at, subject, contract, message, data, data_digest";

    public static (long Size, byte[] Peaks) Head(DbSession db) =>
        db.TryFirst("select size, peaks from ledger_head where id = 1", row => (row.GetInt64(0), Bytes(row, 1)), out var head)
            ? head
            : throw new UnavailableException("The ledger is damaged: its head is missing. Restore the database from a backup.");

    public static byte[] Bytes(DbDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    /// <summary>
    /// Reads a receipt. What no ledger ever wrote, an unknown kind or an impossible instant, becomes a receipt of no kind, so that it is found
    /// to differ from what was hashed instead of being read as something near.
    /// </summary>
    public static Receipt Receipt(DbDataReader row)
    {
        var (kind, ok, at) = (row.GetString(1), row.GetInt64(3), row.GetInt64(8));
        var isReadable = kind is "intent" or "result" && ok is 0 or 1 && at >= 0 && at <= DateTimeOffset.MaxValue.Ticks;
        return new Receipt
        {
            Seq = row.GetInt64(0),
            Kind = !isReadable ? (ReceiptKind)(-1) : kind == "intent" ? ReceiptKind.Intent : ReceiptKind.Result,
            Tool = row.GetString(2),
            Ok = ok == 1,
            Ref = row.GetString(4),
            Key = row.GetString(5),
            ArgsDigest = row.GetString(6),
            Actor = row.GetString(7),
            At = isReadable ? row.Instant(8) : default,
            Subject = row.GetString(9),
            Contract = row.TextOrNull(10),
            Message = row.GetString(11),
            Data = row.TextOrNull(12),
            DataDigest = row.TextOrNull(13),
        };
    }
}
