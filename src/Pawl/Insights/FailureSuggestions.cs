namespace Pawl.Insights;

/// <summary>Suggestions from what goes visibly wrong: errors, and the nodes where they happen.</summary>
internal static class FailureSuggestions
{
    public static IEnumerable<Suggestion> Of(IInsightView view, string goal, RunTally runs, int evidence)
    {
        foreach (var kind in view.RunsByFailure(goal, InsightLimits.Kinds))
        {
            if (Worse(kind, runs) is not { } gain) continue;
            var ids = view.Evidence(goal, kind.Word, null, evidence);
            yield return new Suggestion(
                SuggestionKind.Failure,
                $"Prevent or handle \"{InsightText.Cut(kind.Word)}\"",
                $"{Runs(kind)} met this error; {Compared(kind, runs, gain.Difference)}",
                gain.Effect,
                kind.Success.N,
                [.. ids.Select(id => id.ToString())]);
        }

        var byNode = view.RunsByFailingNode(goal, InsightLimits.Nodes).ToDictionary(n => n.Word, StringComparer.Ordinal);
        foreach (var node in NodeInsight.Problematic(view, goal, evidence))
        {
            if (!byNode.TryGetValue(node.NodeId, out var failing) || Worse(failing, runs) is not { } gain) continue;
            yield return new Suggestion(
                SuggestionKind.Node,
                $"Make the node \"{node.NodeId}\" more reliable",
                $"{InsightText.Of(node.FailureRate)} of its decisions failed. {Runs(failing)} had a failure there; {Compared(failing, runs, gain.Difference)}",
                gain.Effect,
                failing.Success.N,
                [.. node.DecisionIds.Select(id => id.ToString())]);
        }
    }

    // Runs that met the error and did no worse than the others have coped with it.
    private static (ProportionDifference Difference, ExpectedEffect Effect)? Worse(EndedRuns group, RunTally runs) =>
        group.NotCompleted >= 2 && Suggestions.Gain(group.Success, runs.Success - group.Success) is { Difference.Difference: > 0 } gain ? gain : null;

    private static string Runs(EndedRuns group) => InsightText.Count(group.Success.N, "ended run", "ended runs");

    private static string Compared(EndedRuns group, RunTally runs, ProportionDifference difference) =>
        $"{InsightText.Of(group.Success)} of these reached the goal, against {InsightText.Of(runs.Success - group.Success)} of the others. "
        + (difference.IsClear ? $"The others are ahead by {InsightText.Of(difference)}." : $"The data are too few to be sure of the difference: {InsightText.Of(difference)}.");
}
