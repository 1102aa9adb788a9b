using Pawl.Statistics;

namespace Pawl.Experiments.Dashboard;

/// <summary>States, methods and reasons in words.</summary>
internal static class Words
{
    /// <summary>A state in two or three words.</summary>
    public static string Short(string state) => state switch
    {
        "starting" => "Starting",
        "running" => "Running",
        "ending" => "Ending",
        "guardrail_stop" => "Stopped by a guardrail",
        "promote" => "Promoted",
        "rollback" => "Rolled back",
        "inconclusive" => "Inconclusive",
        _ => state,
    };

    public static string Of(Reason reason) => reason switch
    {
        Reason.NoUnits => "an arm has no units yet",
        Reason.TooFewUnits => "too few units for the test",
        Reason.TooFewEvents => "too few units with a value other than zero, or too few without",
        Reason.TooSkewed => "the values are too skewed, or the arms too unequal, for the test to keep its promise",
        Reason.ShapeUnknown => "the source did not return what is needed to know whether the test may be used",
        Reason.ZeroVariance => "the values of an arm do not differ",
        Reason.ControlMeanNearZero => "the control’s mean is too close to zero for a relative effect",
        Reason.DenominatorNearZero => "the ratio’s denominator is too close to zero",
        Reason.NotFinite => "a number is not finite",
        Reason.Inconsistent => "the numbers contradict each other",
        Reason.InformationNotIncreasing => "the look adds nothing to the one before it",
        Reason.AlphaSpent => "an earlier look spent the last of α",
        Reason.NoEffectToDetect => "the effect to plan for is zero",
        _ => throw new InvalidOperationException($"There is no reason {reason}."),
    };

    /// <summary>A reason's code as a heading in front of its text.</summary>
    public static string Of(VerdictCode code) => code switch
    {
        VerdictCode.GuardrailBreached => "Guardrail breached",
        VerdictCode.CannotMeasure => "Cannot be measured",
        VerdictCode.Unmeasurable => "Not measurable for too long",
        VerdictCode.SampleRatioMismatch => "Sample ratio mismatch",
        VerdictCode.Crossover => "Crossovers",
        VerdictCode.Better => "Better",
        VerdictCode.Worse => "Worse",
        VerdictCode.MaxDuration => "Longest duration over",
        VerdictCode.PlannedSample => "Planned sample reached",
        VerdictCode.MdeRuledOut => "MDE ruled out",
        VerdictCode.ApprovalExpired => "Approval expired",
        VerdictCode.AwaitingApproval => "Awaiting approval",
        VerdictCode.NotDue => "Guardrails only",
        VerdictCode.TooEarly => "Too early",
        VerdictCode.TooFew => "Too few data",
        VerdictCode.NoDifferenceYet => "No difference yet",
        VerdictCode.GuardrailUndecided => "Guardrail undecided",
        VerdictCode.Ramp => "Ramp not at its last step",
        VerdictCode.Blackout => "Promotion held by the policy",
        VerdictCode.FlagMoved => "Flag changed by hand",
        VerdictCode.ByPerson => "By a person",
        _ => throw new InvalidOperationException($"There is no reason {code}."),
    };

    public static string Of(AnalysisMethod method) => method switch
    {
        AnalysisMethod.Sequential => "sequential: valid at every look, however many there are",
        AnalysisMethod.GroupSequential => "group sequential: valid at the looks that were planned",
        _ => "fixed: valid once, at the planned sample",
    };
}
