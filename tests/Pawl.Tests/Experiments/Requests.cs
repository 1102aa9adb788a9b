using System.Text;
using Pawl.Experiments;
using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Tests.Experiments;

/// <summary>Requests as the tests write them, and the metrics that have a definition.</summary>
internal static class Requests
{
    public const string Minimal = """
        domain: prompts
        treatment_spec:
          control:    {prompt: assistant-v6}
          treatmentA: {prompt: assistant-v7}
        primary_metric: CSAT
        mde: 0.01
        max_duration_days: 14
        baseline: {mean: 0.62, variance: 0.2356, units_per_day: 8000}
        """;

    public const string Full = """
        domain: prompts
        slug: v7-csat
        treatment_spec:
          treatmentA: {prompt: assistant-v7}
          control:    {prompt: assistant-v6}
        hypothesis: "v7 raises CSAT without more defects"
        primary_metric: CSAT
        metrics: [latency_p95, CSAT]
        guardrails:
          - {name: defect_rate, threshold: 0.02, direction: "<"}
          - {name: latency_p95, threshold: 2.5, direction: "<", strict: true}
          - {name: refunds, max_harm: 0.01}
        mde: 0.01
        mde_kind: relative
        max_duration_days: 28
        max_concurrent: 3
        population: germany
        exposure_rules: ["logged_in==true"]
        split: {control: 60, treatmentA: 40}
        analysis: {method: group_sequential, alpha: 0.1, power: 0.9, min_days: 2, spending: pocock, looks: 4}
        baseline: {mean: 3.4, variance: 1.9, units_per_day: 5000}
        window_days: 7
        ramp: [5, 25, 100]
        approval: {promote: human}
        promote_when: superior_by_mde
        unit: account_id
        guardrail_hours: 2
        verdict_hours: 12
        ramp_hours: 36
        unmeasurable_hours: 48
        approval_days: 3
        lag_hours: 6
        """;

    public static IReadOnlyList<KnownMetric> Metrics { get; } =
    [
        new("CSAT", MetricKind.Mean, Side.Greater), new("conversion", MetricKind.Proportion, Side.Greater), new("defect_rate", MetricKind.Ratio, Side.Less),
        new("latency_p95", MetricKind.Quantile, Side.Less), new("refunds", MetricKind.Mean, Side.Less),
    ];

    public static ExperimentRequest Read(string text) =>
        ((RequestReading.Complete)RequestReader.Read(Encoding.UTF8.GetBytes(text), Metrics)).Request;

    public static RequestReading Reading(string text, bool wasAsked = false) => RequestReader.Read(Encoding.UTF8.GetBytes(text), Metrics, wasAsked);

    /// <summary>A request with one of its lines in place of another, or with one more.</summary>
    public static string With(string text, string member, string line)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').ToList();
        var at = lines.FindIndex(l => l.StartsWith(member + ":", StringComparison.Ordinal));
        if (at >= 0)
        {
            var end = lines.FindIndex(at + 1, l => !l.StartsWith(' '));
            lines.RemoveRange(at, (end < 0 ? lines.Count : end) - at);
        }

        if (line.Length > 0) lines.Add(line);
        return string.Join("\n", lines);
    }
}
