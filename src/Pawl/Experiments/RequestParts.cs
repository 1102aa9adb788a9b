using System.Text.Json;
using Pawl.Flags;
using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>Reads the parts of a request that have members of their own.</summary>
internal static class RequestParts
{
    // A split written by people, such as 33.3334 + 33.3333 + 33.3333, is a sum of rounded doubles.
    private const double PercentTolerance = 1e-6;

    public static IReadOnlyList<Arm> Arms(JsonElement value)
    {
        var arms = new List<Arm>();
        JsonShape.Members(value, (name, served) =>
        {
            if (FlagJson.NameFault(name) is { } fault) throw new JsonShapeException(fault);
            if (served.ValueKind == JsonValueKind.Null) throw new JsonShapeException($"the arm has no value; say what the flag serves, such as {name}: {{prompt: assistant-v7}}");
            arms.Add(new Arm(name, served.Clone(), 0));
        });
        if (arms.Count is < 2 or > Limits.ExperimentArms) throw new JsonShapeException($"expected 2 to {Limits.ExperimentArms} arms, found {arms.Count}");
        if (arms.All(arm => arm.Name != ExperimentRequest.ControlName)) throw new JsonShapeException($"no arm is called {ExperimentRequest.ControlName}; it is what the others are compared with");
        return [.. arms.OrderBy(arm => arm.Name != ExperimentRequest.ControlName).ThenBy(arm => arm.Name, StringComparer.Ordinal)];
    }

    public static List<Arm> Split(JsonElement value, IReadOnlyList<Arm> arms)
    {
        if (value.ValueKind == JsonValueKind.Undefined) return [.. arms.Select(arm => arm with { Percent = 100.0 / arms.Count })];
        var percents = new Dictionary<string, double>(StringComparer.Ordinal);
        JsonShape.Members(value, (name, percent) =>
        {
            if (arms.All(arm => arm.Name != name)) throw new JsonShapeException($"treatment_spec has no such arm; it has {string.Join(", ", arms.Select(arm => arm.Name))}");
            percents[name] = RequestShape.Positive(percent, 100);
        });
        if (arms.FirstOrDefault(arm => !percents.ContainsKey(arm.Name)) is { } left) throw new JsonShapeException($"the arm {left.Name} has no share");
        var sum = percents.Values.Sum();
        return Math.Abs(sum - 100) <= PercentTolerance
            ? [.. arms.Select(arm => arm with { Percent = percents[arm.Name] })]
            : throw new JsonShapeException($"the shares add to {RequestShape.Shown(sum)}, not to 100 percent");
    }

    public static List<Guardrail> Guardrails(JsonElement value, Func<JsonElement, string> metric)
    {
        var guardrails = JsonShape.List(value, item => Guardrail(item, metric));
        if (guardrails.Count > Limits.ExperimentMetrics) throw new JsonShapeException($"expected at most {Limits.ExperimentMetrics} guardrails, found {guardrails.Count}");
        foreach (var (i, guardrail) in guardrails.Index())
        {
            if (guardrails.Take(i).Any(other => other.Metric == guardrail.Metric && other.GetType() == guardrail.GetType()))
                throw new JsonShapeException($"a second guardrail of this kind on {guardrail.Metric}").Inside(i);
        }

        return guardrails;
    }

    public static List<string> ExposureRules(JsonElement value)
    {
        var rules = JsonShape.List(value, JsonShape.Text);
        try
        {
            _ = ExposureRule.CompileAll(rules);
            return rules;
        }
        catch (BadInputException e)
        {
            throw new JsonShapeException(e.Message);
        }
    }

    public static Analysis Analysis(JsonElement value)
    {
        var analysis = new Analysis();
        var ofGroups = new List<string>();
        RequestShape.Given(value, (name, member) =>
        {
            if (name is "spending" or "looks") ofGroups.Add(name);
            analysis = name switch
            {
                "method" => analysis with { Method = RequestShape.OneOf(member, RequestNames.Methods) },
                "alpha" => analysis with { Alpha = RequestShape.Between(member, 1e-6, 0.5 - 1e-6, "a number from 0.000001 to below 0.5") },
                "power" => analysis with { Power = RequestShape.Between(member, 0.5, 0.999999, "a number from 0.5 to below 1") },
                "min_days" => analysis with { MinDays = RequestShape.Between(member, 0, Limits.ExperimentDays, $"a number from 0 to {Limits.ExperimentDays}") },
                "spending" => analysis with { Spending = RequestShape.OneOf(member, RequestNames.Spendings) },
                "looks" => analysis with { Looks = RequestShape.Whole(member, 1, 100) },
                _ => throw RequestShape.Unknown("an analysis", "method, alpha, power, min_days, spending, looks"),
            };
        });
        return ofGroups.Count > 0 && analysis.Method != AnalysisMethod.GroupSequential
            ? throw new JsonShapeException($"{ofGroups[0]} belongs to method: group_sequential")
            : analysis;
    }

    public static Baseline Baseline(JsonElement value, MetricKind kind)
    {
        double? mean = null, variance = null, unitsPerDay = null;
        RequestShape.Given(value, (name, member) =>
        {
            switch (name)
            {
                case "mean": mean = RequestShape.Finite(member); break;
                case "variance": variance = RequestShape.Positive(member); break;
                case "units_per_day": unitsPerDay = RequestShape.Positive(member); break;
                default: throw RequestShape.Unknown("a baseline", "mean, variance, units_per_day");
            }
        });
        if (kind == MetricKind.Proportion && mean is { } share)
        {
            if (share is not (> 0 and < 1)) throw new JsonShapeException($"expected a number between 0 and 1 for a proportion, found {RequestShape.Shown(share)}").Inside("mean");
            variance ??= share * (1 - share);
        }

        return mean is { } m && variance is { } v && unitsPerDay is { } u
            ? new Baseline(m, v, u)
            : throw new JsonShapeException($"{(mean is null ? "mean" : variance is null ? "variance" : "units_per_day")} is missing; a baseline looks like {{mean: 0.62, variance: 0.2356, units_per_day: 4000}}");
    }

    public static List<double> Ramp(JsonElement value)
    {
        var steps = JsonShape.List(value, step => RequestShape.Positive(step, 100));
        if (steps.Count is 0 or > Limits.RampSteps) throw new JsonShapeException($"expected 1 to {Limits.RampSteps} steps, found {steps.Count}");
        for (var i = 1; i < steps.Count; i++)
        {
            if (steps[i] <= steps[i - 1]) throw new JsonShapeException($"a ramp only widens, and {RequestShape.Shown(steps[i])} comes after {RequestShape.Shown(steps[i - 1])}").Inside(i);
        }

        return steps;
    }

    public static PromotedBy Approval(JsonElement value)
    {
        var approval = PromotedBy.Rule;
        RequestShape.Given(value, (name, member) => approval = name == "promote"
            ? RequestShape.OneOf(member, RequestNames.Promoters)
            : throw RequestShape.Unknown("an approval", "promote"));
        return approval;
    }

    /// <summary>What takes time has to fit into the longest duration.</summary>
    public static void ExpectTimeForAll(ExperimentRequest request)
    {
        var days = request.MaxDurationDays;
        (string Field, double Days)[] needs =
        [
            ("analysis.min_days", request.Analysis.MinDays), ("window_days", request.WindowDays ?? 0),
            ("ramp", (request.Ramp.Count - 1) * request.Schedule.RampHours / 24), ("verdict_hours", request.Schedule.VerdictHours / 24), ("lag_hours", request.Schedule.LagHours / 24),
        ];
        foreach (var (field, needed) in needs)
        {
            if (needed > days || (needed == days && field != "verdict_hours" && field != "analysis.min_days"))
                throw new JsonShapeException($"it takes {RequestShape.Shown(needed)} days, and max_duration_days is {RequestShape.Shown(days)}: nothing could be decided").Inside(field);
        }
    }

    private static Guardrail Guardrail(JsonElement value, Func<JsonElement, string> metric)
    {
        string? of = null;
        double? threshold = null, maxHarm = null;
        Side? healthy = null;
        var strict = false;
        RequestShape.Given(value, (name, member) =>
        {
            switch (name)
            {
                case "name": of = metric(member); break;
                case "threshold": threshold = RequestShape.Finite(member); break;
                case "direction": healthy = RequestShape.OneOf(member, RequestNames.Directions); break;
                case "max_harm": maxHarm = RequestShape.Positive(member); break;
                case "strict": strict = JsonShape.Flag(member); break;
                default: throw RequestShape.Unknown("a guardrail", "name, and threshold with direction (and strict), or max_harm");
            }
        });
        if (of is null) throw new JsonShapeException("the guardrail has no name; it is that of a metric");
        if (threshold is null == maxHarm is null) throw new JsonShapeException("a guardrail has either a threshold with its direction, or max_harm");
        if (maxHarm is { } margin)
            return healthy is null && !strict ? new Guardrail.Harm(of, margin) : throw new JsonShapeException("direction and strict belong to a threshold; the direction of max_harm is that of the metric");
        return healthy is { } side
            ? new Guardrail.Limit(of, threshold!.Value, side, strict)
            : throw new JsonShapeException("the direction is missing; it is the healthy side: direction: \"<\" reads \"must stay below\"");
    }
}
