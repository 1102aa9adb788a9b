using System.Globalization;

namespace Pawl.Insights;

/// <summary>Suggestions from what no error tells: runs that failed although every step succeeded, and a success rate that no single mend lifts.</summary>
internal static class SilentSuggestions
{
    private const double GoodRate = 0.8;
    private const int Causes = 5;

    public static IEnumerable<Suggestion> Of(IInsightView view, string goal, RunTally runs)
    {
        var groups = FailureOverview.SilentOnes(view, goal);
        var silent = groups.Sum(g => g.Runs);
        var failed = runs.Failed + runs.Stuck;
        if (silent > 0)
        {
            var seen = view.RunsWithFailures(goal).Success;
            var recovery = seen.Wilson is { } r ? new ExpectedEffect(silent * seen.Rate!.Value, silent * r.Low, silent * r.High, false) : null;
            yield return new Suggestion(
                SuggestionKind.Silent,
                string.Create(CultureInfo.InvariantCulture, $"Make wrong results visible: {silent} of {failed} failed runs failed though no step failed"),
                $"{InsightText.Of(new Proportion(silent, failed))} of the runs that did not reach the goal have no failed decision, so neither the agent nor its record knows where they went wrong. "
                + $"What was reported of them: {Counted(FailureOverview.Causes(groups))}. "
                + "Let the agent check its result against the goal before it ends, and record the check. "
                + (recovery is null ? "No run has met a visible error yet, so what that would bring is unknown."
                    : $"The effect assumes that it recovers as often as from the errors it sees: {InsightText.Of(seen)}."),
                recovery,
                failed,
                [.. groups.SelectMany(g => g.RunIds).Take(Limits.EvidenceIds)]);
        }

        if (runs.Success.Wilson!.Value.High < GoodRate)
        {
            var missing = (GoodRate * runs.Success.N) - runs.Completed;
            yield return new Suggestion(
                SuggestionKind.Architecture,
                "Look at the agent as a whole",
                string.Create(CultureInfo.InvariantCulture, $"{InsightText.Of(runs.Success)} of the runs reach the goal; even the upper end is below {InsightText.Percent(GoodRate)}, {missing:0} runs short of it. ")
                + "Where the mends above do not add up to that, consider a step that plans, one that verifies, or a smaller goal.",
                null,
                runs.Success.N,
                []);
        }
    }

    private static string Counted(IReadOnlyList<WordCount> causes) =>
        string.Join(", ", causes.Take(Causes).Select(c => string.Create(CultureInfo.InvariantCulture, $"{InsightText.Cut(c.Word, 100)} ({c.Count})")))
        + (causes.Count > Causes ? string.Create(CultureInfo.InvariantCulture, $" and {causes.Count - Causes} others") : "");
}
