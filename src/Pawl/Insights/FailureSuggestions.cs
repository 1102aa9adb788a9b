namespace Pawl.Insights;

/// <summary>Suggestions from what goes visibly wrong: errors, and the nodes where they happen.</summary>
internal static class FailureSuggestions
{
    public static IEnumerable<Suggestion> Of(IInsightView view, string goal, RunTally runs, int evidence)
    {
        foreach (var (kind, gain) in Worse(view.RunsByFailure(goal, InsightLimits.Kinds), runs))
        {
            var ids = view.Evidence(goal, kind.Word, evidence);
            yield return new Suggestion(
                SuggestionKind.Failure,
                $"Prevent or handle \"{InsightText.Cut(kind.Word)}\"",
                $"{Runs(kind)} met this error; {Compared(kind, runs, gain)}",
                Effect(kind, gain),
                kind.Success.N,
                [.. ids.Select(id => id.ToString())]);
        }

        var worse = Worse(view.RunsByFailingNode(goal, InsightLimits.Nodes), runs).ToDictionary(n => n.Group.Word, StringComparer.Ordinal);
        foreach (var node in NodeInsight.Problematic(view, goal, evidence))
        {
            if (!worse.TryGetValue(node.NodeId, out var found)) continue;
            var (failing, gain) = found;
            yield return new Suggestion(
                SuggestionKind.Node,
                $"Make the node \"{node.NodeId}\" more reliable",
                $"{InsightText.Of(node.FailureRate)} of its decisions failed. {Runs(failing)} had a failure there; {Compared(failing, runs, gain)}",
                Effect(failing, gain),
                failing.Success.N,
                [.. node.DecisionIds.Select(id => id.ToString())]);
        }
    }

    // Runs that met an error and did no worse than the others have coped with it. P-values are corrected for all that were compared.
    private static List<(EndedRuns Group, ProportionDifference Gain)> Worse(IReadOnlyList<EndedRuns> groups, RunTally runs)
    {
        var compared = groups.Select(g => (Group: g, Gain: ProportionDifference.Between(runs.Success - g.Success, g.Success))).Where(g => g.Gain is not null).ToList();
        var adjusted = Holm.Adjust([.. compared.Select(g => g.Gain!.P)]);
        return [.. compared.Select((g, i) => (g.Group, Gain: g.Gain! with { P = adjusted[i] })).Where(g => g.Group.NotCompleted >= 2 && g.Gain.Difference > 0)];
    }

    private static ExpectedEffect Effect(EndedRuns group, ProportionDifference gain)
    {
        double n = group.Success.N;
        return new ExpectedEffect(gain.Difference * n, gain.Low * n, gain.High * n, gain.IsClear);
    }

    private static string Runs(EndedRuns group) => InsightText.Count(group.Success.N, "ended run", "ended runs");

    private static string Compared(EndedRuns group, RunTally runs, ProportionDifference difference) =>
        $"{InsightText.Of(group.Success)} of these reached the goal, against {InsightText.Of(runs.Success - group.Success)} of the others. "
        + (difference.IsClear ? $"The others are ahead: {InsightText.Of(difference, isCorrected: true)}." : $"The data are too few to be sure of the difference: {InsightText.Of(difference, isCorrected: true)}.");
}
