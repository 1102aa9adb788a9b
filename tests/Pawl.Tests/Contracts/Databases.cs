using Npgsql;
using Pawl.Storage;

namespace Pawl.Tests.Contracts;

/// <summary>A kind of database to run a contract on: makes fresh ones, and opens each as often as a test likes.</summary>
public interface IDatabases : IDisposable
{
    /// <summary>Where a fresh, empty database is.</summary>
    Task<string> CreateAsync();

    /// <summary>Speaks to a database behind Pawl's back.</summary>
    void Execute(string where, string sql);
}

/// <summary>SQLite files in a folder of their own.</summary>
public sealed class SqliteDatabases : IDatabases
{
    private readonly TemporaryFolder _folder = new();
    private int _files;

    public Task<string> CreateAsync() => Task.FromResult(_folder[$"{Interlocked.Increment(ref _files)}.db"]);

    public void Execute(string where, string sql)
    {
        NativeSqlite.Load();
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={where};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test wrote the text.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>Databases of the throw-away cluster.</summary>
public sealed class PostgresDatabases(PostgresCluster cluster) : IDatabases
{
    public Task<string> CreateAsync()
    {
        PostgresCluster.Require();
        return cluster.CreateDatabaseAsync();
    }

    public void Execute(string where, string sql)
    {
        using var connection = new NpgsqlConnection(where);
        connection.Open();
#pragma warning disable CA2100 // The test wrote the text.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        // The cluster removes its databases at the end.
    }
}
