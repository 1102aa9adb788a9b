namespace Pawl.Experiments.Files;

/// <summary>What a rule would have decided in experiments that are over, looking at every checkpoint.</summary>
public sealed record ReplayReport
{
    /// <summary>The rule's method.</summary>
    public required AnalysisMethod Method { get; init; }

    /// <summary>Rows left out because they lack a number or the two units an arm needs.</summary>
    public required long SkippedRows { get; init; }

    /// <summary>Series left out because none of their rows can be used.</summary>
    public required long SkippedSeries { get; init; }

    /// <summary>The series in the order in which the file names them.</summary>
    public required IReadOnlyList<ReplaySeries> Series { get; init; }

    /// <summary>Series in which the rule found an effect at some row.</summary>
    public int SignificantEver => Series.Count(s => s.FirstSignificantAt is not null);

    /// <summary>Series whose last row shows an effect by Welch's test.</summary>
    public int SignificantAtLastRow => Series.Count(s => s.IsSignificantAtLastRow);

    /// <summary>Series in which the rule found an effect that the last row does not show.</summary>
    public int NotConfirmed => Series.Count(s => s is { FirstSignificantAt: not null, IsSignificantAtLastRow: false });
}

/// <summary>One metric of one variant of an experiment.</summary>
public sealed record ReplaySeries
{
    /// <summary>The experiment.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>The variant that is compared with the control.</summary>
    public required string VariantId { get; init; }

    /// <summary>The metric.</summary>
    public required string MetricId { get; init; }

    /// <summary>Its usable rows.</summary>
    public required long Rows { get; init; }

    /// <summary>When the rule first found an effect, in the file's own unit of time; null where it never did, or a broken split stopped it before.</summary>
    public required double? FirstSignificantAt { get; init; }

    /// <summary>Whether Welch's test finds an effect at the last row, whatever the rule: the yardstick.</summary>
    public required bool IsSignificantAtLastRow { get; init; }

    /// <summary>
    /// The p-value of the split at the last row: by the sequential test under the sequential method, else by χ². Without a split agreed on, of an even one.
    /// </summary>
    public required double SplitP { get; init; }

    /// <summary>When the split agreed on first proved broken, which ends the experiment; null where it did not, or none was given.</summary>
    public required double? MismatchAt { get; init; }
}
