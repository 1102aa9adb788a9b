using System.Text.Json;
using Pawl.Runs;

namespace Pawl.Insights;

/// <summary>Finds calls that a run made again although nothing had changed.</summary>
internal static class RunRepetitions
{
    private const int NoProgressAfter = 5;

    /// <summary>Failed calls made at least twice, and calls whose repetition means no progress while a run is recorded; the most repeated first.</summary>
    public static IReadOnlyList<Repetition> Of(Run run)
    {
        var stalled = Stalled(run);
        return
        [
            .. run.Decisions.Where(d => d.Outcome is not null).GroupBy(Key, StringComparer.Ordinal).Where(g => g.Count() > 1)
                .Where(g => RunFailure.Failed(g.First()) || g.Any(d => stalled.Contains(d.Id)))
                .Select(g => new Repetition(RunText.Line(g.First()), RunFailure.Failed(g.First()), [.. g.Take(Limits.EvidenceIds).Select(d => RunFailure.Ref(run, d))]))
                .OrderByDescending(r => r.DecisionIds.Count),
        ];
    }

    public static bool SameCall(Decision a, Decision b) =>
        a.NodeId == b.NodeId && a.Intent == b.Intent && a.ChosenOptionId == b.ChosenOptionId && Parameters(a) == Parameters(b);

    /// <summary>The parameters of what was chosen, as they were recorded.</summary>
    public static string Parameters(Decision decision) => decision.ChosenOption is { ActionParams.ValueKind: JsonValueKind.Object } chosen ? chosen.ActionParams.GetRawText() : "";

    private static string Key(Decision d) => string.Join(
        '\u001f', d.NodeId, d.Intent, d.ChosenOptionId, Parameters(d), d.Outcome!.Success ? "1" : "0", d.Outcome.Error, d.Outcome.Success ? d.Outcome.Result.GetRawText() : "");

    // The same rule as while the run goes on.
    private static HashSet<string> Stalled(Run run)
    {
        var monitor = new ProgressMonitor(NoProgressAfter);
        var stalled = new HashSet<string>(StringComparer.Ordinal);
        foreach (var decision in run.Decisions)
        {
            if (decision.Outcome is not { } outcome) continue;
            monitor.Decided(decision.Id, decision.Intent, decision.ChosenOptionId, decision.ChosenOption?.ActionParams ?? default);
            if (monitor.CameOut(decision.Id, outcome) > 0) stalled.Add(decision.Id);
        }

        return stalled;
    }
}
