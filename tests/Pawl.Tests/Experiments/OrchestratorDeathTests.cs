using Pawl.Experiments;
using Pawl.Ledger;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>The orchestrator dies at each of its writes, and another one carries on: the end is the same. Real processes are killed in the end-to-end tests.</summary>
public sealed class OrchestratorDeathTests
{
    [Theory]
    [InlineData("promotion", 0.38, 0.01, "")]
    [InlineData("rollback", 0.22, 0.01, "")]
    [InlineData("guardrail", 0.30, 0.20, "")]
    [InlineData("ramp", 0.38, 0.01, "ramp: [10, 100]")]
    [InlineData("approval", 0.38, 0.01, "approval: {promote: human}")]
    public async Task Advance_DeadAtAnyWrite_EndsAsIfNothingHadHappened(string name, double level, double defects, string line)
    {
        var undisturbed = await RunAsync(level, defects, line, 0, isBefore: false);
        Assert.Equal(0, undisturbed.Deaths);
        var (deaths, step) = (0, LongRun.Scale(name is "promotion" or "guardrail" ? 1 : 4, 1));
        foreach (var isBefore in new[] { true, false })
        {
            for (var write = 1; ; write += step)
            {
                var end = await RunAsync(level, defects, line, write, isBefore);
                Assert.Equal((name, write, isBefore, undisturbed.Said), (name, write, isBefore, end.Said));
                if (end.Deaths == 0) break;
                deaths++;
            }
        }

        Assert.InRange(deaths * step, 20, 200);
    }

    [Fact]
    public async Task OpenTicket_DeadAtAnyWriteAroundADeskOutside_OpensOne()
    {
        for (var write = 1; ; write++)
        {
            var desk = new ScriptedDesk();
            var end = await RunAsync(0.30, 0.20, "", write, isBefore: write % 2 == 0, desk);
            Assert.Single(desk.Opened);
            if (end.Deaths == 0) break;
        }
    }

    // All that is to be the same: flag, progress, receipts. A snapshot of a look that does not end anything is not made up for.
    private static async Task<(string Said, int Deaths)> RunAsync(double level, double defects, string line, int write, bool isBefore, ScriptedDesk? desk = null)
    {
        await using var scene = new OrchestratorScene();
        scene.Level("conversion", level);
        scene.Level("defect_rate", defects);
        var store = new DyingStore(scene.Database, write, isBefore, () => throw new Died());
        scene.Services = scene.Services with { Store = store, Flags = new PawlFlagProvider(store, scene.Database.Flags, scene.Registry), Desk = desk };
        var deaths = 0;
        Experiment? ended = null;
        while (ended is null)
        {
            try
            {
                if (!IsStarted(scene)) Assert.IsType<StartOutcome.Started>(await scene.TryStartAsync(line.Length > 0 ? [line] : []));
                ended = (await CarryAsync(scene)).Experiment;
            }
            catch (Died)
            {
                deaths++;
            }
        }

        scene.AssertWhole();
        Assert.NotNull(ended.Snapshot);
        var receipts = scene.Receipts.Where(receipt => receipt.Tool != "SnapshotDashboard" && receipt.Kind == ReceiptKind.Result).Select(receipt => $"{receipt.At:O} {receipt.Tool} {receipt.Ok} {receipt.Ref} {receipt.Key}");
        return (string.Join("\n", [.. receipts, ExperimentJson.Progress(ended with { Snapshot = null }), scene.Flag.Digest]), deaths);
    }

    private static async Task<AdvanceOutcome> CarryAsync(OrchestratorScene scene)
    {
        while (true)
        {
            if (scene.All[0] is { Approval: { ApprovedBy: null } approval } && scene.Clock.GetUtcNow() > approval.At) Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").ApproveAsync(scene.All[0].Id, TestContext.Current.CancellationToken));
            if (await scene.AdvanceAsync() is not AdvanceOutcome.Waiting waiting) return new AdvanceOutcome.Ended(scene.All[0], null);
            scene.Clock.Advance(waiting.Next - scene.Clock.GetUtcNow());
        }
    }

    private static bool IsStarted(OrchestratorScene scene)
    {
        try
        {
            return scene.All.Any(experiment => experiment.AllocatedAt is not null);
        }
        catch (UnavailableException)
        {
            return false; // not even the database is there
        }
    }

    private sealed class Died : Exception;
}
