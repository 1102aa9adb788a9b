using System.Collections.Concurrent;
using System.Security.Cryptography;
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
    private static readonly Task<bool> Enqueued = Task.FromResult(true);
    private readonly ILogger _log;
    private readonly Channel<QueuedEvent> _queue;
    private readonly SecretRedactor _redactor;
    private readonly ConcurrentDictionary<RunId, ActiveRun> _active = new();
    private readonly RecorderPump _pump;
    private readonly Task _pumping;

    /// <summary>Begins to record into a store.</summary>
    public RunRecorder(IStore store, IRunStore runs, RunRecorderOptions? options = null, TimeProvider? time = null, ILogger<RunRecorder>? log = null)
    {
        (Options, Time) = (options ?? new RunRecorderOptions(), time ?? TimeProvider.System);
        _log = log ?? NullLogger<RunRecorder>.Instance;
        _redactor = new SecretRedactor(Options.Redaction);
        _queue = Channel.CreateBounded<QueuedEvent>(new BoundedChannelOptions(Options.QueuedEvents) { SingleReader = true });
        _pump = new RecorderPump(store, runs, RunOwner.ThisProcess(), Options, Time, _log, _queue.Reader, _active);
        _pumping = _pump.RunAsync();
    }

    /// <summary>Events that neither the store nor the spill file took. Anything above 0 was logged as an error.</summary>
    public long Lost => _pump.Lost;

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
            var waiting = new QueuedEvent(started, EventWriter.Start(run), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), run);
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
        var now = Time.GetUtcNow();
        var outcome = await _pump.ResumeAsync(id, now, cancellationToken).ConfigureAwait(false);
        if (outcome is not ResumeOutcome.Resumed resumed) return (null, outcome);
        var run = new ActiveRun(this, id, "", now, resumed);
        return (_active.GetOrAdd(id, run), outcome);
    }

    /// <summary>Returns when everything that was recorded before is durable.</summary>
    public async Task<FlushOutcome> FlushAsync(CancellationToken cancellationToken = default)
    {
        var mark = new QueuedEvent(null, default, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), null);
        var open = true;
        while (!_queue.Writer.TryWrite(mark) && open) open = await _queue.Writer.WaitToWriteAsync(cancellationToken).ConfigureAwait(false);
        await (open ? mark.Durable!.Task : _pumping).WaitAsync(cancellationToken).ConfigureAwait(false);
        return Lost == 0 ? new FlushOutcome.Flushed() : new FlushOutcome.Lost(Lost);
    }

    /// <summary>Writes out what waits and stops. Runs that have not ended become stuck when somebody reads them.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_queue.Writer.TryComplete()) return;
        await _pumping.ConfigureAwait(false);
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
        var waiting = new QueuedEvent(run, _redactor.RedactJson(payload, clean), durable, null);
        if (waiting.Payload.Length > Limits.EventBytes)
        {
            LogTooLarge(_log, run.Id, waiting.Payload.Length);
            _pump.CountLost(1);
            return Task.FromResult(false);
        }

        while (!_queue.Writer.TryWrite(waiting))
        {
            if (!_queue.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            {
                LogDisposed(_log, run.Id);
                _pump.CountLost(1);
                return Task.FromResult(false);
            }
        }

        return durable?.Task ?? Enqueued;
    }

    internal void WarnEnded(RunId id, string method) => LogEnded(_log, method, id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} on the ended run {Run} does nothing")]
    private static partial void LogEnded(ILogger log, string method, RunId run);

    [LoggerMessage(Level = LogLevel.Error, Message = "The recorder was disposed; an event of the run {Run} is lost")]
    private static partial void LogDisposed(ILogger log, RunId run);

    [LoggerMessage(Level = LogLevel.Error, Message = "An event of the run {Run} holds {Bytes} bytes, more than an event may; it is lost")]
    private static partial void LogTooLarge(ILogger log, RunId run, int bytes);
}
