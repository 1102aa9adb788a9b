namespace Pawl.Metrics;

/// <summary>One question to a source: what does a metric say of the arms of an experiment, as of a moment.</summary>
public sealed record MetricQuery
{
    /// <summary>The metric.</summary>
    public required MetricDefinition Metric { get; init; }

    /// <summary>The key of the flag that the exposures name.</summary>
    public required string Flag { get; init; }

    /// <summary>The variants to compare, the control first; at least one, each once.</summary>
    public required IReadOnlyList<string> Arms { get; init; }

    /// <summary>Exposures count from here on.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>Exposures count up to here; null while the experiment runs.</summary>
    public DateTimeOffset? Stop { get; init; }

    /// <summary>Nothing from here on is looked at: exposures and values up to it have arrived.</summary>
    public required DateTimeOffset Watermark { get; init; }

    /// <summary>The contract's window, in place of the metric's own.</summary>
    public TimeSpan? Window { get; init; }

    /// <summary>The limit τ of an absolute guardrail on a quantile, which is judged by the values above it.</summary>
    public double? Threshold { get; init; }

    /// <summary>How far a Prometheus query looks back from the watermark, in whole milliseconds; null: one hour. Other sources count from the start.</summary>
    public TimeSpan? Lookback { get; init; }

    internal TimeSpan? EffectiveWindow => Window ?? Metric.Window;

    internal DateTimeOffset ExposedBefore => Stop is { } stop && stop < Watermark ? stop : Watermark;

    /// <summary>Throws on what no caller should ask.</summary>
    internal void Validate()
    {
        if (Arms.Count == 0) throw new ArgumentException("A metric is asked of at least one arm.");
        if (Arms.Distinct(StringComparer.Ordinal).Count() != Arms.Count) throw new ArgumentException("Each arm may be named once.");
        if (Watermark < Start) throw new ArgumentException("The watermark may not lie before the start.");
        if (Window <= TimeSpan.Zero) throw new ArgumentException("A window must be longer than nothing.");
        if (Lookback < TimeSpan.FromMilliseconds(1)) throw new ArgumentException("A query must look back over a millisecond at least.");
        if (Threshold is { } threshold && !double.IsFinite(threshold)) throw new ArgumentException("The threshold must be finite.");
    }
}
