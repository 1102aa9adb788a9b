using Pawl.Experiments.Dashboard;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>What the primary metric of a look says, and whether the end has come. Improvements are above zero whichever side of the metric is better.</summary>
internal sealed class PrimaryVerdict
{
    private readonly Contract _contract;
    private readonly Look _look;
    private readonly List<ArmImprovement> _arms;
    private readonly bool _isEarly;
    private readonly bool _isPlanReached;

    public PrimaryVerdict(Contract contract, Look look)
    {
        (_contract, _look) = (contract, look);
        var request = contract.Request;
        _isEarly = look.ElapsedHours < request.Analysis.MinDays * 24;
        _isPlanReached = look.Arms.Sum(arm => arm.Units) >= contract.Terms.Plan.Total;
        // A test for one look says nothing at any other.
        var mayTest = look.MayDecide && !_isEarly && (request.Analysis.Method != AnalysisMethod.Fixed || _isPlanReached);
        var treatments = request.Treatments.Select(arm => look.Arms.FirstOrDefault(a => a.Name == arm.Name)).OfType<ArmLook>().ToList();
        var adjusted = Holm.Adjust([.. treatments.Select(arm => arm.Primary is { Readiness: Readiness.Ready, Result: TwoSidedResult.Tested tested } ? tested.P : 1)]);
        _arms = [.. treatments.Select((arm, i) => ArmImprovement.Of(contract, arm, adjusted[i], mayTest))];
    }

    public bool IsLastStep => _look.Ramp.Step >= _contract.Request.Ramp.Count - 1;

    public bool IsOver => _look.ElapsedHours >= _contract.Request.MaxDurationDays * 24;

    /// <summary>The next step of the ramp, if it is time for it.</summary>
    public int? Widened => !IsLastStep && _look.Ramp.Hours >= _contract.Request.Schedule.RampHours && (_look.Ramp.ReadyLooks > 0 || _arms.All(arm => arm.IsReady))
        ? _look.Ramp.Step + 1
        : null;

    /// <summary>The arm that improves most among those that are better and harm no guardrail.</summary>
    public VerdictReason? Winner => _arms.Where(arm => arm.IsBetter && arm.HarmUndecided is null).MaxBy(arm => arm.Estimate) is { } best
        ? new VerdictReason(VerdictCode.Better, $"{best.Name} improves {Metric} by {VerdictRule.Shown(best.Estimate)} ({best.Interval})", best.Name, Metric)
        : null;

    public bool IsWorse => _arms.Count > 0 && _arms.All(arm => arm.Upper < 0);

    public IReadOnlyList<VerdictReason> Worse =>
        [.. _arms.Select(arm => new VerdictReason(VerdictCode.Worse, $"{arm.Name} makes {Metric} worse: an improvement of {VerdictRule.Shown(arm.Estimate)} ({arm.Interval})", arm.Name, Metric))];

    /// <summary>Why the end has come; empty: it has not.</summary>
    public IReadOnlyList<VerdictReason> End
    {
        get
        {
            var reasons = new List<VerdictReason>();
            if (IsOver) reasons.Add(new VerdictReason(VerdictCode.MaxDuration, $"the longest duration of {VerdictRule.Shown(_contract.Request.MaxDurationDays)} days is over"));
            if (_isPlanReached && !_isEarly) reasons.Add(new VerdictReason(VerdictCode.PlannedSample, $"the planned sample of {_contract.Terms.Plan.Total} units is there"));
            if (_arms.Count > 0 && _arms.All(arm => arm.Upper < _contract.Request.Mde))
                reasons.Add(new VerdictReason(VerdictCode.MdeRuledOut, $"no treatment improves {Metric} by {VerdictRule.Shown(_contract.Request.Mde)}", Metric: Metric));
            return reasons.Count > 0 ? [.. reasons, .. Undecided] : [];
        }
    }

    public IReadOnlyList<VerdictReason> Undecided => _isEarly
        ? [new VerdictReason(VerdictCode.TooEarly, $"nothing is decided before {VerdictRule.Shown(_contract.Request.Analysis.MinDays)} days are over")]
        : [.. _arms.Select(arm => arm.Undecided(Metric)).OfType<VerdictReason>()];

    private string Metric => _contract.Request.PrimaryMetric;
}

/// <summary>How much a treatment improves the primary metric; bounds are NaN where nothing may be said.</summary>
internal sealed record ArmImprovement(string Name, bool IsReady, double Estimate, double Lower, double Upper, bool IsBetter, VerdictReason? HarmUndecided, string? WhyNot)
{
    private const string WaitsForPlan = "its planned sample is not there yet";

    public string Interval => $"interval {VerdictRule.Shown(Lower)} to {VerdictRule.Shown(Upper)}";

    public static ArmImprovement Of(Contract contract, ArmLook arm, double adjustedP, bool mayTest)
    {
        var ready = arm.Primary?.Readiness is Readiness.Ready;
        if (!mayTest || arm.Primary is not { Readiness: Readiness.Ready, Result: TwoSidedResult.Tested result, Corrected: TwoSidedResult.Tested corrected })
            return new ArmImprovement(arm.Name, ready, double.NaN, double.NaN, double.NaN, false, null, mayTest ? Unready(arm.Primary) : WaitsForPlan);
        var isHigherBetter = contract.Primary.Better == Side.Greater;
        var (lower, upper) = isHigherBetter ? (corrected.Lower, corrected.Upper) : (-corrected.Upper, -corrected.Lower);
        var estimate = isHigherBetter ? result.Estimate : -result.Estimate;
        // One treatment: the interval says it. Several: Holm's p-values find more than the intervals at α/m do.
        var isBetter = contract.Request.Arms.Count == 2 ? lower > 0 : adjustedP < contract.Request.Analysis.Alpha && estimate > 0;
        if (contract.Request.PromoteWhen == PromoteWhen.SuperiorByMde) isBetter &= lower > contract.Request.Mde;
        return new ArmImprovement(arm.Name, ready, estimate, lower, upper, isBetter, Harm(contract, arm), null);
    }

    public VerdictReason? Undecided(string metric)
    {
        if (WhyNot is not null) return new VerdictReason(WhyNot == WaitsForPlan ? VerdictCode.TooEarly : VerdictCode.TooFew, $"{metric} of {Name}: {WhyNot}", Name, metric);
        if (IsBetter && HarmUndecided is not null) return HarmUndecided;
        return new VerdictReason(VerdictCode.NoDifferenceYet, $"the improvement of {metric} by {Name} is {VerdictRule.Shown(Estimate)} ({Interval})", Name, metric);
    }

    // What is not known to hold does not hold. Of an absolute limit it is enough that it was read and is not breached; a strict one that is beyond once is not in order.
    private static VerdictReason? Harm(Contract contract, ArmLook arm) => contract.Request.Guardrails
        .Where(guardrail => !IsInOrder(guardrail, arm.Guardrails.FirstOrDefault(g => g.Guardrail == guardrail)?.Result))
        .Select(guardrail => new VerdictReason(
            VerdictCode.GuardrailUndecided,
            guardrail is Guardrail.Harm harm
                ? $"{arm.Name} is better, but that {harm.Metric} is harmed by at most {VerdictRule.Shown(harm.MaxHarm)} is not shown yet"
                : $"{arm.Name} is better, but that {guardrail.Metric} is within its limit is not known yet",
            arm.Name, guardrail.Metric))
        .FirstOrDefault();

    private static bool IsInOrder(Guardrail guardrail, GuardrailResult? result) => guardrail switch
    {
        Guardrail.Harm => result is GuardrailResult.Holds,
        Guardrail.Limit { IsStrict: true } => result is GuardrailResult.Holds or GuardrailResult.Undecided { Reason: Reason.TooFewUnits },
        _ => result is not null and not GuardrailResult.Undecided { Reason: Reason.NoUnits },
    };

    private static string Unready(PrimaryLook? primary) => primary switch
    {
        { Readiness: Readiness.Undecided { Reason: var reason } } => Words.Of(reason),
        { Result: TwoSidedResult.Untested { Reason: var reason } } => Words.Of(reason),
        { Corrected: TwoSidedResult.Untested { Reason: var reason } } => Words.Of(reason),
        _ => Words.Of(Reason.NoUnits),
    };
}
