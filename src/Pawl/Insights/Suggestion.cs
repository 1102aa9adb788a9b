namespace Pawl.Insights;

/// <summary>The runs that would be gained if what a suggestion is about did no more harm than its absence.</summary>
/// <param name="Runs">The estimate.</param>
/// <param name="Low">The lower end of its 95% interval; below 0 where the data do not even tell the direction.</param>
/// <param name="High">The upper end.</param>
/// <param name="IsClear">Whether chance alone explains it badly, after correcting for all that were compared with it.</param>
public sealed record ExpectedEffect(double Runs, double Low, double High, bool IsClear);

/// <summary>What a suggestion is about.</summary>
public enum SuggestionKind
{
    /// <summary>A way in which decisions fail.</summary>
    Failure,

    /// <summary>A node that fails too often.</summary>
    Node,

    /// <summary>An option that succeeds more often than another for the same intent.</summary>
    Option,

    /// <summary>Calls repeated without change after they failed.</summary>
    Retry,

    /// <summary>Runs that failed although no step did.</summary>
    Silent,

    /// <summary>A choice that failing runs make more often.</summary>
    Path,

    /// <summary>The agent as a whole.</summary>
    Architecture,
}

/// <summary>Something to improve.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Title">What to do, in a few words.</param>
/// <param name="Why">What the data say, in a sentence or two.</param>
/// <param name="Effect">What it may bring; null where the data cannot tell.</param>
/// <param name="N">On how many runs (for an option: decisions) the statement rests.</param>
/// <param name="Evidence">Ids of decisions (<c>run_id/decision_id</c>) or of runs, the newest first.</param>
public sealed record Suggestion(SuggestionKind Kind, string Title, string Why, ExpectedEffect? Effect, long N, IReadOnlyList<string> Evidence);

/// <summary>What would improve an agent, the greatest expected effect first.</summary>
/// <param name="GoalId">The goal.</param>
/// <param name="Runs">Its runs.</param>
/// <param name="Items">The suggestions.</param>
public sealed record Suggestions(string GoalId, RunTally Runs, IReadOnlyList<Suggestion> Items)
{
    /// <summary>How to read them.</summary>
    public const string Note =
        "Effects are associations, not proof of cause: runs that did something may have had the harder tasks. Effects overlap and do not add up. Change one thing, then compare the runs before and after.";

    /// <summary>The suggestions for a goal.</summary>
    public static Suggestions Of(IInsightView view, string goal, int evidence = InsightLimits.SuggestionIds)
    {
        var runs = view.Runs(goal);
        if (runs.Success.N == 0) return new Suggestions(goal, runs, []);
        var items = FailureSuggestions.Of(view, goal, runs, evidence)
            .Concat(OptionSuggestions.Of(view, goal, runs, evidence))
            .Concat(PathSuggestions.Of(view, goal, runs, evidence))
            .Concat(SilentSuggestions.Of(view, goal, runs))
            .ToList();
        return new Suggestions(goal, runs,
        [
            .. items.OrderByDescending(s => s.Effect?.Runs ?? -1).ThenBy(s => s.Kind).ThenBy(s => s.Title, StringComparer.Ordinal),
        ]);
    }

    /// <summary>What the group would gain if it succeeded as often as the other runs; null where there are no other runs.</summary>
    internal static (ProportionDifference Difference, ExpectedEffect Effect)? Gain(Proportion group, Proportion others, double scale = 1)
    {
        if (ProportionDifference.Between(others, group) is not { } d) return null;
        var n = group.N * scale;
        return (d, new ExpectedEffect(d.Difference * n, d.Low * n, d.High * n, d.IsClear));
    }
}
