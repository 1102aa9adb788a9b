using Pawl.Statistics;

namespace Pawl.Experiments.Files;

/// <summary>What a file says of an experiment.</summary>
public sealed record AnalysisReport
{
    /// <summary>Units that the means and effects are of: those seen in one arm only.</summary>
    public required long Units { get; init; }

    /// <summary>Units seen in two arms or more, which are left out.</summary>
    public required long Crossovers { get; init; }

    /// <summary>Whether crossovers are more than 1% of all units: then assignment or logging is broken.</summary>
    public bool HasManyCrossovers => Crossovers > (Units + Crossovers) * 0.01;

    /// <summary>The p-value of the split agreed on, by χ², from units counted in their first arm.</summary>
    public required double SplitP { get; init; }

    /// <summary>Whether this is a sample ratio mismatch, after which nothing can be concluded.</summary>
    public bool IsMismatch => SplitP < SampleRatioTest.Alpha;

    /// <summary>The metrics in the order of the request.</summary>
    public required IReadOnlyList<MetricReport> Metrics { get; init; }
}

/// <summary>One metric.</summary>
public sealed record MetricReport
{
    /// <summary>The column and what it is taken for.</summary>
    public required MetricColumn Metric { get; init; }

    /// <summary>The value at which units' totals were capped, or null.</summary>
    public required double? CappedAt { get; init; }

    /// <summary>How effects were tested.</summary>
    public required AnalysisMethod Method { get; init; }

    /// <summary>The arms, the control first, the others by name.</summary>
    public required IReadOnlyList<ArmReport> Arms { get; init; }

    /// <summary>Of each other arm the absolute and the relative effect.</summary>
    public required IReadOnlyList<EffectReport> Effects { get; init; }
}

/// <summary>One arm of a metric.</summary>
/// <param name="Arm">Its name in the file.</param>
/// <param name="Units">Its units without crossovers.</param>
/// <param name="Mean">The mean or the share; null where it is no finite number.</param>
public sealed record ArmReport(string Arm, long Units, double? Mean);

/// <summary>The effect of one arm against the control.</summary>
public sealed record EffectReport
{
    /// <summary>The arm.</summary>
    public required string Arm { get; init; }

    /// <summary>Absolute or relative.</summary>
    public required Difference Difference { get; init; }

    /// <summary>The effect, or null where there is none to speak of.</summary>
    public double? Estimate { get; init; }

    /// <summary>The lower end of the interval at level 1 − α/m, with m arms beside the control; null unless tested.</summary>
    public double? Lower { get; init; }

    /// <summary>The upper end.</summary>
    public double? Upper { get; init; }

    /// <summary>The two-sided p-value, with several arms corrected by <see cref="Holm"/>; null unless tested.</summary>
    public double? P { get; init; }

    /// <summary>Why it was not tested; null where it was.</summary>
    public Reason? Reason { get; init; }
}
