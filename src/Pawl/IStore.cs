namespace Pawl;

/// <summary>
/// A transaction on the store. Every method that changes something takes one, so that changes of several rooms commit
/// together or not at all. It is valid only inside the work that <see cref="IStore.WriteAsync{T}"/> was given.
/// </summary>
#pragma warning disable CA1040 // The rooms pass it on and must not see into it; only the store that made it can.
public interface ITransaction;
#pragma warning restore CA1040

/// <summary>The store: all writing goes through it, one transaction at a time.</summary>
public interface IStore
{
    /// <summary>Names the database, the same for every process that opens it. Holds no secret.</summary>
    string Identity { get; }

    /// <summary>
    /// Runs <paramref name="work"/> in a transaction. The task completes when the transaction is durable; when the work
    /// throws, nothing of it is kept and the task fails with the same exception. The work is synchronous, touches only the
    /// database, and may share its commit with other work that waits at the same time.
    /// </summary>
    /// <exception cref="UnavailableException">The database is locked, full, read-only or cannot be reached.</exception>
    Task<T> WriteAsync<T>(Func<ITransaction, T> work, CancellationToken cancellationToken = default);
}
