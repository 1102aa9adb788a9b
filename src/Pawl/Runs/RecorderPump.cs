using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Pawl.Runs;

/// <summary>An event that waits for its turn. One without a run marks a place in the queue that somebody waits for.</summary>
/// <param name="Run">The run it belongs to.</param>
/// <param name="Payload">Its JSON without its number.</param>
/// <param name="Durable">Told when it is durable (false: it is lost); of a start, whether the id was free.</param>
/// <param name="Starts">Where it is a start, the run that starts.</param>
internal sealed record QueuedEvent(ActiveRun? Run, ReadOnlyMemory<byte> Payload, TaskCompletionSource<bool>? Durable, Run? Starts);

/// <summary>
/// Takes a recorder's events out of its queue, numbers them within their run, and makes them durable batch by batch: in the store, else in the
/// spill file. Says for the process that it lives, and gets its runs back where it was given up for dead.
/// </summary>
internal sealed partial class RecorderPump(
    IStore store,
    IRunStore runs,
    RunOwner owner,
    RunRecorderOptions options,
    TimeProvider time,
    ILogger log,
    ChannelReader<QueuedEvent> queue,
    ConcurrentDictionary<RunId, ActiveRun> active)
{
    private const int BatchEvents = 4096;
    private const int BatchBytes = 4 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private Spill _spill = new(options.SpillDirectory, store.Identity, owner);
    private RunOwner _owner = owner;
    private bool _registered;
    private long _lost;
    private long _retryAt;
    private bool _unreachable;
    private volatile bool _othersReplayed;

    /// <summary>Events that neither the store nor the spill file took.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public void CountLost(long events) => Interlocked.Add(ref _lost, events);

    /// <summary>Takes over a run whose process is dead.</summary>
    public async Task<ResumeOutcome> ResumeAsync(RunId id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!_othersReplayed)
            throw new UnavailableException($"Events of other processes wait in {_spill.Directory} and may belong to the run {id}; the database did not take them yet. Try again.");
        var outcome = await store.WriteAsync(
            tx =>
            {
                if (!_registered) runs.Register(tx, _owner, now);
                return runs.Resume(tx, id, _owner, now);
            },
            cancellationToken).ConfigureAwait(false);
        if (outcome is ResumeOutcome.Resumed) _registered = true;
        return outcome;
    }

    /// <summary>Works until the queue is closed and empty.</summary>
    public async Task RunAsync()
    {
        var heartbeat = time.CreateTimer(_ => _ = HeartbeatAsync(), null, RunOwner.Lease, RunOwner.Lease);
        await using (heartbeat.ConfigureAwait(false)) await Task.Run(PumpAsync).ConfigureAwait(false);
        _spill.Dispose();
    }

    private async Task PumpAsync()
    {
        await ReplayAsync().ConfigureAwait(false);
        var batch = new List<QueuedEvent>(BatchEvents);
        while (await queue.WaitToReadAsync().ConfigureAwait(false))
        {
            var bytes = 0;
            batch.Clear();
            while (batch.Count < BatchEvents && bytes < BatchBytes && queue.TryRead(out var next))
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

    private async Task<bool> StartAsync(QueuedEvent start)
    {
        start.Run!.LastEvent = 1;
        var line = Line(start, 1);
        if (await ReplayAsync().ConfigureAwait(false))
        {
            try
            {
                var now = time.GetUtcNow();
                return await store.WriteAsync(tx =>
                {
                    if (!_registered) runs.Register(tx, _owner, now);
                    return runs.TryStart(tx, _owner, start.Starts!, line);
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
    private async Task<bool> StartLateAsync(List<QueuedEvent> events)
    {
        foreach (var run in events.Select(e => e.Run).OfType<ActiveRun>().Where(r => r.LostStart is not null).Distinct())
        {
            var (start, line) = run.LostStart!.Value;
            try
            {
                var now = time.GetUtcNow();
                await store.WriteAsync(tx => runs.Register(tx, _owner, now) && runs.TryStart(tx, _owner, start, line)).ConfigureAwait(false);
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

    private async Task<bool> PersistAsync(List<QueuedEvent> events)
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
                var ownerId = _owner.Id;
                if (await store.WriteAsync(tx => runs.Append(tx, ownerId, lines, count)).ConfigureAwait(false)) return true;
                lines = await ReclaimAsync(events).ConfigureAwait(false);
                if (lines.Length == 0) return true;
                ownerId = _owner.Id;
                count = lines.AsSpan().Count('\n');
                if (await store.WriteAsync(tx => runs.Append(tx, ownerId, lines, count)).ConfigureAwait(false)) return true;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Unreachable(e);
            }
        }

        return SpillOrLose(lines, count);
    }

    // The process slept so long that it was given up for dead. What nobody took over goes on under a new owner id; the rest is lost to us.
    private async Task<string> ReclaimAsync(List<QueuedEvent> events)
    {
        var former = _owner.Id;
        var current = RunOwner.ThisProcess();
        var now = time.GetUtcNow();
        var ours = await store.WriteAsync(tx => runs.Reclaim(tx, former, current, now)).ConfigureAwait(false);
        _owner = current;
        _spill.Dispose();
        _spill = new Spill(options.SpillDirectory, store.Identity, current); // what is spilled from now on is the new owner's
        foreach (var lost in active.Values.Where(r => r.LastEvent > 0 && !ours.Contains(r.Id.Value))) lost.TakenOver();
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
            LogTakenOver(log, group.Key.Id, group.Count());
            foreach (var next in group) next.Durable?.TrySetResult(false);
        }

        return kept.ToString();
    }

    /// <summary>Brings spilled events into the store; false while it cannot be reached.</summary>
    private async Task<bool> ReplayAsync()
    {
        if (_othersReplayed && _spill.IsEmpty) return true;
        if (time.GetTimestamp() < _retryAt) return false;
        try
        {
            if (!_othersReplayed) await SpillReplay.OthersAsync(_spill, store, runs, time, log).ConfigureAwait(false);
            _othersReplayed = true;
            if (!_spill.IsEmpty)
            {
                await SpillReplay.OwnAsync(_spill, store, runs, time, log).ConfigureAwait(false);
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
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Interlocked.Add(ref _lost, count);
            LogLost(log, e, count, _spill.Path);
            return false;
        }
    }

    private void Unreachable(Exception e)
    {
        _retryAt = time.GetTimestamp() + (long)(options.RetryAfter.TotalSeconds * time.TimestampFrequency);
        if (!_unreachable) LogSpilling(log, e, _spill.Path);
        _unreachable = true;
    }

    private async Task HeartbeatAsync()
    {
        if (!_registered || active.IsEmpty) return;
        var (living, now) = (_owner, time.GetUtcNow());
        try
        {
            await store.WriteAsync(tx => runs.Register(tx, living, now)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogHeartbeat(log, e); // recording itself spills; a missed word is made up for by the next
        }
    }

    // {"n":12, in front of the payload's members.
    private static void WriteLine(ArrayBufferWriter<byte> to, QueuedEvent waiting, long n)
    {
        to.Write("{\"n\":"u8);
        n.TryFormat(to.GetSpan(20), out var digits, default, CultureInfo.InvariantCulture);
        to.Advance(digits);
        to.Write(","u8);
        to.Write(waiting.Payload.Span[1..]);
        to.Write("\n"u8);
    }

    private static string Line(QueuedEvent waiting, long n)
    {
        var line = new ArrayBufferWriter<byte>(waiting.Payload.Length + 32);
        WriteLine(line, waiting, n);
        return Encoding.UTF8.GetString(line.WrittenSpan);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store cannot be reached; events go to {Path} until it can")]
    private static partial void LogSpilling(ILogger log, Exception e, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "Neither the store nor {Path} took {Count} events; they are lost")]
    private static partial void LogLost(ILogger log, Exception e, int count, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "Another process took over the run {Run}; {Count} events of this one are lost")]
    private static partial void LogTakenOver(ILogger log, RunId run, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The store did not take the heartbeat")]
    private static partial void LogHeartbeat(ILogger log, Exception e);
}
