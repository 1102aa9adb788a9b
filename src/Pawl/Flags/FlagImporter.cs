using Pawl.Ledger;

namespace Pawl.Flags;

/// <summary>What an import did with one flag.</summary>
public enum ImportedAs
{
    /// <summary>It is new.</summary>
    Created,

    /// <summary>It replaced what stood there.</summary>
    Changed,

    /// <summary>It stood there already, meaning the same.</summary>
    Unchanged,
}

/// <summary>One flag of an import.</summary>
/// <param name="Flag">As it stands now.</param>
/// <param name="As">What was done.</param>
/// <param name="Receipt">The receipt; null where nothing was done.</param>
public sealed record ImportedFlag(Flag Flag, ImportedAs As, Receipt? Receipt);

/// <summary>Takes over the flags of a payload: all of them or, where one is refused, none.</summary>
/// <param name="flags">Where flags are kept.</param>
/// <param name="registry">What changes them.</param>
public sealed class FlagImporter(IFlagStore flags, FlagRegistry registry)
{
    /// <summary>
    /// Creates what is not there and replaces what means something else. A flag that gives the same payload stays as it is, with the names of
    /// its variants and its description, which no payload has.
    /// </summary>
    /// <exception cref="BadInputException">One of them is refused. The transaction must not commit.</exception>
    public IReadOnlyList<ImportedFlag> Import(ITransaction transaction, FlagImport import, string actor, string why = "")
    {
        ArgumentNullException.ThrowIfNull(import);
        return [.. import.Flags.Select(flag => Import(transaction, flag, actor, why))];
    }

    private ImportedFlag Import(ITransaction transaction, Flag flag, string actor, string why)
    {
        var current = flags.View(transaction).Find(flag.Key);
        if (current is { IsArchived: false } && Meaning(current) == Meaning(flag)) return new ImportedFlag(current, ImportedAs.Unchanged, null);
        var act = new FlagAct { ExpectedVersion = current?.Version ?? 0, Actor = actor, Why = why };
        var outcome = current is null
            ? registry.Create(transaction, flag, act)
            : registry.Set(transaction, flag with { Description = current.Description }, act);
        return outcome switch
        {
            FlagOutcome.Changed changed => new ImportedFlag(changed.Flag, current is null ? ImportedAs.Created : ImportedAs.Changed, changed.Receipt),
            FlagOutcome.Refused refused => throw new BadInputException($"The flag {flag.Key} of the payload is refused, and nothing was imported: {refused.Reason}"),
            _ => throw new InvalidOperationException($"The flag {flag.Key} moved within one transaction: {outcome}."),
        };
    }

    private static string Meaning(Flag flag) => CanonicalJson.Digest(Json.Parse(FlagPayload.Write([flag])));
}
