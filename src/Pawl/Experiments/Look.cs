using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>One reading of an experiment: everything the verdict depends on besides the contract. It holds no clock; times are hours since the run was started.</summary>
public sealed record Look
{
    /// <summary>Hours since the run was started.</summary>
    public required double ElapsedHours { get; init; }

    /// <summary>Whether this is a scheduled look that may decide; at the others only guardrails, measurability and the split are judged.</summary>
    public required bool MayDecide { get; init; }

    /// <summary>The arms, in the order of the contract.</summary>
    public required IReadOnlyList<ArmLook> Arms { get; init; }

    /// <summary>The test of the split, over units by the first arm they saw.</summary>
    public required SplitResult Split { get; init; }

    /// <summary>Units exposed, those included that were seen in two arms.</summary>
    public required long Exposed { get; init; }

    /// <summary>Units that were seen in two arms.</summary>
    public required long Crossovers { get; init; }

    /// <summary>What could not be measured, in words: a source that is down, a NaN where a number belongs.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>The first of the looks in a row, before this one, at which not everything could be measured, in hours since the run was started; null: at the last look it could.</summary>
    public double? UnmeasuredSinceHours { get; init; }

    /// <summary>Where the ramp stands.</summary>
    public RampState Ramp { get; init; } = new(0, 0, 0);

    /// <summary>The promotion that waits for a person, or was approved; null where there is none.</summary>
    public PromotionLatch? Latch { get; init; }
}

/// <summary>One arm at a look.</summary>
public sealed record ArmLook
{
    /// <summary>The arm's name in the contract.</summary>
    public required string Name { get; init; }

    /// <summary>Units that are counted: their window is closed, and they were seen in one arm alone.</summary>
    public required long Units { get; init; }

    /// <summary>The primary metric against the control; null for the control, and where it was not asked for.</summary>
    public PrimaryLook? Primary { get; init; }

    /// <summary>Where each guardrail of the contract stands in this arm; none for the control.</summary>
    public IReadOnlyList<GuardrailLook> Guardrails { get; init; } = [];
}

/// <summary>The primary metric of a treatment against the control, as the effect the contract decides by and under its method.</summary>
/// <param name="Readiness">Whether it may be tested.</param>
/// <param name="Result">The test at α.</param>
/// <param name="Corrected">The test at α/m for m treatments; with one treatment the same.</param>
public sealed record PrimaryLook(Readiness Readiness, TwoSidedResult Result, TwoSidedResult Corrected);

/// <summary>Where a guardrail stands in an arm.</summary>
/// <param name="Guardrail">The guardrail, as in the contract.</param>
/// <param name="Result">Where it stands.</param>
public sealed record GuardrailLook(Guardrail Guardrail, GuardrailResult Result);

/// <summary>Where a ramp stands.</summary>
/// <param name="Step">The step, from 0.</param>
/// <param name="Hours">Hours since it began.</param>
/// <param name="ReadyLooks">Looks in this step, before this one, at which every treatment was ready and no guardrail breached.</param>
public sealed record RampState(int Step, double Hours, int ReadyLooks);

/// <summary>A verdict to promote that waits for a person.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="AtHours">When it began to wait, in hours since the run was started.</param>
/// <param name="ApprovedBy">Who approved; null: nobody yet.</param>
public sealed record PromotionLatch(string Arm, double AtHours, string? ApprovedBy);
