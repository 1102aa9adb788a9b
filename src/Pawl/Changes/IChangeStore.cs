namespace Pawl.Changes;

/// <summary>Where changes are kept, and what the gate said of commits.</summary>
public interface IChangeStore
{
    /// <summary>A change; null where there is none.</summary>
    /// <exception cref="UnavailableException">It cannot be read now, or what is stored is none.</exception>
    Change? Find(string id);

    /// <summary>The newest change of a repository that is still worked on; null where there is none.</summary>
    /// <param name="repository">The repository's folder.</param>
    /// <param name="purpose">Why it is made.</param>
    Change? Unfinished(string repository, ChangePurpose purpose);

    /// <summary>Puts a change in place of the version before it (<see cref="Change.Version"/> − 1; 0: there is none).</summary>
    /// <returns>False, and nothing is changed, where another version stands there.</returns>
    bool TryPut(ITransaction transaction, Change change);

    /// <summary>What a gate said of a commit; null where it was not asked.</summary>
    GateResult? Baseline(string commit, string gate);

    /// <summary>Keeps what a gate said of a commit, in place of what it said before.</summary>
    void Keep(ITransaction transaction, string commit, string gate, GateResult result, DateTimeOffset at);
}
