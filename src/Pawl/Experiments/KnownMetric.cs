using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>What kind of number a metric is.</summary>
public enum MetricKind
{
    /// <summary>A mean over units.</summary>
    Mean,

    /// <summary>The share of units with a property, from 0 to 1.</summary>
    Proportion,

    /// <summary>A sum over another sum, both per unit.</summary>
    Ratio,

    /// <summary>A quantile of observations that units bring several of.</summary>
    Quantile,
}

/// <summary>A metric that has a definition, as far as a contract depends on it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What kind of number it is.</param>
/// <param name="Better">The side on which it improves.</param>
public sealed record KnownMetric(string Name, MetricKind Kind, Side Better);
