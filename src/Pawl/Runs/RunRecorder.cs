using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Pawl.Runs;

/// <summary>What came of waiting for what was recorded.</summary>
public abstract record FlushOutcome
{
    private FlushOutcome()
    {
    }

    /// <summary>All of it is on disk.</summary>
    public sealed record Flushed : FlushOutcome;

    /// <summary>Neither the store nor the spill file took some events.</summary>
    /// <param name="Events">How many, since the recorder began.</param>
    public sealed record Lost(long Events) : FlushOutcome;
}

/// <summary>
/// Records runs of this process. One recorder serves all runs and threads of a process; dispose it at the end, which writes out what waits.
/// While the store cannot be reached events go to a spill file, which counts as durable and is replayed later.
/// </summary>
public sealed partial class RunRecorder : IAsyncDisposable
{
    private const int BatchEvents = 4096;
    private const int BatchBytes = 4 * 1024 * 1024;

    private static readonly Task<bool> Enqueued = Task.FromResult(true);
    private readonly IStore _store;
    private readonly IRunStore _runs;
    private readonly ILogger _log;
    private readonly Channel<Waiting> _queue;
    private readonly SecretRedactor _redactor;
    private readonly ConcurrentDictionary<RunId, ActiveRun> _active = new();
    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private readonly Task _pump;
    private readonly ITimer _heartbeat;
    private Spill _spill;
    private RunOwner _owner;
    private bool _registered;
    private long _lost;
    private long _retryAt;
    private bool _unreachable;
    private volatile bool _othersReplayed;

    /// <summary>Begins to record into a store.</summary>
    public RunRecorder(IStore store, IRunStore runs, RunRecorderOptions? options = null, TimeProvider? time = null, ILogger<RunRecorder>? log = null)
    {
        (_store, _runs, Options, Time) = (store, runs, options ?? new RunRecorderOptions(), time ?? TimeProvider.System);
        _log = log ?? NullLogger<RunRecorder>.Instance;
        _redactor = new SecretRedactor(Options.Redaction);
        _owner = RunOwner.ThisProcess();
        _spill = new Spill(Options.SpillDirectory, store.Identity, _owner);
        _queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(Options.QueuedEvents) { SingleReader = true });
        _pump = Task.Run(PumpAsync);
        _heartbeat = Time.CreateTimer(_ => _ = HeartbeatAsync(), null, RunOwner.Lease, RunOwner.Lease);
    }

    /// <summary>Events that neither the store nor the spill file took. Anything above 0 was logged as an error.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    internal RunRecorderOptions Options { get; }

    internal TimeProvider Time { get; }

    /// <summary>Starts a run and returns the handle for recording into it, once the start is durable.</summary>
    /// <param name="goalId">What the agent is to achieve.</param>
    /// <param name="details">What else is known at the start: only what <see cref="RunDetails"/> holds.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<ActiveRun> StartRunAsync(string goalId, RunDetails? details = null, CancellationToken cancellationToken = default)
    {
        Names.Checked(goalId, nameof(goalId));
        while (true)
        {
            var now = Time.GetUtcNow();
            var run = (details ?? new RunDetails()).Run(RunId.Create(now, RandomNumberGenerator.GetBytes(4) is var b ? BitConverter.ToUInt32(b) : 0), goalId, now);
            var started = new ActiveRun(this, run.Id, goalId, now, new ResumeOutcome.Resumed(0, 0, 0, null));
            if (!_active.TryAdd(run.Id, started)) continue;
            var waiting = new Waiting(started, EventWriter.Start(run), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), run);
            if (waiting.Payload.Length > Limits.EventBytes) waiting = waiting with { Payload = EventWriter.Start(EventFit.Shrink(run, waiting.Payload.Length)) };
            waiting = waiting with { Payload = _redactor.RedactJson(waiting.Payload) };
            await _queue.Writer.WriteAsync(waiting, cancellationToken).ConfigureAwait(false);
            if (await waiting.Durable!.Task.WaitAsync(cancellationToken).ConfigureAwait(false)) return started;
            _active.TryRemove(run.Id, out _); // the id is taken: draw again
        }
    }

    /// <summary>Starts a run, blocking until the start is durable; see <see cref="StartRunAsync"/>.</summary>
    public ActiveRun StartRun(string goalId, RunDetails? details = null) => StartRunAsync(goalId, details).GetAwaiter().GetResult();

    /// <summary>Goes on with a run whose process is dead; decisions and problems are numbered on.</summary>
    /// <returns>The handle, or null with <see cref="ResumeOutcome"/> saying why not.</returns>
    public async Task<(ActiveRun? Run, ResumeOutcome Outcome)> ResumeRunAsync(RunId id, CancellationToken cancellationToken = default)
    {
        if (_active.TryGetValue(id, out var mine)) return (mine, new ResumeOutcome.Resumed(0, 0, 0, null));
        await FlushAsync(cancellationToken).ConfigureAwait(false); // its end may still be waiting
        if (!_othersReplayed)
            throw new UnavailableException($"Events of other processes wait in {_spill.Directory} and may belong to the run {id}; the database did not take them yet. Try again.");
        var now = Time.GetUtcNow();
        var outcome = await _store.WriteAsync(
            tx =>
            {
                if (!_registered) _runs.Register(tx, _owner, now);
                return _runs.Resume(tx, id, _owner, now);
            },
            cancellationToken).ConfigureAwait(false);
        if (outcome is not ResumeOutcome.Resumed resumed) return (null, outcome);
        _registered = true;
        var run = new ActiveRun(this, id, "", now, resumed);
        return (_active.GetOrAdd(id, run), outcome);
    }

    /// <summary>Returns when everything that was recorded before is durable.</summary>
    public async Task<FlushOutcome> FlushAsync(CancellationToken cancellationToken = default)
    {
        var mark = new Waiting(null, default, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), null);
        var open = true;
        while (!_queue.Writer.TryWrite(mark) && open) open = await _queue.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false);
        await (open ? mark.Durable!.Task : _pump).WaitAsync(cancellationToken).ConfigureAwait(false);
        return Lost == 0 ? new FlushOutcome.Flushed() : new FlushOutcome.Lost(Lost);
    }

    /// <summary>Writes out what waits and stops. Runs that have not ended become stuck when somebody reads them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_queue.Writer.TryComplete()) return;
        await _heartbeat.DisposeAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(false);
        _spill.Dispose();
    }

    /// <summary>Brings in what processes that are gone from this host left in spill files for this store.</summary>
    /// <returns>How many events were brought in.</returns>
    /// <exception cref="UnavailableException">The store still cannot be reached; the files stay.</exception>
    public static async Task<int> ReplaySpilledAsync(
        IStore store, IRunStore runs, RunRecorderOptions? options = null, TimeProvider? time = null, ILogger<RunRecorder>? log = null)
    {
        using var spill = new Spill((options ?? new RunRecorderOptions()).SpillDirectory, store.Identity, RunOwner.ThisProcess());
        return await SpillReplay.OthersAsync(spill, store, runs, time ?? TimeProvider.System, log ?? NullLogger<RunRecorder>.Instance).ConfigureAwait(false);
    }

    /// <summary>The active run of an id; null where this recorder has none.</summary>
    internal ActiveRun? Find(RunId id) => _active.GetValueOrDefault(id);

    internal void Forget(ActiveRun run) => _active.TryRemove(run.Id, out _);

    /// <summary>Puts an event into the queue, waiting while it is full. The task ends when the event is durable (false: it is lost), at once where nobody waits for that.</summary>
    internal Task<bool> Enqueue(ActiveRun run, byte[] payload, bool wait = false, Range clean = default)
    {
        var durable = wait || Options.Durable ? new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        var waiting = new Waiting(run, _redactor.RedactJson(payload, clean), durable, null);
        if (waiting.Payload.Length > Limits.EventBytes)
        {
            LogTooLarge(_log, run.Id, waiting.Payload.Length);
            Interlocked.Increment(ref _lost);
            return Task.FromResult(false);
        }

        while (!_queue.Writer.TryWrite(waiting))
        {
            if (!_queue.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            {
                LogDisposed(_log, run.Id);
                Interlocked.Increment(ref _lost);
                return Task.FromResult(false);
            }
        }

        return durable?.Task ?? Enqueued;
    }

    internal void WarnEnded(RunId id, string method) => LogEnded(_log, method, id);

    private async Task PumpAsync()
    {
        await ReplayAsync().ConfigureAwait(false);
        var batch = new List<Waiting>(BatchEvents);
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var bytes = 0;
            batch.Clear();
            while (batch.Count < BatchEvents && bytes < BatchBytes && _queue.Reader.TryRead(out var next))
            {
                batch.Add(next);
                bytes += next.Payload.Length;
                if (next.Starts is not null) break; // its id may be taken, which is asked for alone
            }

            var start = batch[^1].Starts is null ? null : batch[^1];
            var events = start is null ? batch : batch[..^1];
            var durable = await PersistAsync(events).ConfigureAwait(false);
            foreach (var done in events) done.Durable?.TrySetResult(durable);
            if (start is not null) start.Durable!.TrySetResult(await StartAsync(start).ConfigureAwait(false));
        }
    }

    private async Task<bool> StartAsync(Waiting start)
    {
        start.Run!.LastEvent = 1;
        var line = Line(start, 1);
        if (await ReplayAsync().ConfigureAwait(false))
        {
            try
            {
                var now = Time.GetUtcNow();
                return await _store.WriteAsync(tx =>
                {
                    if (!_registered) _runs.Register(tx, _owner, now);
                    return _runs.TryStart(tx, _owner, start.Starts!, line);
                }).ConfigureAwait(false) is var started && (_registered = true) && started;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Unreachable(e);
            }
        }

        if (!SpillOrLose(line, 1)) start.Run.LostStart = (start.Starts!, line); // the agent goes on all the same
        return true;
    }

    // A run whose start was lost gets it before its next event, from whichever of the two works again.
    private async Task<bool> StartLateAsync(List<Waiting> events)
    {
        foreach (var run in events.Select(e => e.Run).OfType<ActiveRun>().Where(r => r.LostStart is not null).Distinct())
        {
            var (start, line) = run.LostStart!.Value;
            try
            {
                var now = Time.GetUtcNow();
                await _store.WriteAsync(tx => _runs.Register(tx, _owner, now) && _runs.TryStart(tx, _owner, start, line)).ConfigureAwait(false);
                _registered = true;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Unreachable(e);
                if (!SpillOrLose(line, 0)) return false;
            }

            run.LostStart = null;
            Interlocked.Decrement(ref _lost);
        }

        return true;
    }

    private async Task<bool> PersistAsync(List<Waiting> events)
    {
        _lines.ResetWrittenCount();
        var count = 0;
        foreach (var next in events)
        {
            if (next.Run is null) continue;
            WriteLine(_lines, next, ++next.Run.LastEvent);
            count++;
        }

        if (count == 0)
        {
            await ReplayAsync().ConfigureAwait(false);
            return true;
        }

        var lines = Encoding.UTF8.GetString(_lines.WrittenSpan);
        if (!await StartLateAsync(events).ConfigureAwait(false)) return SpillOrLose(lines, count);
        if (await ReplayAsync().ConfigureAwait(false))
        {
            try
            {
                var owner = _owner.Id;
                if (await _store.WriteAsync(tx => _runs.Append(tx, owner, lines, count)).ConfigureAwait(false)) return true;
                lines = await ReclaimAsync(events).ConfigureAwait(false);
                if (lines.Length == 0) return true;
                owner = _owner.Id;
                count = lines.AsSpan().Count('\n');
                if (await _store.WriteAsync(tx => _runs.Append(tx, owner, lines, count)).ConfigureAwait(false)) return true;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Unreachable(e);
            }
        }

        return SpillOrLose(lines, count);
    }

    // The process slept so long that it was given up for dead. What nobody took over goes on under a new owner id; the rest is lost to us.
    private async Task<string> ReclaimAsync(List<Waiting> events)
    {
        var former = _owner.Id;
        var owner = RunOwner.ThisProcess();
        var now = Time.GetUtcNow();
        var ours = await _store.WriteAsync(tx => _runs.Reclaim(tx, former, owner, now)).ConfigureAwait(false);
        _owner = owner;
        _spill.Dispose();
        _spill = new Spill(Options.SpillDirectory, _store.Identity, owner); // what is spilled from now on is the new owner's
        foreach (var lost in _active.Values.Where(r => r.LastEvent > 0 && !ours.Contains(r.Id.Value))) lost.TakenOver();
        var kept = new StringBuilder();
        foreach (var group in events.Where(e => e.Run is not null).GroupBy(e => e.Run!))
        {
            var n = group.Key.LastEvent - group.Count();
            if (ours.Contains(group.Key.Id.Value))
            {
                foreach (var next in group) kept.Append(Line(next, ++n));
                continue;
            }

            group.Key.TakenOver();
            Interlocked.Add(ref _lost, group.Count());
            LogTakenOver(_log, group.Key.Id, group.Count());
            foreach (var next in group) next.Durable?.TrySetResult(false);
        }

        return kept.ToString();
    }

    /// <summary>Brings spilled events into the store; false while it cannot be reached.</summary>
    private async Task<bool> ReplayAsync()
    {
        if (_othersReplayed && _spill.IsEmpty) return true;
        if (Time.GetTimestamp() < _retryAt) return false;
        try
        {
            if (!_othersReplayed) await SpillReplay.OthersAsync(_spill, _store, _runs, Time, _log).ConfigureAwait(false);
            _othersReplayed = true;
            if (!_spill.IsEmpty)
            {
                await SpillReplay.OwnAsync(_spill, _store, _runs, Time, _log).ConfigureAwait(false);
                _registered = true;
            }

            _unreachable = false;
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Unreachable(e);
            return false;
        }
    }

    private bool SpillOrLose(string lines, int count)
    {
        try
        {
            _spill.Append(lines);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _lost, count);
            LogLost(_log, e, count, _spill.Path);
            return false;
        }
    }

    private void Unreachable(Exception e)
    {
        _retryAt = Time.GetTimestamp() + (long)(Options.RetryAfter.TotalSeconds * Time.TimestampFrequency);
        if (!_unreachable) LogSpilling(_log, e, _spill.Path);
        _unreachable = true;
    }

    private async Task HeartbeatAsync()
    {
        if (!_registered || _active.IsEmpty) return;
        var (owner, now) = (_owner, Time.GetUtcNow());
        try
        {
            await _store.WriteAsync(tx => _runs.Register(tx, owner, now)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogHeartbeat(_log, e); // recording itself spills; a missed word is made up for by the next
        }
    }

    // {"n":12, in front of the payload's members.
    private static void WriteLine(ArrayBufferWriter<byte> to, Waiting waiting, long n)
    {
        to.Write("{\"n\":"u8);
        n.TryFormat(to.GetSpan(20), out var digits, default, CultureInfo.InvariantCulture);
        to.Advance(digits);
        to.Write(","u8);
        to.Write(waiting.Payload.Span[1..]);
        to.Write("\n"u8);
    }

    private static string Line(Waiting waiting, long n)
    {
        var line = new ArrayBufferWriter<byte>(waiting.Payload.Length + 32);
        WriteLine(line, waiting, n);
        return Encoding.UTF8.GetString(line.WrittenSpan);
    }

    private sealed record Waiting(ActiveRun? Run, ReadOnlyMemory<byte> Payload, TaskCompletionSource<bool>? Durable, Run? Starts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} on the ended run {Run} does nothing")]
    private static partial void LogEnded(ILogger log, string method, RunId run);

    [LoggerMessage(Level = LogLevel.Error, Message = "The recorder was disposed; an event of the run {Run} is lost")]
    private static partial void LogDisposed(ILogger log, RunId run);

    [LoggerMessage(Level = LogLevel.Error, Message = "An event of the run {Run} holds {Bytes} bytes, more than an event may; it is lost")]
    private static partial void LogTooLarge(ILogger log, RunId run, int bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store cannot be reached; events go to {Path} until it can")]
    private static partial void LogSpilling(ILogger log, Exception e, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "Neither the store nor {Path} took {Count} events; they are lost")]
    private static partial void LogLost(ILogger log, Exception e, int count, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "Another process took over the run {Run}; {Count} events of this one are lost")]
    private static partial void LogTakenOver(ILogger log, RunId run, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The store did not take the heartbeat")]
    private static partial void LogHeartbeat(ILogger log, Exception e);
}
