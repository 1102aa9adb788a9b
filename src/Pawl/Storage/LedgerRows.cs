using System.Data.Common;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Data.Sqlite;
using Pawl.Ledger;
using SQLitePCL;

namespace Pawl.Storage;

/// <summary>How the ledger's rows are read: what no ledger ever wrote is said, never read as something near.</summary>
internal static class LedgerRows
{
    public const string Columns = "seq, kind, tool, ok, ref, key, args_digest, actor, at, subject, contract, message, data, data_digest, nodes";

    private const int Nodes = 14;
    private const int NodesBytes = 64 * MerkleTree.HashBytes;

    private static readonly string[] Names = Columns.Split(", ");

    /// <summary>How many <see cref="Columns"/> there are.</summary>
    public static int ColumnCount => Names.Length;

    public static (long Size, byte[] Peaks) Head(DbSession db) =>
        db.TryFirst("select size, peaks from ledger_head where id = 1", row => Head(row, 0), out var head) ? head : throw NoHead();

    /// <summary>Reads the head from two columns.</summary>
    public static (long Size, byte[] Peaks) Head(DbDataReader row, int column) =>
        (LedgerColumns.Number(row, column), LedgerColumns.Bytes(row, column + 1, NodesBytes)) is ({ } size, { } peaks)
            ? (size, peaks)
            : throw new LedgerDamagedException("The ledger's head holds no size or no hashes.");

    public static LedgerDamagedException NoHead() => new("The ledger's head is missing.");

    /// <summary>Reads a receipt that must be one.</summary>
    public static Receipt Receipt(DbDataReader row) => Receipt(Stored(row));

    /// <inheritdoc cref="Receipt(DbDataReader)"/>
    public static Receipt Receipt(StoredReceipt stored) =>
        stored.Receipt ?? throw new LedgerDamagedException($"Receipt {stored.Seq} is damaged: {stored.Damage}.");

    /// <summary>Reads a row, whatever it holds.</summary>
    public static StoredReceipt Stored(DbDataReader row)
    {
        string? damage = null;
        var (seq, ok, at) = (LedgerColumns.Number(row, 0), LedgerColumns.Number(row, 3), LedgerColumns.Number(row, 8));
        var kind = Text(1);
        var receipt = new Receipt
        {
            Seq = seq ?? Damaged(0, "no whole number", 0L),
            Kind = kind switch { "intent" => ReceiptKind.Intent, "result" => ReceiptKind.Result, _ => Damaged(1, "no kind of receipt", ReceiptKind.Result) },
            Tool = Text(2),
            Ok = ok switch { 0 => false, 1 => true, _ => Damaged(3, "neither 0 nor 1", false) },
            Ref = Text(4),
            Key = Text(5),
            ArgsDigest = Text(6),
            Actor = Text(7),
            At = at >= 0 && at <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(at.Value, TimeSpan.Zero) : Damaged(8, "no instant", default(DateTimeOffset)),
            Subject = Text(9),
            Contract = TextOrNull(10),
            Message = Text(11),
            Data = TextOrNull(12),
            DataDigest = TextOrNull(13),
        };
        if (receipt.Data is { } data && !IsOneValue(data)) Damaged(12, "not one JSON value", 0);
        return new StoredReceipt(seq, damage is null ? receipt : null, LedgerColumns.Bytes(row, Nodes, NodesBytes), damage);

        string Text(int column) => TextOrNull(column) ?? Damaged(column, "null", "");

        string? TextOrNull(int column)
        {
            var text = LedgerColumns.Text(row, column, out var problem);
            return problem is null ? text : Damaged(column, problem, text);
        }

        T Damaged<T>(int column, string what, T instead)
        {
            damage ??= $"its column {Names[column]} is {what}";
            return instead;
        }
    }

    // Data stands in the entry as it is stored. More than one value could pass for the entry's next members, and columns could change places.
    private static bool IsOneValue(string data)
    {
        try
        {
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(data), new JsonReaderOptions { MaxDepth = Limits.JsonDepth + 8 });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>
/// Reads columns strictly. SQLite keeps any type in any column, and its library would turn numbers, bytes and texts that end early in a NUL
/// into each other.
/// </summary>
internal static class LedgerColumns
{
    // The longest that any ledger writes, a message of 4,096 characters or data, is far below.
    private const int TextBytes = 128 * 1024;

    public static long? Number(DbDataReader row, int column)
    {
        if (row is SqliteDataReader sqlite)
            return raw.sqlite3_column_type(sqlite.Handle, column) == raw.SQLITE_INTEGER ? raw.sqlite3_column_int64(sqlite.Handle, column) : null;
        return !row.IsDBNull(column) && row.GetFieldType(column) == typeof(long) ? row.GetInt64(column) : null;
    }

    public static byte[]? Bytes(DbDataReader row, int column, int most)
    {
        if (row is SqliteDataReader sqlite)
        {
            var isEmptyText = raw.sqlite3_column_type(sqlite.Handle, column) == raw.SQLITE_TEXT && raw.sqlite3_column_bytes(sqlite.Handle, column) == 0;
            if (isEmptyText) return []; // how the migration writes the peaks of no receipt
            if (raw.sqlite3_column_type(sqlite.Handle, column) != raw.SQLITE_BLOB || raw.sqlite3_column_bytes(sqlite.Handle, column) > most) return null;
            return raw.sqlite3_column_blob(sqlite.Handle, column).ToArray();
        }

        return !row.IsDBNull(column) && row.GetFieldType(column) == typeof(byte[]) && row.GetBytes(column, 0, null, 0, 0) <= most ? row.GetFieldValue<byte[]>(column) : null;
    }

    /// <summary>A text of any length up to that of data that stands aside; null where the column holds none.</summary>
    public static string? TextOrNone(DbDataReader row, int column) => Text(row, column, out var problem, Limits.ReceiptBodyBytes) is { } text && problem is null ? text : null;

    /// <summary>A text, or null; what the column holds otherwise is said in <paramref name="problem"/>.</summary>
    public static string? Text(DbDataReader row, int column, out string? problem, int most = TextBytes)
    {
        problem = null;
        if (row is SqliteDataReader sqlite) return Text(sqlite, column, most, out problem);
        if (row.IsDBNull(column)) return null;
        if (row.GetFieldType(column) == typeof(string)) return row.GetString(column);
        problem = "no text";
        return null;
    }

    private static string? Text(SqliteDataReader row, int column, int most, out string? problem)
    {
        problem = null;
        switch (raw.sqlite3_column_type(row.Handle, column))
        {
            case raw.SQLITE_NULL:
                return null;
            case raw.SQLITE_TEXT when raw.sqlite3_column_bytes(row.Handle, column) > most:
                problem = $"{raw.sqlite3_column_bytes(row.Handle, column)} bytes long";
                return null;
            case raw.SQLITE_TEXT:
                var utf8 = raw.sqlite3_column_blob(row.Handle, column);
                if (Utf8.IsValid(utf8) && !utf8.Contains((byte)0)) return System.Text.Encoding.UTF8.GetString(utf8);
                problem = "not UTF-8, or holds a NUL";
                return null;
            default:
                problem = "no text";
                return null;
        }
    }
}
