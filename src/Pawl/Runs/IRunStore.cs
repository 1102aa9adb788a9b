namespace Pawl.Runs;

/// <summary>
/// Where runs are kept. What changes takes the transaction; what reads first brings in the events that were recorded and
/// marks the runs of dead processes as stuck.
/// </summary>
public interface IRunStore
{
    /// <summary>Registers an owner, or says that it still lives. False where its runs were given to somebody else meanwhile.</summary>
    bool Register(ITransaction transaction, RunOwner owner, DateTimeOffset now);

    /// <summary>Registers a new owner in place of an old one that was given up for dead; the runs that nobody took over become the new one's.</summary>
    /// <returns>Those runs.</returns>
    IReadOnlySet<string> Reclaim(ITransaction transaction, string formerOwner, RunOwner owner, DateTimeOffset now);

    /// <summary>Starts a run with its <c>start_run</c> event. False where the id is taken.</summary>
    bool TryStart(ITransaction transaction, RunOwner owner, Run run, string line);

    /// <summary>Appends events. An event that was appended before is passed over when it is brought in.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="ownerId">The owner who recorded them.</param>
    /// <param name="lines">One event a line, each ended by a line feed.</param>
    /// <param name="count">How many lines there are.</param>
    /// <returns>False, and nothing is appended, where the owner's runs were given to somebody else.</returns>
    bool Append(ITransaction transaction, string ownerId, string lines, int count);

    /// <summary>
    /// Appends an event that its owner had to spill. What counts is whether the run is still that owner's, even where other runs of the owner
    /// were given to somebody else.
    /// </summary>
    /// <returns>False, and nothing is appended, where the run is somebody else's.</returns>
    bool AppendSpilled(ITransaction transaction, string ownerId, string runId, string line);

    /// <summary>Gives a run to a new owner when its former one is dead.</summary>
    ResumeOutcome Resume(ITransaction transaction, RunId id, RunOwner owner, DateTimeOffset now);

    /// <summary>Adds whole runs, each with what it is recognised by when it comes again: a digest of its content.</summary>
    /// <returns>What came of each, in the same order.</returns>
    IReadOnlyList<ImportOutcome> Import(ITransaction transaction, IReadOnlyList<(Run Run, string Key)> runs);

    /// <summary>A run with all that belongs to it; null where there is none of that id.</summary>
    Task<Run?> FindAsync(RunId id, CancellationToken cancellationToken = default);

    /// <summary>The newest runs, newest first.</summary>
    Task<IReadOnlyList<RunListing>> ListAsync(RunQuery query, CancellationToken cancellationToken = default);

    /// <summary>The ids of the runs of a goal (or of all), oldest first.</summary>
    Task<IReadOnlyList<RunId>> IdsAsync(string? goalId, CancellationToken cancellationToken = default);

    /// <summary>The events that were appended after a position, in order, as JSON lines.</summary>
    /// <param name="after">The last position already seen; null starts with what comes from now on.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<EventPage> EventsAsync(long? after, CancellationToken cancellationToken = default);
}

/// <summary>Which runs to list.</summary>
/// <param name="GoalId">Only those of this goal.</param>
/// <param name="Status">Only those that stand so.</param>
/// <param name="Limit">At most so many.</param>
public sealed record RunQuery(string? GoalId = null, RunStatus? Status = null, int Limit = 50);

/// <summary>A run as it stands in a list.</summary>
/// <param name="Id">The run.</param>
/// <param name="GoalId">Its goal.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="CompletedAt">When it ended, if it has.</param>
/// <param name="Decisions">How many decisions it made.</param>
/// <param name="Succeeded">How many succeeded.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="Problems">How many problems were reported.</param>
public sealed record RunListing(
    RunId Id, string GoalId, RunStatus Status, DateTimeOffset StartedAt, DateTimeOffset? CompletedAt, long Decisions, long Succeeded, long Failed, long Problems);

/// <summary>Events in the order in which they became durable.</summary>
/// <param name="Position">Where to go on.</param>
/// <param name="Lines">One event's JSON each.</param>
public sealed record EventPage(long Position, IReadOnlyList<string> Lines);

/// <summary>What came of taking over a run.</summary>
public abstract record ResumeOutcome
{
    private ResumeOutcome()
    {
    }

    /// <summary>The run is the new owner's, who numbers on from here.</summary>
    /// <param name="LastEvent">The number of the last event.</param>
    /// <param name="NextDecision">The number of the next decision.</param>
    /// <param name="NextProblem">The number of the next problem.</param>
    /// <param name="NodeId">The node set last; null where none was.</param>
    public sealed record Resumed(long LastEvent, long NextDecision, long NextProblem, string? NodeId) : ResumeOutcome;

    /// <summary>There is no such run.</summary>
    public sealed record NotFound : ResumeOutcome;

    /// <summary>The run has ended.</summary>
    /// <param name="Status">How.</param>
    public sealed record Ended(RunStatus Status) : ResumeOutcome;

    /// <summary>The process that records it is alive.</summary>
    /// <param name="Owner">That process.</param>
    public sealed record Owned(RunOwner Owner) : ResumeOutcome;
}

/// <summary>What came of importing a run.</summary>
public enum ImportOutcome
{
    /// <summary>It is new, and now there.</summary>
    Imported,

    /// <summary>The same content is there already.</summary>
    Duplicate,

    /// <summary>A run of that id with other content is there.</summary>
    Conflict,
}
