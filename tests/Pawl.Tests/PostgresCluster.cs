using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Pawl.Tests;

/// <summary>
/// A throw-away PostgreSQL server for the tests of one assembly: started when the first database is asked for, reachable on
/// loopback alone, fsync on as in production, stopped and removed with all its data at the end.
/// </summary>
/// <remarks>
/// Take it as a constructor parameter and call <c>Require</c> first in each test that needs it. A run that was
/// killed leaves its server behind; the next run finds that nobody holds the folder's lock any more and clears it away.
/// </remarks>
public sealed partial class PostgresCluster : IAsyncDisposable
{
    private const int VersionMin = 15;
    private const int StartAttemptsMax = 3;
    private const string FolderPrefix = "pawl-pg-";

    private static readonly PostgresInstallation? Installation = PostgresInstallation.Find(VersionMin);

    private readonly string temporaryRoot;
    private readonly Lazy<Task> started;
    private FileStream? ownership;
    private int databases;

    /// <summary>A cluster below the system's temporary folder; nothing is started yet.</summary>
    public PostgresCluster()
        : this(Path.GetTempPath())
    {
    }

    private PostgresCluster(string temporaryRoot)
    {
        this.temporaryRoot = temporaryRoot;
        started = new Lazy<Task>(StartAsync);
    }

    /// <summary>Why no cluster can be had on this machine, and what to do about it; null when one can.</summary>
    public static string? Unavailable { get; } = Installation is null
        ? $"PostgreSQL {VersionMin} or newer was not found in /usr/lib/postgresql nor on PATH; install postgresql-15 (./test.sh does so as root on Debian)."
        : Installation.WhyNotRunnable();

    /// <summary>The cluster's own folder; empty before it was started.</summary>
    public string Folder { get; private set; } = "";

    /// <summary>The port on 127.0.0.1; 0 before it was started.</summary>
    public int Port { get; private set; }

    private string DataFolder => Path.Combine(Folder, "data");

    private string LogFile => Path.Combine(Folder, "server.log");

    /// <summary>Another cluster than the shared one, below a folder of the caller's choice.</summary>
    public static PostgresCluster Below(string temporaryRoot) => new(temporaryRoot);

    /// <summary>
    /// Creates an empty database and returns the Npgsql connection string to it; starts the cluster if it is the first. Without pooling: each
    /// database would keep an idle connection for minutes, and there are hundreds of databases.
    /// </summary>
    public async Task<string> CreateDatabaseAsync()
    {
        await started.Value;
        var name = $"pawl_test_{Interlocked.Increment(ref databases).ToString(CultureInfo.InvariantCulture)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name) + ";Pooling=false";
    }

    /// <summary>Stops the server without ceremony and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (ownership is null)
        {
            return;
        }

        NpgsqlConnection.ClearAllPools();
        await RemoveAsync(Folder);
        await ownership.DisposeAsync();
        ownership = null;
    }

    /// <summary>Lets go of the cluster as a killed test run would: the server keeps running and its folder stays.</summary>
    internal async Task AbandonAsync()
    {
        await ownership!.DisposeAsync();
        ownership = null;
    }

    private static async Task RemoveAsync(string folder)
    {
        var data = Path.Combine(folder, "data");
        if (File.Exists(Path.Combine(data, "postmaster.pid")))
        {
            // Fails where the server died by itself; then there is nothing left to stop.
            await Installation!.RunAsync("pg_ctl", folder, "stop", "-D", data, "-m", "immediate", "-w", "-s");
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task RemoveAbandonedAsync(string temporaryRoot)
    {
        foreach (var folder in Directory.GetDirectories(temporaryRoot, FolderPrefix + "*"))
        {
            try
            {
                // Only the run that made the folder holds this lock; the operating system lets go of it when that run dies.
                await using var lockFile = new FileStream(OwnershipFile(folder), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                await RemoveAsync(folder);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // Held by a run that lives, being made or removed this moment, or another user's.
            }
        }
    }

    private static string OwnershipFile(string folder) => Path.Combine(folder, "owner.lock");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task StartAsync()
    {
        var installation = Installation ?? throw new InvalidOperationException(Unavailable);
        await RemoveAbandonedAsync(temporaryRoot);
        Folder = Directory.CreateDirectory(Path.Combine(temporaryRoot, FolderPrefix + Guid.NewGuid().ToString("N")[..12])).FullName;
        ownership = new FileStream(OwnershipFile(Folder), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        await installation.OwnAsync(Folder);
        await RunOrThrowAsync(installation, "initdb", "-D", DataFolder, "-U", "pawl", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");

        for (var attempt = 1; ; attempt++)
        {
            Port = FreePort();
            var options = $"-p {Port} -k '{Folder}' -c listen_addresses=127.0.0.1 -c max_connections=200";
            var (exitCode, output) = await installation.RunAsync("pg_ctl", Folder, "start", "-D", DataFolder, "-l", LogFile, "-o", options, "-w", "-s");
            if (exitCode == 0)
            {
                return;
            }

            // Another process may have taken the port between choosing and using it.
            if (attempt == StartAttemptsMax)
            {
                var log = File.Exists(LogFile) ? await File.ReadAllTextAsync(LogFile) : "";
                throw new InvalidOperationException($"PostgreSQL did not start in {Folder}: {output}\n{log}");
            }
        }
    }

    private async Task RunOrThrowAsync(PostgresInstallation installation, string program, params string[] arguments)
    {
        var (exitCode, output) = await installation.RunAsync(program, Folder, arguments);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed with {exitCode} in {Folder}: {output}");
        }
    }

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Username=pawl;Database={database}";
}
