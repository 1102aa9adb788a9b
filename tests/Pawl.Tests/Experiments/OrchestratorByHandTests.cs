using Pawl.Experiments;
using Pawl.Experiments.Flagd;
using Pawl.Ledger;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>A person changes an experiment's flag behind its back: nothing is widened or promoted over that, and taking back is always possible.</summary>
public sealed class OrchestratorByHandTests : IAsyncDisposable
{
    private readonly OrchestratorScene scene = new();

    [Fact]
    public async Task Advance_AFlagRolledBackByHand_IsNotPromotedAndEndsWithItsLongestDuration()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        await scene.RollBackByHandAsync();

        var held = Assert.IsType<AdvanceOutcome.Waiting>(await scene.CarryAsync(days: 5));

        Assert.Equal(("running", "flag_moved"), (held.Experiment.State, held.Look!.Verdict.Reasons[0].Name));
        Assert.Contains($"changed by hand, to version 3: nothing is widened or promoted over that. End the experiment with `pawl experiment stop {held.Experiment.Id}`", held.Look.Verdict.Reasons[0].Text, StringComparison.Ordinal);
        Assert.Equal(3, scene.Flag.Version);

        var ended = await scene.CarryToTheEndAsync();

        Assert.Equal(("inconclusive", 14.0), (ended.State, (ended.EndedAt - ended.StartedAt)!.Value.TotalDays));
        Assert.Equal(["max_duration", "flag_moved", "better"], ended.Verdict!.Reasons.Select(reason => reason.Name));
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
        Assert.DoesNotContain("PromoteVariant", scene.Acts);
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_AFlagRolledBackByHandBeforeAnApproval_IsNotPromoted()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync("approval: {promote: human}");
        await scene.CarryAsync(days: 2);
        await scene.RollBackByHandAsync();
        scene.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.IsType<WordOutcome.Taken>(await scene.By("os:otto").ApproveAsync(scene.All[0].Id, TestContext.Current.CancellationToken));

        var held = Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync());

        Assert.Equal("flag_moved", held.Look!.Verdict.Reasons[0].Name);
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Advance_AFlagRolledBackByHand_IsNotWidenedAndGuardedAllTheSame(bool isInBetween)
    {
        await scene.StartAsync("ramp: [5, 100]");
        if (isInBetween)
        {
            scene.Flags.Before = async _ =>
            {
                scene.Flags.Before = _ => Task.CompletedTask;
                await scene.RollBackByHandAsync();
            };
        }
        else
        {
            await scene.RollBackByHandAsync();
        }

        var held = Assert.IsType<AdvanceOutcome.Waiting>(await scene.CarryAsync(days: 3));

        Assert.Contains("changed by hand, to version 3", held.Why!, StringComparison.Ordinal);
        Assert.Equal((0, 3L), (held.Experiment.RampStep, scene.Flag.Version));
        Assert.Equal(isInBetween ? 1 : 0, scene.Receipts.Count(receipt => !receipt.Ok)); // however often it is looked at
        scene.Level("defect_rate", 0.3);

        Assert.Equal("guardrail_stop", (await scene.CarryToTheEndAsync()).State);
        scene.AssertWhole();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Advance_AFlagRolledBackByHandInTheMiddleOfAPromotion_WaitsForAPersonToEndIt(bool isAfter)
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        if (isAfter) scene.Flags.After = RollBackAsync;
        else scene.Flags.Before = RollBackAsync;

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => scene.CarryAsync());

        Assert.Contains("nothing is promoted over that", failure.Message, StringComparison.Ordinal);
        Assert.Contains("promote is decided, the flag serves control to everyone", failure.Message, StringComparison.Ordinal);
        Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").StopAsync(scene.All[0].Id, "", TestContext.Current.CancellationToken));
        Assert.Equal("rollback", (await scene.CarryToTheEndAsync()).State);
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
        scene.AssertWhole();

        async Task RollBackAsync(FlagStep step)
        {
            if (step.Kind != FlagStepKind.Promote) return;
            scene.Flags.Before = scene.Flags.After = _ => Task.CompletedTask;
            await scene.RollBackByHandAsync();
        }
    }

    // The file may be a version ahead of what is on record, and then that was the experiment itself.
    [Fact]
    public async Task Advance_DeadBetweenAFileAndItsReceipt_IsNoChangeByHand()
    {
        using var folder = new TemporaryFolder();
        for (var (write, deaths) = (1, 1); deaths > 0; write++)
        {
            await using var dying = new OrchestratorScene();
            deaths = 0;
            dying.Level("conversion", 0.38);
            var store = new DyingStore(dying.Database, write, isBefore: true, () => throw new Died());
            dying.Services = dying.Services with { Store = store, Flags = new FlagdFileProvider(folder[$"{write}.json"], store, new ReceiptLedger(dying.Database.Ledger, dying.Clock), dying.Clock) };
            await dying.Database.WriteAsync(_ => true, TestContext.Current.CancellationToken);
            Experiment? ended = null;
            while (ended is null)
            {
                try
                {
                    if (!dying.All.Any(experiment => experiment.AllocatedAt is not null)) await dying.StartAsync("ramp: [10, 100]");
                    ended = await dying.CarryToTheEndAsync();
                }
                catch (Died)
                {
                    deaths++;
                }
            }

            Assert.Equal((write, "promote"), (write, ended.State));
        }
    }

    public ValueTask DisposeAsync() => scene.DisposeAsync();

    private sealed class Died : Exception;
}
