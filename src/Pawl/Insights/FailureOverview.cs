namespace Pawl.Insights;

/// <summary>Runs that failed in the same way.</summary>
/// <param name="Fingerprint">What their first failed decisions' errors have in common; for silent ones, their critical problem.</param>
/// <param name="Example">The newest of these errors or problems, as it was recorded.</param>
/// <param name="RootCause">The newest cause that was given for such a problem; null where none was, and where they are not silent.</param>
/// <param name="IsSilent">Whether no decision of theirs failed: every step succeeded, and the run did not.</param>
/// <param name="Runs">How many runs.</param>
/// <param name="Stuck">How many of them never said how they ended.</param>
/// <param name="RunIds">The newest of them, at most <see cref="InsightLimits.Examples"/>.</param>
/// <param name="DecisionIds">Their first failed decisions; none where they are silent.</param>
public sealed record FailureGroup(
    string Fingerprint, string Example, string? RootCause, bool IsSilent, long Runs, long Stuck, IReadOnlyList<string> RunIds, IReadOnlyList<DecisionRef> DecisionIds)
{
    /// <summary>What the runs of <see cref="RunIds"/> were to do, each once, the newest first; none where nobody said.</summary>
    public IReadOnlyList<string> GoalDescriptions { get; init; } = [];
}

/// <summary>Why runs failed, over all runs or those of a goal.</summary>
/// <param name="GoalId">The goal; null for all.</param>
/// <param name="Runs">The runs.</param>
/// <param name="Groups">Groups of failed and stuck runs, the largest first.</param>
/// <param name="LeftOut">Failed and stuck runs in smaller groups that are not listed.</param>
public sealed record FailureOverview(string? GoalId, RunTally Runs, IReadOnlyList<FailureGroup> Groups, long LeftOut)
{
    private const string Unexplained = "(no critical problem was reported)";
    private const int Distinct = 10_000;

    /// <summary>Failed and stuck runs of which no decision failed, among those listed.</summary>
    public long Silent => Groups.Where(g => g.IsSilent).Sum(g => g.Runs);

    /// <summary>Groups the failed and stuck runs.</summary>
    public static FailureOverview Of(IInsightView view, string? goal)
    {
        var tally = view.Runs(goal);
        var groups = view.FirstFailures(goal, InsightLimits.Kinds, InsightLimits.Examples)
            .Select(g => new FailureGroup(g.Fingerprint, g.Example, null, false, g.Runs, g.Stuck, [.. g.DecisionIds.Select(d => d.RunId)], g.DecisionIds))
            .Concat(SilentOnes(view, goal))
            .OrderByDescending(g => g.Runs).ThenBy(g => g.Fingerprint, StringComparer.Ordinal).Take(InsightLimits.Kinds)
            .Select(g => g with { GoalDescriptions = view.GoalDescriptions(g.RunIds) }).ToList();
        return new FailureOverview(goal, tally, groups, tally.Failed + tally.Stuck - groups.Sum(g => g.Runs));
    }

    /// <summary>The failed and stuck runs of which no decision failed, by their first critical problem; the largest group first.</summary>
    internal static IReadOnlyList<FailureGroup> SilentOnes(IInsightView view, string? goal)
    {
        var groups = new Dictionary<string, FailureGroup>(StringComparer.Ordinal);
        view.SilentFailures(goal, InsightLimits.Examples, runs =>
        {
            var fingerprint = Problem(runs);
            if (groups.Count >= Distinct && !groups.ContainsKey(fingerprint)) fingerprint = "(others)";
            var group = groups.GetValueOrDefault(fingerprint) ?? new FailureGroup(fingerprint, runs.Description ?? Unexplained, Blank(runs.RootCause) ? null : runs.RootCause, true, 0, 0, [], []);
            groups[fingerprint] = group with
            {
                Runs = group.Runs + runs.Runs,
                Stuck = group.Stuck + runs.Stuck,
                RunIds = [.. group.RunIds.Concat(runs.RunIds).Take(InsightLimits.Examples)],
            };
        });
        return [.. groups.Values.OrderByDescending(g => g.Runs).ThenBy(g => g.Fingerprint, StringComparer.Ordinal)];
    }

    /// <summary>
    /// What was given as the cause, the most frequent first; a cause of several parts, separated by semicolons, counts for each. Where
    /// none was given, the problem itself.
    /// </summary>
    internal static IReadOnlyList<WordCount> Causes(IReadOnlyList<FailureGroup> groups) =>
    [
        .. groups.SelectMany(g => Parts(g.RootCause ?? g.Example).Select(part => (Part: part, g.Runs)))
            .GroupBy(p => p.Part, StringComparer.Ordinal).Select(p => new WordCount(p.Key, p.Sum(g => g.Runs)))
            .OrderByDescending(p => p.Count).ThenBy(p => p.Word, StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Parts(string cause) =>
        cause.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Pawl.Fingerprint.Of).Distinct(StringComparer.Ordinal);

    private static string Problem(SilentRuns runs) => runs.Description is null
        ? Unexplained
        : Pawl.Fingerprint.Of(runs.Description) + (Blank(runs.RootCause) ? "" : ": " + Pawl.Fingerprint.Of(runs.RootCause));

    private static bool Blank(string? text) => string.IsNullOrWhiteSpace(text);
}
