using Pawl.Changes.Reports;

namespace Pawl.Changes;

/// <summary>What a check came to.</summary>
public enum CheckStatus
{
    /// <summary>It is green.</summary>
    Passed,

    /// <summary>It was red, and green when it was run again.</summary>
    Flaky,

    /// <summary>It is red.</summary>
    Failed,
}

/// <summary>Why a check is red. Only tests that fail can be told apart from those that failed before.</summary>
public enum CheckCause
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>Tests failed, and are named.</summary>
    Tests,

    /// <summary>It ended with another exit code than 0.</summary>
    Exit,

    /// <summary>It took too long, too much disk or too many processes, or could not be started.</summary>
    Stopped,

    /// <summary>There is no report, an old one, one without a test, or one that cannot be read.</summary>
    Report,

    /// <summary>It changed tracked files.</summary>
    Modified,

    /// <summary>A tool is missing.</summary>
    Missing,

    /// <summary>It, or a check before it, left in the checkout what cannot be read or taken away: nothing can be judged there any more.</summary>
    Left,
}

/// <summary>What one check came to on one tree.</summary>
public sealed record CheckResult
{
    /// <summary>The check.</summary>
    public required string Id { get; init; }

    /// <summary>Whether the gate is red where it is red.</summary>
    public required bool Required { get; init; }

    /// <summary>What it came to.</summary>
    public required CheckStatus Status { get; init; }

    /// <summary>Why it is red, or was at first.</summary>
    public CheckCause Cause { get; init; }

    /// <summary>The same in a sentence; empty where it is green.</summary>
    public string Why { get; init; } = "";

    /// <summary>The tests that its report names; none where it has no report.</summary>
    public TestReport Report { get; init; } = new([]);

    /// <summary>What an agent is told of it.</summary>
    public IReadOnlyList<GateFailure> Failures { get; init; } = [];

    /// <summary>Tests that failed at first and passed when they were run again.</summary>
    public IReadOnlyList<string> FlakyTests { get; init; } = [];

    /// <summary>What else a person should know: processes left behind, output cut.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How long it took.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>The tests of a status.</summary>
    public IEnumerable<string> Tests(TestStatus status) => Report.Tests.Where(test => test.Status == status).Select(test => test.Id);
}

/// <summary>What a gate came to on one tree.</summary>
/// <param name="Checks">Its checks, in order.</param>
public sealed record GateResult(IReadOnlyList<CheckResult> Checks)
{
    /// <summary>Whether every required check is green.</summary>
    public bool IsGreen => Checks.All(check => !check.Required || check.Status != CheckStatus.Failed);

    /// <summary>What an agent is told of the red checks that count.</summary>
    public IReadOnlyList<GateFailure> Failures => [.. Checks.Where(check => check.Required && check.Status == CheckStatus.Failed).SelectMany(check => check.Failures)];

    /// <summary>All tests of all checks, each with its check's name before it.</summary>
    public TestReport Report => new([.. Checks.SelectMany(check => check.Report.Tests.Select(test => test with { Id = $"{check.Id}: {test.Id}" }))]);
}

/// <summary>What a change did to the gate's checks: which failures are its own, and which were there before.</summary>
/// <param name="IsGreen">Whether nothing fails that counts against the change.</param>
/// <param name="New">Failures that count against it.</param>
/// <param name="Known">Tests that fail, and failed on the base commit as well.</param>
/// <param name="Fixed">Tests that failed on the base commit, and pass.</param>
internal sealed record GateComparison(bool IsGreen, IReadOnlyList<GateFailure> New, IReadOnlyList<string> Known, IReadOnlyList<string> Fixed)
{
    /// <summary>Compares a result with that on the base commit.</summary>
    /// <param name="onBase">On the base commit.</param>
    /// <param name="now">With the change.</param>
    /// <param name="forgivesKnown">Whether tests that failed before may go on failing. To heal a build all must pass.</param>
    public static GateComparison Of(GateResult onBase, GateResult now, bool forgivesKnown)
    {
        var before = onBase.Checks.ToDictionary(check => check.Id, check => check.Tests(TestStatus.Failed).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        List<GateFailure> isNew = [];
        List<string> known = [], isFixed = [];
        foreach (var check in now.Checks)
        {
            var failedBefore = before.GetValueOrDefault(check.Id) ?? [];
            isFixed.AddRange(check.Tests(TestStatus.Passed).Where(failedBefore.Contains).Select(test => $"{check.Id}: {test}"));
            if (check.Status != CheckStatus.Failed || !check.Required) continue;
            var forgiven = forgivesKnown && check.Cause == CheckCause.Tests ? failedBefore : [];
            known.AddRange(check.Tests(TestStatus.Failed).Where(forgiven.Contains).Select(test => $"{check.Id}: {test}"));
            isNew.AddRange(check.Failures.Where(failure => !forgiven.Contains(failure.Test)));
        }

        return new GateComparison(isNew.Count == 0, isNew, known, isFixed);
    }
}
