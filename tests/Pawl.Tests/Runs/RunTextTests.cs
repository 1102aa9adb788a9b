using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class RunTextTests
{
    [Fact]
    public void Line_ASuccess_NamesNodeIntentAndTheDescriptionOfTheChosenOption() =>
        Assert.Equal("✓ [node] intent 0 → does a", RunText.Line(Made.Decision(0, true)));

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public void Line_AFailureOrAPendingDecision_IsMarkedAsNotSuccessful(bool? success) =>
        Assert.Equal("✗ [node] intent 0 → does a", RunText.Line(Made.Decision(0, success)));

    [Fact]
    public void Line_AChosenOptionThatIsMissing_IsAnUnknownAction() =>
        Assert.Equal("✓ [node] intent 0 → unknown action", RunText.Line(Made.Decision(0, true) with { ChosenOptionId = "z" }));

    [Fact]
    public void Line_AnOptionWithoutDescription_IsNamedByItsId() =>
        Assert.Equal("✓ [node] intent 0 → a", RunText.Line(Made.Decision(0, true) with { Options = [new Option { Id = "a" }] }));

    [Theory]
    [InlineData(0.9, "0.9")]
    [InlineData(1.0, "1.0")]
    [InlineData(0.0, "0.0")]
    [InlineData(0.8333333, "0.8333")]
    public void Line_AnEvaluatedDecision_EndsWithItsQuality(double quality, string shown)
    {
        var decision = Made.Decision(0, true) with { Evaluation = new DecisionEvaluation { OutcomeQuality = quality } };

        Assert.EndsWith($" [quality: {shown}]", RunText.Line(decision));
    }

    [Fact]
    public void Narrative_ASuccessfulRun_CountsItsDecisions() => Assert.Equal(
        "Run completed successfully. Made 3 decisions: 1 succeeded, 1 failed. Failed on: intent 1",
        RunText.Narrative(Made.Run(Made.Decision(0, true), Made.Decision(1, false), Made.Decision(2))));

    [Theory]
    [InlineData(RunStatus.Completed, "Run completed successfully.")]
    [InlineData(RunStatus.Failed, "Run failed.")]
    [InlineData(RunStatus.Stuck, "Run stuck.")]
    [InlineData(RunStatus.Cancelled, "Run cancelled.")]
    public void Narrative_EachStatus_SaysSo(RunStatus status, string sentence) =>
        Assert.Equal(sentence + " Made 0 decisions: 0 succeeded, 0 failed.", RunText.Narrative(Made.Run() with { Status = status }));

    [Fact]
    public void Narrative_AFailedRun_ListsIssuesWarningsAndTheFirstThreeFailedIntents()
    {
        var run = Made.Run([.. Enumerable.Range(0, 5).Select(n => Made.Decision(n, false))]) with
        {
            Status = RunStatus.Failed,
            Problems = [Made.Problem(Severity.Critical, "x"), Made.Problem(Severity.Warning, "w"), Made.Problem(Severity.Critical, "y"), Made.Problem(Severity.Minor, "m")],
        };

        Assert.Equal(
            "Run failed. Made 5 decisions: 0 succeeded, 5 failed. Critical issues: x, y Warnings: w Failed on: intent 0, intent 1, intent 2",
            RunText.Narrative(run));
    }

    [Fact]
    public void Of_ManyDecisions_KeyOnesAreTheFirstFiveThatFailedOrWereJudgedGood()
    {
        var decisions = Enumerable.Range(0, 12).Select(n => n switch
        {
            0 or 3 => Made.Decision(n),
            1 => Made.Decision(n, true),
            2 => Made.Decision(n, true) with { Evaluation = new DecisionEvaluation { OutcomeQuality = 0.8 } },
            4 => Made.Decision(n, true) with { Evaluation = new DecisionEvaluation { OutcomeQuality = 0.81 } },
            _ => Made.Decision(n, false),
        });

        var summary = RunSummary.Of(Made.Run([.. decisions]));

        Assert.Equal(["intent 4", "intent 5", "intent 6", "intent 7", "intent 8"], summary.KeyDecisions.Select(k => k.Split("] ")[1].Split(" →")[0]));
    }

    [Fact]
    public void Of_Outcomes_SuccessesAreTheFirstThreeSummariesThatSaySomething()
    {
        var run = Made.Run(
            Made.Decision(0, true), Made.Decision(1, false, summary: "no"), Made.Decision(2, true, summary: "a"), Made.Decision(3, true, summary: "b"),
            Made.Decision(4, true, summary: "c"), Made.Decision(5, true, summary: "d"));

        Assert.Equal(["a", "b", "c"], RunSummary.Of(run).Successes);
    }

    [Fact]
    public void Of_ARun_CountsAndSortsItsProblems()
    {
        var run = Made.Run(Made.Decision(0, true), Made.Decision(1, false), Made.Decision(2)) with
        {
            Problems = [Made.Problem(Severity.Critical, "c"), Made.Problem(Severity.Warning, "w"), Made.Problem("fatal", "odd")],
            Narrative = "told",
        };

        var summary = RunSummary.Of(run);

        Assert.Equal((1500, 3, 0.5, 3, "told"), (summary.DurationMs, summary.DecisionCount, summary.SuccessRate, summary.ProblemCount, summary.Narrative));
        Assert.Equal(["c"], summary.CriticalProblems);
        Assert.Equal(["w"], summary.Warnings);
    }

    [Fact]
    public void Metrics_APendingDecision_IsNeitherSuccessNorFailure()
    {
        var metrics = Made.Run(Made.Decision(0), Made.Decision(1, true), Made.Decision(2, false), Made.Decision(3, true)).Metrics;

        Assert.Equal(new RunMetrics(4, 2, 1, 30, 9), metrics);
        Assert.Equal(2 / 3.0, metrics.SuccessRate);
    }

    [Fact]
    public void Metrics_NothingDecided_IsNoSuccess() => Assert.Equal(0, Made.Run(Made.Decision(0)).Metrics.SuccessRate);

    [Fact]
    public void Metrics_EarlierOutcomes_DoNotCount()
    {
        var again = Made.Decision(0, true) with { EarlierOutcomes = [new Outcome { Success = false, TokensUsed = 99 }, new Outcome { Success = true }] };

        Assert.Equal(new RunMetrics(1, 1, 0, 10, 3), Made.Run(again).Metrics);
    }

    [Fact]
    public void WasGoodDecision_WithoutAnEvaluation_IsItsSuccess()
    {
        Assert.True(Made.Decision(0, true).WasGoodDecision);
        Assert.False(Made.Decision(0, false).WasGoodDecision);
        Assert.False(Made.Decision(0).WasGoodDecision);
    }

    [Theory]
    [InlineData(true, 0.51, true)]
    [InlineData(true, 0.5, false)]
    [InlineData(false, 1.0, false)]
    public void WasGoodDecision_WithAnEvaluation_IsItsWordWhateverTheOutcome(bool aligned, double quality, bool good)
    {
        var judged = new DecisionEvaluation { GoalAligned = aligned, OutcomeQuality = quality };

        Assert.Equal(good, (Made.Decision(0, false) with { Evaluation = judged }).WasGoodDecision);
        Assert.Equal(good, (Made.Decision(0, true) with { Evaluation = judged }).WasGoodDecision);
    }

    [Fact]
    public void DurationMs_ARunThatGoesOnOrEndsBeforeItStarts_IsZero()
    {
        Assert.Equal(0, (Made.Run() with { CompletedAt = null }).DurationMs);
        Assert.Equal(0, (Made.Run() with { CompletedAt = Made.At.AddHours(-1) }).DurationMs);
    }
}
