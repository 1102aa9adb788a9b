using System.Globalization;

namespace Pawl.Insights;

/// <summary>How often something befell runs before and after.</summary>
/// <param name="Kind"><c>node</c>: runs with a failed decision among the runs that came to the node; <c>failure</c>: runs with such a failure among all.</param>
/// <param name="Name">The node, or the failure's fingerprint.</param>
/// <param name="Before">Among the runs before.</param>
/// <param name="After">Among the runs after.</param>
/// <param name="Difference">After minus before; null where one side has no runs.</param>
/// <param name="AdjustedP">The p-value after Holm's correction over everything that was compared; null where nothing could be tested.</param>
public sealed record CohortChange(string Kind, string Name, Proportion Before, Proportion After, ProportionDifference? Difference, double? AdjustedP)
{
    /// <summary>Whether the change holds although so many were looked at.</summary>
    public bool IsClear => AdjustedP < 0.05;

    /// <summary><c>new</c>, <c>gone</c>, <c>more</c>, <c>less</c>, <c>same</c>, or <c>untested</c>. A word alone is an observation; see <see cref="IsClear"/>.</summary>
    public string Change => (Before, After, Difference) switch
    {
        (_, _, null) => "untested",
        ({ Count: 0 }, { Count: > 0 }, _) => "new",
        ({ Count: > 0 }, { Count: 0 }, _) => "gone",
        (_, _, { Difference: > 0 }) => "more",
        (_, _, { Difference: < 0 }) => "less",
        _ => "same",
    };
}

/// <summary>
/// Runs of a goal before a time against those after one, as a test. The unit is the run: decisions of one run hang together, and counting
/// them as independent would make chance look like change. Runs that go on or were cancelled are left out.
/// </summary>
public sealed record CohortComparison
{
    /// <summary>The goal.</summary>
    public required string GoalId { get; init; }

    /// <summary>The first cohort started before this.</summary>
    public required DateTimeOffset Before { get; init; }

    /// <summary>The second one started at or after this.</summary>
    public required DateTimeOffset After { get; init; }

    /// <summary>The first cohort's runs.</summary>
    public required RunTally RunsBefore { get; init; }

    /// <summary>The second cohort's runs.</summary>
    public required RunTally RunsAfter { get; init; }

    /// <summary>The success rate after minus before; null where a cohort has no ended runs.</summary>
    public required ProportionDifference? Difference { get; init; }

    /// <summary>What befell runs more or less often: nodes and failures, the surest changes first.</summary>
    public required IReadOnlyList<CohortChange> Changes { get; init; }

    /// <summary>What that means, in a sentence.</summary>
    public string Verdict => Difference switch
    {
        null => RunsBefore.Success.N == 0 && RunsAfter.Success.N == 0 ? "Neither cohort has runs that ended: nothing can be compared."
            : $"No run that ended {(RunsBefore.Success.N == 0 ? "started before the first time" : "started after the second time")}: nothing can be compared.",
        { Low: > 0 } d => $"The success rate rose by {Range(d.Low, d.High)} points.",
        { High: < 0 } d => $"The success rate fell by {Range(-d.High, -d.Low)} points.",
        var d => string.Create(CultureInfo.InvariantCulture,
            $"These runs do not tell whether the success rate changed: anything from {100 * d.Low:+0.#;-0.#;0} to {100 * d.High:+0.#;-0.#;0} points is compatible with them."),
    };

    /// <summary>Compares the runs that started before one time with those that started at or after another.</summary>
    /// <exception cref="BadInputException"><paramref name="after"/> lies before <paramref name="before"/>, so that runs would be in both.</exception>
    public static CohortComparison Of(IInsightView view, string goal, DateTimeOffset before, DateTimeOffset after)
    {
        if (after < before)
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"The second cohort would begin ({after:o}) before the first one ends ({before:o}), so that runs would be in both. Give --after a time that is not earlier than --before."));
        }

        var (first, second) = (new RunWindow(null, before), new RunWindow(after));
        var (runsBefore, runsAfter) = (view.Runs(goal, first), view.Runs(goal, second));
        var failures = view.CohortsByFailure(goal, first, second, InsightLimits.Nodes)
            .Select(f => Change("failure", f, runsBefore.Success.N, runsAfter.Success.N));
        return new CohortComparison
        {
            GoalId = goal,
            Before = before,
            After = after,
            RunsBefore = runsBefore,
            RunsAfter = runsAfter,
            Difference = ProportionDifference.Between(runsAfter.Success, runsBefore.Success),
            Changes = Adjusted([.. failures.Concat(Nodes(view, goal, first, second)).Where(c => c.Before.Count + c.After.Count > 0)]),
        };
    }

    private static IEnumerable<CohortChange> Nodes(IInsightView view, string goal, RunWindow first, RunWindow second)
    {
        var visitsBefore = view.RunsByNode(goal, first).ToDictionary(n => n.Word, n => n.Success.N, StringComparer.Ordinal);
        var visitsAfter = view.RunsByNode(goal, second).ToDictionary(n => n.Word, n => n.Success.N, StringComparer.Ordinal);
        return view.CohortsByFailingNode(goal, first, second, InsightLimits.Nodes)
            .Select(n => Change("node", n, visitsBefore.GetValueOrDefault(n.Word), visitsAfter.GetValueOrDefault(n.Word)));
    }

    // An imported record may not say that a run came to a node where it failed; a failure is a visit.
    private static CohortChange Change(string kind, CohortCount count, long runsBefore, long runsAfter)
    {
        var (a, b) = (new Proportion(count.First, Math.Max(count.First, runsBefore)), new Proportion(count.Second, Math.Max(count.Second, runsAfter)));
        return new CohortChange(kind, count.Word, a, b, ProportionDifference.Between(b, a), null);
    }

    private static List<CohortChange> Adjusted(List<CohortChange> changes)
    {
        var tested = changes.Where(c => c.Difference is not null).ToList();
        var p = Holm.Adjust([.. tested.Select(c => c.Difference!.P)]);
        return
        [
            .. tested.Select((c, i) => c with { AdjustedP = p[i] }).Concat(changes.Where(c => c.Difference is null))
                .OrderBy(c => c.AdjustedP ?? 2).ThenByDescending(c => Math.Abs(c.Difference?.Difference ?? 0)).ThenBy(c => c.Name, StringComparer.Ordinal),
        ];
    }

    private static string Range(double low, double high) => string.Create(CultureInfo.InvariantCulture, $"{100 * low:0.#} to {100 * high:0.#}");
}
