using Pawl.Experiments;
using Pawl.Flags;
using Pawl.Ledger;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>How a verdict is carried out where something stands in the way: changes by hand, a flag that does not say what was set, a desk that fails, other processes.</summary>
public sealed class OrchestratorEndTests : IAsyncDisposable
{
    private readonly OrchestratorScene scene = new();

    [Fact]
    public async Task Advance_TheFlagChangedByHandBeforeAStopIsCarriedOut_EndsWholeWithAFailedReceipt()
    {
        await scene.StartAsync();
        scene.Level("defect_rate", 0.2);
        scene.Flags.Before = async step =>
        {
            if (step.Kind is FlagStepKind.Create or FlagStepKind.Allocate) return;
            scene.Flags.Before = _ => Task.CompletedTask;
            await scene.ChangeByHandAsync("treatmentA");
        };

        var ended = await scene.CarryToTheEndAsync();

        Assert.Equal("guardrail_stop", ended.State);
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
        var failed = Assert.Single(scene.Receipts, receipt => !receipt.Ok);
        Assert.Contains("somebody changed it", failed.Message, StringComparison.Ordinal);
        Assert.Equal((4L, ended.SettledVersion), (scene.Flag.Version, scene.Flag.Version)); // created, allocated, by hand, settled
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_TheTreatmentChangedByHand_IsNotPromoted()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        var flag = scene.Flag;
        var changed = flag with { Variants = [.. flag.Variants.Select(variant => variant.Name == "control" ? variant : new Variant(variant.Name, Json.From("another")))] };
        Assert.IsType<FlagOutcome.Changed>(await scene.Database.WriteAsync(transaction => scene.Registry.Set(transaction, changed, new FlagAct { ExpectedVersion = flag.Version, Actor = "os:mara" })));

        var held = Assert.IsType<AdvanceOutcome.Waiting>(await scene.CarryAsync(days: 5));

        Assert.Equal(("running", "flag_moved"), (scene.All[0].State, held.Look!.Verdict.Reasons[0].Name));
        Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").RollBackAsync(scene.All[0].Id, "", TestContext.Current.CancellationToken));
        Assert.Equal("rollback", Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync()).Experiment.State);
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_AnArchivedFlag_IsNotReportedAsEnded()
    {
        await scene.StartAsync();
        var version = scene.Flag.Version;
        await scene.Database.WriteAsync(transaction => scene.Registry.Archive(transaction, OrchestratorScene.FlagKey, archived: true, new FlagAct { ExpectedVersion = version, Actor = "os:mara" }));
        scene.Level("defect_rate", 0.2);

        await Assert.ThrowsAsync<UnavailableException>(() => scene.CarryAsync());
        Assert.Equal("ending", scene.All[0].State);
        await scene.Database.WriteAsync(transaction => scene.Registry.Archive(transaction, OrchestratorScene.FlagKey, archived: false, new FlagAct { ExpectedVersion = version + 1, Actor = "os:mara" }));

        Assert.Equal("guardrail_stop", (await scene.CarryToTheEndAsync()).State);
    }

    [Fact]
    public async Task Advance_AFlagThatIsGone_IsNotReportedAsEndedAndFillsNoLedger()
    {
        await scene.StartAsync();
        scene.Level("defect_rate", 0.2);
        await scene.AdvanceAsync(hours: 1);
        scene.Flags.Reads = _ => null;

        await Assert.ThrowsAsync<UnavailableException>(() => scene.CarryAsync());

        Assert.Equal("ending", scene.All[0].State);
        Assert.InRange(scene.Receipts.Count(receipt => !receipt.Ok), 1, 5);
    }

    [Fact]
    public async Task Advance_TheFlagReadsBackOtherwise_IsNeverReportedAsDone()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        scene.Flags.Reads = served => served?.IsEveryones("treatmentA") == true ? served with { HasRules = true } : served;

        await Assert.ThrowsAsync<UnavailableException>(() => scene.CarryAsync());

        Assert.Equal(("ending", null), (scene.All[0].State, scene.All[0].EndedAt));
        Assert.Contains(scene.Receipts, receipt => !receipt.Ok && receipt.Message.Contains("was read back", StringComparison.Ordinal));
        Assert.InRange(scene.Receipts.Count(receipt => !receipt.Ok), 1, 5); // it tries again at the next turn, and fills no ledger meanwhile
        scene.Flags.Reads = served => served;

        Assert.Equal("promote", (await scene.CarryToTheEndAsync()).State);
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_TheFlagCannotBeReadBack_IsNotPromotedYet()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        scene.Flags.Reads = served => served?.IsEveryones("treatmentA") == true ? throw new UnavailableException("not now") : served;

        await Assert.ThrowsAsync<UnavailableException>(() => scene.CarryAsync());
        Assert.Equal(("ending", "treatmentA"), (scene.All[0].State, scene.Flag.Default));
        scene.Flags.Reads = served => served;

        Assert.Equal("promote", (await scene.CarryToTheEndAsync()).State);
        Assert.Single(scene.Receipts, receipt => receipt.Tool == "PromoteVariant");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    public async Task Advance_ATicketAtADesk_IsOpenedOnceHoweverOftenTheDeskFails(int before, int after)
    {
        var desk = new ScriptedDesk { Fails = (before, after) };
        scene.Services = scene.Services with { Desk = desk };
        scene.Level("defect_rate", 0.2);
        await scene.StartAsync();
        for (var i = 0; i < before + after; i++)
        {
            var failure = await Assert.ThrowsAsync<UnavailableException>(() => scene.CarryAsync());
            Assert.StartsWith($"{scene.All[0].Id}: guardrail_stop is decided, the flag serves control to everyone; what is left: OpenTicket. The desk ", failure.Message, StringComparison.Ordinal);
            Assert.Equal("ending", scene.All[0].State);
            Assert.NotNull(scene.All[0].Snapshot);
            Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control")); // people are safe before anybody is told
        }

        var ended = await scene.CarryToTheEndAsync();

        Assert.Equal(("guardrail_stop", "https://desk.example/1"), (ended.State, ended.Ticket));
        Assert.Equal($"{ended.Id} prompts.scene: guardrail_stop", Assert.Single(desk.Opened).Value.Title);
        var said = scene.Receipts.Where(receipt => receipt.Tool == "OpenTicket").ToList();
        Assert.Equal([.. Enumerable.Repeat(ReceiptKind.Intent, before + after + 1), ReceiptKind.Result], said.Select(receipt => receipt.Kind));
        Assert.Equal(("#1", true), (said[^1].Ref, said[^1].Ok));
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_TheFlagProviderIsDownInTheEnding_SaysWhatIsDecidedAndWhatIsLeft()
    {
        await scene.StartAsync();
        scene.Level("defect_rate", 0.2);
        scene.Flags.Before = _ => throw new UnavailableException("The file is locked.");

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => scene.CarryAsync());

        Assert.EndsWith(": guardrail_stop is decided, the flag still serves a split or a rule; what is left: RollbackVariant, OpenTicket. The file is locked.", failure.Message, StringComparison.Ordinal);
        scene.Flags.Reads = _ => throw new UnavailableException("It is gone.");
        Assert.Contains("what the flag serves cannot be read", (await Assert.ThrowsAsync<UnavailableException>(() => scene.AdvanceAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Advance_SeveralAtOnce_MakeOneLookAndOneVerdict()
    {
        foreach (var (level, defects, state) in new[] { (0.38, 0.01, "promote"), (0.30, 0.20, "guardrail_stop"), (0.22, 0.01, "rollback") })
        {
            for (var round = 0; round < LongRun.Scale(4, 40); round++)
            {
                await using var raced = new OrchestratorScene();
                raced.Level("conversion", level);
                raced.Level("defect_rate", defects);
                await raced.StartAsync();
                for (var day = 0; day < 3; day++)
                {
                    raced.Clock.Advance(TimeSpan.FromDays(1));
                    var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => raced.AdvanceAsync())));
                    Assert.Single(outcomes.Select(outcome => outcome.Experiment.State).Distinct());
                }

                Assert.Equal(state, raced.All[0].State);
                Assert.All(raced.Receipts, receipt => Assert.True(receipt.Ok, $"{receipt.Tool}: {receipt.Message}"));
                Assert.Equal(3, raced.Flag.Version);
                raced.AssertWhole();
            }
        }
    }

    public ValueTask DisposeAsync() => scene.DisposeAsync();
}
