using System.Data.Common;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pawl.Storage;

/// <summary>
/// One connection, and the only way in which the stores speak SQL: commands are prepared once, every value is a parameter.
/// Inside <see cref="Database"/>'s writer it is also the transaction that the rooms pass on.
/// </summary>
internal sealed class DbSession(DbConnection connection, bool isPostgres) : ITransaction, IDisposable
{
    /// <summary>How long a writer waits for another process.</summary>
    public static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, DbCommand> _commands = new(StringComparer.Ordinal);

    public bool IsPostgres => isPostgres;

    public DbConnection Connection => connection;

    /// <summary>What stores attach to the transaction's connection for its lifetime.</summary>
    public static DbSession Of(ITransaction transaction) =>
        transaction as DbSession ?? throw new ArgumentException("The transaction belongs to another store.", nameof(transaction));

    /// <summary>
    /// Begins a transaction that writes, waiting up to five seconds for other processes on a SQLite file. SQLite's own waiting sleeps ever
    /// longer, up to 100 ms, while a writer here holds the lock for a fraction of a millisecond: asking again soon is many times faster.
    /// </summary>
    public void BeginWriting()
    {
        if (connection is not SqliteConnection sqlite)
        {
            Execute("begin");
            Execute("select pg_advisory_xact_lock(7297012)"); // one writer at a time here too: works that share a commit lock rows in any order
            return;
        }

        var start = Stopwatch.GetTimestamp();
        raw.sqlite3_busy_timeout(sqlite.Handle, 0);
        int result, attempts = 0;
        while ((result = raw.sqlite3_exec(sqlite.Handle, "begin immediate")) == raw.SQLITE_BUSY && Stopwatch.GetElapsedTime(start) < BusyTimeout)
            Wait(++attempts);
        raw.sqlite3_busy_timeout(sqlite.Handle, (int)BusyTimeout.TotalMilliseconds);
        if (result != raw.SQLITE_OK) throw new SqliteException(raw.sqlite3_errmsg(sqlite.Handle).utf8_to_string(), result & 0xff, result);
    }

    /// <summary>Runs a statement; returns the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> values) => Command(sql, values).ExecuteNonQuery();

    /// <summary>Reads all rows.</summary>
    public List<T> Query<T>(string sql, Func<DbDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var reader = Command(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(map(reader));
        return rows;
    }

    /// <summary>Reads rows one by one without keeping them.</summary>
    public void Each(string sql, Action<DbDataReader> read, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var reader = Command(sql, values).ExecuteReader();
        while (reader.Read()) read(reader);
    }

    /// <summary>Reads the first row; false where there is none.</summary>
    public bool TryFirst<T>(string sql, Func<DbDataReader, T> map, out T row, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var reader = Command(sql, values).ExecuteReader();
        var found = reader.Read();
        row = found ? map(reader) : default!;
        return found;
    }

    /// <summary>Reads one whole number.</summary>
    public long Number(string sql, params ReadOnlySpan<(string Name, object? Value)> values) =>
        Convert.ToInt64(Command(sql, values).ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);

    public void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
        connection.Dispose();
    }

#pragma warning disable RS0030 // Another process's lock cannot be waited for, only asked for again.
    private static void Wait(int attempts) => Thread.Sleep(attempts < 100 ? 0 : 1);
#pragma warning restore RS0030

    private DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is a constant of the stores; values only ever come as parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            foreach (var (name, _) in values)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = name;
                command.Parameters.Add(parameter);
            }

            _commands.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i].Value ?? DBNull.Value;
        return command;
    }
}

/// <summary>Reads columns that may be null, and instants.</summary>
internal static class DbColumns
{
    public static string? TextOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static long? NumberOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    public static DateTimeOffset Instant(this DbDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    public static DateTimeOffset? InstantOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.Instant(column);
}
