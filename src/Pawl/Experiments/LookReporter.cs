using System.Globalization;
using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>Writes down a look for people: every number that the verdict saw, and what was asked for it.</summary>
internal sealed class LookReporter(Experiment experiment, LookReader reader, IReadOnlyDictionary<QueryKey, MetricResult> answers)
{
    private readonly ExperimentRequest _request = experiment.Contract.Request;

    public LookReport Report(LookMoment moment, Verdict verdict, IReadOnlyList<string> restated) => new()
    {
        Number = experiment.Looks + 1,
        At = moment.At,
        Watermark = moment.Watermark,
        ElapsedHours = moment.ElapsedHours,
        MayDecide = moment.MayDecide,
        RampStep = experiment.RampStep,
        Coverage = _request.Ramp[experiment.RampStep],
        Arms = reader.Arms,
        SplitP = (reader.Look.Split as SplitResult.Tested)?.P,
        Metrics = [.. answers.OrderBy(answer => Order(answer.Key)).Select(answer => Metric(answer.Key, answer.Value)).OfType<LookMetric>().DistinctBy(metric => metric.Name, StringComparer.Ordinal)],
        Guardrails = [.. reader.Look.Arms.SelectMany(arm => arm.Guardrails.Select(guardrail => Guardrail(arm.Name, guardrail)))],
        Faults = reader.Faults,
        Restated = restated,
        Questions = [.. answers.Select(answer => Question(answer.Key.Metric, answer.Value.Provenance))],
        Verdict = verdict,
    };

    // The primary metric first, then as the request names them, then those that are guarded only.
    private int Order(QueryKey key)
    {
        if (key == LookQueries.Primary(experiment.Contract)) return -1;
        var at = _request.Metrics.ToList().IndexOf(key.Metric);
        return at < 0 ? int.MaxValue : at;
    }

    private LookMetric? Metric(QueryKey key, MetricResult answer)
    {
        var isPrimary = key == LookQueries.Primary(experiment.Contract);
        return answer switch
        {
            MetricResult.Measured measured => new LookMetric
            {
                Name = key.Metric,
                IsPrimary = isPrimary,
                Values = [.. measured.Arms.Select(arm => Finite(arm.Statistics.Value))],
                Effects = [.. Enumerable.Range(1, _request.Arms.Count - 1).Select(arm => isPrimary ? Primary(arm) : Shown(key.Metric, measured, arm))],
            },
            MetricResult.Point point => new LookMetric { Name = key.Metric, IsPrimary = isPrimary, Values = [.. point.Arms.Select(arm => Finite(arm.Value))] },
            _ => null,
        };
    }

    // As the rule saw it.
    private LookEffect Primary(int treatment)
    {
        var arm = reader.Look.Arms[treatment];
        var effect = new LookEffect { Arm = arm.Name, Difference = _request.MdeKind };
        return arm.Primary switch
        {
            { Readiness: Readiness.Undecided { Reason: var reason }, Result: var untested } => effect with { Reason = reason, Estimate = (untested as TwoSidedResult.Tested)?.Estimate },
            { Result: TwoSidedResult.Tested result, Corrected: TwoSidedResult.Tested corrected } => effect with { Estimate = result.Estimate, Lower = corrected.Lower, Upper = corrected.Upper, P = result.P },
            { Result: TwoSidedResult.Untested { Reason: var reason } } => effect with { Reason = reason },
            _ => effect with { Reason = Reason.NoUnits },
        };
    }

    // Metrics that decide nothing are shown with the interval that holds at every look.
    private LookEffect Shown(string metric, MetricResult.Measured measured, int treatment)
    {
        var (control, arm) = (measured.Arms[0].Statistics, measured.Arms[treatment].Statistics);
        var difference = _request.Guardrails.OfType<Guardrail.Harm>().Any(harm => harm.Metric == metric) ? Difference.Relative : _request.MdeKind;
        var shown = new LookEffect { Arm = _request.Arms[treatment].Name, Difference = difference };
        var effect = Effect.Between(control, arm, difference);
        if (effect is not Effect.Measured tested) return shown with { Reason = ((Effect.Unmeasured)effect).Reason };
        if (Readiness.Of(control, arm, difference) is Readiness.Undecided { Reason: var unready }) return shown with { Estimate = tested.Estimate, Reason = unready };
        var test = new SequentialTest(_request.Analysis.Alpha, experiment.Contract.Terms.Plan.OfPair(treatment));
        return test.TwoSided(effect, _request.Analysis.Alpha / (_request.Arms.Count - 1)) is TwoSidedResult.Tested result
            ? shown with { Estimate = result.Estimate, Lower = result.Lower, Upper = result.Upper, P = result.P }
            : shown with { Estimate = tested.Estimate, Reason = Reason.NotFinite };
    }

    private static LookGuardrail Guardrail(string arm, GuardrailLook look)
    {
        var (demand, threshold) = look.Guardrail switch
        {
            Experiments.Guardrail.Limit limit => ($"{RequestNames.Of(RequestNames.Directions, limit.Healthy)} {Shown(limit.Threshold)}{(limit.IsStrict ? ", strict" : "")}", limit.Threshold),
            Experiments.Guardrail.Harm harm => ($"harm at most {Shown(harm.MaxHarm)} of control", harm.MaxHarm),
            _ => throw new InvalidOperationException($"There is no guardrail {look.Guardrail.GetType().Name}."),
        };
        var shown = new LookGuardrail { Metric = look.Guardrail.Metric, Arm = arm, Demand = demand, Threshold = threshold, Standing = GuardrailStanding.Undecided };
        return look.Result switch
        {
            GuardrailResult.Holds(var estimate, var bound) => shown with { Standing = GuardrailStanding.Holds, Estimate = Finite(estimate), Bound = Finite(bound) },
            GuardrailResult.Breached(var estimate, var bound) => shown with { Standing = GuardrailStanding.Breached, Estimate = Finite(estimate), Bound = Finite(bound) },
            GuardrailResult.Undecided(var reason) => shown with { Reason = reason },
            _ => shown,
        };
    }

    private static LookQuestion Question(string metric, MetricProvenance asked) => new(metric, asked.Source, asked.Statement, asked.Parameters, asked.AskedAt, asked.Took.TotalMilliseconds);

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static string Shown(double number) => number.ToString("G6", CultureInfo.InvariantCulture);
}
