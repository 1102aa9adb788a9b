using System.Text.Json;

namespace Pawl.Experiments.Simulation;

/// <summary>What a contract decides, how often and after how long, with and without a true effect.</summary>
public sealed record SimulationReport
{
    /// <summary>Experiments simulated for each truth.</summary>
    public required int Runs { get; init; }

    /// <summary>The first seed.</summary>
    public required long Seed { get; init; }

    /// <summary>The contract's own plan.</summary>
    public required PlannedSample Plan { get; init; }

    /// <summary>The plan of a test that looks once, for the same MDE, α and power.</summary>
    public required PlannedSample FixedHorizon { get; init; }

    /// <summary>Guardrails on other metrics than the primary, which are taken to hold throughout.</summary>
    public required IReadOnlyList<string> TakenToHold { get; init; }

    /// <summary>No treatment has an effect.</summary>
    public required SimulatedTruth WithoutEffect { get; init; }

    /// <summary>The first treatment has one.</summary>
    public required SimulatedTruth WithEffect { get; init; }

    /// <summary>The share of experiments without an effect that end in <c>promote</c> or <c>rollback</c>.</summary>
    public double TypeOneError => (double)(WithoutEffect.Count("promote") + WithoutEffect.Count("rollback")) / Runs;

    /// <summary>The share of experiments with an effect that promote the treatment that has it.</summary>
    public double Power => (double)WithEffect.RightlyPromoted / Runs;

    /// <summary>Writes the report as JSON.</summary>
    public void WriteTo(Utf8JsonWriter to)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.WriteStartObject();
        to.WriteNumber("runs", Runs);
        to.WriteNumber("seed", Seed);
        Write(to, "plan", Plan);
        Write(to, "fixed_horizon", FixedHorizon);
        to.WriteStartArray("taken_to_hold");
        foreach (var metric in TakenToHold) to.WriteStringValue(metric);
        to.WriteEndArray();
        to.WriteNumber("type_one_error", TypeOneError);
        to.WriteNumber("power", Power);
        Write(to, "without_effect", WithoutEffect);
        Write(to, "with_effect", WithEffect);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, string name, PlannedSample plan)
    {
        to.WriteStartObject(name);
        to.WriteNumber("units", plan.Total);
        to.WriteNumber("days", plan.Days);
        to.WriteNumber("looks", plan.Looks);
        to.WriteEndObject();
    }

    private void Write(Utf8JsonWriter to, string name, SimulatedTruth truth)
    {
        to.WriteStartObject(name);
        to.WriteNumber("effect", truth.Effect);
        to.WriteStartObject("verdicts");
        foreach (var state in SimulatedTruth.States) to.WriteNumber(state, (double)truth.Count(state) / Runs);
        to.WriteEndObject();
        to.WriteNumber("mean_days", truth.MeanDays);
        to.WriteNumber("median_days", truth.MedianDays);
        to.WriteNumber("days_saved", FixedHorizon.Days - truth.MeanDays);
        to.WriteEndObject();
    }
}

/// <summary>What became of the experiments under one truth.</summary>
public sealed record SimulatedTruth
{
    private readonly Dictionary<string, int> _counts;

    internal SimulatedTruth(double effect, IReadOnlyList<SimulatedEnd> ends, string withEffect)
    {
        Effect = effect;
        _counts = ends.GroupBy(end => end.State, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        RightlyPromoted = ends.Count(end => end.Promoted == withEffect);
        MeanDays = ends.Average(end => end.Days);
        var sorted = ends.Select(end => end.Days).Order().ToArray();
        MedianDays = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The states of a verdict.</summary>
    public static IReadOnlyList<string> States { get; } = ["promote", "rollback", "guardrail_stop", "inconclusive", "running"];

    /// <summary>The improvement of the first treatment, in the unit of the MDE; the other treatments have none.</summary>
    public double Effect { get; }

    /// <summary>In how many the first treatment was promoted.</summary>
    public int RightlyPromoted { get; }

    /// <summary>Days to the end, on average.</summary>
    public double MeanDays { get; }

    /// <summary>Days within which half of the experiments end.</summary>
    public double MedianDays { get; }

    /// <summary>How many experiments ended in a state; in <c>running</c>: not at all.</summary>
    public int Count(string state) => _counts.GetValueOrDefault(state);
}

/// <summary>How one simulated experiment ended.</summary>
internal readonly record struct SimulatedEnd(string State, string? Promoted, double Days);
