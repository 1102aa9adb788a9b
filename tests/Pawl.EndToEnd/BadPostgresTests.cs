using Npgsql;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>PostgreSQL servers and databases that cannot be used.</summary>
public sealed class BadPostgresTests(PostgresCluster cluster) : IDisposable
{
    private const string Secret = "hunter2-secret";

    private readonly TemporaryFolder temporary = new();

    [Fact]
    public async Task AnyCommand_WithoutAServer_SaysThatItCannotBeReachedAndKeepsThePassword()
    {
        // Port 1 on loopback: nobody listens there, and only root could.
        var cli = new Cli(temporary).With("PAWL_DB", $"postgres://me:{Secret}@127.0.0.1:1/some");

        var message = await cli.AssertRefusedAsync(69, "postgres://127.0.0.1:1/some cannot be reached", "run", "list");
        await cli.AssertRefusedAsync(69, "cannot be reached", "run", "import", HiveFiles.Write(temporary["hive"], 1), "--format", "hive");

        Assert.DoesNotContain(Secret, message);
    }

    [Fact]
    public async Task AnyCommand_WithAnAddressThatCannotBeRead_SaysHowOneLooks()
    {
        var cli = new Cli(temporary);

        await cli.AssertRefusedAsync(65, "It looks like postgres://", "--db", "postgres://", "run", "list");
        await cli.AssertRefusedAsync(65, "connection string cannot be read", "--db", "Host=127.0.0.1;Wings=2", "run", "list");
    }

    [Fact]
    public async Task AnyCommand_WithoutSuchADatabaseOrUser_SaysWhichIsMissing()
    {
        PostgresCluster.Require();
        var database = await cluster.CreateDatabaseAsync();
        var cli = new Cli(temporary);

        await cli.AssertRefusedAsync(69, "holds no Pawl data yet", "--db", database, "run", "list");
        await cli.AssertRefusedAsync(69, "createdb", "--db", $"Host=127.0.0.1;Port={cluster.Port};Username=pawl;Database=nowhere", "run", "list");
        await cli.AssertRefusedAsync(69, "refused the user or password", "--db", database.Replace("Username=pawl", "Username=nobody"), "run", "list");
    }

    [Fact]
    public async Task AnyCommand_WithAWrongPassword_SaysSoWithoutShowingIt()
    {
        PostgresCluster.Require();
        var database = await cluster.CreateDatabaseAsync();
        var rules = Path.Combine(cluster.Folder, "data", "pg_hba.conf");
        await File.WriteAllTextAsync(rules, "host all guarded 127.0.0.1/32 scram-sha-256\n" + await File.ReadAllTextAsync(rules));
        await using (var connection = new NpgsqlConnection(database + ";Pooling=false"))
        {
            await connection.OpenAsync();
            await ExecuteAsync(connection, "create role guarded login superuser password 'right'; select pg_reload_conf()");
        }

        var guarded = database.Replace("Username=pawl", "Username=guarded");
        var cli = new Cli(temporary);
        var message = await cli.AssertRefusedAsync(69, "refused the user or password", "--db", $"{guarded};Password={Secret}", "run", "list");
        var right = await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "--db", $"{guarded};Password=right", "run", "record");

        Assert.DoesNotContain(Secret, message);
        Assert.Equal((0, ""), (right.ExitCode, right.Error));
    }

    [Fact]
    public async Task Import_WhileSomebodyHoldsALock_GivesUpWithNothingWritten()
    {
        PostgresCluster.Require();
        var database = await cluster.CreateDatabaseAsync();
        var cli = new Cli(temporary).With("PAWL_DB", database);
        await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "run", "record");
        await cli.JsonAsync("run", "list"); // brings in what was recorded; after that reading writes nothing
        var runs = HiveFiles.Write(temporary["hive"], 1);
        await using (var connection = new NpgsqlConnection(database + ";Pooling=false"))
        {
            await connection.OpenAsync();
            await ExecuteAsync(connection, "begin; lock table runs in exclusive mode");
            await cli.AssertRefusedAsync(69, "is locked", "run", "import", runs, "--format", "hive");
            Assert.Equal(1, (await cli.JsonAsync("run", "list")).GetArrayLength());
        }

        Assert.Equal(1, (await cli.JsonAsync("run", "import", runs, "--format", "hive")).GetProperty("imported").GetInt32());
    }

    [Fact]
    public async Task AnyCommand_OnAReadOnlyOrNewerDatabase_SaysSo()
    {
        PostgresCluster.Require();
        var database = await cluster.CreateDatabaseAsync();
        var cli = new Cli(temporary).With("PAWL_DB", database);
        await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "run", "record");
        await cli.JsonAsync("run", "list");
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();

        await ExecuteAsync(connection, $"alter database {connection.Database} set default_transaction_read_only = on");
        await cli.AssertRefusedAsync(69, "is read-only now", "run", "import", HiveFiles.Write(temporary["hive"], 1), "--format", "hive");
        await ExecuteAsync(connection, $"set default_transaction_read_only = off; alter database {connection.Database} set default_transaction_read_only = off; insert into pawl_schema (version) values (9999)");
        await cli.AssertRefusedAsync(65, "has schema 9999", "run", "list");
    }

    public void Dispose() => temporary.Dispose();

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
