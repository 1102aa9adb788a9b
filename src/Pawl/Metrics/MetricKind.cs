namespace Pawl.Metrics;

/// <summary>What a metric makes of the values of its units.</summary>
public enum MetricKind
{
    /// <summary>The mean over units of each unit's sum.</summary>
    Mean,

    /// <summary>The share of units with a value other than zero.</summary>
    Proportion,

    /// <summary>The sum of one thing over the sum of another, such as errors per request.</summary>
    Ratio,

    /// <summary>A quantile over the single values, which come in clusters: a unit's values are one cluster.</summary>
    Quantile,

    /// <summary>A number the source computed itself, known only per arm: without an error to it, so good for strict guardrails alone.</summary>
    Value,
}
