namespace Pawl.Ledger;

/// <summary>How something does not hold.</summary>
public enum LedgerFault
{
    /// <summary>A receipt is not the one that was appended.</summary>
    Changed,

    /// <summary>A receipt that was appended is not there.</summary>
    Missing,

    /// <summary>A receipt is there that was not appended.</summary>
    Inserted,

    /// <summary>A receipt stands at another's place.</summary>
    Reordered,

    /// <summary>The newest receipts are not there.</summary>
    TailCut,

    /// <summary>Receipts were replaced by others, with all hashes made anew.</summary>
    Rewritten,

    /// <summary>A node of the tree, or the ledger's head, is not what the receipts give.</summary>
    Tree,

    /// <summary>A checkpoint or the key of a signer is not what was written.</summary>
    Checkpoint,

    /// <summary>A checkpoint speaks of another ledger.</summary>
    OtherLedger,

    /// <summary>Data that stands aside is missing, changed or belongs to no receipt.</summary>
    Body,

    /// <summary>The database could not read on.</summary>
    Unreadable,

    /// <summary>What stands is not what its receipt was given for.</summary>
    Effect,

    /// <summary>The second place cannot be read.</summary>
    SecondPlace,
}

/// <summary>One thing that does not hold.</summary>
/// <param name="Fault">How.</param>
/// <param name="Receipt">The number of the first receipt that it concerns; null where it concerns none.</param>
/// <param name="Message">In words.</param>
public sealed record LedgerFinding(LedgerFault Fault, long? Receipt, string Message)
{
    // Where the receipts end that it may mean, when it means any of several.
    internal long? End { get; init; }
}

/// <summary>What verifying a ledger came to.</summary>
public sealed record LedgerReport
{
    /// <summary>How many receipts were read.</summary>
    public required long Receipts { get; init; }

    /// <summary>The root over them, 64 hex digits; null where they do not make up a tree.</summary>
    public required string? Root { get; init; }

    /// <summary>The ledger's name in checkpoints; null where it is empty.</summary>
    public required string? Origin { get; init; }

    /// <summary>How many checkpoints hold, in the database and in the files given.</summary>
    public required long Checkpoints { get; init; }

    /// <summary>How many of the newest receipts no checkpoint that holds covers.</summary>
    public required long Uncovered { get; init; }

    /// <summary>The signers whom the database names.</summary>
    public required IReadOnlyList<LedgerSigner> Signers { get; init; }

    /// <summary>What does not hold, what concerns the first receipt first; at most 100 are kept.</summary>
    public required IReadOnlyList<LedgerFinding> Findings { get; init; }

    /// <summary>How many findings there are in all.</summary>
    public required long FindingCount { get; init; }

    /// <summary>Whether all of it holds.</summary>
    public bool Holds => FindingCount == 0;

    /// <summary>The report with what others found, after its own.</summary>
    public LedgerReport With(IReadOnlyCollection<LedgerFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        return this with { Findings = [.. Findings.Concat(findings).Take(LedgerFindings.Kept)], FindingCount = FindingCount + findings.Count };
    }
}

/// <summary>The findings of one verification, bounded.</summary>
internal sealed class LedgerFindings
{
    public const int Kept = 100;

    private readonly List<LedgerFinding> _kept = [];

    public long Count { get; private set; }

    /// <summary>The first row that was found to be other than it was appended.</summary>
    public LedgerFinding? FirstRow => _kept.Find(f => f is { Fault: LedgerFault.Changed or LedgerFault.Tree, Receipt: not null });

    public void Add(LedgerFault fault, long? receipt, string message, long? end = null)
    {
        Count++;
        if (_kept.Count < Kept) _kept.Add(new LedgerFinding(fault, receipt, message) { End = end });
    }

    public void Replace(LedgerFinding finding, LedgerFinding by) => _kept[_kept.IndexOf(finding)] = by;

    /// <summary>Where one of several receipts is known not to hold, the finding about all of them names none: the known one is to come first.</summary>
    public void PreferRows()
    {
        for (var i = 0; i < _kept.Count; i++)
        {
            if (_kept[i] is { Receipt: { } from, End: { } end } && _kept.Exists(f => f.End is null && f.Receipt >= from && f.Receipt < end)) _kept[i] = _kept[i] with { Receipt = null };
        }
    }

    public IReadOnlyList<LedgerFinding> Sorted() => [.. _kept.OrderBy(f => f.Receipt ?? long.MaxValue)];
}
