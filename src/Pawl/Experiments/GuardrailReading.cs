using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>Judges the guardrails of one treatment by what a source answered.</summary>
/// <param name="contract">The contract.</param>
/// <param name="treatment">The treatment's place among the contract's arms, from 1.</param>
/// <param name="exposed">The units of that arm, for values that come without units of their own.</param>
/// <param name="wasBeyond">The strict guardrails that were beyond their limit at the look before.</param>
internal sealed class GuardrailReading(Contract contract, int treatment, long exposed, IReadOnlyList<string> wasBeyond)
{
    private readonly string _arm = contract.Request.Arms[treatment].Name;

    /// <summary>The strict guardrails that are beyond their limit now, as <see cref="Experiment.Beyond"/> names them.</summary>
    public List<string> Beyond { get; } = [];

    public GuardrailResult Judge(Guardrail guardrail, MetricResult answer) => (guardrail, answer) switch
    {
        (Guardrail.Limit { IsStrict: true } limit, MetricResult.Unmeasured) => Kept(limit, Reason.NoUnits),
        (_, MetricResult.Unmeasured { Fault: MetricFault.NoRows }) => new GuardrailResult.Undecided(Reason.NoUnits),
        (Guardrail.Harm harm, MetricResult.Measured measured) => Harm(harm, measured.Arms[0].Statistics, measured.Arms[treatment].Statistics),
        (Guardrail.Limit { IsStrict: true } limit, MetricResult.Measured measured) => Strict(limit, measured.Arms[treatment].Statistics),
        (Guardrail.Limit limit, MetricResult.Measured measured) => Limit(limit, measured.Arms[treatment]),
        // A number that a source computed itself has no variance: it is always judged strictly, by the units that were exposed.
        (Guardrail.Limit limit, MetricResult.Point point) => point.Arms[treatment].Value is { } value ? Strict(limit, value, exposed) : Kept(limit, Reason.NoUnits),
        _ => throw new ArgumentException($"The guardrail on {guardrail.Metric} cannot be judged by a {answer.GetType().Name}.", nameof(answer)),
    };

    private GuardrailResult Harm(Guardrail.Harm harm, ArmStatistics control, ArmStatistics arm) =>
        new HarmGuardrail(contract.Metric(harm.Metric).Better, harm.MaxHarm, new SequentialTest(contract.Request.Analysis.Alpha, contract.Terms.Plan.OfPair(treatment))).Judge(control, arm);

    // What is tested is an excess per unit. People read a ratio as the ratio, and of a quantile the share of the values above the limit.
    private static GuardrailResult Shown(GuardrailResult result, Func<double, double> scale) => result switch
    {
        GuardrailResult.Holds(var estimate, var bound) => new GuardrailResult.Holds(scale(estimate), scale(bound)),
        GuardrailResult.Breached(var estimate, var bound) => new GuardrailResult.Breached(scale(estimate), scale(bound)),
        _ => result,
    };

    private GuardrailResult Strict(Guardrail.Limit limit, ArmStatistics arm) => arm.Value is { } value
        ? Strict(limit, value, arm is QuantileStatistics quantile ? quantile.Clusters : arm.Units)
        : Kept(limit, arm.Measure(out _) ?? Reason.NotFinite);

    // What cannot be read now takes nothing back of what was read before.
    private GuardrailResult.Undecided Kept(Guardrail.Limit limit, Reason reason)
    {
        if (wasBeyond.Contains(Name(limit), StringComparer.Ordinal)) Beyond.Add(Name(limit));
        return new GuardrailResult.Undecided(reason);
    }

    private string Name(Guardrail limit) => $"{limit.Metric}/{_arm}";

    private GuardrailResult Strict(Guardrail.Limit limit, double value, long units)
    {
        if (!double.IsFinite(value)) return Kept(limit, Reason.NotFinite);
        var (guardrail, name) = (new StrictGuardrail(limit.Healthy, limit.Threshold), Name(limit));
        if (guardrail.IsBeyond(value, units)) Beyond.Add(name);
        return guardrail.Judge(value, units, wasBeyond.Contains(name, StringComparer.Ordinal));
    }

    private GuardrailResult Limit(Guardrail.Limit limit, ArmReading arm)
    {
        var guardrail = new AbsoluteGuardrail(limit.Healthy, limit.Threshold, new SequentialTest(contract.Request.Analysis.Alpha, contract.Terms.Plan.Units[treatment]));
        return arm.Statistics switch
        {
            MeanStatistics mean => guardrail.Judge(mean),
            ProportionStatistics proportion => guardrail.Judge(proportion),
            RatioStatistics ratio => Shown(guardrail.Judge(ratio), excess => limit.Threshold + (excess * ratio.Units / ratio.DenominatorSum)),
            // A limit is on the metric as people read it, without the covariate.
            CupedStatistics cuped => guardrail.Judge(new MeanStatistics { Units = cuped.Units, Sum = cuped.PostSum, SumOfSquares = cuped.PostSumOfSquares, Shape = cuped.Shape }),
            QuantileStatistics quantile when arm.Excess is { } excess =>
                Shown(guardrail.JudgeQuantile(excess.PerUnit, excess.Above), perUnit => 1 - quantile.Level + (perUnit * excess.PerUnit.Units / quantile.CountSum)),
            var other => throw new InvalidOperationException($"A limit cannot be judged by {other.GetType().Name} without what exceeds it."),
        };
    }
}
