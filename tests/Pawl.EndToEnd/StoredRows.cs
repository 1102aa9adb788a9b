using System.Globalization;
using Npgsql;

namespace Pawl.EndToEnd;

/// <summary>What stands in a database of either kind, read beside Pawl.</summary>
internal static class StoredRows
{
    /// <summary>The first column of what a statement selects, as text.</summary>
    /// <param name="where">The database: a SQLite file, or a connection string of PostgreSQL.</param>
    /// <param name="sql">The statement.</param>
    public static List<string> Of(string where, string sql)
    {
        using System.Data.Common.DbConnection connection = File.Exists(where) ? Sqlite.Open(where) : new NpgsqlConnection(where);
        if (connection.State == System.Data.ConnectionState.Closed) connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test wrote the text.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var rows = command.ExecuteReader();
        var read = new List<string>();
        while (rows.Read()) read.Add(Convert.ToString(rows.GetValue(0), CultureInfo.InvariantCulture)!);
        return read;
    }
}
