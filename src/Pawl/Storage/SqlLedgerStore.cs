using Pawl.Ledger;

namespace Pawl.Storage;

/// <summary>The ledger in a SQL database.</summary>
internal sealed class SqlLedgerStore(Database database) : ILedgerStore
{
    public Frontier Frontier(ITransaction transaction) => Sound(() => FrontierOf(LedgerRows.Head(DbSession.Of(transaction))));

    public Receipt? FindCompleted(ITransaction transaction, string key) => DbSession.Of(transaction).TryFirst(
        $"select {LedgerRows.Columns} from receipts where key = @key and ok = 1", LedgerRows.Receipt, out var receipt, ("key", key)) ? receipt : null;

    public (Receipt? Completed, Frontier Frontier) Next(ITransaction transaction, string key) => Sound(() =>
        DbSession.Of(transaction).TryFirst(
            $"select {LedgerRows.Columns}, size, peaks from ledger_head left join receipts on key = @key and ok = 1 where id = 1",
            row => (row.IsDBNull(0) ? null : LedgerRows.Receipt(row), FrontierOf(LedgerRows.Head(row, LedgerRows.ColumnCount))),
            out var next,
            ("key", key))
            ? next
            : throw LedgerRows.NoHead());

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

    public bool Keep(ITransaction transaction, long size, string note, LedgerSigner signer)
    {
        var db = DbSession.Of(transaction);
        if (db.Execute("insert into ledger_checkpoints (size, note) values (@size, @note) on conflict (size) do nothing", ("size", size), ("note", note)) == 0) return false;
        db.Execute(
            "insert into ledger_signers (key_id, name, public_key) values (@id, @name, @key) on conflict (key_id) do nothing",
            ("id", signer.KeyId), ("name", signer.Name), ("key", signer.PublicKey));
        return true;
    }

    public ILedgerView View(ITransaction transaction) => new SqlLedgerView(DbSession.Of(transaction), database.Target);

    public T Read<T>(Func<ILedgerView, T> read)
    {
        try
        {
            return database.Read(db => read(new SqlLedgerView(db, database.Target)));
        }
        catch (LedgerDamagedException e)
        {
            throw new UnavailableException($"{e.Message} `pawl ledger verify` says what holds.", e);
        }
    }

    private static Frontier FrontierOf((long Size, byte[] Peaks) head) => Ledger.Frontier.TryRead(head.Size, head.Peaks, out var frontier)
        ? frontier
        : throw new LedgerDamagedException($"The ledger's head is damaged: {head.Peaks.Length} bytes do not fit {head.Size} receipts.");

    private static T Sound<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (LedgerDamagedException e)
        {
            throw new UnavailableException($"{e.Message} Nothing can be added to it: `pawl ledger verify` says what holds; restore the database from a backup.", e);
        }
    }
}
