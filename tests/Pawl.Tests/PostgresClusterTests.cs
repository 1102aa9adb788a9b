using System.Globalization;
using Npgsql;
using Xunit;

namespace Pawl.Tests;

public sealed class PostgresClusterTests(PostgresCluster shared)
{
    [Fact]
    public async Task CreateDatabase_OnTheSharedCluster_GivesEachCallerAnEmptyDurableOneOfItsOwn()
    {
        PostgresCluster.Require();

        var first = await shared.CreateDatabaseAsync();
        var second = await shared.CreateDatabaseAsync();

        Assert.NotEqual(first, second);
        Assert.Equal("on", await ScalarAsync(first, "show fsync"));
        Assert.Equal("127.0.0.1", await ScalarAsync(first, "show listen_addresses"));
        Assert.Equal("0", await ScalarAsync(second, "select count(*)::text from information_schema.tables where table_schema = 'public'"));
    }

    [Fact]
    public async Task Dispose_AfterServing_EndsTheServerAndRemovesItsFolder()
    {
        PostgresCluster.Require();
        using var temporary = Shared();
        await using var cluster = PostgresCluster.Below(temporary.Path);
        await cluster.CreateDatabaseAsync();
        var server = ServerProcess(cluster);
        Assert.True(Directory.Exists(server));

        await cluster.DisposeAsync();

        Assert.False(Directory.Exists(cluster.Folder));
        await Eventually.Holds(() => !Directory.Exists(server), "the server's process is gone");
    }

    [Fact]
    public async Task CreateDatabase_AfterARunThatWasKilled_ClearsItsServerAwayAndLeavesALivingOneAlone()
    {
        PostgresCluster.Require();
        using var temporary = Shared();
        await using var killed = PostgresCluster.Below(temporary.Path);
        await killed.CreateDatabaseAsync();
        var server = ServerProcess(killed);
        await killed.AbandonAsync();
        await using var living = PostgresCluster.Below(temporary.Path);
        await using var next = PostgresCluster.Below(temporary.Path);

        var database = await living.CreateDatabaseAsync();
        await next.CreateDatabaseAsync();

        Assert.False(Directory.Exists(killed.Folder));
        await Eventually.Holds(() => !Directory.Exists(server), "the abandoned server's process is gone");
        Assert.Equal("1", await ScalarAsync(database, "select '1'"));
    }

    // The server runs as another user than root, who must be able to pass through.
    private static TemporaryFolder Shared()
    {
        var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, File.GetUnixFileMode(folder.Path) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return folder;
    }

    private static string ServerProcess(PostgresCluster cluster)
    {
        var pid = int.Parse(File.ReadLines(Path.Combine(cluster.Folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        return $"/proc/{pid}";
    }

    private static async Task<string> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
