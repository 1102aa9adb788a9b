using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>
/// One look as it is kept and shown: what was asked, what came back, and what the rule made of it. It is written once, and the receipt of the
/// look holds its digest.
/// </summary>
public sealed record LookReport
{
    /// <summary>The number of the look, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Up to where exposures and values were read.</summary>
    public required DateTimeOffset Watermark { get; init; }

    /// <summary>Hours since the run was started.</summary>
    public required double ElapsedHours { get; init; }

    /// <summary>Whether it was a look that may decide.</summary>
    public required bool MayDecide { get; init; }

    /// <summary>The step of the ramp, from 0.</summary>
    public int RampStep { get; init; }

    /// <summary>The part of the population that was in, in percent.</summary>
    public double Coverage { get; init; } = 100;

    /// <summary>The arms, the control first.</summary>
    public required IReadOnlyList<LookArm> Arms { get; init; }

    /// <summary>The p-value of the split agreed on; null: it could not be tested.</summary>
    public double? SplitP { get; init; }

    /// <summary>The metrics that were asked for, the primary one first.</summary>
    public IReadOnlyList<LookMetric> Metrics { get; init; } = [];

    /// <summary>The guardrails, by treatment.</summary>
    public IReadOnlyList<LookGuardrail> Guardrails { get; init; } = [];

    /// <summary>What could not be measured, in words.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>What an earlier look said of data that were closed then and now read otherwise, in words.</summary>
    public IReadOnlyList<string> Restated { get; init; } = [];

    /// <summary>The statements behind the numbers.</summary>
    public IReadOnlyList<LookQuestion> Questions { get; init; } = [];

    /// <summary>What the rule made of it.</summary>
    public required Verdict Verdict { get; init; }
}

/// <summary>An arm at a look.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Exposed">Units that saw it first.</param>
/// <param name="Crossovers">Those among them that saw another arm too; they count nowhere else.</param>
/// <param name="Units">Units that the primary metric is of.</param>
public sealed record LookArm(string Name, long Exposed, long Crossovers, long Units);

/// <summary>A metric at a look.</summary>
public sealed record LookMetric
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it decides.</summary>
    public required bool IsPrimary { get; init; }

    /// <summary>Its value in each arm, in the order of the contract; null where there is none.</summary>
    public required IReadOnlyList<double?> Values { get; init; }

    /// <summary>The effect of each treatment, in the order of the contract; none where the source gives values alone.</summary>
    public IReadOnlyList<LookEffect> Effects { get; init; } = [];
}

/// <summary>The effect of a treatment on a metric, against the control. Its interval is at level 1 − α/m with m treatments.</summary>
public sealed record LookEffect
{
    /// <summary>The treatment.</summary>
    public required string Arm { get; init; }

    /// <summary>Absolute or relative, as the contract decides.</summary>
    public required Difference Difference { get; init; }

    /// <summary>The effect; null where there is none to speak of.</summary>
    public double? Estimate { get; init; }

    /// <summary>The lower end of the interval; null unless it was tested.</summary>
    public double? Lower { get; init; }

    /// <summary>The upper end.</summary>
    public double? Upper { get; init; }

    /// <summary>The two-sided p-value, not corrected for several treatments; null unless it was tested.</summary>
    public double? P { get; init; }

    /// <summary>Why it was not tested; null where it was.</summary>
    public Reason? Reason { get; init; }
}

/// <summary>A guardrail in a treatment.</summary>
public sealed record LookGuardrail
{
    /// <summary>The metric.</summary>
    public required string Metric { get; init; }

    /// <summary>The treatment.</summary>
    public required string Arm { get; init; }

    /// <summary>What is demanded, in words: <c>&lt; 0.02</c>, <c>harm at most 0.01</c>.</summary>
    public required string Demand { get; init; }

    /// <summary>The limit, or the margin as a share of the control's value.</summary>
    public required double Threshold { get; init; }

    /// <summary>Where it stands.</summary>
    public required GuardrailStanding Standing { get; init; }

    /// <summary>The value, or the effect, or of a quantile the share of its values above the limit (<see cref="Contract.IsShare"/>); null where there is none.</summary>
    public double? Estimate { get; init; }

    /// <summary>The bound that lies within the limit, or beyond it; null while undecided.</summary>
    public double? Bound { get; init; }

    /// <summary>What is missing; null where nothing is, or the interval reaches across the limit.</summary>
    public Reason? Reason { get; init; }
}

/// <summary>Where a guardrail stands.</summary>
public enum GuardrailStanding
{
    /// <summary>The data do not say yet.</summary>
    Undecided,

    /// <summary>It is within its limit.</summary>
    Holds,

    /// <summary>It is beyond its limit.</summary>
    Breached,
}

/// <summary>A statement that was asked at a look.</summary>
/// <param name="Metric">For which metric.</param>
/// <param name="Source">Of which source.</param>
/// <param name="Statement">The statement as it was sent.</param>
/// <param name="Parameters">Its parameters by name.</param>
/// <param name="AskedAt">When.</param>
/// <param name="TookMs">How many milliseconds the answer took.</param>
public sealed record LookQuestion(string Metric, string Source, string Statement, IReadOnlyDictionary<string, string> Parameters, DateTimeOffset AskedAt, double TookMs);
