using Pawl.Runs;

namespace Pawl.Tests.Insights;

/// <summary>Makes runs for tests, with what the insights look at.</summary>
internal static class RunBuilder
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Run Run(string id, RunStatus status, params Decision[] decisions) => Run(id, status, Start, decisions);

    public static Run Run(string id, RunStatus status, DateTimeOffset startedAt, params Decision[] decisions) => new()
    {
        Id = RunId.Parse(id),
        GoalId = "goal",
        StartedAt = startedAt,
        CompletedAt = status == RunStatus.Running ? null : startedAt.AddSeconds(1),
        Status = status,
        Decisions = [.. decisions.Select((d, i) => d with { Id = $"dec_{i}" })],
        NodesExecuted = [.. decisions.Select(d => d.NodeId).Distinct()],
    };

    public static Decision Ok(string chosen = "a", string node = "node", string intent = "intent", string options = "a,b") =>
        Decision(chosen, node, intent, options) with { Outcome = new Outcome { Success = true, Summary = "done", Timestamp = Start } };

    public static Decision Fails(string error = "it broke", string chosen = "a", string node = "node", string intent = "intent", string options = "a,b") =>
        Decision(chosen, node, intent, options) with { Outcome = new Outcome { Success = false, Error = error, Timestamp = Start } };

    public static Decision Pending(string chosen = "a", string node = "node", string intent = "intent", string options = "a,b") => Decision(chosen, node, intent, options);

    public static Problem Critical(string description, string? cause = null) => new()
    {
        Id = "prob_0",
        Severity = Severity.Critical,
        Description = description,
        RootCause = cause,
        Timestamp = Start,
    };

    private static Decision Decision(string chosen, string node, string intent, string options) => new()
    {
        Id = "",
        Timestamp = Start,
        NodeId = node,
        Intent = intent,
        DecisionType = DecisionType.ToolSelection,
        Options = [.. options.Split(',').Select(o => new Option { Id = o })],
        ChosenOptionId = chosen,
    };
}
