using System.Threading.Channels;
using Pawl.Changes;
using Pawl.Experiments;
using Pawl.Flags;
using Pawl.Insights;
using Pawl.Ledger;
using Pawl.Metrics;
using Pawl.Runs;

namespace Pawl.Storage;

/// <summary>
/// A Pawl database: a SQLite file, or a PostgreSQL database. Opening does no I/O; the first write creates the file and its tables.
/// One thread writes; what waits at the same time shares one commit. Readers have their own connections.
/// </summary>
public sealed class Database : IStore, IAsyncDisposable
{
    private const int BatchWorks = 512;
    private const int IdleSessions = 4;

    private readonly Channel<Work> _queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(1024) { SingleReader = true });
    private readonly Stack<DbSession> _readers = new();
    private readonly Lock _readersLock = new();
    private readonly DatabaseTarget _target;
    private readonly Thread _writer;
    private DbSession? _session;
    private bool _disposed;

    private Database(DatabaseTarget target)
    {
        _target = target;
        var runs = new SqlRunStore(this);
        (Runs, Insights, Ledger) = (runs, new SqlInsightStore(this, runs), new SqlLedgerStore(this));
        (Flags, StickyAssignments) = (new SqlFlagStore(this), new SqlStickyStore(this));
        (Metrics, Experiments, Changes) = (new SqlMetricStore(this, runs), new SqlExperimentStore(this), new SqlChangeStore(this));
        _writer = new Thread(WriteLoop) { IsBackground = true, Name = "pawl writer" };
        _writer.Start();
    }

    /// <summary>The runs in this database.</summary>
    public IRunStore Runs { get; }

    /// <summary>What those runs teach.</summary>
    public IInsightStore Insights { get; }

    /// <summary>The receipts in this database.</summary>
    public ILedgerStore Ledger { get; }

    /// <summary>The flags in this database.</summary>
    public IFlagStore Flags { get; }

    /// <summary>Which variation units of sticky experiments got.</summary>
    public IStickyStore StickyAssignments { get; }

    /// <summary>Exposures and events that were posted, and what they measure.</summary>
    public IMetricStore Metrics { get; }

    /// <summary>The experiments in this database.</summary>
    public IExperimentStore Experiments { get; }

    /// <summary>The changes that agents made, and what the gate said of commits.</summary>
    public IChangeStore Changes { get; }

    /// <inheritdoc/>
    public string Identity => _target.Identity;

    /// <summary>The SQLite file; null for PostgreSQL.</summary>
    public string? File => _target.SqliteFile;

    internal DatabaseTarget Target => _target;

    /// <summary>Names a database; nothing is opened before it is used.</summary>
    /// <param name="where">A path to a SQLite file, <c>Data Source=…</c>, or a PostgreSQL connection string (<c>Host=…;Database=…</c> or
    /// <c>postgres://user:password@host:port/database</c>).</param>
    /// <exception cref="BadInputException">It is none of these.</exception>
    public static Database Open(string where) => new(DatabaseTarget.Parse(where));

    /// <inheritdoc/>
    public async Task<T> WriteAsync<T>(Func<ITransaction, T> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        var item = new Work<T>(work);
        await _queue.Writer.WriteAsync(item, cancellationToken).ConfigureAwait(false);
        return await item.Done.Task.ConfigureAwait(false);
    }

    /// <summary>Writes out what waits and closes all connections.</summary>
    public ValueTask DisposeAsync()
    {
        if (_disposed) return ValueTask.CompletedTask;
        _disposed = true;
        _queue.Writer.TryComplete();
        _writer.Join();
        lock (_readersLock)
        {
            while (_readers.TryPop(out var session)) session.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Reads on a connection of its own, in one consistent view.</summary>
    /// <exception cref="UnavailableException">There is no such database, or it cannot be read now.</exception>
    internal T Read<T>(Func<DbSession, T> read)
    {
        DbSession? session = null;
        try
        {
            lock (_readersLock) _readers.TryPop(out session);
            session ??= _target.OpenForReading();
            session.Execute(session.IsPostgres ? "begin isolation level repeatable read read only" : "begin");
            var result = read(session);
            session.Execute("commit");
            lock (_readersLock)
            {
                if (!_disposed && _readers.Count < IdleSessions)
                {
                    _readers.Push(session);
                    session = null;
                }
            }

            return result;
        }
        catch (Exception e) when (_target.Translated(e) is not null)
        {
            throw _target.Translated(e)!;
        }
        finally
        {
            session?.Dispose();
        }
    }

    private void WriteLoop()
    {
        var batch = new List<Work>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            while (batch.Count < BatchWorks && _queue.Reader.TryRead(out var work)) batch.Add(work);
            Commit(batch);
        }

        _session?.Dispose();
    }

    private void Commit(List<Work> batch)
    {
        try
        {
            _session ??= _target.OpenForWriting();
            _session.BeginWriting();
            foreach (var work in batch) Run(work, _session, alone: batch.Count == 1);
            _session.Execute("commit");
        }
        catch (Exception e)
        {
            // Nothing of the batch is durable. The connection's state is not known, so the next batch opens a new one.
            var failure = _target.Translated(e) ?? e;
            _session?.Dispose();
            _session = null;
            foreach (var work in batch) work.Fail(failure);
            return;
        }

        foreach (var work in batch) work.Complete();
    }

    // A savepoint each, so that one work's failure leaves its neighbours in the batch alone.
    private void Run(Work work, DbSession session, bool alone)
    {
        if (!alone) session.Execute("savepoint work");
        try
        {
            work.Run(session);
            if (!alone) session.Execute("release savepoint work");
        }
        catch (Exception e) when (!alone && _target.Translated(e) is null)
        {
            session.Execute("rollback to savepoint work");
            session.Execute("release savepoint work");
            work.Fail(e);
        }
    }

    private abstract class Work
    {
        public abstract void Run(DbSession session);

        public abstract void Complete();

        public abstract void Fail(Exception e);
    }

    private sealed class Work<T>(Func<ITransaction, T> work) : Work
    {
        private T _result = default!;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run(DbSession session) => _result = work(session);

        public override void Complete() => Done.TrySetResult(_result);

        public override void Fail(Exception e) => Done.TrySetException(e);
    }
}
