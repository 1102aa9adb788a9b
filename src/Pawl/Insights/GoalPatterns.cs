namespace Pawl.Insights;

/// <summary>A way in which decisions fail.</summary>
/// <param name="Fingerprint">What their errors have in common.</param>
/// <param name="Example">The newest of these errors, as it was recorded.</param>
/// <param name="Count">How many decisions failed so.</param>
/// <param name="DecisionIds">The newest of them, at most <see cref="Limits.EvidenceIds"/>.</param>
public sealed record FailureKind(string Fingerprint, string Example, long Count, IReadOnlyList<DecisionRef> DecisionIds)
{
    /// <summary>What the newest runs that failed so were to do, each once; none where nobody said.</summary>
    public IReadOnlyList<string> GoalDescriptions { get; init; } = [];
}

/// <summary>What all runs of a goal have in common.</summary>
public sealed record GoalPatterns
{
    /// <summary>The goal.</summary>
    public required string GoalId { get; init; }

    /// <summary>Its runs.</summary>
    public required RunTally Runs { get; init; }

    /// <summary>How many decisions failed.</summary>
    public required long FailedDecisions { get; init; }

    /// <summary>In how many different ways.</summary>
    public required long FailureKinds { get; init; }

    /// <summary>The most common of these ways, at most <see cref="InsightLimits.CommonKinds"/>.</summary>
    public required IReadOnlyList<FailureKind> CommonFailures { get; init; }

    /// <summary>The nodes that fail too often, as far as the data can tell.</summary>
    public required IReadOnlyList<NodeInsight> ProblematicNodes { get; init; }

    /// <summary>How many decisions there are of each type.</summary>
    public required IReadOnlyList<WordCount> DecisionTypes { get; init; }

    /// <summary>How many different intents there are.</summary>
    public required long Intents { get; init; }

    /// <summary>What was chosen for the most frequent of them, at most <see cref="InsightLimits.Intents"/>.</summary>
    public required IReadOnlyList<IntentTally> Choices { get; init; }

    /// <summary>The patterns of a goal.</summary>
    /// <param name="view">Where to read.</param>
    /// <param name="goal">The goal.</param>
    /// <param name="evidence">At most so many decision ids beside each statement.</param>
    public static GoalPatterns Of(IInsightView view, string goal, int evidence = Limits.EvidenceIds)
    {
        var choices = view.Choices(goal, null, InsightLimits.Intents);
        var failures = view.Failures(goal, InsightLimits.CommonKinds);
        return new GoalPatterns
        {
            GoalId = goal,
            Runs = view.Runs(goal),
            FailedDecisions = failures.Decisions,
            FailureKinds = failures.Kinds,
            CommonFailures =
            [
                .. failures.Most.Select(kind => new FailureKind(
                    kind.Word, view.Example(goal, kind.Word) ?? kind.Word, kind.Count, view.Evidence(goal, kind.Word, evidence)))
                    .Select(kind => kind with { GoalDescriptions = view.GoalDescriptions([.. kind.DecisionIds.Select(id => id.RunId).Distinct(StringComparer.Ordinal)]) }),
            ],
            ProblematicNodes = NodeInsight.Problematic(view, goal, evidence),
            DecisionTypes = view.DecisionTypes(goal),
            Intents = choices.Intents,
            Choices = choices.Most,
        };
    }
}
