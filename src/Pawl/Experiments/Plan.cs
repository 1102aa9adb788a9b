using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>What a planner returns: the steps it proposes, and on what ground. Nothing in it is done before <see cref="PlanVerifier"/> has admitted it.</summary>
public sealed record Plan
{
    /// <summary>What is proposed, in at most 100 words.</summary>
    public required string Summary { get; init; }

    /// <summary>What is registered.</summary>
    public required PlanRegistration Registration { get; init; }

    /// <summary>Who gets what.</summary>
    public required PlanAllocation Allocation { get; init; }

    /// <summary>How it is watched.</summary>
    public required PlanMonitoring Monitoring { get; init; }

    /// <summary>Where it stands. A planner repeats a verdict; it cannot make one.</summary>
    public required PlanDecision Decision { get; init; }

    /// <summary>The policy's clauses on which it rests.</summary>
    public required IReadOnlyList<string> Citations { get; init; }

    /// <summary>The steps, in order.</summary>
    public required IReadOnlyList<ToolProposal> ToolProposals { get; init; }
}

/// <summary>What is registered.</summary>
public sealed record PlanRegistration(string ExpId, string PrimaryMetric, IReadOnlyList<string> Metrics, string Hypothesis);

/// <summary>Who gets what; the split in percent.</summary>
public sealed record PlanAllocation(IReadOnlyList<string> Arms, IReadOnlyDictionary<string, double> TrafficSplit, IReadOnlyList<string> ExposureRules);

/// <summary>How it is watched; checkpoints are looks, in hours since the start.</summary>
public sealed record PlanMonitoring(string RunId, IReadOnlyList<string> Dashboards, IReadOnlyList<double> Checkpoints);

/// <summary>Where it stands: a verdict's state, why, and the receipts it rests on.</summary>
public sealed record PlanDecision(string State, string Rationale, IReadOnlyList<string> Receipts);

/// <summary>One step.</summary>
/// <param name="Name">The tool.</param>
/// <param name="Args">Its arguments, an object.</param>
/// <param name="Preconditions">What has to be so before it; the names of <see cref="ExperimentTool"/>.</param>
/// <param name="IdempotencyKey">The key under which it is done at most once.</param>
public sealed record ToolProposal(string Name, JsonElement Args, IReadOnlyList<string> Preconditions, string IdempotencyKey);
