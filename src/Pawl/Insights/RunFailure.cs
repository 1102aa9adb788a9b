using System.Globalization;
using Pawl.Runs;

namespace Pawl.Insights;

/// <summary>A step on the way to a failure; the same call made several times in a row is one step.</summary>
/// <param name="Line">The decision in one line.</param>
/// <param name="DecisionIds">The decision, or the repeated ones in order.</param>
public sealed record ChainStep(string Line, IReadOnlyList<DecisionRef> DecisionIds);

/// <summary>The same call, with the same parameters and the same result, more than once in a run.</summary>
/// <param name="Line">The decision in one line.</param>
/// <param name="Failed">Whether it failed each time.</param>
/// <param name="DecisionIds">The decisions, in order.</param>
public sealed record Repetition(string Line, bool Failed, IReadOnlyList<DecisionRef> DecisionIds);

/// <summary>Something to try, and what speaks for it.</summary>
/// <param name="Text">The advice in a sentence.</param>
/// <param name="DecisionIds">The decisions it rests on.</param>
public sealed record Advice(string Text, IReadOnlyList<DecisionRef> DecisionIds);

/// <summary>Why one run failed, as far as its record tells.</summary>
public sealed record RunFailure
{
    /// <summary>Steps of the chain that are listed: the last ones before the failure.</summary>
    public const int ChainSteps = 200;

    /// <summary>The run.</summary>
    public required RunId RunId { get; init; }

    /// <summary>Its goal.</summary>
    public required string GoalId { get; init; }

    /// <summary>The same in words; empty where nobody said.</summary>
    public string GoalDescription { get; init; } = "";

    /// <summary>Where it stands.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>What happened, in a sentence.</summary>
    public required string Headline { get; init; }

    /// <summary>The first decision that failed; null where none did.</summary>
    public DecisionRef? FirstFailure { get; init; }

    /// <summary>What its error has in common with others; null where no decision failed.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The cause given for that decision's problem, else its error; without a failed decision, the critical problems' causes. Null where the record names none.</summary>
    public string? RootCause { get; init; }

    /// <summary>The decisions up to and including the first that failed, at most the last <see cref="ChainSteps"/> steps; empty where none failed.</summary>
    public required IReadOnlyList<ChainStep> Chain { get; init; }

    /// <summary>Steps before those of <see cref="Chain"/>.</summary>
    public int EarlierSteps { get; init; }

    /// <summary>All failed decisions, at most <see cref="Limits.EvidenceIds"/>.</summary>
    public required IReadOnlyList<DecisionRef> DecisionIds { get; init; }

    /// <summary>How many decisions failed.</summary>
    public required long FailedDecisions { get; init; }

    /// <summary>The problems that were reported.</summary>
    public required IReadOnlyList<Problem> Problems { get; init; }

    /// <summary>Calls that were repeated without anything changing: failed ones from twice on, others where the run made no progress.</summary>
    public required IReadOnlyList<Repetition> Repetitions { get; init; }

    /// <summary>What to try.</summary>
    public required IReadOnlyList<Advice> Suggestions { get; init; }

    /// <summary>Explains a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="elsewhere">How the options of the first failed decision's intent fared in all runs of the goal; null where that is not known.</param>
    public static RunFailure Of(Run run, Func<string, IntentTally?> elsewhere)
    {
        var root = run.Decisions.FirstOrDefault(Failed);
        var steps = root is null ? [] : Steps(run, root);
        var failed = run.Decisions.Where(Failed).ToList();
        var repetitions = RunRepetitions.Of(run);
        return new RunFailure
        {
            RunId = run.Id,
            GoalId = run.GoalId,
            GoalDescription = run.GoalDescription,
            Status = run.Status,
            Headline = Say(run, root),
            FirstFailure = root is null ? null : Ref(run, root),
            Fingerprint = root is null ? null : Pawl.Fingerprint.Of(Error(root)),
            RootCause = Cause(run, root),
            Chain = [.. steps.Skip(Math.Max(0, steps.Count - ChainSteps))],
            EarlierSteps = Math.Max(0, steps.Count - ChainSteps),
            DecisionIds = [.. failed.Take(Limits.EvidenceIds).Select(d => Ref(run, d))],
            FailedDecisions = failed.Count,
            Problems = run.Problems,
            Repetitions = repetitions,
            Suggestions = RunAdvice.For(run, root, repetitions, Cause(run, root), root is null ? null : elsewhere(root.Intent)),
        };
    }

    internal static bool Failed(Decision decision) => decision.Outcome is { Success: false };

    internal static DecisionRef Ref(Run run, Decision decision) => new(run.Id.Value, decision.Id);

    internal static string Error(Decision decision)
    {
        var outcome = decision.Outcome!;
        return string.IsNullOrWhiteSpace(outcome.Error) ? outcome.Summary : outcome.Error;
    }

    private static string Say(Run run, Decision? root)
    {
        var how = run.Status switch
        {
            RunStatus.Completed => "the run reached its goal",
            RunStatus.Failed => "the run failed",
            RunStatus.Stuck => "the run never ended",
            RunStatus.Cancelled => "the run was cancelled",
            _ => "the run still goes on",
        };
        var pending = run.Decisions.Count(d => d.Outcome is null);
        if (root is not null)
        {
            var failed = run.Decisions.Count(Failed);
            return Invariant($"{Capital(how)}; {failed} of {run.Decisions.Count} decisions failed, the first at {root.Id} in {root.NodeId}: {Error(root)}");
        }

        if (run.Status is not (RunStatus.Failed or RunStatus.Stuck)) return Invariant($"{Capital(how)}, and none of its {run.Decisions.Count} decisions failed.");
        var steps = run.Decisions.Count == 0 ? "No decision was recorded"
            : pending == 0 ? Invariant($"Every recorded step succeeded ({run.Decisions.Count} of {run.Decisions.Count})")
            : Invariant($"No recorded step failed, {pending} of {run.Decisions.Count} have no outcome");
        var critical = run.Problems.Where(p => p.Severity == Severity.Critical).ToList();
        return critical.Count == 0
            ? $"{steps}, yet {how}, and no critical problem says why."
            : $"{steps}, yet {how}: {string.Join("; ", critical.Take(3).Select(WithCause))}.";
    }

    private static string? Cause(Run run, Decision? root)
    {
        if (root is not null) return run.Problems.FirstOrDefault(p => p.DecisionId == root.Id && !string.IsNullOrWhiteSpace(p.RootCause))?.RootCause ?? Error(root);
        var causes = run.Problems.Where(p => p.Severity == Severity.Critical && !string.IsNullOrWhiteSpace(p.RootCause)).Select(p => p.RootCause!).Distinct(StringComparer.Ordinal).ToList();
        return causes.Count == 0 ? null : string.Join("; ", causes);
    }

    private static List<ChainStep> Steps(Run run, Decision root)
    {
        var steps = new List<ChainStep>();
        var ids = new List<DecisionRef>();
        Decision? before = null;
        foreach (var decision in run.Decisions)
        {
            if (before is not null && !RunRepetitions.SameCall(before, decision))
            {
                steps.Add(new ChainStep(RunText.Line(before), ids));
                ids = [];
            }

            ids.Add(Ref(run, decision));
            before = decision;
            if (ReferenceEquals(decision, root)) break;
        }

        steps.Add(new ChainStep(RunText.Line(root), ids));
        return steps;
    }

    private static string WithCause(Problem problem) => string.IsNullOrWhiteSpace(problem.RootCause) ? problem.Description : $"{problem.Description} ({problem.RootCause})";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
