using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pawl.Tests;

/// <summary>
/// A throw-away ClickHouse server for the tests of one assembly: started when it is first asked for, reachable over HTTP on loopback
/// alone, far from UTC so that a time that depends on the server's shows, stopped and removed with all its data at the end.
/// </summary>
/// <remarks>
/// Take it as a constructor parameter and call <c>Require</c> first in each test that needs it. A run that was killed leaves its
/// server behind; the next run finds that nobody holds the folder's lock any more and clears it away.
/// </remarks>
public sealed partial class ClickHouseServer : IAsyncDisposable
{
    /// <summary>The password of the users <c>reader</c>, who may not even change settings, and <c>asker</c>, who may read and change settings.</summary>
    public const string Password = "it's s3cret: ü";

    private const string FolderPrefix = "pawl-ch-";
    private const int StartAttemptsMax = 3;
    private const double StartLimitSeconds = 60;

    private static readonly string? Program = ((string[])["/usr/sbin", "/usr/bin", .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)])
        .Select(folder => Path.Combine(folder, "clickhouse-server")).FirstOrDefault(File.Exists);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(10) };
    private readonly Lazy<Task> _started;
    private FileStream? _ownership;
    private Process? _process;
    private string _folder = "";
    private int _databases;

    /// <summary>Nothing is started yet.</summary>
    public ClickHouseServer() => _started = new Lazy<Task>(StartAsync);

    /// <summary>What to install so that there is a server to start; null when there is one.</summary>
    public static string? Unavailable { get; } =
        Program is null ? "clickhouse-server was not found in /usr/sbin, /usr/bin nor on PATH; install it (./test.sh does so as root on Debian)." : null;

    /// <summary>The address of its HTTP interface; none before it was started.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>Creates an empty database and returns its name; starts the server if it is the first.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        await _started.Value;
        var name = $"pawl_test_{Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture)}";
        await RunAsync("default", $"create database {name}");
        return name;
    }

    /// <summary>Runs a statement in a database, with rows for an INSERT after it, and returns the answer as tab-separated text.</summary>
    public async Task<string> RunAsync(string database, string statement, string rows = "")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(rows));
        using var answer = await _http.PostAsync(new Uri(Url, $"?database={database}&query={Uri.EscapeDataString(statement)}"), content);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{statement}: {text}");
    }

    /// <summary>Kills the server and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_ownership is null) return;
        _process?.Kill();
        if (_process is not null) await _process.WaitForExitAsync();
        _process?.Dispose();
        await _ownership.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string In(string folder, string file) => Path.Combine(folder, file);

    private static async Task RemoveAbandonedAsync()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), FolderPrefix + "*"))
        {
            try
            {
                // Only the run that made the folder holds this lock; the operating system lets go of it when that run dies.
                await using var held = new FileStream(In(folder, "owner.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                if (Abandoned(folder) is { } process) using (process) process.Kill();
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // Held by a run that lives, being made or removed this moment, or another user's.
            }
        }
    }

    // The number may be another process's by now: only one that was started with this folder's configuration is the server.
    private static Process? Abandoned(string folder)
    {
        var file = In(folder, "server.pid");
        if (!File.Exists(file) || !int.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return null;
        var command = $"/proc/{id.ToString(CultureInfo.InvariantCulture)}/cmdline";
        return File.Exists(command) && File.ReadAllText(command).Contains(folder, StringComparison.Ordinal) ? Process.GetProcessById(id) : null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task StartAsync()
    {
        await RemoveAbandonedAsync();
        _folder = Directory.CreateTempSubdirectory(FolderPrefix).FullName;
        _ownership = new FileStream(In(_folder, "owner.lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Directory.CreateDirectory(In(_folder, "data/tmp"));
        await File.WriteAllTextAsync(In(_folder, "users.xml"), Users);
        for (var attempt = 1; ; attempt++)
        {
            var (http, tcp) = (FreePort(), FreePort());
            Url = new Uri($"http://127.0.0.1:{http}");
            await File.WriteAllTextAsync(In(_folder, "config.xml"), Configuration(http, tcp));
            _process = Process.Start(new ProcessStartInfo("/bin/sh")
            {
                ArgumentList = { "-c", "exec \"$1\" --config-file=\"$2\" >\"$3\" 2>&1 </dev/null", "sh", Program!, In(_folder, "config.xml"), In(_folder, "output.log") },
                WorkingDirectory = _folder,
            })!;
            await File.WriteAllTextAsync(In(_folder, "server.pid"), _process.Id.ToString(CultureInfo.InvariantCulture));
            await Eventually.Holds(() => _process.HasExited || Answers(), "ClickHouse answers", StartLimitSeconds);
            if (!_process.HasExited) return;

            // Another process may have taken a port between choosing and using it.
            if (attempt == StartAttemptsMax) throw new InvalidOperationException($"ClickHouse did not start in {_folder}: {await File.ReadAllTextAsync(In(_folder, "output.log"))}");
        }
    }

    private bool Answers()
    {
        try
        {
            using var ping = new HttpRequestMessage(HttpMethod.Get, new Uri(Url, "/ping"));
            using var answer = _http.Send(ping);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string Configuration(int http, int tcp) => $"""
        <?xml version="1.0"?>
        <yandex>
          <logger><level>warning</level><log>{_folder}/server.log</log><errorlog>{_folder}/server.err.log</errorlog></logger>
          <http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><listen_host>127.0.0.1</listen_host>
          <path>{_folder}/data/</path><tmp_path>{_folder}/data/tmp/</tmp_path>
          <mark_cache_size>67108864</mark_cache_size>
          <users_config>{_folder}/users.xml</users_config>
          <default_profile>default</default_profile><default_database>default</default_database>
          <timezone>Asia/Tokyo</timezone>
        </yandex>
        """;

    private static string Users => $"""
        <?xml version="1.0"?>
        <yandex>
          <profiles><default/><reader><readonly>1</readonly></reader><asker><readonly>2</readonly></asker></profiles>
          <users>{User("default", "", "default")}{User("reader", Password, "reader")}{User("asker", Password, "asker")}</users>
          <quotas><default/></quotas>
        </yandex>
        """;

    private static string User(string name, string password, string profile) =>
        $"<{name}><password>{password}</password><networks><ip>127.0.0.1</ip></networks><profile>{profile}</profile><quota>default</quota></{name}>";
}
