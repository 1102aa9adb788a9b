using System.Text.Json;
using Pawl.Runs;

namespace Pawl.Insights;

/// <summary>Writes insights as JSON, one document each. Rates are null where there is no data.</summary>
public static class InsightJson
{
    /// <summary>Writes why one run failed.</summary>
    public static void Write(Utf8JsonWriter to, RunFailure failure)
    {
        to.WriteStartObject();
        to.WriteString("run_id"u8, failure.RunId.Value);
        to.WriteString("goal_id"u8, failure.GoalId);
        to.WriteString("goal_description"u8, failure.GoalDescription);
        to.WriteString("status"u8, RunText.Word(failure.Status));
        to.WriteString("headline"u8, failure.Headline);
        to.WriteString("first_failure"u8, failure.FirstFailure?.ToString());
        to.WriteString("fingerprint"u8, failure.Fingerprint);
        to.WriteString("root_cause"u8, failure.RootCause);
        to.WriteNumber("failed_decisions"u8, failure.FailedDecisions);
        Ids(to, failure.DecisionIds);
        to.WriteNumber("earlier_steps"u8, failure.EarlierSteps);
        Each(to, "chain"u8, failure.Chain, step =>
        {
            to.WriteString("step"u8, step.Line);
            to.WriteNumber("times"u8, step.DecisionIds.Count);
            Ids(to, step.DecisionIds);
        });
        Each(to, "repetitions"u8, failure.Repetitions, repetition =>
        {
            to.WriteString("step"u8, repetition.Line);
            to.WriteBoolean("failed"u8, repetition.Failed);
            to.WriteNumber("times"u8, repetition.DecisionIds.Count);
            Ids(to, repetition.DecisionIds);
        });
        Each(to, "problems"u8, failure.Problems, problem =>
        {
            to.WriteString("id"u8, problem.Id);
            to.WriteString("severity"u8, problem.Severity);
            to.WriteString("description"u8, problem.Description);
            to.WriteString("root_cause"u8, problem.RootCause);
            to.WriteString("decision_id"u8, problem.DecisionId);
            to.WriteString("suggested_fix"u8, problem.SuggestedFix);
        });
        Each(to, "suggestions"u8, failure.Suggestions, advice =>
        {
            to.WriteString("text"u8, advice.Text);
            Ids(to, advice.DecisionIds);
        });
        to.WriteEndObject();
    }

    /// <summary>Writes why runs failed.</summary>
    public static void Write(Utf8JsonWriter to, FailureOverview overview)
    {
        to.WriteStartObject();
        to.WriteString("goal_id"u8, overview.GoalId);
        Tally(to, overview.Runs);
        to.WriteNumber("no_failed_decision"u8, overview.Silent);
        Each(to, "groups"u8, overview.Groups, group =>
        {
            to.WriteString("kind"u8, group.IsSilent ? "no_failed_decision"u8 : "first_failed_decision"u8);
            to.WriteString("fingerprint"u8, group.Fingerprint);
            to.WriteString("example"u8, group.Example);
            to.WriteString("root_cause"u8, group.RootCause);
            to.WriteNumber("runs"u8, group.Runs);
            to.WriteNumber("stuck"u8, group.Stuck);
            Texts(to, "goal_descriptions"u8, group.GoalDescriptions);
            Texts(to, "run_ids"u8, group.RunIds);
            Ids(to, group.DecisionIds);
        });
        to.WriteNumber("left_out"u8, overview.LeftOut);
        to.WriteEndObject();
    }

    /// <summary>Writes the patterns of a goal.</summary>
    public static void Write(Utf8JsonWriter to, GoalPatterns patterns)
    {
        to.WriteStartObject();
        to.WriteString("goal_id"u8, patterns.GoalId);
        Tally(to, patterns.Runs);
        to.WriteNumber("failed_decisions"u8, patterns.FailedDecisions);
        to.WriteNumber("failure_kinds"u8, patterns.FailureKinds);
        Each(to, "common_failures"u8, patterns.CommonFailures, failure =>
        {
            to.WriteString("fingerprint"u8, failure.Fingerprint);
            to.WriteString("example"u8, failure.Example);
            to.WriteNumber("count"u8, failure.Count);
            Texts(to, "goal_descriptions"u8, failure.GoalDescriptions);
            Ids(to, failure.DecisionIds);
        });
        Nodes(to, "problematic_nodes"u8, patterns.ProblematicNodes);
        to.WriteStartObject("decision_types"u8);
        foreach (var type in patterns.DecisionTypes) to.WriteNumber(type.Word, type.Count);
        to.WriteEndObject();
        to.WriteNumber("intents"u8, patterns.Intents);
        Each(to, "choices"u8, patterns.Choices, choice =>
        {
            to.WriteString("intent"u8, choice.Intent);
            Each(to, "options"u8, choice.Options, option =>
            {
                to.WriteString("option"u8, option.Option);
                to.WriteNumber("chosen"u8, option.Chosen);
                to.WriteNumber("succeeded"u8, option.Succeeded);
                to.WriteNumber("failed"u8, option.Failed);
                Rate(to, "success_rate"u8, option.Success);
            });
        });
        to.WriteEndObject();
    }

    /// <summary>Writes the nodes of a goal.</summary>
    public static void Write(Utf8JsonWriter to, string goal, IReadOnlyList<NodeInsight> nodes)
    {
        to.WriteStartObject();
        to.WriteString("goal_id"u8, goal);
        Nodes(to, "nodes"u8, nodes);
        to.WriteEndObject();
    }

    /// <summary>Writes two runs side by side.</summary>
    public static void Write(Utf8JsonWriter to, RunComparison comparison)
    {
        to.WriteStartObject();
        Side(to, "a"u8, comparison.A);
        Side(to, "b"u8, comparison.B);
        to.WriteNumber("common_decisions"u8, comparison.Common);
        Number(to, "similarity"u8, comparison.Similarity);
        to.WriteNumber("not_aligned"u8, comparison.NotAligned);
        if (comparison.FirstDivergence is { } at)
        {
            to.WriteStartObject("first_divergence"u8);
            to.WriteNumber("step"u8, at);
            Step(to, comparison, comparison.Divergence!);
            to.WriteEndObject();
        }
        else
        {
            to.WriteNull("first_divergence"u8);
        }

        Each(to, "different_outcomes"u8, comparison.Steps.Where(s => s.CameOutDifferently).Take(Limits.EvidenceIds), step => Step(to, comparison, step));
        Each(to, "steps"u8, comparison.Steps.Take(Limits.EvidenceIds), step => Step(to, comparison, step));
        to.WriteNumber("steps_left_out"u8, Math.Max(0, comparison.Steps.Count - Limits.EvidenceIds));
        to.WriteEndObject();
    }

    /// <summary>Writes a comparison of two cohorts.</summary>
    public static void Write(Utf8JsonWriter to, CohortComparison comparison)
    {
        to.WriteStartObject();
        to.WriteString("goal_id"u8, comparison.GoalId);
        to.WriteString("verdict"u8, comparison.Verdict);
        to.WriteStartObject("before"u8);
        to.WriteString("started_before"u8, comparison.Before);
        Tally(to, comparison.RunsBefore);
        to.WriteEndObject();
        to.WriteStartObject("after"u8);
        to.WriteString("started_from"u8, comparison.After);
        Tally(to, comparison.RunsAfter);
        to.WriteEndObject();
        Difference(to, comparison.Difference);
        Each(to, "changes"u8, comparison.Changes, change =>
        {
            to.WriteString("kind"u8, change.Kind);
            to.WriteString("name"u8, change.Name);
            to.WriteString("change"u8, change.Change);
            to.WriteBoolean("clear"u8, change.IsClear);
            Proportion(to, "before"u8, change.Before);
            Proportion(to, "after"u8, change.After);
            Difference(to, change.Difference);
            Number(to, "adjusted_p"u8, change.AdjustedP);
        });
        to.WriteEndObject();
    }

    /// <summary>Writes suggestions.</summary>
    public static void Write(Utf8JsonWriter to, Suggestions suggestions)
    {
        to.WriteStartObject();
        to.WriteString("goal_id"u8, suggestions.GoalId);
        Tally(to, suggestions.Runs);
        to.WriteString("note"u8, Suggestions.Note);
        Each(to, "suggestions"u8, suggestions.Items, item =>
        {
            to.WriteString("kind"u8, Word(item.Kind));
            to.WriteString("title"u8, item.Title);
            to.WriteString("why"u8, item.Why);
            if (item.Effect is { } effect)
            {
                to.WriteStartObject("expected_effect"u8);
                Number(to, "runs"u8, effect.Runs);
                Number(to, "low"u8, effect.Low);
                Number(to, "high"u8, effect.High);
                to.WriteBoolean("clear"u8, effect.IsClear);
                to.WriteEndObject();
            }
            else
            {
                to.WriteNull("expected_effect"u8);
            }

            to.WriteNumber("n"u8, item.N);
            Texts(to, "evidence"u8, item.Evidence);
        });
        to.WriteEndObject();
    }

    /// <summary>The word for a kind of suggestion.</summary>
    public static string Word(SuggestionKind kind) => kind switch
    {
        SuggestionKind.Failure => "failure",
        SuggestionKind.Node => "node",
        SuggestionKind.Option => "option",
        SuggestionKind.Retry => "retry",
        SuggestionKind.Silent => "silent",
        SuggestionKind.Path => "path",
        SuggestionKind.Architecture => "architecture",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This is no kind of suggestion."),
    };

    private static void Tally(Utf8JsonWriter to, RunTally runs)
    {
        to.WriteNumber("run_count"u8, runs.Total);
        to.WriteStartObject("runs"u8);
        to.WriteNumber("completed"u8, runs.Completed);
        to.WriteNumber("failed"u8, runs.Failed);
        to.WriteNumber("stuck"u8, runs.Stuck);
        to.WriteNumber("cancelled"u8, runs.Cancelled);
        to.WriteNumber("running"u8, runs.Running);
        to.WriteEndObject();
        Number(to, "success_rate"u8, runs.Success.Rate);
        Proportion(to, "success"u8, runs.Success);
    }

    private static void Nodes(Utf8JsonWriter to, ReadOnlySpan<byte> name, IReadOnlyList<NodeInsight> nodes) => Each(to, name, nodes, node =>
    {
        to.WriteString("node_id"u8, node.NodeId);
        to.WriteNumber("decisions"u8, node.FailureRate.N);
        to.WriteNumber("failures"u8, node.FailureRate.Count);
        to.WriteNumber("pending"u8, node.Pending);
        Rate(to, "failure_rate"u8, node.FailureRate);
        to.WriteBoolean("problematic"u8, node.IsProblematic);
        Ids(to, node.DecisionIds);
    });

    private static void Side(Utf8JsonWriter to, ReadOnlySpan<byte> name, ComparedRun run)
    {
        to.WriteStartObject(name);
        to.WriteString("run_id"u8, run.RunId.Value);
        to.WriteString("goal_id"u8, run.GoalId);
        to.WriteString("status"u8, RunText.Word(run.Status));
        to.WriteNumber("duration_ms"u8, run.DurationMs);
        to.WriteNumber("total_decisions"u8, run.Metrics.TotalDecisions);
        to.WriteNumber("successful_decisions"u8, run.Metrics.SuccessfulDecisions);
        to.WriteNumber("failed_decisions"u8, run.Metrics.FailedDecisions);
        to.WriteNumber("total_tokens"u8, run.Metrics.TotalTokens);
        to.WriteNumber("total_latency_ms"u8, run.Metrics.TotalLatencyMs);
        to.WriteNumber("problems"u8, run.Problems);
        Texts(to, "only_nodes"u8, run.OnlyNodes);
        to.WriteEndObject();
    }

    private static void Step(Utf8JsonWriter to, RunComparison comparison, AlignedStep step)
    {
        Decision(to, "a"u8, comparison.A, step.A);
        Decision(to, "b"u8, comparison.B, step.B);
        to.WriteBoolean("came_out_differently"u8, step.CameOutDifferently);
    }

    private static void Decision(Utf8JsonWriter to, ReadOnlySpan<byte> name, ComparedRun run, Decision? decision)
    {
        if (decision is null)
        {
            to.WriteNull(name);
            return;
        }

        to.WriteStartObject(name);
        to.WriteString("decision_id"u8, new DecisionRef(run.RunId.Value, decision.Id).ToString());
        to.WriteString("node_id"u8, decision.NodeId);
        to.WriteString("intent"u8, decision.Intent);
        to.WriteString("chosen"u8, decision.ChosenOptionId);
        if (decision.Outcome is { } outcome) to.WriteBoolean("success"u8, outcome.Success);
        else to.WriteNull("success"u8);
        to.WriteString("error"u8, decision.Outcome is { Success: false } ? RunFailure.Error(decision) : null);
        to.WriteEndObject();
    }

    private static void Difference(Utf8JsonWriter to, ProportionDifference? difference)
    {
        if (difference is null)
        {
            to.WriteNull("difference"u8);
            return;
        }

        to.WriteStartObject("difference"u8);
        Number(to, "value"u8, difference.Difference);
        Number(to, "low"u8, difference.Low);
        Number(to, "high"u8, difference.High);
        Number(to, "p"u8, difference.P);
        to.WriteEndObject();
    }

    // A rate beside its count: the rate under its name, then the interval.
    private static void Rate(Utf8JsonWriter to, ReadOnlySpan<byte> name, Proportion proportion)
    {
        Number(to, name, proportion.Rate);
        Number(to, "low"u8, proportion.Wilson?.Low);
        Number(to, "high"u8, proportion.Wilson?.High);
    }

    private static void Proportion(Utf8JsonWriter to, ReadOnlySpan<byte> name, Proportion proportion)
    {
        to.WriteStartObject(name);
        to.WriteNumber("count"u8, proportion.Count);
        to.WriteNumber("n"u8, proportion.N);
        Rate(to, "rate"u8, proportion);
        to.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter to, ReadOnlySpan<byte> name, double? value)
    {
        if (value is { } number) to.WriteNumber(name, number);
        else to.WriteNull(name);
    }

    private static void Ids(Utf8JsonWriter to, IReadOnlyList<DecisionRef> ids)
    {
        to.WriteStartArray("decision_ids"u8);
        foreach (var id in ids) to.WriteStringValue(id.ToString());
        to.WriteEndArray();
    }

    private static void Texts(Utf8JsonWriter to, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        to.WriteStartArray(name);
        foreach (var text in texts) to.WriteStringValue(text);
        to.WriteEndArray();
    }

    private static void Each<T>(Utf8JsonWriter to, ReadOnlySpan<byte> name, IEnumerable<T> items, Action<T> members)
    {
        to.WriteStartArray(name);
        foreach (var item in items)
        {
            to.WriteStartObject();
            members(item);
            to.WriteEndObject();
        }

        to.WriteEndArray();
    }
}
