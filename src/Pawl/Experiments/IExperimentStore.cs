namespace Pawl.Experiments;

/// <summary>Where experiments, their looks, tickets and snapshots are kept.</summary>
public interface IExperimentStore
{
    /// <summary>What a transaction that writes sees.</summary>
    IExperimentView View(ITransaction transaction);

    /// <summary>Reads in one consistent view.</summary>
    /// <exception cref="UnavailableException">There is no such database, or it cannot be read now.</exception>
    T Read<T>(Func<IExperimentView, T> read);

    /// <summary>Puts an experiment in place of the version before it (<see cref="Experiment.Version"/> − 1; 0: there is none).</summary>
    /// <returns>False, and nothing is changed, where another version stands there.</returns>
    bool TryPut(ITransaction transaction, Experiment experiment);

    /// <summary>Adds a look. Its number is one more than the last one's.</summary>
    void Add(ITransaction transaction, string experiment, LookReport look);

    /// <summary>Adds a ticket.</summary>
    void Add(ITransaction transaction, StoredTicket ticket);

    /// <summary>Keeps a snapshot; one with the same digest is kept once.</summary>
    void Add(ITransaction transaction, Snapshot snapshot);
}

/// <summary>One consistent view of all experiments.</summary>
public interface IExperimentView
{
    /// <summary>An experiment; null where there is none.</summary>
    /// <exception cref="UnavailableException">What is stored is no experiment: the database is damaged.</exception>
    Experiment? Find(string id);

    /// <summary>All experiments, the newest first.</summary>
    IReadOnlyList<Experiment> All();

    /// <summary>Experiments that have not ended.</summary>
    int Active { get; }

    /// <summary>The looks of an experiment, in order.</summary>
    IReadOnlyList<LookReport> Looks(string experiment);

    /// <summary>One look; null where there is none.</summary>
    LookReport? Look(string experiment, int number);

    /// <summary>The tickets of an experiment, oldest first.</summary>
    IReadOnlyList<StoredTicket> Tickets(string experiment);

    /// <summary>A snapshot by its digest; null where there is none.</summary>
    Snapshot? Snapshot(string digest);
}

/// <summary>A ticket in Pawl's own database.</summary>
/// <param name="Id">Its id: <c>TICKET-</c> and 8 hex digits.</param>
/// <param name="Experiment">The experiment.</param>
/// <param name="At">When it was opened.</param>
/// <param name="Title">The title.</param>
/// <param name="Description">What happened.</param>
/// <param name="Severity">How severe.</param>
/// <param name="Owners">Whose it is; may be empty.</param>
public sealed record StoredTicket(string Id, string Experiment, DateTimeOffset At, string Title, string Description, string Severity, IReadOnlyList<string> Owners);

/// <summary>A dashboard as it was at a moment: one page that needs nothing else, and the data in it.</summary>
/// <param name="Digest">SHA-256 of the page, 64 hex digits.</param>
/// <param name="Html">The page.</param>
/// <param name="Json">The data.</param>
public sealed record Snapshot(string Digest, string Html, string Json);
