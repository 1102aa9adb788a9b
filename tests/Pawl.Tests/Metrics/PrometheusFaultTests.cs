using System.Net;
using System.Net.Sockets;
using System.Text;
using Pawl.Metrics;
using Xunit;

namespace Pawl.Tests.Metrics;

/// <summary>What stands before or in place of a Prometheus: proxies, servers that are down, slow or something else.</summary>
public sealed class PrometheusFaultTests
{
    private const string Success = """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"variant":"a"},"value":[1,"0.5"]}]}}""";

    [Theory]
    [InlineData(401, "Unauthorized", MetricFault.Unavailable, "is not one of Prometheus's")]
    [InlineData(403, """{"status":"error","errorType":"forbidden","error":"not you"}""", MetricFault.Unavailable, "refuses the user (HTTP 403): not you")]
    [InlineData(404, "<html>", MetricFault.Unavailable, "HTTP 404, is not one of Prometheus's")]
    [InlineData(302, "", MetricFault.Unavailable, "HTTP 302")]
    [InlineData(200, "<html>", MetricFault.Unavailable, "is not one of Prometheus's")]
    [InlineData(200, "7", MetricFault.Unavailable, "is not one of Prometheus's")]
    [InlineData(200, """{"status":"success"}""", MetricFault.Unavailable, "is not one of Prometheus's")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"variant":"a"},"value":[1]}]}}""", MetricFault.Unavailable, "is not one of")]
    [InlineData(200, """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"variant":"a"},"histogram":[1,{}]}]}}""", MetricFault.NotANumber, "is a histogram")]
    [InlineData(200, """{"status":"success","warnings":["store b is away"],"data":{"resultType":"vector","result":[]}}""", MetricFault.Unavailable, "partial: store b is away")]
    [InlineData(400, """{"status":"error","errorType":"bad_data","error":"parse error"}""", MetricFault.Refused, "parse error")]
    [InlineData(422, """{"status":"error","errorType":"execution","error":"too many samples"}""", MetricFault.Refused, "too many samples")]
    [InlineData(503, """{"status":"error","errorType":"timeout","error":"query timed out"}""", MetricFault.Timeout, "query timed out")]
    [InlineData(500, """{"status":"error","errorType":"internal","error":"disk"}""", MetricFault.Unavailable, "HTTP 500: disk")]
    [InlineData(502, "Bad Gateway", MetricFault.Unavailable, "HTTP 502")]
    public async Task Measure_AnAnswerThatIsNoNumber_IsUnmeasuredAndSaysWhy(int status, string body, MetricFault fault, string detail)
    {
        await using var http = new ScriptedHttp(_ => (status, body));

        var failed = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(new MetricSourceDefinition.Prometheus { Name = "prom", Url = http.Url }));

        Assert.Equal((fault, true), (failed.Fault, failed.Detail.Contains(detail, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Measure_WithWarningsAboutTheQueryItself_TakesTheNumber()
    {
        await using var http = new ScriptedHttp(_ => (200, Success.Replace("\"data\"", "\"warnings\":[\"PromQL info: metric might not be a counter\"],\"data\"", StringComparison.Ordinal)));

        Assert.IsType<MetricResult.Point>(await AskAsync(new MetricSourceDefinition.Prometheus { Name = "prom", Url = http.Url }));
    }

    [Theory]
    [InlineData("t0ken", null, null, "Bearer t0ken")]
    [InlineData(null, "ada", "p:w", "Basic YWRhOnA6dw==")]
    [InlineData(null, null, null, null)]
    public async Task Measure_WithALogin_SendsItAndShowsItNowhere(string? token, string? user, string? password, string? header)
    {
        var (sent, asked) = ("", "");
        await using var http = new ScriptedHttp(request =>
        {
            (sent, asked) = (request.Headers["Authorization"] ?? "", $"{request.HttpMethod} {request.Url!.AbsolutePath}");
            return (200, Success);
        });

        var point = Assert.IsType<MetricResult.Point>(await AskAsync(new MetricSourceDefinition.Prometheus
        {
            Name = "prom",
            Url = new Uri(http.Url, "behind/"),
            Token = token,
            User = user,
            Password = password,
        }));

        Assert.Equal((header ?? "", "POST /behind/api/v1/query"), (sent, asked));
        Assert.Equal(new ArmPoint("a", 0.5), Assert.Single(point.Arms));
        Assert.DoesNotContain(token ?? password ?? "t0ken", point.ToString() + string.Join(' ', point.Provenance.Parameters));
    }

    [Fact]
    public async Task Measure_NobodyListens_IsUnavailable()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var failed = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(new MetricSourceDefinition.Prometheus { Name = "prom", Url = new Uri($"http://127.0.0.1:{port}") }));

        Assert.Equal(MetricFault.Unavailable, failed.Fault);
        Assert.Contains("cannot be reached", failed.Detail);
    }

    [Fact]
    public async Task Measure_AServerThatSaysNothing_EndsAtTheLimitOrWithItsCaller()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var definition = new MetricSourceDefinition.Prometheus { Name = "prom", Url = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"), Limit = TimeSpan.FromSeconds(0.2) };
        using var gone = new CancellationTokenSource(TimeSpan.FromSeconds(0.2));

        var failed = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(definition));

        Assert.Equal(MetricFault.Timeout, failed.Fault);
        Assert.Contains("0.2 s", failed.Detail);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(definition with { Limit = TimeSpan.FromMinutes(5) }, gone.Token));
    }

    [Fact]
    public async Task Measure_AnAnswerWithoutEnd_IsRefused()
    {
        await using var http = new ScriptedHttp(_ => (200, new string(' ', Limits.PrometheusAnswerBytes + 1)));

        var failed = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(new MetricSourceDefinition.Prometheus { Name = "prom", Url = http.Url }));

        Assert.Equal((MetricFault.Refused, true), (failed.Fault, failed.Detail.Contains("larger than", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Measure_ALookbackOfNothing_IsMisuse() =>
        await Assert.ThrowsAsync<ArgumentException>(() => AskAsync(new MetricSourceDefinition.Prometheus { Name = "prom", Url = new Uri("http://127.0.0.1:1") }, lookback: TimeSpan.Zero));

    private static Task<MetricResult> AskAsync(MetricSourceDefinition.Prometheus definition, CancellationToken cancellationToken = default, TimeSpan? lookback = null) =>
        new PrometheusMetricSource(definition, TimeProvider.System).MeasureAsync(
            new MetricQuery
            {
                Flag = "f",
                Arms = ["a"],
                Start = PrometheusServer.Now.AddDays(-1),
                Watermark = PrometheusServer.Now,
                Lookback = lookback,
                Metric = new MetricDefinition { Name = "m", Source = "prom", Kind = MetricKind.Value, Input = new MetricInput.Query("x", "variant") },
            },
            cancellationToken);
}

/// <summary>An HTTP server on loopback that answers as it is told.</summary>
internal sealed class ScriptedHttp : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public ScriptedHttp(Func<HttpListenerRequest, (int Status, string Body)> answer)
    {
        for (var attempt = 1; !_listener.IsListening; attempt++)
        {
            Url = new Uri($"http://127.0.0.1:{FreePort()}/");
            _listener.Prefixes.Clear();
            _listener.Prefixes.Add(Url.AbsoluteUri);
            try
            {
                _listener.Start();
            }
            catch (HttpListenerException) when (attempt < 3)
            {
                // Another process may have taken the port between choosing and using it.
            }
        }

        _serving = ServeAsync(answer);
    }

    public Uri Url { get; private set; } = null!;

    public async ValueTask DisposeAsync()
    {
        // At once: to dispose of a listener that was stopped, .NET listens again for a moment, and the port may be somebody else's by then.
        ((IDisposable)_listener).Dispose();
        await _serving;
    }

    private async Task ServeAsync(Func<HttpListenerRequest, (int Status, string Body)> answer)
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or InvalidOperationException)
            {
                // Stopped, while it waited or just before.
                return;
            }

            var (status, body) = answer(context.Request);
            try
            {
                context.Response.StatusCode = status;
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The client had enough, or the test did.
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
