using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>A metric that has a definition, as far as a contract depends on it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What kind of number it is.</param>
/// <param name="Better">The side on which it improves.</param>
/// <param name="Definition">SHA-256 of its definition, so that one changed later is seen; null where it has none besides this.</param>
public sealed record KnownMetric(string Name, MetricKind Kind, Side Better, string? Definition = null)
{
    /// <summary>What a contract keeps of a definition.</summary>
    public static KnownMetric Of(MetricDefinition metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return new KnownMetric(metric.Name, metric.Kind, metric.Better, metric.Digest);
    }
}
