using System.Text.Json;
using Pawl.Ledger;
using Pawl.Storage;
using Pawl.Tests.Contracts;

namespace Pawl.Tests.Ledger;

/// <summary>A ledger with receipts of every form, data that stands aside, and checkpoints of two hosts; and ways to damage it and look.</summary>
internal sealed class LedgerScene : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly DbSession _session;

    private LedgerScene(TemporaryFolder folder, string where, IReadOnlyList<LedgerKey> keys)
    {
        (_folder, Where, Keys) = (folder, where, keys);
        Target = DatabaseTarget.Parse(where);
        _session = Target.OpenForWriting();
    }

    public string Where { get; }

    public IReadOnlyList<LedgerKey> Keys { get; }

    public DatabaseTarget Target { get; }

    public bool IsPostgres => _session.IsPostgres;

    /// <summary>What the second place holds.</summary>
    public IReadOnlyList<Checkpoint> Copies => CheckpointFile.ReadAll(_folder["checkpoints.txt"]);

    public static async Task<LedgerScene> CreateAsync(IDatabases databases, int receipts, params int[] checkpoints)
    {
        var where = await databases.CreateAsync();
        var folder = new TemporaryFolder();
        LedgerKey[] keys = [NewKey(folder, "a"), NewKey(folder, "b")];
        await using var database = Database.Open(where);
        var at = 0;
        foreach (var (n, size) in checkpoints.Append(receipts).Index())
        {
            var (from, to) = (at, size);
            await database.WriteAsync(tx =>
            {
                var ledger = new ReceiptLedger(database.Ledger, new VirtualClock());
                for (var i = from; i < to; i++) ledger.Append(tx, Draft(i));
                return 0;
            });
            at = size;
            if (n == checkpoints.Length) break;
            var made = await new LedgerCheckpoints(database, database.Ledger, keys[n % 2], new CheckpointFile(folder["checkpoints.txt"])).MakeAsync();
            Xunit.Assert.Null(Xunit.Assert.IsType<CheckpointOutcome.Made>(made).NotCopied);
        }

        return new LedgerScene(folder, where, keys);
    }

    /// <summary>The report on the ledger after some damage, which is taken back afterwards. Null where the database itself refuses the damage.</summary>
    public LedgerReport? Damaged(Action<DbSession> damage, LedgerWitnesses? witnesses = null)
    {
        _session.Execute("begin");
        try
        {
            damage(_session);
            return LedgerVerifier.Verify(new SqlLedgerView(_session, Target), witnesses);
        }
        catch (System.Data.Common.DbException e) when (e is Npgsql.PostgresException { SqlState: "23505" } or Microsoft.Data.Sqlite.SqliteException { SqliteErrorCode: 19 })
        {
            return null;
        }
        finally
        {
            _session.Execute("rollback");
        }
    }

    /// <summary>The value of one column: bytes, text or a number.</summary>
    public object? Value(string table, string column, string where) =>
        _session.TryFirst($"select {column} from {table} where {where}", row => row.IsDBNull(0) ? null : row.GetValue(0), out var value) ? value : null;

    public IReadOnlyList<string> Texts(string sql) => _session.Query(sql, row => row.GetString(0));

    public async ValueTask DisposeAsync()
    {
        _session.Dispose();
        foreach (var key in Keys) key.Dispose();
        _folder.Dispose();
        await Task.CompletedTask;
    }

    public static LedgerKey NewKey(TemporaryFolder folder, string host)
    {
        var path = folder[$"{host}.pem"];
        KeyFile.Create(path);
        return LedgerKey.Load(path, host);
    }

    public static ReceiptDraft Draft(int n) => new()
    {
        Kind = n % 7 == 3 ? ReceiptKind.Intent : ReceiptKind.Result,
        Ok = n % 7 != 3 && n % 5 != 1,
        Tool = n % 2 == 0 ? "PromoteVariant" : "CreateFlag",
        Ref = $"REF-{n}",
        Key = $"key/{n}",
        Args = JsonSerializer.SerializeToElement(n),
        Actor = "os:mära",
        Subject = $"flag:checkout{n % 10}",
        Contract = n % 3 == 0 ? new string('c', 64) : null,
        Message = n % 4 == 0 ? "" : $"It was done 😀 \"{n}\"\n",
        Data = n % 50 == 7
            ? JsonSerializer.SerializeToElement(new string((char)('a' + (n % 26)), Limits.ReceiptDataBytes + n))
            : n % 3 == 1 ? JsonSerializer.SerializeToElement(new { n, text = "ü" }) : default,
    };
}
