using System.Text.Json;

namespace Pawl.Runs;

/// <summary>How much of a record is written.</summary>
internal enum JsonDetail
{
    /// <summary>What differs from its default: for the database.</summary>
    Stored,

    /// <summary>Every member: for people and programs.</summary>
    Full,

    /// <summary>Every member and the derived ones, as hive directories hold them.</summary>
    Hive,
}

/// <summary>Writes runs and their parts under the JSON names of the record. By hand, because the defaults are left out in the
/// database and because an agent waits while it happens.</summary>
internal static class RunJsonWriter
{
    public static void Run(Utf8JsonWriter to, Run run, JsonDetail detail)
    {
        to.WriteStartObject();
        to.WriteString("id"u8, run.Id.Value);
        to.WriteString("goal_id"u8, run.GoalId);
        Instant(to, "started_at"u8, run.StartedAt);
        to.WriteString("status"u8, RunText.Word(run.Status));
        if (run.CompletedAt is { } end) Instant(to, "completed_at"u8, end);
        else to.WriteNull("completed_at"u8);
        to.WriteStartArray("decisions"u8);
        foreach (var decision in run.Decisions) Decision(to, decision, detail);
        to.WriteEndArray();
        to.WriteStartArray("problems"u8);
        foreach (var problem in run.Problems)
        {
            to.WriteStartObject();
            to.WriteString("id"u8, problem.Id);
            ProblemMembers(to, problem, detail);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        Metrics(to, run);
        to.WriteString("narrative"u8, run.Narrative);
        GivenMembers(to, run, detail);
        to.WritePropertyName("output_data"u8);
        Value(to, run.OutputData);
        OriginMembers(to, run, detail);
        to.WriteNumber("duration_ms"u8, run.DurationMs);
        Extra(to, run.Extra);
        to.WriteEndObject();
    }

    /// <summary>What a run has from its start on.</summary>
    public static void StartMembers(Utf8JsonWriter to, Run run, JsonDetail detail)
    {
        GivenMembers(to, run, detail);
        OriginMembers(to, run, detail);
    }

    private static void GivenMembers(Utf8JsonWriter to, Run run, JsonDetail detail)
    {
        Text(to, "goal_description"u8, run.GoalDescription, detail);
        Object(to, "input_data"u8, run.InputData, detail);
    }

    private static void OriginMembers(Utf8JsonWriter to, Run run, JsonDetail detail)
    {
        if (run.Agent is { } agent) Agent(to, agent);
        else if (detail != JsonDetail.Stored) to.WriteNull("agent"u8);
        if (run.Served.Count > 0 || detail != JsonDetail.Stored)
        {
            to.WriteStartArray("served"u8);
            foreach (var flag in run.Served) Served(to, flag);
            to.WriteEndArray();
        }

        if (run.Refs.Count == 0 && detail == JsonDetail.Stored) return;
        to.WriteStartArray("refs"u8);
        foreach (var reference in run.Refs)
        {
            to.WriteStartObject();
            to.WriteString("kind"u8, reference.Kind);
            to.WriteString("id"u8, reference.Id);
            Extra(to, reference.Extra);
            to.WriteEndObject();
        }

        to.WriteEndArray();
    }

    public static void Decision(Utf8JsonWriter to, Decision decision, JsonDetail detail)
    {
        to.WriteStartObject();
        to.WriteString("id"u8, decision.Id);
        DecisionMembers(to, decision, detail);
        to.WritePropertyName("outcome"u8);
        if (decision.Outcome is { } outcome) Outcome(to, outcome, detail);
        else to.WriteNullValue();
        if (decision.EarlierOutcomes.Count > 0)
        {
            to.WriteStartArray("earlier_outcomes"u8);
            foreach (var earlier in decision.EarlierOutcomes) Outcome(to, earlier, detail);
            to.WriteEndArray();
        }

        to.WritePropertyName("evaluation"u8);
        if (decision.Evaluation is { } evaluation)
        {
            to.WriteStartObject();
            EvaluationMembers(to, evaluation, detail);
            to.WriteEndObject();
        }
        else
        {
            to.WriteNullValue();
        }

        if (detail == JsonDetail.Hive)
        {
            to.WritePropertyName("chosen_option"u8);
            if (decision.ChosenOption is { } chosen) Option(to, chosen, detail);
            else to.WriteNullValue();
            to.WriteBoolean("was_successful"u8, decision.WasSuccessful);
            to.WriteBoolean("was_good_decision"u8, decision.WasGoodDecision);
        }

        Extra(to, decision.Extra);
        to.WriteEndObject();
    }

    /// <summary>A decision without its id, its outcome and its evaluation.</summary>
    private static void DecisionMembers(Utf8JsonWriter to, Decision decision, JsonDetail detail)
    {
        BeforeOptions(to, decision);
        to.WriteStartArray("options"u8);
        for (var i = 0; i < decision.Options.Count; i++) Option(to, decision.Options[i], detail);
        to.WriteEndArray();
        AfterOptions(to, decision, detail);
    }

    public static void BeforeOptions(Utf8JsonWriter to, Decision decision)
    {
        Instant(to, "timestamp"u8, decision.Timestamp);
        to.WriteString("node_id"u8, decision.NodeId);
        to.WriteString("intent"u8, decision.Intent);
        to.WriteString("decision_type"u8, RunText.Word(decision.DecisionType));
    }

    public static void AfterOptions(Utf8JsonWriter to, Decision decision, JsonDetail detail)
    {
        to.WriteString("chosen_option_id"u8, decision.ChosenOptionId);
        Text(to, "reasoning"u8, decision.Reasoning, detail);
        Texts(to, "active_constraints"u8, decision.ActiveConstraints, detail);
        Object(to, "input_context"u8, decision.InputContext, detail);
    }

    public static void OutcomeMembers(Utf8JsonWriter to, Outcome outcome, JsonDetail detail)
    {
        to.WriteBoolean("success"u8, outcome.Success);
        if (outcome.Result.ValueKind != JsonValueKind.Null || detail != JsonDetail.Stored)
        {
            to.WritePropertyName("result"u8);
            Value(to, outcome.Result);
        }

        TextOrNull(to, "error"u8, outcome.Error, detail);
        Object(to, "state_changes"u8, outcome.StateChanges, detail);
        if (outcome.TokensUsed != 0 || detail != JsonDetail.Stored) to.WriteNumber("tokens_used"u8, outcome.TokensUsed);
        if (outcome.LatencyMs != 0 || detail != JsonDetail.Stored) to.WriteNumber("latency_ms"u8, outcome.LatencyMs);
        Text(to, "summary"u8, outcome.Summary, detail);
        if (outcome.Timestamp is { } at) Instant(to, "timestamp"u8, at);
    }

    public static void EvaluationMembers(Utf8JsonWriter to, DecisionEvaluation evaluation, JsonDetail detail)
    {
        to.WriteBoolean("goal_aligned"u8, evaluation.GoalAligned);
        to.WriteNumber("alignment_score"u8, evaluation.AlignmentScore);
        to.WriteBoolean("better_option_existed"u8, evaluation.BetterOptionExisted);
        TextOrNull(to, "better_option_id"u8, evaluation.BetterOptionId, detail);
        TextOrNull(to, "why_better"u8, evaluation.WhyBetter, detail);
        to.WriteNumber("outcome_quality"u8, evaluation.OutcomeQuality);
        if (evaluation.ContributedToSuccess is { } contributed) to.WriteBoolean("contributed_to_success"u8, contributed);
        else if (detail != JsonDetail.Stored) to.WriteNull("contributed_to_success"u8);
        Text(to, "explanation"u8, evaluation.Explanation, detail);
        Extra(to, evaluation.Extra);
    }

    /// <summary>A problem without its id.</summary>
    public static void ProblemMembers(Utf8JsonWriter to, Problem problem, JsonDetail detail)
    {
        to.WriteString("severity"u8, problem.Severity);
        to.WriteString("description"u8, problem.Description);
        TextOrNull(to, "root_cause"u8, problem.RootCause, detail);
        TextOrNull(to, "decision_id"u8, problem.DecisionId, detail);
        Instant(to, "timestamp"u8, problem.Timestamp);
        TextOrNull(to, "suggested_fix"u8, problem.SuggestedFix, detail);
        Extra(to, problem.Extra);
    }

    public static void Summary(Utf8JsonWriter to, RunSummary summary)
    {
        to.WriteStartObject();
        to.WriteString("run_id"u8, summary.RunId.Value);
        to.WriteString("goal_id"u8, summary.GoalId);
        to.WriteString("status"u8, RunText.Word(summary.Status));
        to.WriteNumber("duration_ms"u8, summary.DurationMs);
        to.WriteNumber("decision_count"u8, summary.DecisionCount);
        to.WriteNumber("success_rate"u8, summary.SuccessRate);
        to.WriteNumber("problem_count"u8, summary.ProblemCount);
        to.WriteString("narrative"u8, summary.Narrative);
        Texts(to, "key_decisions"u8, summary.KeyDecisions, JsonDetail.Full);
        Texts(to, "critical_problems"u8, summary.CriticalProblems, JsonDetail.Full);
        Texts(to, "warnings"u8, summary.Warnings, JsonDetail.Full);
        Texts(to, "successes"u8, summary.Successes, JsonDetail.Full);
        to.WriteEndObject();
    }

    public static void Extra(Utf8JsonWriter to, IReadOnlyDictionary<string, JsonElement> extra)
    {
        if (extra.Count == 0) return;
        foreach (var (name, value) in extra)
        {
            to.WritePropertyName(name);
            Value(to, value);
        }
    }

    public static void Instant(Utf8JsonWriter to, ReadOnlySpan<byte> name, DateTimeOffset at) => to.WriteString(name, at.ToUniversalTime());

    public static void Texts(Utf8JsonWriter to, ReadOnlySpan<byte> name, IReadOnlyList<string> texts, JsonDetail detail)
    {
        if (texts.Count == 0 && detail == JsonDetail.Stored) return;
        to.WriteStartArray(name);
        for (var i = 0; i < texts.Count; i++) to.WriteStringValue(texts[i]);
        to.WriteEndArray();
    }

    public static void Value(Utf8JsonWriter to, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined) to.WriteNullValue();
        else Json.Whole(value).WriteTo(to);
    }

    public static void Object(Utf8JsonWriter to, ReadOnlySpan<byte> name, JsonElement value, JsonDetail detail)
    {
        if (detail == JsonDetail.Stored && (value.ValueKind == JsonValueKind.Undefined || value.GetPropertyCount() == 0)) return;
        to.WritePropertyName(name);
        Value(to, value);
    }

    private static void Metrics(Utf8JsonWriter to, Run run)
    {
        var metrics = run.Metrics;
        to.WriteStartObject("metrics"u8);
        to.WriteNumber("total_decisions"u8, metrics.TotalDecisions);
        to.WriteNumber("successful_decisions"u8, metrics.SuccessfulDecisions);
        to.WriteNumber("failed_decisions"u8, metrics.FailedDecisions);
        to.WriteNumber("total_tokens"u8, metrics.TotalTokens);
        to.WriteNumber("total_latency_ms"u8, metrics.TotalLatencyMs);
        Texts(to, "nodes_executed"u8, run.NodesExecuted, JsonDetail.Full);
        Texts(to, "edges_traversed"u8, run.EdgesTraversed, JsonDetail.Full);
        to.WriteNumber("success_rate"u8, metrics.SuccessRate);
        Extra(to, run.MetricsExtra);
        to.WriteEndObject();
    }

    public static void Option(Utf8JsonWriter to, Option option, JsonDetail detail)
    {
        to.WriteStartObject();
        to.WriteString("id"u8, option.Id);
        Text(to, "description"u8, option.Description, detail);
        if (detail != JsonDetail.Stored || option.ActionType != "unknown") to.WriteString("action_type"u8, option.ActionType);
        Object(to, "action_params"u8, option.ActionParams, detail);
        Texts(to, "pros"u8, option.Pros, detail);
        Texts(to, "cons"u8, option.Cons, detail);
        if (detail != JsonDetail.Stored || option.Confidence != 0.5) to.WriteNumber("confidence"u8, option.Confidence);
        Extra(to, option.Extra);
        to.WriteEndObject();
    }

    private static void Outcome(Utf8JsonWriter to, Outcome outcome, JsonDetail detail)
    {
        to.WriteStartObject();
        OutcomeMembers(to, outcome, detail);
        Extra(to, outcome.Extra);
        to.WriteEndObject();
    }

    private static void Agent(Utf8JsonWriter to, AgentIdentity agent)
    {
        to.WriteStartObject("agent"u8);
        to.WriteString("name"u8, agent.Name);
        to.WriteString("version"u8, agent.Version);
        to.WriteString("commit"u8, agent.Commit);
        Extra(to, agent.Extra);
        to.WriteEndObject();
    }

    private static void Served(Utf8JsonWriter to, ServedFlag flag)
    {
        to.WriteStartObject();
        to.WriteString("flag"u8, flag.Flag);
        to.WriteNumber("version"u8, flag.Version);
        to.WriteString("variant"u8, flag.Variant);
        to.WriteString("experiment"u8, flag.Experiment);
        to.WriteString("unit"u8, flag.Unit);
        Extra(to, flag.Extra);
        to.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter to, ReadOnlySpan<byte> name, string text, JsonDetail detail)
    {
        if (text.Length > 0 || detail != JsonDetail.Stored) to.WriteString(name, text);
    }

    private static void TextOrNull(Utf8JsonWriter to, ReadOnlySpan<byte> name, string? text, JsonDetail detail)
    {
        if (text is not null || detail != JsonDetail.Stored) to.WriteString(name, text);
    }
}
