namespace Pawl.Runs;

/// <summary>What is known of a run at its start, besides its goal.</summary>
public sealed record RunDetails
{
    /// <summary>The goal in words.</summary>
    public string GoalDescription { get; init; } = "";

    /// <summary>What the run is given: a JSON object, or any object that becomes one.</summary>
    public object? InputData { get; init; }

    /// <summary>Which agent it is.</summary>
    public AgentIdentity? Agent { get; init; }

    /// <summary>The flag variants that the run was served.</summary>
    public IReadOnlyList<ServedFlag> Served { get; init; } = [];

    /// <summary>What the run speaks of: issues, changes, experiments, flag versions.</summary>
    public IReadOnlyList<Reference> Refs { get; init; } = [];

    internal IReadOnlyDictionary<string, System.Text.Json.JsonElement> Extra { get; init; } = Extras.None;

    internal Run Run(RunId id, string goalId, DateTimeOffset startedAt) => new()
    {
        Id = id,
        GoalId = goalId,
        StartedAt = startedAt,
        Status = RunStatus.Running,
        GoalDescription = GoalDescription,
        InputData = DecisionRules.Object(InputData, nameof(InputData)),
        Agent = Agent,
        Served = Served,
        Refs = Refs,
        Extra = Extra,
    };
}
