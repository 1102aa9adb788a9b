using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>Writes a request with every default in its place, in the form that <see cref="RequestReader"/> reads.</summary>
internal static class RequestWriter
{
    public static void Write(Utf8JsonWriter to, ExperimentRequest request)
    {
        to.WriteStartObject();
        to.WriteString("domain", request.Domain);
        to.WriteString("slug", request.Slug);
        WriteArms(to, request.Arms);
        to.WriteString("hypothesis", request.Hypothesis);
        to.WriteString("primary_metric", request.PrimaryMetric);
        WriteTexts(to, "metrics", request.Metrics);
        WriteGuardrails(to, request.Guardrails);
        to.WriteNumber("mde", request.Mde);
        to.WriteString("mde_kind", RequestNames.Of(RequestNames.Differences, request.MdeKind));
        to.WriteNumber("max_duration_days", request.MaxDurationDays);
        to.WriteNumber("max_concurrent", request.MaxConcurrent);
        to.WriteString("population", request.Population);
        WriteTexts(to, "exposure_rules", request.ExposureRules);
        WriteAnalysis(to, request.Analysis);
        if (request.Baseline is { } baseline) WriteBaseline(to, baseline);
        if (request.BaselineDays is { } days) to.WriteNumber("baseline_days", days);
        if (request.WindowDays is { } window) to.WriteNumber("window_days", window);
        else to.WriteNull("window_days");
        to.WriteStartArray("ramp");
        foreach (var step in request.Ramp) to.WriteNumberValue(step);
        to.WriteEndArray();
        to.WriteStartObject("approval");
        to.WriteString("promote", RequestNames.Of(RequestNames.Promoters, request.Approval));
        to.WriteEndObject();
        to.WriteString("promote_when", RequestNames.Of(RequestNames.Promotions, request.PromoteWhen));
        to.WriteString("unit", request.Unit);
        WriteSchedule(to, request.Schedule);
        to.WriteEndObject();
    }

    public static void WriteBaseline(Utf8JsonWriter to, Baseline baseline)
    {
        to.WriteStartObject("baseline");
        to.WriteNumber("mean", baseline.Mean);
        to.WriteNumber("variance", baseline.Variance);
        to.WriteNumber("units_per_day", baseline.UnitsPerDay);
        to.WriteEndObject();
    }

    public static void WriteTexts(Utf8JsonWriter to, string name, IReadOnlyList<string> texts)
    {
        to.WriteStartArray(name);
        foreach (var text in texts) to.WriteStringValue(text);
        to.WriteEndArray();
    }

    private static void WriteArms(Utf8JsonWriter to, IReadOnlyList<Arm> arms)
    {
        to.WriteStartObject("treatment_spec");
        foreach (var arm in arms) Json.WriteMember(to, arm.Name, arm.Value);
        to.WriteEndObject();
        to.WriteStartObject("split");
        foreach (var arm in arms) to.WriteNumber(arm.Name, arm.Percent);
        to.WriteEndObject();
    }

    private static void WriteGuardrails(Utf8JsonWriter to, IReadOnlyList<Guardrail> guardrails)
    {
        to.WriteStartArray("guardrails");
        foreach (var guardrail in guardrails)
        {
            to.WriteStartObject();
            to.WriteString("name", guardrail.Metric);
            if (guardrail is Guardrail.Limit limit)
            {
                to.WriteNumber("threshold", limit.Threshold);
                to.WriteString("direction", RequestNames.Of(RequestNames.Directions, limit.Healthy));
                to.WriteBoolean("strict", limit.IsStrict);
            }
            else
            {
                to.WriteNumber("max_harm", ((Guardrail.Harm)guardrail).MaxHarm);
            }

            to.WriteEndObject();
        }

        to.WriteEndArray();
    }

    private static void WriteAnalysis(Utf8JsonWriter to, Analysis analysis)
    {
        to.WriteStartObject("analysis");
        to.WriteString("method", RequestNames.Of(RequestNames.Methods, analysis.Method));
        to.WriteNumber("alpha", analysis.Alpha);
        to.WriteNumber("power", analysis.Power);
        to.WriteNumber("min_days", analysis.MinDays);
        if (analysis.Method == AnalysisMethod.GroupSequential)
        {
            to.WriteString("spending", RequestNames.Of(RequestNames.Spendings, analysis.Spending));
            to.WriteNumber("looks", analysis.Looks);
        }

        to.WriteEndObject();
    }

    private static void WriteSchedule(Utf8JsonWriter to, Schedule schedule)
    {
        to.WriteNumber("guardrail_hours", schedule.GuardrailHours);
        to.WriteNumber("verdict_hours", schedule.VerdictHours);
        to.WriteNumber("ramp_hours", schedule.RampHours);
        to.WriteNumber("unmeasurable_hours", schedule.UnmeasurableHours);
        to.WriteNumber("approval_days", schedule.ApprovalDays);
        to.WriteNumber("lag_hours", schedule.LagHours);
    }
}
