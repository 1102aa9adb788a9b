namespace Pawl.Ledger;

/// <summary>What came of making a checkpoint.</summary>
public abstract record CheckpointOutcome
{
    private CheckpointOutcome()
    {
    }

    /// <summary>The newest checkpoint covers all receipts, and stands in the database.</summary>
    /// <param name="Checkpoint">The checkpoint.</param>
    /// <param name="IsNew">Whether it was made now, because the ledger had grown.</param>
    /// <param name="NotCopied">Why the second place does not have it; null where it does. It is copied at the next opportunity.</param>
    public sealed record Made(Checkpoint Checkpoint, bool IsNew, string? NotCopied) : CheckpointOutcome;

    /// <summary>There is no receipt yet.</summary>
    public sealed record Empty : CheckpointOutcome;

    /// <summary>The ledger is not what an earlier checkpoint was signed for: nothing was signed.</summary>
    /// <param name="Message">What differs.</param>
    public sealed record Refused(string Message) : CheckpointOutcome;
}

/// <summary>
/// Makes checkpoints: signs the ledger's size and root when it grew, after seeing that it only added to what was signed before, keeps
/// them in the database and copies them to the second place.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="ledger">The ledger in it.</param>
/// <param name="key">The key that signs. Load it before writing anything that a checkpoint is to cover.</param>
/// <param name="copies">The second place.</param>
public sealed class LedgerCheckpoints(IStore store, ILedgerStore ledger, LedgerKey key, CheckpointFile copies)
{
    /// <summary>Makes a checkpoint of all receipts, unless there is one.</summary>
    /// <exception cref="UnavailableException">The database cannot be read or written, or the ledger is damaged.</exception>
    public async Task<CheckpointOutcome> MakeAsync(CancellationToken cancellationToken = default)
    {
        var elsewhere = Elsewhere();
        try
        {
            var outcome = await store.WriteAsync(transaction => Make(transaction, elsewhere), cancellationToken).ConfigureAwait(false);
            if (outcome is not CheckpointOutcome.Made made) return outcome;
            return made with { NotCopied = elsewhere?.Size >= made.Checkpoint.Size ? null : Copy(made.Checkpoint) };
        }
        catch (LedgerDamagedException e)
        {
            throw new UnavailableException($"{e.Message} Nothing was signed. `pawl ledger verify` says what holds.", e);
        }
    }

    // Read before the transaction: a checkpoint that another process copies meanwhile speaks of receipts that the transaction will see.
    private Checkpoint? Elsewhere()
    {
        try
        {
            return ledger.Read(view => view.Stored(0)) is { } first ? copies.Last(Checkpoint.OriginOf(FirstLeaf(first))) : null;
        }
        catch (UnavailableException)
        {
            return null; // copying will say so
        }
    }

    private string? Copy(Checkpoint checkpoint)
    {
        try
        {
            copies.Append(checkpoint);
            return null;
        }
        catch (UnavailableException e)
        {
            return e.Message;
        }
    }

    private CheckpointOutcome Make(ITransaction transaction, Checkpoint? elsewhere)
    {
        var frontier = ledger.Frontier(transaction);
        var view = ledger.View(transaction);
        var last = view.LastCheckpoint();
        if (frontier.Size == 0) return last is null ? new CheckpointOutcome.Empty() : new CheckpointOutcome.Refused($"The ledger is empty, and a checkpoint of {last.Size} receipts was signed before.");

        var origin = Checkpoint.OriginOf(FirstLeaf(view.Stored(0) ?? throw new LedgerDamagedException("Receipt 0 is missing.")));
        Checkpoint? kept = null;
        if (last is not null && (last.Note is null || !Checkpoint.TryParse(last.Note, out kept) || kept.Size != last.Size))
            throw new LedgerDamagedException($"The checkpoint of {last.Size} receipts is no signed note.");
        foreach (var earlier in new[] { kept, elsewhere })
        {
            if (earlier is not null && WhyForked(earlier, origin, frontier, view) is { } why) return new CheckpointOutcome.Refused(why);
        }

        if (kept?.Size == frontier.Size) return new CheckpointOutcome.Made(kept, IsNew: false, NotCopied: null);
        var checkpoint = Checkpoint.Sign(origin, frontier.Size, frontier.Root(), key);
        ledger.Keep(transaction, checkpoint.Size, checkpoint.ToString(), key.Signer);
        return new CheckpointOutcome.Made(checkpoint, IsNew: true, NotCopied: null);
    }

    private static string? WhyForked(Checkpoint earlier, string origin, Frontier frontier, ILedgerView view)
    {
        if (earlier.Origin != origin) return $"A checkpoint was signed for {earlier.Origin}; this ledger is {origin}: its first receipt was changed.";
        if (earlier.Size > frontier.Size) return $"A checkpoint was signed for {earlier.Size} receipts; the ledger holds {frontier.Size}: its end was cut off.";
        if (earlier.Size == 0) return "A checkpoint was signed for no receipts, which Pawl never does.";
        var proof = MerkleTree.ProveConsistency(earlier.Size, frontier.Size, view.Node);
        return MerkleTree.VerifyConsistency((ulong)earlier.Size, earlier.Root.Span, (ulong)frontier.Size, frontier.Root(), proof)
            ? null
            : $"The ledger's {frontier.Size} receipts do not begin with the {earlier.Size} that a checkpoint was signed for: some were changed since.";
    }

    private static byte[] FirstLeaf(StoredReceipt first) =>
        first.Receipt is { } receipt ? ReceiptEntry.LeafHash(receipt) : throw new LedgerDamagedException($"Receipt 0 is damaged: {first.Damage}.");
}
