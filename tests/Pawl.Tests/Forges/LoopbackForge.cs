using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Pawl.Tests.Forges;

/// <summary>A server on loopback that answers as a test says and keeps what it was asked.</summary>
internal sealed class LoopbackForge : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<Request, Answer> _answer;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _loop;

    public LoopbackForge(Func<Request, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public ConcurrentQueue<Request> Requests { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _loop;
        _listener.Stop();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> served = [];
        try
        {
            while (true) served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var request = await ReadAsync(stream);
                if (request is null) return;
                Requests.Enqueue(request);
                var answer = _answer(request);
                if (answer.Status == Answer.Never.Status) await Task.Delay(Timeout.Infinite, _end.Token);
                if (answer.Status == Answer.HangUp.Status) return;
                var body = Encoding.UTF8.GetBytes(answer.Body);
                var head = $"HTTP/1.1 {answer.Status} Said\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n{string.Concat(answer.Headers.Select(header => header + "\r\n"))}\r\n";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(head).Concat(body).ToArray(), _end.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client gave up, or the test is over.
            }
        }
    }

    private async Task<Request?> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var buffer = new byte[4096];
        var end = -1;
        while (end < 0)
        {
            var read = await stream.ReadAsync(buffer, _end.Token);
            if (read == 0) return null;
            bytes.AddRange(buffer.AsSpan(0, read).ToArray());
            end = Encoding.Latin1.GetString(bytes.ToArray()).IndexOf("\r\n\r\n", StringComparison.Ordinal);
        }

        var lines = Encoding.Latin1.GetString(bytes.ToArray(), 0, end).Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
        var length = headers.TryGetValue("Content-Length", out var text) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 0;
        while (bytes.Count < end + 4 + length)
        {
            var read = await stream.ReadAsync(buffer, _end.Token);
            if (read == 0) return null;
            bytes.AddRange(buffer.AsSpan(0, read).ToArray());
        }

        var first = lines[0].Split(' ');
        return new Request(first[0], first[1], headers, Encoding.UTF8.GetString(bytes.ToArray(), end + 4, length));
    }

    /// <summary>What was asked.</summary>
    internal sealed record Request(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
    {
        public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

        public string Line => $"{Method} {Target}";
    }

    /// <summary>What is answered.</summary>
    internal sealed record Answer(int Status, string Body = "", params string[] Headers)
    {
        /// <summary>No answer, for as long as the test lasts.</summary>
        public static Answer Never { get; } = new(-1);

        /// <summary>The connection is closed without one.</summary>
        public static Answer HangUp { get; } = new(-2);
    }
}

/// <summary>A clock on which short waits are over at once and are written down, and long ones never end.</summary>
internal sealed class ImpatientClock(TimeSpan? upTo = null) : TimeProvider
{
    private readonly TimeSpan _upTo = upTo ?? TimeSpan.FromSeconds(19);

    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override DateTimeOffset GetUtcNow() => new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public override long GetTimestamp() => 0;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        alarm.Change(dueTime, period);
        return alarm;
    }

    private sealed class Alarm(ImpatientClock clock, Action ring) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime < TimeSpan.Zero || dueTime > clock._upTo) return true;
            clock.Waits.Enqueue(dueTime);
            ThreadPool.QueueUserWorkItem(_ => ring());
            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
