namespace Pawl.Flags;

/// <summary>A flag as the evaluator reads it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Ordinal">Its place in the flag set.</param>
/// <param name="Default">Its value where no rule applies.</param>
/// <param name="Rules">Its rules, the first that applies counts.</param>
/// <param name="Problem">Why it cannot be evaluated; null: it can.</param>
internal sealed record CompiledFlag(string Key, int Ordinal, FlagValue Default, CompiledRule[] Rules, string? Problem);

/// <summary>A rule of a flag: forces a value, runs an experiment, or does neither and is there for its prerequisites.</summary>
internal sealed class CompiledRule
{
    public required string Id { get; init; }

    public required Requirement[] Requirements { get; init; }

    public required BucketFilter[] Filters { get; init; }

    /// <summary>The value it forces; null where it forces none.</summary>
    public FlagValue? Force { get; init; }

    public Condition? Condition { get; init; }

    /// <summary>The part of the units it forces the value on; null: all.</summary>
    public Rollout? Rollout { get; init; }

    /// <summary>Exposures it reports, of experiments that ran elsewhere.</summary>
    public Exposure[] Tracks { get; init; } = [];

    public FlagExperiment? Experiment { get; init; }
}

/// <summary>A prerequisite with the flag it names.</summary>
internal sealed class Requirement(Prerequisite prerequisite)
{
    public Prerequisite Prerequisite => prerequisite;

    /// <summary>Null where the flag set has no such flag. Set once, before the flag set is published.</summary>
    public CompiledFlag? Flag { get; set; }
}

/// <summary>The part of all units a rule forces its value on.</summary>
/// <param name="Seed">The seed of the hash.</param>
/// <param name="HashBy">The attribute that is hashed.</param>
/// <param name="FallbackTo">Used where a unit lacks the other and assignments are sticky; null: none.</param>
/// <param name="HashVersion">1 or 2.</param>
/// <param name="Range">The units in it; null: those up to the coverage.</param>
/// <param name="Coverage">The greatest hash that is in; 0 is nobody.</param>
internal sealed record Rollout(string Seed, HashAttribute HashBy, HashAttribute? FallbackTo, int HashVersion, BucketRange? Range, double Coverage);
