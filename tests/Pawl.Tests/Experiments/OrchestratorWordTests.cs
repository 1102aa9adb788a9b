using Pawl.Experiments;
using Pawl.Metrics;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>What people say of an experiment: approvals, stops, rollbacks.</summary>
public sealed class OrchestratorWordTests : IAsyncDisposable
{
    private readonly OrchestratorScene scene = new();

    [Fact]
    public async Task Approve_APerson_PromotesAtTheNextTurn()
    {
        var id = await AwaitAsync();
        Assert.Equal("awaiting_approval", scene.Looks[^1].Verdict.Reasons[0].Name);
        Assert.True(PawlFlagProvider.Served(scene.Flag).HasRules);

        Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").ApproveAsync(id, TestContext.Current.CancellationToken));
        var ended = Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync());

        Assert.Equal("promote", ended.Experiment.State);
        Assert.Contains("approved by os:mara", ended.Experiment.Verdict!.Reasons[0].Text, StringComparison.Ordinal);
        Assert.Equal(["Approve", "PromoteVariant", "StopRun"], scene.Acts.Skip(4));
        scene.AssertWhole();
    }

    [Fact]
    public async Task Approve_AnAgent_MayNotAndTheTryIsOnRecord()
    {
        var id = await AwaitAsync();

        var refused = Assert.IsType<WordOutcome.Refused>(await scene.Orchestrator.ApproveAsync(id, TestContext.Current.CancellationToken));

        Assert.Contains("agent:tidy is no person", refused.Reason, StringComparison.Ordinal);
        Assert.Null(scene.All[0].Approval!.ApprovedBy);
        Assert.Equal("Approve!", scene.Acts.Last());
        Assert.Equal("agent:tidy", scene.Receipts[^1].Actor);
        Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync());
        scene.AssertWhole();
    }

    [Fact]
    public async Task Approve_ThePolicyNamesPeople_OnlyTheyMay()
    {
        scene.Policy("id: p.v1\npromote: {prompts: [os:mara]}");
        var id = await AwaitAsync();

        Assert.Contains("p.v1#promote.prompts", Assert.IsType<WordOutcome.Refused>(await scene.By("os:otto").ApproveAsync(id, TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);
        Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").ApproveAsync(id, TestContext.Current.CancellationToken));
        Assert.Contains("os:mara has approved it already", Assert.IsType<WordOutcome.Refused>(await scene.By("os:mara").ApproveAsync(id, TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);

        Assert.Equal("promote", Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync()).Experiment.State);
    }

    [Fact]
    public async Task Approve_NothingWaits_IsRefused()
    {
        var experiment = await scene.StartAsync("approval: {promote: human}");

        Assert.Contains("No promotion", Assert.IsType<WordOutcome.Refused>(await scene.By("os:mara").ApproveAsync(experiment.Id, TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);
        Assert.Contains("There is no experiment EXP-0", Assert.IsType<WordOutcome.Refused>(await scene.By("os:mara").ApproveAsync("EXP-0", TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approve_NobodyInTime_IsInconclusive()
    {
        await AwaitAsync("approval_days: 3");

        var ended = await scene.CarryToTheEndAsync();

        Assert.Equal(("inconclusive", "approval_expired", 5.0), (ended.State, ended.Verdict!.Reasons[0].Name, (ended.EndedAt - ended.StartedAt)!.Value.TotalDays));
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
    }

    [Fact]
    public async Task Approve_AGuardrailBreachedMeanwhile_CancelsThePromotion()
    {
        var id = await AwaitAsync();
        scene.Level("defect_rate", 0.3);
        await scene.By("os:mara").ApproveAsync(id, TestContext.Current.CancellationToken);

        Assert.Equal("guardrail_stop", Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync()).Experiment.State);
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
    }

    [Fact]
    public async Task Approve_TheSourceIsDown_LooksOnceAndThenOnSchedule()
    {
        var id = await AwaitAsync();
        await scene.By("os:mara").ApproveAsync(id, TestContext.Current.CancellationToken);
        scene.Source.Instead = _ => scene.Source.Unmeasured(MetricFault.Unavailable);
        var looks = scene.Looks.Count;

        Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync());
        Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync());
        Assert.Equal(looks + 1, scene.Looks.Count);
        scene.Source.Instead = _ => null;

        Assert.Equal("promote", Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync(hours: 12)).Experiment.State);
        scene.AssertWhole();
    }

    [Fact]
    public async Task Approve_ABlackoutBegins_WaitsForItsEnd()
    {
        var id = await AwaitAsync();
        await scene.By("os:mara").ApproveAsync(id, TestContext.Current.CancellationToken);
        scene.Policy("id: p.v1\nblackouts: {freeze: {from: 2026-01-05T10:00Z, to: 2026-01-10T00:00Z}}");

        Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync());
        var ended = await scene.CarryToTheEndAsync();

        Assert.Equal(("promote", 10), (ended.State, ended.EndedAt!.Value.Day));
    }

    [Fact]
    public async Task Approve_InABlackout_IsRefusedWithTheClause()
    {
        var id = await AwaitAsync();
        scene.Policy("id: p.v1\nblackouts: {freeze: {from: 2026-01-05T10:00Z, to: 2026-01-10T00:00Z}}");

        Assert.Contains("p.v1#blackouts.freeze", Assert.IsType<WordOutcome.Refused>(await scene.By("os:mara").ApproveAsync(id, TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ARunningExperiment_IsInconclusiveAndEveryoneGetsTheControl()
    {
        var experiment = await scene.StartAsync();
        await scene.AdvanceAsync(hours: 12);

        Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").StopAsync(experiment.Id, "a holiday", TestContext.Current.CancellationToken));
        Assert.Equal("ending", scene.All[0].State);
        Assert.Contains("its verdict is inconclusive", Assert.IsType<WordOutcome.Refused>(await scene.By("os:mara").StopAsync(experiment.Id, "", TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);
        var ended = Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync());

        Assert.Equal(("inconclusive", "by_person"), (ended.Experiment.State, ended.Experiment.Verdict!.Reasons[0].Name));
        Assert.Contains("os:mara stopped it: a holiday", ended.Experiment.Verdict.Reasons[0].Text, StringComparison.Ordinal);
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
        scene.AssertWhole();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_APromotionThatIsDecidedAndNotYetReported_IsRolledBackByThatPerson(bool isDone)
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        if (isDone) scene.Flags.After = Fail;
        else scene.Flags.Before = Fail;
        await Assert.ThrowsAsync<UnavailableException>(() => scene.CarryAsync());
        scene.Flags.Before = scene.Flags.After = _ => Task.CompletedTask;

        Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").StopAsync(scene.All[0].Id, "complaints", TestContext.Current.CancellationToken));
        Assert.Contains("treatmentA is not promoted, it is rolled back. complaints", scene.Receipts[^1].Message, StringComparison.Ordinal);
        var ended = Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync()).Experiment;

        Assert.Equal(("rollback", "by_person"), (ended.State, ended.Verdict!.Reasons[0].Name));
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
        Assert.Contains("its verdict is rollback", Assert.IsType<WordOutcome.Refused>(await scene.By("os:mara").StopAsync(ended.Id, "", TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);
        scene.AssertWhole();

        static Task Fail(FlagStep step) => step.Kind == FlagStepKind.Promote ? throw new UnavailableException("not now") : Task.CompletedTask;
    }

    [Fact]
    public async Task RollBack_WhileItRuns_GivesEveryoneTheControl()
    {
        var experiment = await scene.StartAsync();

        Assert.IsType<WordOutcome.Taken>(await scene.By("agent:tidy").RollBackAsync(experiment.Id, "", TestContext.Current.CancellationToken));

        Assert.Equal("rollback", Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync()).Experiment.State);
        Assert.Equal(["RollBack", "StopRun", "RollbackVariant"], scene.Acts.Skip(4));
    }

    [Fact]
    public async Task RollBack_AfterAPromotionTwice_GivesEveryoneTheControlBack()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        var id = (await scene.CarryToTheEndAsync()).Id;
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("treatmentA"));

        for (var i = 0; i < 2; i++)
        {
            Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").RollBackAsync(id, $"complaint {i}", TestContext.Current.CancellationToken));
            Assert.Equal("ending", scene.All[0].State);
            Assert.Equal("rollback", Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync()).Experiment.State);
            Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
        }

        Assert.Equal(["PromoteVariant", "StopRun", "RollBack", "RollbackVariant", "RollBack", "RollbackVariant"], scene.Acts.Skip(4));
        scene.AssertWhole();
    }

    [Fact]
    public async Task RollBack_AnotherExperimentRunsOnTheFlagNow_IsRefused()
    {
        var first = await scene.StartAsync();
        await scene.By("os:mara").StopAsync(first.Id, "", TestContext.Current.CancellationToken);
        await scene.AdvanceAsync();
        var second = await scene.StartAsync("mde: 0.04");

        Assert.Contains(second.Id, Assert.IsType<WordOutcome.Refused>(await scene.By("os:mara").RollBackAsync(first.Id, "", TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);
        Assert.True(PawlFlagProvider.Served(scene.Flag).HasRules);
    }

    [Fact]
    public async Task RollBack_InTheMiddleOfAPromotion_IsNotLost()
    {
        foreach (var before in new[] { true, false })
        {
            await using var middle = new OrchestratorScene();
            middle.Level("conversion", 0.38);
            await middle.StartAsync();
            if (before) middle.Flags.Before = RollBackAsync;
            else middle.Flags.After = RollBackAsync;

            var ended = await middle.CarryToTheEndAsync();

            Assert.Equal("rollback", ended.State);
            Assert.True(PawlFlagProvider.Served(middle.Flag).IsEveryones("control"));
            middle.AssertWhole();

            async Task RollBackAsync(FlagStep step)
            {
                if (step.Kind != FlagStepKind.Promote) return;
                middle.Flags.Before = middle.Flags.After = _ => Task.CompletedTask;
                Assert.IsType<WordOutcome.Taken>(await middle.By("os:mara").RollBackAsync(middle.All[0].Id, "stop that", TestContext.Current.CancellationToken));
            }
        }
    }

    [Fact]
    public async Task RollBack_BetweenReadingBackAndTheEnd_IsNotLost()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        var spoken = false;
        scene.Flags.Reads = served =>
        {
            if (spoken || served?.IsEveryones("treatmentA") != true || scene.All[0].Snapshot is null) return served;
            spoken = true;
            // The word comes from another process, while this one compares what it read.
            var word = Task.Run(() => new Orchestrator(scene.Services with { Actor = "os:mara" }).RollBackAsync(scene.All[0].Id, "stop that"));
            Assert.IsType<WordOutcome.Taken>(word.GetAwaiter().GetResult());
            return served;
        };

        var ended = await scene.CarryToTheEndAsync();

        Assert.True(spoken);
        Assert.Equal("rollback", ended.State);
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
        scene.AssertWhole();
    }

    public ValueTask DisposeAsync() => scene.DisposeAsync();

    // A treatment that is better on the second day, and somebody has to say so.
    private async Task<string> AwaitAsync(params string[] lines)
    {
        scene.Level("conversion", 0.38);
        var experiment = await scene.StartAsync([.. lines, "approval: {promote: human}"]);
        Assert.IsType<AdvanceOutcome.Waiting>(await scene.CarryAsync(days: 2));
        Assert.Equal("treatmentA", scene.All[0].Approval?.Arm);
        scene.Clock.Advance(TimeSpan.FromMinutes(1)); // a person is never as quick as a look
        return experiment.Id;
    }
}
