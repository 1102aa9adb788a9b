using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>A metric that has a definition, as far as a contract depends on it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What kind of number it is.</param>
/// <param name="Better">The side on which it improves.</param>
public sealed record KnownMetric(string Name, MetricKind Kind, Side Better);
