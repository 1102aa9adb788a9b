using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class ProgressTests
{
    [Fact]
    public async Task RecordOutcome_TheSameFiveTimes_IsReportedOnceAtTheFifth()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        for (var n = 0; n < 30; n++) run.RecordFailure(run.QuickDecision("again", "same"), "no");

        var problem = Assert.Single((await recording.ReadAsync(run)).Problems);

        Assert.Equal((Severity.Warning, "dec_4", "no"), (problem.Severity, problem.DecisionId, problem.RootCause));
        Assert.StartsWith("No progress", problem.Description);
        Assert.NotNull(problem.SuggestedFix);
    }

    [Fact]
    public async Task RecordOutcome_TheSameFourTimes_IsNotReported() => Assert.Empty(await ProblemsAsync(Enumerable.Repeat("a", 4)));

    [Fact]
    public async Task RecordOutcome_TwoThatAlternate_AreEachReported() =>
        Assert.Equal(["dec_8", "dec_9"], await ProblemsAsync(Enumerable.Range(0, 20).Select(n => n % 2 == 0 ? "a" : "b")));

    [Fact]
    public async Task RecordOutcome_TheSameWithManyOthersBetween_IsNotReported() =>
        Assert.Empty(await ProblemsAsync(Enumerable.Range(0, 60).Select(n => n % 3 == 0 ? "a" : $"other {n}")));

    [Fact]
    public async Task RecordOutcome_ASecondStreakAfterTenOthers_IsReportedAgain() => Assert.Equal(
        ["dec_4", "dec_20"],
        await ProblemsAsync([.. Enumerable.Repeat("a", 6), .. Enumerable.Range(0, 10).Select(n => $"other {n}"), .. Enumerable.Repeat("a", 5)]));

    [Fact]
    public async Task RecordOutcome_TheSameDecisionWithOtherResults_IsProgress()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        for (var n = 0; n < 20; n++) run.RecordSuccess(run.QuickDecision("page", "next"), n);

        Assert.Empty((await recording.ReadAsync(run)).Problems);
    }

    [Fact]
    public async Task RecordOutcome_TheSameResultForOtherParameters_IsProgress()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        for (var n = 0; n < 20; n++)
            run.RecordSuccess(run.Decide("page", [new Option { Id = "next", ActionParams = Json.From(new { page = n }) }], "next"), "empty");

        Assert.Empty((await recording.ReadAsync(run)).Problems);
    }

    [Fact]
    public async Task RecordOutcome_AnotherThreshold_CountsToThat() => Assert.Equal(["dec_1"], await ProblemsAsync(Enumerable.Repeat("a", 9), threshold: 2));

    [Fact]
    public async Task RecordOutcome_SwitchedOff_ReportsNothing() => Assert.Empty(await ProblemsAsync(Enumerable.Repeat("a", 20), threshold: 0));

    private static async Task<IReadOnlyList<string?>> ProblemsAsync(IEnumerable<string> actions, int threshold = 5)
    {
        await using var recording = new Recording(o => o.NoProgressAfter = threshold);
        var run = await recording.StartAsync();
        foreach (var action in actions) run.RecordFailure(run.QuickDecision(action, "do"), "no");
        return [.. (await recording.ReadAsync(run)).Problems.Select(p => p.DecisionId)];
    }
}
