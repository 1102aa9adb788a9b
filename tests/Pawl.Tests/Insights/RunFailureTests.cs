using Pawl.Insights;
using Pawl.Runs;
using Xunit;
using static Pawl.Tests.Insights.RunBuilder;

namespace Pawl.Tests.Insights;

public sealed class RunFailureTests
{
    [Fact]
    public void Of_ARunWithTwoFailures_BeginsAtTheFirst()
    {
        var failure = Explain(Run("run_1", RunStatus.Failed, Ok(), Fails("seat 12 is taken", "b"), Ok(), Fails("too late")));

        Assert.Equal("run_1/dec_1", failure.FirstFailure.ToString());
        Assert.Equal("seat 12 is taken", failure.RootCause);
        Assert.Equal("seat <n> is taken", failure.Fingerprint);
        Assert.Equal(["run_1/dec_1", "run_1/dec_3"], failure.DecisionIds.Select(d => d.ToString()));
        Assert.Equal(["run_1/dec_0", "run_1/dec_1"], failure.Chain.SelectMany(s => s.DecisionIds).Select(d => d.ToString()));
    }

    [Fact]
    public void Of_AFailedRunWithoutAFailedStep_SaysThatPlainly()
    {
        var failure = Explain(Run("run_1", RunStatus.Failed, Ok(), Ok()) with { Problems = [Critical("The result is wrong", "a write is missing")] });

        Assert.Equal("Every recorded step succeeded (2 of 2), yet the run failed: The result is wrong (a write is missing).", failure.Headline);
        Assert.Equal("a write is missing", failure.RootCause);
        Assert.Null(failure.FirstFailure);
        Assert.Empty(failure.Chain);
        Assert.Contains(failure.Suggestions, s => s.Text.Contains("check its result", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_AFailedRunWithPendingSteps_DoesNotCallThemSuccesses() =>
        Assert.StartsWith("No recorded step failed, 1 of 2 have no outcome, yet the run failed", Explain(Run("run_1", RunStatus.Failed, Ok(), Pending())).Headline, StringComparison.Ordinal);

    [Fact]
    public void Of_TheSameFailingCallThreeTimes_IsOneStepAndARepetition()
    {
        var failure = Explain(Run("run_1", RunStatus.Failed, Ok("b"), Fails("no"), Fails("no"), Fails("no")));

        Assert.Equal(2, failure.Chain.Count);
        var repetition = Assert.Single(failure.Repetitions);
        Assert.True(repetition.Failed);
        Assert.Equal(3, repetition.DecisionIds.Count);
        Assert.Contains(failure.Suggestions, s => s.Text.Contains("3 times", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_TheSameResultFiveTimes_IsNoProgress()
    {
        Assert.False(Assert.Single(Explain(Run("run_1", RunStatus.Failed, Ok(), Ok(), Ok(), Ok(), Ok())).Repetitions).Failed);
        Assert.Empty(Explain(Run("run_1", RunStatus.Failed, Ok(), Ok())).Repetitions);
    }

    [Fact]
    public void Of_OptionsThatEndTheRun_AreNoAdvice()
    {
        var fails = Fails();

        var failure = Explain(Run("run_1", RunStatus.Failed, fails with { Options = [fails.Options[0], new Option { Id = "give_up", ActionType = Option.Ends }] }));

        Assert.DoesNotContain(failure.Suggestions, advice => advice.Text.Contains("give_up", StringComparison.Ordinal));
        Assert.Contains(Explain(Run("run_1", RunStatus.Failed, fails)).Suggestions, advice => advice.Text.StartsWith("Nobody has tried \"b\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_ManyOptions_NamesThoseThatSucceededElsewhereOnly()
    {
        var run = Run("run_1", RunStatus.Failed, Fails("no", "o1", options: string.Join(',', Enumerable.Range(1, 14).Select(i => $"o{i}"))));
        var elsewhere = new IntentTally("intent", [new OptionTally("o1", 10, 2, 8), new OptionTally("o7", 20, 18, 2), new OptionTally("o9", 5, 0, 5)]);

        var advice = RunFailure.Of(run, _ => elsewhere).Suggestions.Where(s => s.Text.Contains("offered", StringComparison.Ordinal)).ToList();

        Assert.Contains("\"o7\" was offered and not taken; for the same intent it succeeded in 90% (18 of 20;", Assert.Single(advice).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Explain(run).Suggestions, s => s.Text.Contains("o7", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_TwoOptionsAndNoHistory_NamesTheOther() =>
        Assert.Contains(Explain(Run("run_1", RunStatus.Failed, Fails())).Suggestions, s => s.Text == "Nobody has tried \"b\" for this intent yet.");

    [Fact]
    public void Of_ContextThatOthersHad_IsMissedOnlyThen()
    {
        var knowing = Ok() with { InputContext = Json.From(new { user = "u" }) };

        Assert.Contains(Explain(Run("run_1", RunStatus.Failed, knowing, Fails())).Suggestions, s => s.Text.Contains("no input context", StringComparison.Ordinal));
        Assert.DoesNotContain(Explain(Run("run_1", RunStatus.Failed, Ok(), Fails())).Suggestions, s => s.Text.Contains("no input context", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_AConstraint_IsDoubtedWhereNothingSucceededUnderIt()
    {
        var strict = Fails() with { ActiveConstraints = ["budget 5"] };

        Assert.Contains(Explain(Run("run_1", RunStatus.Failed, Ok(), strict)).Suggestions, s => s.Text.Contains("\"budget 5\"", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Explain(Run("run_1", RunStatus.Failed, Ok() with { ActiveConstraints = ["budget 5"] }, strict)).Suggestions, s => s.Text.Contains("\"budget 5\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_AProblemWithAFix_PassesItOn()
    {
        var run = Run("run_1", RunStatus.Failed, Fails()) with { Problems = [Critical("bad") with { SuggestedFix = "Ask first", DecisionId = "dec_0", RootCause = "did not ask" }] };

        Assert.Contains(Explain(run).Suggestions, s => s.Text == "Ask first" && s.DecisionIds[0].ToString() == "run_1/dec_0");
        Assert.Equal("did not ask", Explain(run).RootCause);
    }

    [Fact]
    public void Of_AFailureAfterAThousandSteps_ListsTheLastOnes()
    {
        var failure = Explain(Run("run_1", RunStatus.Failed, [.. Enumerable.Range(0, 1000).Select(i => Ok(intent: $"intent {i}")), Fails()]));

        Assert.Equal(RunFailure.ChainSteps, failure.Chain.Count);
        Assert.Equal(1001 - RunFailure.ChainSteps, failure.EarlierSteps);
        Assert.Equal("dec_1000", failure.Chain[^1].DecisionIds[^1].DecisionId);
    }

    private static RunFailure Explain(Run run) => RunFailure.Of(run, _ => null);
}
