using System.Text.Json;

namespace Pawl.Runs;

/// <summary>What kind of choice a decision is.</summary>
public enum DecisionType
{
    /// <summary>Which tool to use.</summary>
    ToolSelection,

    /// <summary>Which parameters to use.</summary>
    ParameterChoice,

    /// <summary>Which way to go on.</summary>
    PathChoice,

    /// <summary>How to put the answer.</summary>
    OutputFormat,

    /// <summary>Whether and how to try again.</summary>
    RetryStrategy,

    /// <summary>Whom to hand the work to.</summary>
    Delegation,

    /// <summary>Whether to stop.</summary>
    Termination,

    /// <summary>Anything else.</summary>
    Custom,
}

/// <summary>One thing an agent could have done at a decision.</summary>
public sealed record Option
{
    /// <summary>The kind of an action that ends the run, be it well or not, instead of doing what was wanted; no advice recommends it.</summary>
    public const string Ends = "end";

    /// <summary>Its id, unique within the decision.</summary>
    public required string Id { get; init; }

    /// <summary>What it means, for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>What kind of action it is, such as <c>tool_call</c>.</summary>
    public string ActionType { get; init; } = "unknown";

    /// <summary>The action's parameters: a JSON object. <see cref="Json.From"/> makes one from any object.</summary>
    public JsonElement ActionParams { get; init; } = Json.EmptyObject;

    /// <summary>What spoke for it.</summary>
    public IReadOnlyList<string> Pros { get; init; } = [];

    /// <summary>What spoke against it.</summary>
    public IReadOnlyList<string> Cons { get; init; } = [];

    /// <summary>How sure the agent was of it, from 0 to 1.</summary>
    public double Confidence { get; init; } = 0.5;

    /// <summary>Members that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = Extras.None;

    internal StoredOption.Slot Stored { get; set; }
}

/// <summary>What came of a decision.</summary>
public sealed record Outcome
{
    /// <summary>Whether it did what it was meant to do.</summary>
    public required bool Success { get; init; }

    /// <summary>What it returned: any JSON value.</summary>
    public JsonElement Result { get; init; } = Json.Null;

    /// <summary>The error in words, where there was one.</summary>
    public string? Error { get; init; }

    /// <summary>What it changed: a JSON object.</summary>
    public JsonElement StateChanges { get; init; } = Json.EmptyObject;

    /// <summary>Tokens spent on it, at least 0.</summary>
    public long TokensUsed { get; init; }

    /// <summary>Milliseconds it took, at least 0.</summary>
    public long LatencyMs { get; init; }

    /// <summary>What happened, in one sentence.</summary>
    public string Summary { get; init; } = "";

    /// <summary>When it was recorded; null takes the recorder's clock.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>Members that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = Extras.None;
}

/// <summary>A judgement of a decision, made afterwards.</summary>
public sealed record DecisionEvaluation
{
    /// <summary>Whether the decision served the goal.</summary>
    public bool GoalAligned { get; init; } = true;

    /// <summary>How well it served the goal, from 0 to 1.</summary>
    public double AlignmentScore { get; init; } = 1;

    /// <summary>Whether another option would have been better.</summary>
    public bool BetterOptionExisted { get; init; }

    /// <summary>Which one.</summary>
    public string? BetterOptionId { get; init; }

    /// <summary>Why that one is better.</summary>
    public string? WhyBetter { get; init; }

    /// <summary>How good the outcome was, from 0 to 1.</summary>
    public double OutcomeQuality { get; init; } = 1;

    /// <summary>Whether it helped the run to succeed; null where nobody can say.</summary>
    public bool? ContributedToSuccess { get; init; }

    /// <summary>The judgement in words.</summary>
    public string Explanation { get; init; } = "";

    /// <summary>Members that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = Extras.None;
}

/// <summary>One decision: what the agent wanted, what it could have done, what it did and why, and what came of it.</summary>
public sealed record Decision
{
    /// <summary>Its id within the run, such as <c>dec_0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The node of the agent's graph where it was made.</summary>
    public required string NodeId { get; init; }

    /// <summary>What the agent wanted to achieve.</summary>
    public required string Intent { get; init; }

    /// <summary>What kind of choice it was.</summary>
    public DecisionType DecisionType { get; init; } = DecisionType.Custom;

    /// <summary>The options, with unique ids.</summary>
    public IReadOnlyList<Option> Options { get; init; } = [];

    /// <summary>The id of the option that was chosen.</summary>
    public required string ChosenOptionId { get; init; }

    /// <summary>Why it was chosen.</summary>
    public string Reasoning { get; init; } = "";

    /// <summary>The constraints that were in force.</summary>
    public IReadOnlyList<string> ActiveConstraints { get; init; } = [];

    /// <summary>What the agent knew: a JSON object.</summary>
    public JsonElement InputContext { get; init; } = Json.EmptyObject;

    /// <summary>The last outcome recorded, which is the one that counts; null while the decision is pending.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Outcomes that were recorded before the last one, oldest first.</summary>
    public IReadOnlyList<Outcome> EarlierOutcomes { get; init; } = [];

    /// <summary>The judgement of it, where there is one.</summary>
    public DecisionEvaluation? Evaluation { get; init; }

    /// <summary>Members that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = Extras.None;

    /// <summary>The option that was chosen; null where an imported record names one that is not there.</summary>
    public Option? ChosenOption => Options.FirstOrDefault(o => o.Id == ChosenOptionId);

    /// <summary>Whether an outcome is present and succeeded.</summary>
    public bool WasSuccessful => Outcome is { Success: true };

    /// <summary>Whether it was a good decision: its evaluation's word (aligned and of a quality above 0.5), or without one, its success.</summary>
    public bool WasGoodDecision => Evaluation is { } judged ? judged is { GoalAligned: true, OutcomeQuality: > 0.5 } : WasSuccessful;
}

/// <summary>How bad a problem is. Imported records may hold any word.</summary>
public static class Severity
{
    /// <summary>The run cannot succeed with it.</summary>
    public const string Critical = "critical";

    /// <summary>It may have hurt.</summary>
    public const string Warning = "warning";

    /// <summary>Worth knowing.</summary>
    public const string Minor = "minor";
}

/// <summary>Something that went wrong in a run.</summary>
public sealed record Problem
{
    /// <summary>Its id within the run, such as <c>prob_0</c>.</summary>
    public required string Id { get; init; }

    /// <summary>How bad it is; see <see cref="Runs.Severity"/>.</summary>
    public required string Severity { get; init; }

    /// <summary>What went wrong.</summary>
    public required string Description { get; init; }

    /// <summary>Why, where that is known.</summary>
    public string? RootCause { get; init; }

    /// <summary>The decision that it belongs to, if any.</summary>
    public string? DecisionId { get; init; }

    /// <summary>When it was reported.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>What might help.</summary>
    public string? SuggestedFix { get; init; }

    /// <summary>Members that Pawl does not know, kept as they came.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = Extras.None;
}
