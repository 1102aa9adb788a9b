using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Tests.Runs;

/// <summary>An adapter of the two ports that passes everything on to a real database, unless the test says that it is down.</summary>
internal sealed class ScriptedStore(Database database) : IStore, IRunStore
{
    private int _refusals;

    /// <summary>While true, nothing can be written.</summary>
    public bool IsDown { get; set; }

    /// <summary>While true, writing happens, but its answer never arrives.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>Says of the next starts that their id is taken.</summary>
    public int TakenIds { get; set; }

    /// <summary>How often writing was refused.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    public string Identity => database.Identity;

    private IRunStore Runs => database.Runs;

    public async Task<T> WriteAsync<T>(Func<ITransaction, T> work, CancellationToken cancellationToken = default)
    {
        if (IsDown) throw Refused();
        var result = await database.WriteAsync(work, cancellationToken);
        return LosesAnswers ? throw Refused() : result;
    }

    public bool Register(ITransaction transaction, RunOwner owner, DateTimeOffset now) => Runs.Register(transaction, owner, now);

    public IReadOnlySet<string> Reclaim(ITransaction transaction, string formerOwner, RunOwner owner, DateTimeOffset now) =>
        Runs.Reclaim(transaction, formerOwner, owner, now);

    public bool TryStart(ITransaction transaction, RunOwner owner, Run run, string line)
    {
        if (TakenIds == 0) return Runs.TryStart(transaction, owner, run, line);
        TakenIds--;
        return false;
    }

    public bool Append(ITransaction transaction, string ownerId, string lines, int count) => Runs.Append(transaction, ownerId, lines, count);

    public bool AppendSpilled(ITransaction transaction, string ownerId, string runId, string line) => Runs.AppendSpilled(transaction, ownerId, runId, line);

    public ResumeOutcome Resume(ITransaction transaction, RunId id, RunOwner owner, DateTimeOffset now) => Runs.Resume(transaction, id, owner, now);

    public IReadOnlyList<ImportOutcome> Import(ITransaction transaction, IReadOnlyList<(Run Run, string Key)> runs) => Runs.Import(transaction, runs);

    public Task<Run?> FindAsync(RunId id, CancellationToken cancellationToken = default) => Runs.FindAsync(id, cancellationToken);

    public Task<IReadOnlyList<RunListing>> ListAsync(RunQuery query, CancellationToken cancellationToken = default) => Runs.ListAsync(query, cancellationToken);

    public Task<IReadOnlyList<RunId>> IdsAsync(string? goalId, CancellationToken cancellationToken = default) => Runs.IdsAsync(goalId, cancellationToken);

    public Task<EventPage> EventsAsync(long? after, CancellationToken cancellationToken = default) => Runs.EventsAsync(after, cancellationToken);

    private UnavailableException Refused()
    {
        Interlocked.Increment(ref _refusals);
        return new UnavailableException("The database is down, says the test.");
    }
}
