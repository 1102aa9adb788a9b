using Pawl.Runs;

namespace Pawl.Insights;

/// <summary>One of two compared runs.</summary>
/// <param name="RunId">The run.</param>
/// <param name="GoalId">Its goal.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="DurationMs">Whole milliseconds from start to end.</param>
/// <param name="Metrics">Its counts and sums.</param>
/// <param name="Problems">How many problems were reported.</param>
/// <param name="OnlyNodes">Nodes that only this one executed.</param>
public sealed record ComparedRun(
    RunId RunId, string GoalId, RunStatus Status, long DurationMs, RunMetrics Metrics, long Problems, IReadOnlyList<string> OnlyNodes);

/// <summary>One step of the alignment. One of the two is null where only the other run has the step.</summary>
/// <param name="A">The first run's decision.</param>
/// <param name="B">The second run's decision that it belongs to: same node, intent and choice.</param>
public sealed record AlignedStep(Decision? A, Decision? B)
{
    /// <summary>Whether both have the step and it came out differently: one succeeded, one failed or is pending, or they failed in different ways.</summary>
    public bool CameOutDifferently => A is not null && B is not null && (A.Outcome?.Success != B.Outcome?.Success
        || (A.Outcome is { Success: false } && Fingerprint.Of(RunFailure.Error(A)) != Fingerprint.Of(RunFailure.Error(B))));
}

/// <summary>Two runs side by side.</summary>
public sealed record RunComparison
{
    /// <summary>The first run.</summary>
    public required ComparedRun A { get; init; }

    /// <summary>The second run.</summary>
    public required ComparedRun B { get; init; }

    /// <summary>The decisions of both, aligned so that as many as possible belong together.</summary>
    public required IReadOnlyList<AlignedStep> Steps { get; init; }

    /// <summary>Decisions after those that were aligned, where a run is longer than what is compared (<see cref="InsightLimits.AlignedDecisions"/> after the common beginning).</summary>
    public required long NotAligned { get; init; }

    /// <summary>Where the runs first differ in what they chose; null where they never do.</summary>
    public int? FirstDivergence { get; init; }

    /// <summary>The step where they do: what each of them chose instead of the other, null where one had ended.</summary>
    public AlignedStep? Divergence => FirstDivergence is not { } at ? null : Steps[at] with
    {
        A = Steps[at].A ?? Steps.Skip(at).FirstOrDefault(s => s.A is not null)?.A,
        B = Steps[at].B ?? Steps.Skip(at).FirstOrDefault(s => s.B is not null)?.B,
    };

    /// <summary>Decisions that both have.</summary>
    public int Common => Steps.Count(s => s is { A: not null, B: not null });

    /// <summary>Decisions that both have among all, from 0 to 1; null where neither run has any.</summary>
    public double? Similarity => Steps.Count + NotAligned == 0 ? null : 2.0 * Common / ((2 * Common) + Steps.Count(s => s.A is null || s.B is null) + NotAligned);

    /// <summary>Compares two runs.</summary>
    public static RunComparison Of(Run a, Run b)
    {
        var codes = new Dictionary<(string, string, string), int>();
        int[] first = [.. a.Decisions.Select(Code)], second = [.. b.Decisions.Select(Code)];
        var common = first.AsSpan().CommonPrefixLength(second);
        var (endA, endB) = (Math.Min(first.Length, common + InsightLimits.AlignedDecisions), Math.Min(second.Length, common + InsightLimits.AlignedDecisions));
        var steps = new List<AlignedStep>();
        var (i, j) = (0, 0);
        foreach (var (nextA, nextB) in SequenceAlignment.Align(first.AsSpan(0, endA), second.AsSpan(0, endB)).Append((endA, endB)))
        {
            while (i < nextA) steps.Add(new AlignedStep(a.Decisions[i++], null));
            while (j < nextB) steps.Add(new AlignedStep(null, b.Decisions[j++]));
            if (i < endA && j < endB) steps.Add(new AlignedStep(a.Decisions[i++], b.Decisions[j++]));
        }

        var divergence = steps.FindIndex(s => s.A is null || s.B is null);
        return new RunComparison
        {
            A = Side(a, b),
            B = Side(b, a),
            Steps = steps,
            NotAligned = first.Length - endA + second.Length - endB,
            FirstDivergence = divergence < 0 ? null : divergence,
        };

        int Code(Decision d)
        {
            var key = (d.NodeId, d.Intent, d.ChosenOptionId);
            if (!codes.TryGetValue(key, out var code)) codes.Add(key, code = codes.Count);
            return code;
        }
    }

    private static ComparedRun Side(Run run, Run other) => new(
        run.Id, run.GoalId, run.Status, run.DurationMs, run.Metrics, run.Problems.Count, [.. run.NodesExecuted.Except(other.NodesExecuted, StringComparer.Ordinal)]);
}
