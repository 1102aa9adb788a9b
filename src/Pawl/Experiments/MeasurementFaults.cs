using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>What a look does not say although it should. Too few data, or data that do not vary, are no fault: zero defects is good news.</summary>
internal static class MeasurementFaults
{
    public static IEnumerable<VerdictReason> Of(Contract contract, Look look)
    {
        foreach (var fault in look.Faults) yield return Fault(fault);
        if (look.Split is SplitResult.Untested { Reason: var split } && IsFault(split)) yield return Fault($"the split could not be tested: {split}");
        if (look.Faults.Count > 0) yield break; // what is missing besides is missing because of them
        var emptyFor = look.ElapsedHours - ((contract.Request.WindowDays ?? 0) * 24) - contract.Request.Schedule.LagHours;
        foreach (var arm in contract.Request.Arms)
        {
            if (look.Arms.FirstOrDefault(a => a.Name == arm.Name) is not { } seen)
            {
                yield return Fault($"there is no answer for {arm.Name}", arm.Name);
                continue;
            }

            if (seen.Units <= 0 && emptyFor >= VerdictRule.EmptyArmHours) yield return Fault($"{arm.Name} has no units {VerdictRule.Shown(look.ElapsedHours)} hours after the start", arm.Name);
            if (arm.Name == ExperimentRequest.ControlName) continue;
            foreach (var fault in OfPrimary(contract, look, seen).Concat(OfGuardrails(contract, look, seen))) yield return fault;
        }
    }

    private static IEnumerable<VerdictReason> OfPrimary(Contract contract, Look look, ArmLook arm)
    {
        var metric = contract.Request.PrimaryMetric;
        if (arm.Primary is not { } primary)
        {
            if (look.MayDecide) yield return Fault($"there is no answer for {metric} of {arm.Name}", arm.Name, metric);
            yield break;
        }

        Reason?[] reasons = [(primary.Readiness as Readiness.Undecided)?.Reason, (primary.Result as TwoSidedResult.Untested)?.Reason, (primary.Corrected as TwoSidedResult.Untested)?.Reason];
        if (reasons.FirstOrDefault(reason => reason is { } r && IsFault(r)) is { } fault) yield return Fault($"{metric} of {arm.Name} is {fault}", arm.Name, metric);
    }

    private static IEnumerable<VerdictReason> OfGuardrails(Contract contract, Look look, ArmLook arm)
    {
        var mayBeEmpty = look.ElapsedHours - contract.Request.Schedule.LagHours < VerdictRule.EmptyArmHours;
        foreach (var guardrail in contract.Request.Guardrails)
        {
            var result = arm.Guardrails.FirstOrDefault(g => g.Guardrail == guardrail)?.Result;
            if (result is null) yield return Fault($"there is no answer for the guardrail {guardrail.Metric} of {arm.Name}", arm.Name, guardrail.Metric);
            else if (result is GuardrailResult.Undecided { Reason: Reason.NoUnits } && !mayBeEmpty) yield return Fault($"the guardrail {guardrail.Metric} of {arm.Name} has no rows {VerdictRule.Shown(look.ElapsedHours)} hours after the start", arm.Name, guardrail.Metric);
            else if (result is GuardrailResult.Undecided { Reason: { } reason } && IsFault(reason)) yield return Fault($"the guardrail {guardrail.Metric} of {arm.Name} is {reason}", arm.Name, guardrail.Metric);
        }
    }

    private static bool IsFault(Reason reason) => reason is Reason.NotFinite or Reason.Inconsistent or Reason.ShapeUnknown;

    private static VerdictReason Fault(string text, string? arm = null, string? metric = null) => new(VerdictCode.CannotMeasure, text, arm, metric);
}
