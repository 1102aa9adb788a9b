namespace Pawl.Insights;

/// <summary>Suggestions from intents for which one option succeeds more often than another.</summary>
internal static class OptionSuggestions
{
    public static IEnumerable<Suggestion> Of(IInsightView view, string goal, RunTally runs, int evidence)
    {
        var pairs = new List<(string Intent, OptionTally Better, OptionTally Worse, ProportionDifference Difference)>();
        foreach (var intent in view.Choices(goal, null, InsightLimits.Intents).Most)
        {
            var tried = intent.Options.Where(o => o.Success.N >= InsightLimits.MinimumSample).OrderByDescending(o => o.Success.Rate).ToList();
            for (var i = 1; i < tried.Count; i++)
            {
                if (ProportionDifference.Between(tried[0].Success, tried[i].Success) is { } d) pairs.Add((intent.Intent, tried[0], tried[i], d));
            }
        }

        // What a failed decision costs: how much less often runs with one reach the goal.
        var failing = view.RunsWithFailures(goal);
        var cost = Math.Max(0, ProportionDifference.Between(runs.Success - failing.Success, failing.Success)?.Difference ?? 0);
        var adjusted = Holm.Adjust([.. pairs.Select(p => p.Difference.P)]);
        var clear = pairs.Select((p, i) => (p.Intent, p.Better, p.Worse, p.Difference, P: adjusted[i])).Where(p => p.Difference.Low > 0 && p.P < 0.05).ToList();
        var failed = Failed(view, goal, [.. clear.Select(p => (p.Intent, p.Worse.Option))]);
        foreach (var (intent, better, worse, d, p) in clear)
        {
            var n = worse.Success.N * cost;
            yield return new Suggestion(
                SuggestionKind.Option,
                $"For \"{InsightText.Cut(intent)}\" prefer \"{InsightText.Cut(better.Option)}\" to \"{InsightText.Cut(worse.Option)}\"",
                $"It succeeded in {InsightText.Of(better.Success)} of its decisions, the other in {InsightText.Of(worse.Success)}: {InsightText.Of(d)}, {InsightText.P(p)} after correcting for {pairs.Count} comparisons. "
                + $"A failed decision goes with a success rate lower by {InsightText.Percent(cost)} here, which turns decisions into runs.",
                new ExpectedEffect(d.Difference * n, d.Low * n, d.High * n, true),
                better.Success.N + worse.Success.N,
                [.. failed[(intent, worse.Option)].TakeLast(evidence).Reverse().Select(id => id.ToString())]);
        }
    }

    // Where the newest runs failed with these options.
    private static Dictionary<(string Intent, string Option), Queue<DecisionRef>> Failed(IInsightView view, string goal, List<(string Intent, string Option)> options)
    {
        var failed = options.ToDictionary(o => o, _ => new Queue<DecisionRef>());
        if (failed.Count == 0) return failed;
        view.Steps(goal, InsightLimits.StreamedRuns, step =>
        {
            if (step.Fingerprint is null || !failed.TryGetValue((step.Intent, step.Chosen), out var ids)) return;
            ids.Enqueue(step.Id);
            if (ids.Count > Limits.EvidenceIds) ids.Dequeue();
        });
        return failed;
    }
}
