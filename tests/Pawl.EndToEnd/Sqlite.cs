using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pawl.EndToEnd;

/// <summary>Another program that uses a SQLite file while Pawl does.</summary>
internal static class Sqlite
{
    static Sqlite() => raw.SetProvider(new SQLite3Provider_e_sqlite3());

    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>Holds the file's write lock until disposed.</summary>
    public static SqliteConnection Lock(string path)
    {
        var connection = Open(path);
        Execute(connection, "begin immediate");
        return connection;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>One number; -1 while the database does not have the table yet.</summary>
    public static long Number(string path, string sql)
    {
        if (!File.Exists(path)) return -1;
        try
        {
            using var connection = Open(path);
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            return (long)command.ExecuteScalar()!;
        }
        catch (SqliteException)
        {
            return -1;
        }
    }
}
