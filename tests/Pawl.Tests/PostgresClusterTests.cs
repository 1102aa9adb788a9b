using System.Net.Sockets;
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
        Assert.True(Answers(cluster.Port));

        await cluster.DisposeAsync();

        Assert.False(Directory.Exists(cluster.Folder));
        Assert.False(Answers(cluster.Port));
    }

    [Fact]
    public async Task CreateDatabase_AfterARunThatWasKilled_ClearsItsServerAwayAndLeavesALivingOneAlone()
    {
        PostgresCluster.Require();
        using var temporary = Shared();
        await using var killed = PostgresCluster.Below(temporary.Path);
        await killed.CreateDatabaseAsync();
        await killed.AbandonAsync();
        Assert.True(Answers(killed.Port));
        await using var living = PostgresCluster.Below(temporary.Path);
        await using var next = PostgresCluster.Below(temporary.Path);

        var database = await living.CreateDatabaseAsync();
        await next.CreateDatabaseAsync();

        Assert.False(Directory.Exists(killed.Folder));
        Assert.False(Answers(killed.Port));
        Assert.Equal("1", await ScalarAsync(database, "select '1'"));
    }

    // The server runs as another user than root, who must be able to pass through.
    private static TemporaryFolder Shared()
    {
        var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, File.GetUnixFileMode(folder.Path) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return folder;
    }

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<string> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
