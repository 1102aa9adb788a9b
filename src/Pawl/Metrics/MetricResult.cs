using Pawl.Statistics;

namespace Pawl.Metrics;

/// <summary>What a source answered.</summary>
public abstract record MetricResult
{
    private MetricResult()
    {
    }

    /// <summary>How it was asked.</summary>
    public required MetricProvenance Provenance { get; init; }

    /// <summary>Numbers for each arm.</summary>
    public sealed record Measured : MetricResult
    {
        /// <summary>The arms in the order in which they were asked for; one that nobody saw is there with zeros.</summary>
        public required IReadOnlyList<ArmReading> Arms { get; init; }

        /// <summary>How many exposures were read, repeated ones included.</summary>
        public required long Exposures { get; init; }

        /// <summary>Units whose first exposure was to a variant that was not asked for; they stand in no arm.</summary>
        public required long OtherUnits { get; init; }

        /// <summary>Up to where exposures and values were read.</summary>
        public required DateTimeOffset Watermark { get; init; }
    }

    /// <summary>One number for each arm, which the source computed itself; how many units it rests on is not known.</summary>
    public sealed record Point : MetricResult
    {
        /// <summary>All arms, in the order in which they were asked for.</summary>
        public required IReadOnlyList<ArmPoint> Arms { get; init; }
    }

    /// <summary>No numbers, and why.</summary>
    public sealed record Unmeasured : MetricResult
    {
        /// <summary>Why.</summary>
        public required MetricFault Fault { get; init; }

        /// <summary>What happened and what to do, for people; holds no secret.</summary>
        public required string Detail { get; init; }
    }
}

/// <summary>What a source says of one arm.</summary>
public sealed record ArmReading
{
    /// <summary>The variant.</summary>
    public required string Arm { get; init; }

    /// <summary>Units whose first exposure was to this arm, crossovers included: what a sample ratio is judged by.</summary>
    public required long Exposed { get; init; }

    /// <summary>Those among them that were exposed to another variant too; they are not in the statistics.</summary>
    public required long Crossovers { get; init; }

    /// <summary>The sufficient statistics over the arm's other units; with a window, over those whose window closed.</summary>
    public required ArmStatistics Statistics { get; init; }

    /// <summary>What an absolute guardrail on a quantile is judged by, where a threshold was asked for.</summary>
    public QuantileExcess? Excess { get; init; }
}

/// <summary>What a source computed of one arm.</summary>
/// <param name="Arm">The variant.</param>
/// <param name="Value">The number; null: the source has none for this arm.</param>
public sealed record ArmPoint(string Arm, double? Value);

/// <summary>How far the values above a threshold exceed their allowed share.</summary>
/// <param name="PerUnit">Over units, Σ1{x > τ} − (1 − ν)·count.</param>
/// <param name="Above">The values above the threshold.</param>
public sealed record QuantileExcess(MeanStatistics PerUnit, long Above);

/// <summary>Why a metric could not be measured.</summary>
public enum MetricFault
{
    /// <summary>The source is down, locked or refuses the user.</summary>
    Unavailable,

    /// <summary>The answer took longer than the time limit.</summary>
    Timeout,

    /// <summary>The source does not accept the statement: a column is missing, a table unknown, or it tries to write.</summary>
    Refused,

    /// <summary>A value is text where a number belongs.</summary>
    NotANumber,

    /// <summary>A value is NaN or infinite, or their sums are.</summary>
    NotFinite,

    /// <summary>An exposure or a value has no time, or one that cannot be read.</summary>
    NoInstant,

    /// <summary>Nobody was exposed to any of the arms; of a source that knows arms alone: one of them is missing.</summary>
    NoRows,
}

/// <summary>Where a number comes from, so that it can be asked for again.</summary>
public sealed record MetricProvenance
{
    /// <summary>The name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>The statement as it was sent.</summary>
    public required string Statement { get; init; }

    /// <summary>Its parameters by name, numbers and instants (ISO 8601) as text.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>When it was asked.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>How long the answer took.</summary>
    public required TimeSpan Took { get; init; }
}
