using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

[assembly: AssemblyFixture(typeof(Pawl.Tests.PrometheusServer))]

namespace Pawl.Tests;

/// <summary>
/// A throw-away Prometheus for the tests of one assembly, on loopback alone. What it knows was not collected but put into its blocks before
/// it started, so that nothing waits. Its shell ends it when this process ends, however that comes about.
/// </summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private const int StartAttemptsMax = 3;

    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<Task> _started;
    private Process? _shell;
    private string _samples = "";

    public PrometheusServer() => _started = new Lazy<Task>(StartAsync);

    /// <summary>Why no server can be had on this machine, and what to do about it; null when one can.</summary>
    public static string? Unavailable { get; } = OnPath("prometheus") && OnPath("promtool")
        ? null
        : "The programs prometheus and promtool were not found on PATH; install the package prometheus (./test.sh does so as root on Debian).";

    /// <summary>The moment of the last sample.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Its address.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>Starts it with samples in the text form of OpenMetrics, unless it has been; ends the test as skipped where none can be had.</summary>
    public async Task RequireAsync(string samples)
    {
        Assert.SkipWhen(Unavailable is not null, Unavailable ?? "");
        if (!_started.IsValueCreated) _samples = samples;
        await _started.Value;
        Assert.Equal(_samples, samples);
    }

    /// <summary>Ends it and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_shell is { } shell)
        {
            shell.StandardInput.Close();
            await shell.WaitForExitAsync();
            shell.Dispose();
        }

        _folder.Dispose();
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, program)));

    private async Task StartAsync()
    {
        var configuration = _folder.Write("prometheus.yml", "global: {}\n");
        var samples = _folder.Write("samples.txt", _samples.ReplaceLineEndings("\n"));
        using (var backfill = Shell("exec promtool tsdb create-blocks-from openmetrics \"$1\" \"$2\" >\"$3\" 2>&1", samples, _folder["data"], _folder["promtool.log"]))
        {
            await backfill.WaitForExitAsync();
            Assert.True(backfill.ExitCode == 0, await File.ReadAllTextAsync(_folder["promtool.log"]));
        }

        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            Url = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/");
            _shell = Shell(
                "log=$1; shift; \"$@\" >\"$log\" 2>&1 </dev/null & read -r _; kill $!; wait", _folder["server.log"], "prometheus", $"--config.file={configuration}",
                $"--storage.tsdb.path={_folder["data"]}", "--storage.tsdb.retention.time=100y", $"--web.listen-address=127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}");
            if (await IsReadyAsync()) return;
            _shell.StandardInput.Close();
            await _shell.WaitForExitAsync();
            // Another process may have taken the port between choosing and using it.
            if (attempt == StartAttemptsMax) Assert.Fail("Prometheus did not start: " + await File.ReadAllTextAsync(_folder["server.log"]));
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        using var http = new HttpClient();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(30))
        {
            try
            {
                if ((await http.GetAsync(new Uri(Url, "-/ready"))).IsSuccessStatusCode) return true;
            }
            catch (HttpRequestException)
            {
                // Not listening yet, or gone.
            }

            if (File.Exists(_folder["server.log"]) && (await File.ReadAllTextAsync(_folder["server.log"])).Contains("address already in use", StringComparison.Ordinal)) return false;
            await Task.Yield();
        }

        return false;
    }

    private static Process Shell(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        foreach (var argument in (string[])["-c", script, "sh", .. arguments]) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
