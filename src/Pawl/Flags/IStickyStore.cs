namespace Pawl.Flags;

/// <summary>
/// Where the assignments of sticky experiments are kept. Evaluation never waits for it: documents are loaded into the
/// evaluation's context ahead, and what an evaluation adds is saved afterwards.
/// </summary>
public interface IStickyStore
{
    /// <summary>The documents of the given units, in any order; units of which nothing is stored are left out.</summary>
    /// <param name="keys">The units; the same key may stand twice and is answered once.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="UnavailableException">The store cannot be reached.</exception>
    Task<IReadOnlyList<StickyDocument>> LoadAsync(IReadOnlyList<StickyKey> keys, CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds the assignments of a document to those stored for the same unit. The first stored assignment of an experiment key
    /// wins, so that two processes that assign the same unit at once agree afterwards: nothing stored is ever changed or removed.
    /// </summary>
    /// <param name="transaction">The transaction it becomes durable with.</param>
    /// <param name="document">What was assigned; it may leave out what is stored already.</param>
    /// <returns>The document as it is stored now: <see cref="StickyDocument.Merge"/> of the stored one and the given one.</returns>
    StickyDocument Save(ITransaction transaction, StickyDocument document);
}
