using Pawl.Changes;
using Xunit;

namespace Pawl.Tests.Changes;

public sealed class CheckNotesTests
{
    private const string Left = "left 1 process behind; it was killed";

    [Fact]
    public void Of_AnotherCheckThanOnTheBase_IsTold() => Assert.Equal([$"the check t2 {Left}"], Notes(onBase: [("t1", Left)], now: [("t1", Left), ("t2", Left)]));

    [Fact]
    public void Of_TheSameCheckWithAnotherCount_IsNotTold() => Assert.Empty(Notes(
        onBase: [("t1", "printed 1,000 bytes of output; the first and last 4 KiB are kept")], now: [("t1", "printed 12,345 bytes of output; the first and last 4 KiB are kept")]));

    [Fact]
    public void Of_SeveralRuns_AreToldOnce() => Assert.Equal(
        ["the check t1 left 2 processes behind; they were killed", $"the check t11 {Left}"],
        CheckNotes.Of([Run(("t1", "left 2 processes behind; they were killed")), Run(("t1", "left 3 processes behind; they were killed"), ("t11", Left))], Result()));

    private static IReadOnlyList<string> Notes((string, string)[] onBase, (string, string)[] now) => CheckNotes.Of([Run(now)], Result(onBase));

    private static GateRunOutcome Run(params (string, string)[] notes) => new("worktree", "tree", Result(notes));

    private static GateResult Result(params (string Check, string Note)[] notes) =>
        new([.. notes.Select(each => new CheckResult { Id = each.Check, Required = true, Status = CheckStatus.Passed, Notes = [each.Note] })]);
}
