using System.Globalization;
using System.Text.Json;

namespace Pawl.Insights;

/// <summary>Suggestions from the paths of the newest ended runs, read once as a stream: what failing runs choose more often, and what they repeat.</summary>
internal static class PathSuggestions
{
    private const int DistinctOptions = 4096;
    private const int CheckedRepetitions = 500;

    public static IEnumerable<Suggestion> Of(IInsightView view, string goal, RunTally runs, int evidence)
    {
        var paths = new Paths();
        view.Steps(goal, InsightLimits.StreamedRuns, paths.Take);
        paths.EndRun();
        var all = view.NewestEnded(goal, InsightLimits.StreamedRuns).Success;
        if (all.N == 0) yield break;
        var scale = (double)runs.Success.N / all.N;
        var among = all.N == runs.Success.N ? "" : string.Create(CultureInfo.InvariantCulture, $" (among the newest {all.N} that ended)");
        if (Repeated(view, paths, evidence) is { } repeated && Suggestions.Gain(repeated.Runs, all - repeated.Runs, scale) is { } retry)
        {
            yield return new Suggestion(
                SuggestionKind.Retry,
                "Do not repeat a failed call unchanged",
                string.Create(CultureInfo.InvariantCulture, $"{InsightText.Count(repeated.Runs.N, "run", "runs")}{among} made the same failing call again with the same parameters, {repeated.Calls} calls in vain; ")
                + $"{InsightText.Of(repeated.Runs)} of these reached the goal, against {InsightText.Of(all - repeated.Runs)} of the others. Give the agent the earlier error, or stop after a second try.",
                retry.Effect,
                repeated.Runs.N,
                repeated.Evidence);
        }

        var tested = paths.Options.Where(o => o.Value.Runs.N >= InsightLimits.MinimumSample && all.N - o.Value.Runs.N >= InsightLimits.MinimumSample)
            .Select(o => (Option: o.Key, Seen: o.Value, Gain: Suggestions.Gain(o.Value.Runs, all - o.Value.Runs, scale)!.Value)).ToList();
        var adjusted = Holm.Adjust([.. tested.Select(t => t.Gain.Difference.P)]);
        for (var i = 0; i < tested.Count; i++)
        {
            var (option, seen, gain) = tested[i];
            if (gain.Difference.Low <= 0 || adjusted[i] >= 0.05) continue;
            yield return new Suggestion(
                SuggestionKind.Path,
                $"Look into the runs that chose \"{InsightText.Cut(option)}\"",
                $"{InsightText.Of(seen.Runs)} of the runs{among} that chose it reached the goal, against {InsightText.Of(all - seen.Runs)} of the others: "
                + $"{InsightText.Of(gain.Difference)}, {InsightText.P(adjusted[i])} after correcting for {tested.Count} options.",
                gain.Effect,
                seen.Runs.N,
                [.. seen.Failing.TakeLast(evidence).Reverse().Select(id => id.ToString())]);
        }
    }

    // Two failures of one kind in one run are a repetition only where the call was the same.
    private static (Proportion Runs, long Calls, IReadOnlyList<string> Evidence)? Repeated(IInsightView view, Paths paths, int evidence)
    {
        var runs = new Proportion(0, 0);
        var calls = 0L;
        var ids = new List<string>();
        foreach (var candidates in paths.Repeated.GroupBy(steps => steps[0].RunNumber).Reverse().Take(CheckedRepetitions))
        {
            var same = candidates.SelectMany(steps => steps.GroupBy(s => Call(view, s), StringComparer.Ordinal)).Where(g => g.Count() > 1).ToList();
            if (same.Count == 0) continue;
            runs += new Proportion(same[0].First().Completed ? 1 : 0, 1);
            calls += same.Sum(g => g.Count() - 1);
            ids.AddRange(same.SelectMany(g => g).Select(s => s.Id.ToString()));
        }

        return runs.N == 0 ? null : (runs, calls, [.. ids.Take(evidence)]);
    }

    private static string Call(IInsightView view, RunStep step)
    {
        using var line = JsonDocument.Parse(view.Decided(step.RunNumber, step.N)!, new JsonDocumentOptions { MaxDepth = Limits.JsonDepth + 8 });
        var parameters = line.RootElement.TryGetProperty("options", out var options)
            ? options.EnumerateArray().FirstOrDefault(o => o.TryGetProperty("id", out var id) && id.ValueEquals(step.Chosen)) : default;
        return step.Chosen + '\u001f' + (parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("action_params", out var found) ? found.GetRawText() : "");
    }

    private sealed class Seen
    {
        public Proportion Runs { get; set; }

        public Queue<DecisionRef> Failing { get; } = [];
    }

    // Keeps what belongs to the run that passes by, and sums over those that have passed.
    private sealed class Paths
    {
        private readonly Dictionary<string, DecisionRef> _chosen = new(StringComparer.Ordinal);
        private readonly Dictionary<(string Chosen, string Fingerprint), List<RunStep>> _failed = [];
        private RunStep _last;

        public Dictionary<string, Seen> Options { get; } = new(StringComparer.Ordinal);

        public List<List<RunStep>> Repeated { get; } = [];

        public void Take(RunStep step)
        {
            if (step.RunNumber != _last.RunNumber) EndRun();
            _last = step;
            _chosen.TryAdd(step.Chosen, step.Id);
            if (step.Fingerprint is null) return;
            var key = (step.Chosen, step.Fingerprint);
            if (!_failed.TryGetValue(key, out var steps)) _failed.Add(key, steps = []);
            if (steps.Count < Limits.EvidenceIds) steps.Add(step);
        }

        public void EndRun()
        {
            foreach (var (option, first) in _chosen)
            {
                if (!Options.TryGetValue(option, out var seen))
                {
                    if (Options.Count >= DistinctOptions) continue;
                    Options.Add(option, seen = new Seen());
                }

                seen.Runs += new Proportion(_last.Completed ? 1 : 0, 1);
                if (_last.Completed) continue;
                seen.Failing.Enqueue(first);
                if (seen.Failing.Count > Limits.EvidenceIds) seen.Failing.Dequeue();
            }

            Repeated.AddRange(_failed.Values.Where(steps => steps.Count > 1));
            _chosen.Clear();
            _failed.Clear();
        }
    }
}
