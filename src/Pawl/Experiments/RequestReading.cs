namespace Pawl.Experiments;

/// <summary>What came of reading a request.</summary>
public abstract record RequestReading
{
    private RequestReading()
    {
    }

    /// <summary>Everything is there and was checked.</summary>
    /// <param name="Request">The request with every default in its place.</param>
    public sealed record Complete(ExperimentRequest Request) : RequestReading;

    /// <summary>What is there is in order, and something is missing. It is asked for once.</summary>
    /// <param name="Missing">Every missing field.</param>
    public sealed record NeedsInput(IReadOnlyList<MissingField> Missing) : RequestReading;
}

/// <summary>A field that a request lacks.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Example">How it may look, in YAML.</param>
public sealed record MissingField(string Field, string Purpose, string Example)
{
    internal static MissingField Domain { get; } = new("domain", "what is being changed; policy and flag follow from it", "domain: prompts");

    internal static MissingField Treatments { get; } = new("treatment_spec", "what the arms serve, the control and one or more treatments", "treatment_spec: {control: {prompt: assistant-v6}, treatmentA: {prompt: assistant-v7}}");

    internal static MissingField Primary { get; } = new("primary_metric", "the one metric that decides", "primary_metric: CSAT");

    internal static MissingField Mde { get; } = new("mde", "the smallest effect worth finding, in the metric's unit; the sample size follows from it", "mde: 0.01");

    internal static MissingField MaxDuration { get; } = new("max_duration_days", "when the experiment ends in any case", "max_duration_days: 14");

    internal static MissingField Baseline { get; } = new("baseline", "the primary metric before the start, or the days to measure it over; the sample size follows from it", $"baseline_days: 14, or {BaselineExample}");

    internal const string BaselineExample = "baseline: {mean: 0.62, variance: 0.2356, units_per_day: 4000}";
}
