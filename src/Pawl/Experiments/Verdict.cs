namespace Pawl.Experiments;

/// <summary>What the pre-registered rule makes of a look: one of five states, and why.</summary>
public abstract record Verdict
{
    private Verdict(string state, IReadOnlyList<VerdictReason> reasons) => (State, Reasons) = (state, reasons);

    /// <summary>The state: running, guardrail_stop, promote, rollback or inconclusive.</summary>
    public string State { get; }

    /// <summary>Why; of a running experiment, what is undecided and why. Never empty.</summary>
    public IReadOnlyList<VerdictReason> Reasons { get; }

    /// <summary>Whether the experiment ends with it.</summary>
    public bool IsTerminal => this is not Running;

    /// <summary>The tools that carry it out, in this order; none while it runs.</summary>
    public abstract IReadOnlyList<string> Tools { get; }

    /// <summary>It goes on.</summary>
    /// <param name="Undecided">What is undecided, and why.</param>
    /// <param name="WidenTo">The step of the ramp to go to; null: stay.</param>
    /// <param name="Awaiting">The arm whose promotion waits for a person; null: none.</param>
    public sealed record Running(IReadOnlyList<VerdictReason> Undecided, int? WidenTo = null, string? Awaiting = null) : Verdict("running", Undecided)
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> Tools => [];
    }

    /// <summary>A guardrail is breached: everyone gets the control.</summary>
    /// <param name="Breaches">The guardrails, by arm.</param>
    public sealed record GuardrailStop(IReadOnlyList<VerdictReason> Breaches) : Verdict("guardrail_stop", Breaches)
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> Tools => ["StopRun", "RollbackVariant", "OpenTicket"];
    }

    /// <summary>A treatment is better: everyone gets it.</summary>
    /// <param name="Arm">The treatment.</param>
    /// <param name="Why">Why.</param>
    public sealed record Promote(string Arm, IReadOnlyList<VerdictReason> Why) : Verdict("promote", Why)
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> Tools => ["PromoteVariant", "StopRun"];
    }

    /// <summary>Every treatment is worse, or nothing can be concluded: everyone gets the control.</summary>
    /// <param name="Why">Why.</param>
    public sealed record Rollback(IReadOnlyList<VerdictReason> Why) : Verdict("rollback", Why)
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> Tools => Why.Any(reason => reason.Code is VerdictCode.Worse or VerdictCode.ByPerson) ? ["StopRun", "RollbackVariant"] : ["StopRun", "RollbackVariant", "OpenTicket"];
    }

    /// <summary>The end has come, and nothing is decided: everyone gets the control.</summary>
    /// <param name="Why">Why.</param>
    public sealed record Inconclusive(IReadOnlyList<VerdictReason> Why) : Verdict("inconclusive", Why)
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> Tools => ["StopRun", "RollbackVariant"];
    }
}

/// <summary>One reason of a verdict.</summary>
/// <param name="Code">Which.</param>
/// <param name="Text">In words, with the numbers.</param>
/// <param name="Arm">The arm it is about; null: all.</param>
/// <param name="Metric">The metric it is about; null: none.</param>
public sealed record VerdictReason(VerdictCode Code, string Text, string? Arm = null, string? Metric = null)
{
    /// <summary>The code as receipts and JSON spell it.</summary>
    public string Name => Code switch
    {
        VerdictCode.GuardrailBreached => "guardrail",
        VerdictCode.CannotMeasure => "cannot_measure",
        VerdictCode.Unmeasurable => "unmeasurable",
        VerdictCode.SampleRatioMismatch => "srm",
        VerdictCode.Crossover => "crossover",
        VerdictCode.Better => "better",
        VerdictCode.Worse => "worse",
        VerdictCode.MaxDuration => "max_duration",
        VerdictCode.PlannedSample => "planned_sample",
        VerdictCode.MdeRuledOut => "mde_ruled_out",
        VerdictCode.ApprovalExpired => "approval_expired",
        VerdictCode.AwaitingApproval => "awaiting_approval",
        VerdictCode.NotDue => "not_due",
        VerdictCode.TooEarly => "too_early",
        VerdictCode.TooFew => "too_few",
        VerdictCode.NoDifferenceYet => "no_difference_yet",
        VerdictCode.GuardrailUndecided => "guardrail_undecided",
        VerdictCode.Ramp => "ramp",
        VerdictCode.Blackout => "blackout",
        VerdictCode.FlagMoved => "flag_moved",
        VerdictCode.ByPerson => "by_person",
        _ => throw new InvalidOperationException($"There is no reason {Code}."),
    };
}

/// <summary>Why a verdict is what it is.</summary>
public enum VerdictCode
{
    /// <summary>A guardrail is breached.</summary>
    GuardrailBreached,

    /// <summary>Something could not be measured; the experiment holds.</summary>
    CannotMeasure,

    /// <summary>Something could not be measured for too long.</summary>
    Unmeasurable,

    /// <summary>Units did not arrive in the shares agreed on.</summary>
    SampleRatioMismatch,

    /// <summary>Too many units were seen in two arms.</summary>
    Crossover,

    /// <summary>A treatment is better than the control.</summary>
    Better,

    /// <summary>A treatment is worse than the control.</summary>
    Worse,

    /// <summary>The longest duration is over.</summary>
    MaxDuration,

    /// <summary>The planned sample is there.</summary>
    PlannedSample,

    /// <summary>An improvement of the size of the MDE is ruled out.</summary>
    MdeRuledOut,

    /// <summary>Nobody approved the promotion in time.</summary>
    ApprovalExpired,

    /// <summary>A promotion waits for a person.</summary>
    AwaitingApproval,

    /// <summary>This is no look that may decide.</summary>
    NotDue,

    /// <summary>The contract lets nothing be decided yet.</summary>
    TooEarly,

    /// <summary>The data are too few or too uneven for the test, or do not vary.</summary>
    TooFew,

    /// <summary>The interval reaches across what has to be shown.</summary>
    NoDifferenceYet,

    /// <summary>A guardrail that has to hold for a promotion does not yet.</summary>
    GuardrailUndecided,

    /// <summary>The ramp is not at its last step.</summary>
    Ramp,

    /// <summary>The policy lets nothing be promoted at this time.</summary>
    Blackout,

    /// <summary>Somebody changed the flag by hand, and nothing is promoted over that.</summary>
    FlagMoved,

    /// <summary>A person stopped it or took it back; the rule did not.</summary>
    ByPerson,
}
