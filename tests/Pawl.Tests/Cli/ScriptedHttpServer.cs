using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pawl.Tests.Cli;

/// <summary>An HTTP/1.1 server on loopback that answers each request with the next answer of its script, the last one again and again, and remembers the requests.</summary>
internal sealed class ScriptedHttpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<HttpAnswer> _script;
    private readonly List<HttpRequest> _requests = [];
    private readonly Lock _lock = new();
    private readonly Task _serving;

    public ScriptedHttpServer(params HttpAnswer[] script)
    {
        _script = script;
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public IReadOnlyList<HttpRequest> Requests
    {
        get
        {
            lock (_lock) return [.. _requests];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            var request = await ReadAsync(stream);
            HttpAnswer answer;
            lock (_lock)
            {
                answer = _script[Math.Min(_requests.Count, _script.Count - 1)];
                _requests.Add(request);
            }

            if (answer.Never) await Task.Delay(Timeout.InfiniteTimeSpan, _stop.Token);
            await stream.WriteAsync(Bytes(answer), _stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client hung up, or the test is over.
        }
    }

    private async Task<HttpRequest> ReadAsync(NetworkStream stream)
    {
        var received = new List<byte>();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var head = IndexOfBody(received);
            if (head > 0 && HttpRequest.Of(Encoding.UTF8.GetString([.. received.Take(head)])) is var request && received.Count >= head + request.Length)
                return request with { Body = Encoding.UTF8.GetString([.. received.Skip(head).Take(request.Length)]) };
            var count = await stream.ReadAsync(buffer, _stop.Token);
            if (count == 0) throw new IOException("The client hung up.");
            received.AddRange(buffer.AsSpan(0, count));
        }
    }

    private static int IndexOfBody(List<byte> received) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(received).IndexOf("\r\n\r\n"u8) is var at && at < 0 ? -1 : at + 4;

    private static byte[] Bytes(HttpAnswer answer)
    {
        var body = Encoding.UTF8.GetBytes(answer.Body);
        if (answer.Zipped)
        {
            using var zipped = new MemoryStream();
            using (var zip = new GZipStream(zipped, CompressionLevel.Fastest)) zip.Write(body);
            body = zipped.ToArray();
        }

        var head = $"HTTP/1.1 {answer.Status} Status\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n"
            + (answer.Zipped ? "Content-Encoding: gzip\r\n" : "") + string.Concat(answer.Headers.Select(header => header + "\r\n")) + "\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}

/// <summary>What the server answers.</summary>
internal sealed record HttpAnswer(string Body, int Status = 200)
{
    /// <summary>It takes the request, and answers nothing as long as the test runs.</summary>
    public static HttpAnswer None { get; } = new("") { Never = true };

    public bool Never { get; init; }

    public bool Zipped { get; init; }

    public IReadOnlyList<string> Headers { get; init; } = [];
}

/// <summary>What the server was asked.</summary>
internal sealed record HttpRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public int Length => Headers.TryGetValue("content-length", out var length) ? int.Parse(length, CultureInfo.InvariantCulture) : 0;

    public static HttpRequest Of(string head)
    {
        var lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        return new HttpRequest(first[0], first[1], lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase), "");
    }
}
