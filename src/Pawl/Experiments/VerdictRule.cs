using System.Globalization;
using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>
/// The rule that every contract registers: a pure function of the contract and one look. In this order, and the first that applies counts: a breached
/// guardrail, what cannot be measured, a broken split, a promotion that waits for a person, the primary metric, the end. What is missing never counts as good.
/// </summary>
public static class VerdictRule
{
    /// <summary>The version of this rule, part of every contract.</summary>
    public const string Version = "verdict.v1";

    /// <summary>The largest share of units seen in two arms.</summary>
    public const double CrossoverMax = 0.01;

    /// <summary>Hours after which an arm without units is a fault; a window and a lag come on top.</summary>
    public const double EmptyArmHours = 24;

    /// <summary>The verdict on a look.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="look">The look.</param>
    /// <exception cref="ArgumentException">A time of the look is not finite, or the contract was made for another rule.</exception>
    public static Verdict Judge(Contract contract, Look look)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(look);
        if (contract.Terms.Rule != Version) throw new ArgumentException($"The contract {contract.Id} is decided by {contract.Terms.Rule}, not by {Version}.", nameof(contract));
        if (!double.IsFinite(look.ElapsedHours + (look.UnmeasuredSinceHours ?? 0) + look.Ramp.Hours)) throw new ArgumentException("The times of a look must be finite.", nameof(look));
        return Breached(contract, look) ?? Unmeasured(contract, look) ?? BrokenSplit(look) ?? Latched(contract, look) ?? Primary(contract, look);
    }

    private static Verdict.GuardrailStop? Breached(Contract contract, Look look)
    {
        VerdictReason[] breaches = [.. from arm in look.Arms
                                       from guardrail in arm.Guardrails
                                       where guardrail.Result is GuardrailResult.Breached
                                       let breach = (GuardrailResult.Breached)guardrail.Result
                                       select new VerdictReason(VerdictCode.GuardrailBreached, Breach(contract, arm.Name, guardrail.Guardrail, breach), arm.Name, guardrail.Guardrail.Metric)];
        return breaches.Length > 0 ? new Verdict.GuardrailStop(breaches) : null;
    }

    private static Verdict? Unmeasured(Contract contract, Look look)
    {
        VerdictReason[] faults = [.. MeasurementFaults.Of(contract, look)];
        if (faults.Length == 0) return null;
        // One look that fails is no streak: it holds, however long ago the one before was.
        var hours = look.UnmeasuredSinceHours is { } since ? look.ElapsedHours - since : 0;
        return hours >= contract.Request.Schedule.UnmeasurableHours
            ? new Verdict.Rollback([new VerdictReason(VerdictCode.Unmeasurable, $"nothing could be said for {Shown(hours)} hours"), .. faults])
            : new Verdict.Running(faults, Awaiting: look.Latch?.Arm);
    }

    private static Verdict.Rollback? BrokenSplit(Look look)
    {
        var reasons = new List<VerdictReason>();
        if (look.Split is SplitResult.Tested { IsMismatch: true } split)
            reasons.Add(new VerdictReason(VerdictCode.SampleRatioMismatch, $"the units did not arrive in the shares agreed on (p = {Shown(split.P)})"));
        // Below that many units a single crossover would be more than the share allowed.
        if (look.Exposed >= Readiness.UnitsMin && look.Crossovers > CrossoverMax * look.Exposed)
            reasons.Add(new VerdictReason(VerdictCode.Crossover, $"{Shown(look.Crossovers)} of {Shown(look.Exposed)} units were seen in two arms"));
        return reasons.Count > 0 ? new Verdict.Rollback(reasons) : null;
    }

    private static Verdict? Latched(Contract contract, Look look)
    {
        if (look.Latch is not { } latch) return null;
        if (latch.ApprovedBy is { } by) return new Verdict.Promote(latch.Arm, [new VerdictReason(VerdictCode.Better, $"the promotion of {latch.Arm} was {(by == Version ? "decided before, and was held" : "approved by " + by)}", latch.Arm, contract.Request.PrimaryMetric)]);
        return look.ElapsedHours - latch.AtHours >= contract.Request.Schedule.ApprovalDays * 24
            ? new Verdict.Inconclusive([new VerdictReason(VerdictCode.ApprovalExpired, $"nobody approved the promotion of {latch.Arm} within {Shown(contract.Request.Schedule.ApprovalDays)} days", latch.Arm)])
            : new Verdict.Running([Awaited(latch.Arm)], Awaiting: latch.Arm);
    }

    private static Verdict Primary(Contract contract, Look look)
    {
        var primary = new PrimaryVerdict(contract, look);
        if (!look.MayDecide) return new Verdict.Running([new VerdictReason(VerdictCode.NotDue, "this look is at the guardrails only")], primary.Widened);
        if (primary.Winner is { } winner) return Promoted(contract, primary, winner);
        if (primary.IsWorse) return new Verdict.Rollback(primary.Worse);
        return primary.End.Count > 0 ? new Verdict.Inconclusive(primary.End) : new Verdict.Running(primary.Undecided, primary.Widened);
    }

    private static Verdict Promoted(Contract contract, PrimaryVerdict primary, VerdictReason winner)
    {
        var arm = winner.Arm!;
        if (!primary.IsLastStep)
        {
            return primary.IsOver
                ? new Verdict.Inconclusive(primary.End)
                : new Verdict.Running([new VerdictReason(VerdictCode.Ramp, $"{arm} is better, and only the last step of the ramp may promote it", arm), winner], primary.Widened);
        }

        return contract.Terms.Approval == PromotedBy.Human
            ? new Verdict.Running([Awaited(arm), winner], Awaiting: arm)
            : new Verdict.Promote(arm, [winner]);
    }

    private static VerdictReason Awaited(string arm) => new(VerdictCode.AwaitingApproval, $"a person has to approve the promotion of {arm}", arm);

    private static string Breach(Contract contract, string arm, Guardrail guardrail, GuardrailResult.Breached breach) => guardrail switch
    {
        Guardrail.Limit { IsStrict: false } limit when contract.Metric(guardrail.Metric).Kind == MetricKind.Quantile =>
            $"{Shown(breach.Estimate * 100)}% of the values of {guardrail.Metric} of {arm} are above {Shown(limit.Threshold)}, with the bound at {Shown(breach.Bound * 100)}%, beyond what {Limit(guardrail)} allows",
        _ => $"{guardrail.Metric} of {arm} is at {Shown(breach.Estimate)}, its bound {Shown(breach.Bound)} beyond {Limit(guardrail)}",
    };

    private static string Limit(Guardrail guardrail) => guardrail switch
    {
        Guardrail.Limit limit => $"the limit {Shown(limit.Threshold)} (healthy: {RequestNames.Of(RequestNames.Directions, limit.Healthy)})",
        Guardrail.Harm harm => $"the margin of {Shown(harm.MaxHarm)} of the control's value",
        _ => throw new ArgumentException($"There is no guardrail {guardrail.GetType().Name}.", nameof(guardrail)),
    };

    internal static string Shown(double number) => number.ToString("G6", CultureInfo.InvariantCulture);
}
