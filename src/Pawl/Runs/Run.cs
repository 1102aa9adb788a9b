using System.Text.Json;

namespace Pawl.Runs;

/// <summary>Where a run stands.</summary>
public enum RunStatus
{
    /// <summary>Its owner still records into it.</summary>
    Running,

    /// <summary>It reached its goal.</summary>
    Completed,

    /// <summary>It ended without reaching its goal.</summary>
    Failed,

    /// <summary>The process that recorded it is gone, and never said how it ended.</summary>
    Stuck,

    /// <summary>Somebody stopped it.</summary>
    Cancelled,
}

/// <summary>The record of one execution of an agent: what it decided, what came of it, and what went wrong.</summary>
public sealed record Run
{
    /// <summary>The run's id.</summary>
    public required RunId Id { get; init; }

    /// <summary>What the agent was to achieve; runs are compared with others of the same goal.</summary>
    public required string GoalId { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The decisions, in the order in which they were made.</summary>
    public IReadOnlyList<Decision> Decisions { get; init; } = [];

    /// <summary>The problems, in the order in which they were reported.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>The names of the nodes that were executed, each once, in order of their first execution.</summary>
    public IReadOnlyList<string> NodesExecuted { get; init; } = [];

    /// <summary>The edges that were traversed, in order, with repetitions.</summary>
    public IReadOnlyList<string> EdgesTraversed { get; init; } = [];

    /// <summary>Members of the metrics that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> MetricsExtra { get; init; } = Extras.None;

    /// <summary>What happened, in words.</summary>
    public string Narrative { get; init; } = "";

    /// <summary>The goal in words.</summary>
    public string GoalDescription { get; init; } = "";

    /// <summary>What the run was given: a JSON object.</summary>
    public JsonElement InputData { get; init; } = Json.EmptyObject;

    /// <summary>What the run produced: a JSON object.</summary>
    public JsonElement OutputData { get; init; } = Json.EmptyObject;

    /// <summary>Which agent it was; null when nobody said.</summary>
    public AgentIdentity? Agent { get; init; }

    /// <summary>The flag variants that the run was served.</summary>
    public IReadOnlyList<ServedFlag> Served { get; init; } = [];

    /// <summary>What the run speaks of: issues, changes, experiments, flag versions.</summary>
    public IReadOnlyList<Reference> Refs { get; init; } = [];

    /// <summary>Members that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = Extras.None;

    /// <summary>Counts and sums over the decisions' last outcomes.</summary>
    public RunMetrics Metrics => RunMetrics.Of(Decisions);

    /// <summary>Writes the run under the JSON names of the record, every member and the derived ones.</summary>
    public void WriteTo(Utf8JsonWriter writer) => RunJsonWriter.Run(writer, this, JsonDetail.Full);

    /// <summary>Whole milliseconds from start to end; 0 while the run has not ended.</summary>
    public long DurationMs => CompletedAt is { } end ? Math.Max(0, (long)(end - StartedAt).TotalMilliseconds) : 0;
}

/// <summary>The agent that made a run.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Version">Its version, if it has one.</param>
/// <param name="Commit">The commit it was built from, if known.</param>
public sealed record AgentIdentity(string Name, string? Version = null, string? Commit = null)
{
    /// <summary>Members that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = Extras.None;
}

/// <summary>A flag variant that a run was served.</summary>
/// <param name="Flag">The flag's key.</param>
/// <param name="Version">The flag's version then.</param>
/// <param name="Variant">The variant's name.</param>
/// <param name="Experiment">The experiment that decided it, if one did.</param>
/// <param name="Unit">The unit it was assigned to.</param>
public sealed record ServedFlag(string Flag, long Version, string Variant, string? Experiment = null, string? Unit = null)
{
    /// <summary>Members that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = Extras.None;
}

/// <summary>A reference from a run to something else.</summary>
/// <param name="Kind">What it is: <c>issue</c>, <c>change</c>, <c>experiment</c>, <c>flag</c>.</param>
/// <param name="Id">Its id there.</param>
public sealed record Reference(string Kind, string Id)
{
    /// <summary>Members that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = Extras.None;
}

/// <summary>Counts and sums over the last outcome of each decision. A pending decision is neither success nor failure.</summary>
/// <param name="TotalDecisions">All decisions, the pending ones too.</param>
/// <param name="SuccessfulDecisions">Those whose last outcome succeeded.</param>
/// <param name="FailedDecisions">Those whose last outcome failed.</param>
/// <param name="TotalTokens">Tokens of the last outcomes.</param>
/// <param name="TotalLatencyMs">Milliseconds of the last outcomes.</param>
public sealed record RunMetrics(long TotalDecisions, long SuccessfulDecisions, long FailedDecisions, long TotalTokens, long TotalLatencyMs)
{
    /// <summary>Successful over decided, from 0 to 1; 0 while nothing is decided, because no data is never success.</summary>
    public double SuccessRate => SuccessfulDecisions + FailedDecisions == 0
        ? 0 : (double)SuccessfulDecisions / (SuccessfulDecisions + FailedDecisions);

    internal static RunMetrics Of(IReadOnlyList<Decision> decisions)
    {
        long succeeded = 0, failed = 0, tokens = 0, latency = 0;
        foreach (var decision in decisions)
        {
            if (decision.Outcome is not { } outcome) continue;
            if (outcome.Success) succeeded++;
            else failed++;
            tokens += outcome.TokensUsed;
            latency += outcome.LatencyMs;
        }

        return new RunMetrics(decisions.Count, succeeded, failed, tokens, latency);
    }
}

internal static class Extras
{
    public static readonly IReadOnlyDictionary<string, JsonElement> None = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
}
