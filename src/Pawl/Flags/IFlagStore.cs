namespace Pawl.Flags;

/// <summary>Where flags and their histories are kept.</summary>
public interface IFlagStore
{
    /// <summary>What a transaction that writes sees.</summary>
    IFlagView View(ITransaction transaction);

    /// <summary>Reads in one consistent view.</summary>
    /// <exception cref="UnavailableException">There is no such database, or it cannot be read now.</exception>
    T Read<T>(Func<IFlagView, T> read);

    /// <summary>
    /// Puts a flag in place of the version before it (<see cref="Flag.Version"/> − 1; 0: there is none) and moves the revision on.
    /// </summary>
    /// <returns>False, and nothing is changed, where another version stands there.</returns>
    bool TryPut(ITransaction transaction, Flag flag);

    /// <summary>Adds a version to the history of its flag.</summary>
    void Record(ITransaction transaction, FlagVersion version);
}

/// <summary>One consistent view of all flags.</summary>
public interface IFlagView
{
    /// <summary>Moves on with every change of any flag: who has read everything at a revision need not read again before it moves.</summary>
    long Revision { get; }

    /// <summary>At most how many bytes the payload of all flags has; kept beside them, so that asking costs nothing.</summary>
    long PayloadBytes { get; }

    /// <summary>A flag as it stands; null where there is none.</summary>
    /// <exception cref="UnavailableException">What is stored is no flag: the database is damaged.</exception>
    Flag? Find(string key);

    /// <summary>A version of a flag; null where there is none.</summary>
    FlagVersion? Find(string key, long version);

    /// <summary>All flags that can be read, archived ones too, in the order of their keys.</summary>
    /// <param name="damaged">Those that cannot.</param>
    IReadOnlyList<Flag> Sound(out IReadOnlyList<FlagProblem> damaged);

    /// <summary>All flags, archived ones too, in the order of their keys.</summary>
    /// <exception cref="UnavailableException">One of them is stored damaged.</exception>
    IReadOnlyList<Flag> All()
    {
        var flags = Sound(out var damaged);
        return damaged.Count == 0 ? flags : throw new UnavailableException(damaged[0].Message);
    }

    /// <summary>The versions of a flag, the newest first; none where there is no such flag.</summary>
    IReadOnlyList<FlagVersion> History(string key);
}

/// <summary>One version of a flag, and how it came to be.</summary>
/// <param name="Flag">The flag as of that version.</param>
/// <param name="At">When it was changed, UTC.</param>
/// <param name="Actor">Who changed it.</param>
/// <param name="Why">The reason given; may be empty.</param>
/// <param name="Receipt">The number of the receipt.</param>
/// <param name="Reference">The name of the receipt, <c>PROM-treatment@4</c>.</param>
public sealed record FlagVersion(Flag Flag, DateTimeOffset At, string Actor, string Why, long Receipt, string Reference);
