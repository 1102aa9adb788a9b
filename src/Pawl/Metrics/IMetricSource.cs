namespace Pawl.Metrics;

/// <summary>A store of exposures and values that answers with sufficient statistics, so that the cost in Pawl does not grow with units.</summary>
public interface IMetricSource
{
    /// <summary>Its name in pawl.yaml.</summary>
    string Name { get; }

    /// <summary>
    /// Measures a metric in one statement. A unit belongs to the arm of its first exposure in [start, stop); one that was exposed to
    /// two variants is a crossover, counted and left out. Its values count from the first exposure on, up to the watermark.
    /// </summary>
    /// <param name="query">What is asked.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The numbers, or why there are none; a source that is down or slow, or bad data, is an answer and no exception.</returns>
    /// <exception cref="ArgumentException">The metric belongs to another source, or the query contradicts itself.</exception>
    Task<MetricResult> MeasureAsync(MetricQuery query, CancellationToken cancellationToken = default);
}
