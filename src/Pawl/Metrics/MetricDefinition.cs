using Pawl.Statistics;

namespace Pawl.Metrics;

/// <summary>A metric as <c>metrics: definitions:</c> in pawl.yaml names it. What it says was checked when it was read.</summary>
public sealed record MetricDefinition
{
    /// <summary>The name that experiments use.</summary>
    public required string Name { get; init; }

    /// <summary>The name of the source that is asked.</summary>
    public required string Source { get; init; }

    /// <summary>What is made of the values.</summary>
    public required MetricKind Kind { get; init; }

    /// <summary>The values; of a ratio its numerator.</summary>
    public required MetricInput Input { get; init; }

    /// <summary>The denominator; of a ratio alone.</summary>
    public MetricInput? Denominator { get; init; }

    /// <summary>On which side it improves. Default: greater.</summary>
    public Side Better { get; init; } = Side.Greater;

    /// <summary>The level of a quantile, above 0 and below 1.</summary>
    public double? Level { get; init; }

    /// <summary>The percentile at which the units' totals are cut, above 0.5 and below 1: all arms together, zeros included. Of means and ratios; null: not cut.</summary>
    public double? Cap { get; init; }

    /// <summary>How long before a unit's first exposure its values are taken as covariate (CUPED). Of means alone; null: no covariate.</summary>
    public TimeSpan? Covariate { get; init; }

    /// <summary>How long after its first exposure a unit's values count; units whose window is still open are left out. Null: values accrue.</summary>
    public TimeSpan? Window { get; init; }

    /// <summary>SHA-256 of what pawl.yaml says of it and of exposures, so that a change is seen; null where it was made otherwise.</summary>
    public string? Digest { get; init; }
}
