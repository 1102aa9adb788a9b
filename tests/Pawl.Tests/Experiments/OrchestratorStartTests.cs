using System.Text;
using Pawl.Experiments;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>How an experiment begins, and what keeps one from beginning.</summary>
public sealed class OrchestratorStartTests : IAsyncDisposable
{
    private static readonly string[] Begun = ["RegisterExperiment", "CreateFlag", "StartRun", "AllocateTraffic"];

    private readonly OrchestratorScene scene = new();

    [Fact]
    public async Task Start_ARequest_IsFourStepsWithReceiptsUnderTheContract()
    {
        var experiment = await scene.StartAsync();

        var receipts = scene.Receipts;
        Assert.Equal(Begun, receipts.Select(receipt => receipt.Tool));
        Assert.Equal([experiment.Id, "FLAG-prompts.scene", experiment.RunId!, "ALLOC-prompts.scene@2"], receipts.Select(receipt => receipt.Ref));
        Assert.All(receipts, receipt => Assert.Equal((true, experiment.Contract.Hash, "agent:tidy"), (receipt.Ok, receipt.Contract, receipt.Actor)));
        Assert.Equal(("running", "RUN-" + experiment.Contract.Hash[..8]), (experiment.State, experiment.RunId));
        var served = PawlFlagProvider.Served(scene.Flag);
        Assert.Equal(("control", true, 100.0, 2L), (served.Default, served.HasRules, served.Coverage, served.Version));
        scene.AssertWhole();
    }

    [Fact]
    public async Task Start_Twice_DoesNothingTwice()
    {
        var first = await scene.StartAsync();
        var receipts = scene.Receipts.Count;

        var second = Assert.IsType<StartOutcome.Started>(await scene.TryStartAsync());

        Assert.Null(second.Answer);
        Assert.Equal((first.Id, first.Version, receipts, 2L), (second.Experiment.Id, second.Experiment.Version, scene.Receipts.Count, scene.Flag.Version));
    }

    [Fact]
    public async Task Plan_ARequest_DoesNothing()
    {
        var planned = Assert.IsType<StartOutcome.Planned>(await scene.Orchestrator.PlanAsync(Encoding.UTF8.GetBytes(OrchestratorScene.Request), TestContext.Current.CancellationToken));

        Assert.Equal(Begun, planned.Answer.Plan.ToolProposals.Select(proposal => proposal.Name));
        Assert.Empty(scene.Receipts);
        Assert.Empty(scene.All);
    }

    [Fact]
    public async Task Start_TheSameAfterTheEnd_IsRefused()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        var ended = await scene.CarryToTheEndAsync();

        var refused = Assert.IsType<StartOutcome.Refused>(await scene.TryStartAsync());

        Assert.Contains($"{ended.Id} ran under exactly this contract and ended on 2026-01-07 with promote", Assert.Single(refused.Reasons), StringComparison.Ordinal);
        Assert.Single(scene.All);
    }

    [Fact]
    public async Task Start_AnotherRequestForAFlagInUse_NamesTheFieldsThatDoNotMove()
    {
        await scene.StartAsync();

        var refused = Assert.IsType<StartOutcome.Refused>(await scene.TryStartAsync("split: {control: 80, treatmentA: 20}", "mde: 0.05"));

        var reason = Assert.Single(refused.Reasons);
        Assert.Contains("mde stays, because a rule of decision chosen after seeing results", reason, StringComparison.Ordinal);
        Assert.Contains("split stays, because units of different days", reason, StringComparison.Ordinal);
        Assert.Equal(("running", 2L), (Assert.Single(scene.All).State, scene.Flag.Version));
    }

    [Fact]
    public async Task Start_MoreThanMayRun_IsRefusedUntilOneHasEnded()
    {
        var first = await scene.StartAsync();

        Assert.IsType<StartOutcome.Refused>(await scene.TryStartAsync("slug: second", "max_concurrent: 1"));
        Assert.Equal([first.Id], scene.All.Select(experiment => experiment.Id));
        Assert.Null(scene.Database.Flags.Read(view => view.Find("prompts.second")));
        Assert.IsType<WordOutcome.Taken>(await scene.Orchestrator.StopAsync(first.Id, "", TestContext.Current.CancellationToken));
        Assert.IsType<StartOutcome.Refused>(await scene.TryStartAsync("slug: second", "max_concurrent: 1")); // it is not carried out yet
        Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync(first.Id));

        Assert.IsType<StartOutcome.Started>(await scene.TryStartAsync("slug: second", "max_concurrent: 1"));
    }

    [Fact]
    public async Task Start_ManyAtOnce_NoMoreThanMayRunAreRegistered()
    {
        await scene.Database.WriteAsync(_ => true, TestContext.Current.CancellationToken);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => scene.TryStartAsync($"slug: number-{i}", "max_concurrent: 3"))));

        Assert.Equal((3, 5), (outcomes.OfType<StartOutcome.Started>().Count(), outcomes.OfType<StartOutcome.Refused>().Count()));
        Assert.Equal(3, scene.All.Count(experiment => experiment.State == "running"));
        scene.AssertWhole();
    }

    [Fact]
    public async Task Start_TheSameFromSeveralAtOnce_IsStartedOnce()
    {
        for (var round = 0; round < LongRun.Scale(5, 50); round++)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => scene.TryStartAsync($"slug: round-{round}", "max_concurrent: 1000"))));

            Assert.All(outcomes, outcome => Assert.Equal("running", Assert.IsType<StartOutcome.Started>(outcome).Experiment.State));
            Assert.Equal(round + 1, scene.All.Count);
        }

        Assert.All(scene.Receipts, receipt => Assert.True(receipt.Ok, receipt.Message));
        scene.AssertWhole();
    }

    [Theory]
    [InlineData("id: p.v1\ndomains: [ui]", "p.v1#domains")]
    [InlineData("id: p.v1\nguardrails: {prompts: [refunds]}", "p.v1#guardrails.prompts")]
    [InlineData("id: p.v1\nmax_split: 10", "p.v1#max_split")]
    [InlineData("id: p.v1\nmax_ramp_step: 50", "p.v1#max_ramp_step")]
    [InlineData("id: p.v1\nmin_days: 3", "p.v1#min_days")]
    [InlineData("id: p.v1\nmax_days: 7", "p.v1#max_days")]
    [InlineData("id: p.v1\nmax_concurrent: 0", "p.v1#max_concurrent")]
    [InlineData("id: p.v1\nnot_primary: [conversion]", "p.v1#not_primary.conversion")]
    [InlineData("id: p.v1\nblackouts: {freeze: {from: 2026-01-05T00:00Z, to: 2026-01-06T00:00Z}}", "p.v1#blackouts.freeze")]
    public async Task Start_WhatThePolicyForbids_IsRefusedWithItsClauseOnRecord(string policy, string clause)
    {
        scene.Policy(policy);

        var refused = Assert.IsType<StartOutcome.Refused>(await scene.TryStartAsync());

        Assert.Contains($"({clause})", Assert.Single(refused.Reasons), StringComparison.Ordinal);
        var receipt = Assert.Single(scene.Receipts);
        Assert.Equal(("RegisterExperiment", false), (receipt.Tool, receipt.Ok));
        Assert.Contains(clause, receipt.Message, StringComparison.Ordinal);
        AssertNothingStands();
    }

    [Fact]
    public async Task Start_AnIncompleteRequest_IsAskedForOnceAndThenRefused()
    {
        var missing = Assert.IsType<StartOutcome.NeedsInput>(await scene.TryStartAsync("mde: ", "max_duration_days: ")).Missing;

        Assert.Equal(["mde", "max_duration_days"], missing.Select(field => field.Field));
        Assert.Contains("still missing after it was asked for: mde", (await Assert.ThrowsAsync<BadInputException>(() => scene.TryStartAsync("mde: "))).Message, StringComparison.Ordinal);
        Assert.Equal("RegisterExperiment!", Assert.Single(scene.Acts));
        AssertNothingStands();
        await scene.StartAsync();
    }

    [Fact]
    public async Task Start_NothingToMeasureABaselineFrom_IsRefusedAndSaysWhy()
    {
        scene.Source.Instead = _ => scene.Source.Unmeasured(Pawl.Metrics.MetricFault.NoRows);

        var reason = Assert.Single(Assert.IsType<StartOutcome.Refused>(await scene.TryStartAsync("baseline: ", "baseline_days: 7")).Reasons);

        Assert.Contains("in the 7 days before, no unit was shown control", reason, StringComparison.Ordinal);
        AssertNothingStands();
    }

    [Fact]
    public async Task Start_ABaselineToMeasure_IsInTheContract()
    {
        var experiment = await scene.StartAsync("baseline: ", "baseline_days: 7");

        Assert.Equal((0.3, 0.21, 1000.0), (Math.Round(experiment.Contract.Terms.Baseline.Mean, 6), Math.Round(experiment.Contract.Terms.Baseline.Variance, 6), experiment.Contract.Terms.Baseline.UnitsPerDay));
    }

    [Fact]
    public async Task Start_TheBaselinesSourceIsDown_IsUnavailable()
    {
        scene.Source.Instead = _ => scene.Source.Unmeasured(Pawl.Metrics.MetricFault.Timeout);

        await Assert.ThrowsAsync<UnavailableException>(() => scene.TryStartAsync("baseline: ", "baseline_days: 7"));
        AssertNothingStands();
    }

    [Theory]
    [InlineData("""{"control": 1, "treatmentA": 2}""", "control", false)]
    [InlineData("""{"control": {"prompt": "v6"}, "other": 2}""", "control", false)]
    [InlineData("""{"control": {"prompt": "v6"}, "treatmentA": {"prompt": "v7"}, "more": 3}""", "control", false)]
    [InlineData("""{"control": {"prompt": "v6"}, "treatmentA": {"prompt": "v7"}}""", "treatmentA", false)]
    [InlineData("""{"control": {"prompt": "v6"}, "treatmentA": {"prompt": "v7"}}""", "control", true)]
    public async Task Start_AFlagThatSomebodyElseMade_IsRefusedAndNothingIsRegistered(string variants, string served, bool forced)
    {
        await MakeFlagAsync(variants, served);
        if (forced) await scene.ChangeByHandAsync("treatmentA");
        var version = scene.Flag.Version;

        var refused = Assert.IsType<StartOutcome.Refused>(await scene.TryStartAsync());

        Assert.Contains("prompts.scene", Assert.Single(refused.Reasons), StringComparison.Ordinal);
        Assert.Empty(scene.All);
        Assert.Equal(version, scene.Flag.Version);
        Assert.Equal("RegisterExperiment!", scene.Acts.Last());
        scene.AssertWhole();
    }

    [Fact]
    public async Task Start_AFlagThatIsTheSame_IsUsed()
    {
        await MakeFlagAsync("""{"control": {"prompt": "v6"}, "treatmentA": {"prompt": "v7"}}""", "control");

        await scene.StartAsync();

        Assert.Equal(["CreateFlag", "RegisterExperiment", "StartRun", "AllocateTraffic"], scene.Acts);
        scene.AssertWhole();
    }

    [Fact]
    public async Task Stop_AFlagTakenBetweenRegistrationAndCreation_EndsWithoutTouchingIt()
    {
        scene.Flags.Before = async step =>
        {
            scene.Flags.Before = _ => Task.CompletedTask;
            await MakeFlagAsync("""{"control": 1, "other": 2}""", "other");
        };

        Assert.IsType<StartOutcome.Refused>(await scene.TryStartAsync());
        var experiment = Assert.Single(scene.All);
        await Assert.ThrowsAsync<UnavailableException>(() => scene.AdvanceAsync());
        Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").StopAsync(experiment.Id, "the flag is taken", TestContext.Current.CancellationToken));

        Assert.Equal("inconclusive", Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync()).Experiment.State);
        Assert.Equal((1L, "other"), (scene.Flag.Version, scene.Flag.Default));
        Assert.Equal(0, scene.Database.Experiments.Read(view => view.Active));
        scene.AssertWhole();
    }

    [Fact]
    public async Task Stop_OneThatWasOnlyRegistered_Ends()
    {
        scene.Flags.Before = _ => throw new TimeoutException();
        await Assert.ThrowsAsync<TimeoutException>(() => scene.TryStartAsync());
        scene.Flags.Before = _ => Task.CompletedTask;
        var experiment = Assert.Single(scene.All);
        Assert.Equal("starting", experiment.State);

        Assert.IsType<WordOutcome.Taken>(await scene.By("os:mara").StopAsync(experiment.Id, "", TestContext.Current.CancellationToken));

        Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync());
        Assert.Null(scene.Database.Flags.Read(view => view.Find(OrchestratorScene.FlagKey)));
        Assert.Equal(0, scene.Database.Experiments.Read(view => view.Active));
    }

    [Fact]
    public async Task Stop_WhileItIsBegun_NothingIsAllocatedAfterwards()
    {
        scene.Flags.Before = async step =>
        {
            if (step.Kind != FlagStepKind.Allocate) return;
            scene.Flags.Before = _ => Task.CompletedTask;
            var other = new Orchestrator(scene.Services);
            Assert.IsType<WordOutcome.Taken>(await other.StopAsync(scene.All.Single().Id, "", TestContext.Current.CancellationToken));
            Assert.IsType<AdvanceOutcome.Ended>(await other.AdvanceAsync(scene.All.Single().Id, TestContext.Current.CancellationToken));
        };

        Assert.IsType<StartOutcome.Refused>(await scene.TryStartAsync());

        Assert.Equal("inconclusive", Assert.Single(scene.All).State);
        Assert.False(PawlFlagProvider.Served(scene.Flag).HasRules);
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_ABlackoutBeforeTrafficIsAllocated_WaitsForItsEnd()
    {
        scene.Flags.Before = _ => throw new TimeoutException();
        await Assert.ThrowsAsync<TimeoutException>(() => scene.TryStartAsync());
        scene.Flags.Before = _ => Task.CompletedTask;
        scene.Policy("id: p.v1\nblackouts: {freeze: {from: 2026-01-05T09:00Z, to: 2026-01-06T00:00Z}}");

        Assert.Contains("nothing is started", Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync()).Why!, StringComparison.Ordinal);
        Assert.Equal("starting", Assert.Single(scene.All).State);

        await scene.AdvanceAsync(hours: 15);
        Assert.Equal("running", Assert.Single(scene.All).State);
    }

    [Theory]
    [InlineData("slug: \"a\\0b\"")]
    [InlineData("population: \"a\\0b\"")]
    [InlineData("unit: \"a\\0b\"")]
    [InlineData("hypothesis: \"a\\0b\"")]
    [InlineData("treatment_spec: {control: 1, \"a\\0b\": 2}")]
    [InlineData("mde: .nan")]
    [InlineData("mde: NaN")]
    [InlineData("max_duration_days: .inf")]
    [InlineData("baseline: {mean: .nan, variance: 1, units_per_day: 1}")]
    [InlineData("baseline: {mean: 0.3, variance: 1e-320, units_per_day: 1e-320}")]
    [InlineData("baseline: {mean: 0.3, variance: 1e308, units_per_day: 1e308}")]
    [InlineData("mde: 1e-300")]
    [InlineData("mde: 0.9")]
    [InlineData("mde: 0.03\nmde: 0.04")]
    public async Task Start_AHostileValue_IsRefusedBeforeAnythingIsDone(string line)
    {
        await Assert.ThrowsAsync<BadInputException>(() => scene.TryStartAsync(line));

        AssertNothingStands();
        Assert.Empty(scene.Receipts);
    }

    [Theory]
    [InlineData("hypothesis")]
    [InlineData("population")]
    [InlineData("unit")]
    [InlineData("slug")]
    [InlineData("primary_metric")]
    public async Task Start_AVeryLongText_IsRefusedInAShortMessage(string member)
    {
        var message = (await Assert.ThrowsAsync<BadInputException>(() => scene.TryStartAsync($"{member}: {new string('x', 100_000)}"))).Message;

        Assert.InRange(message.Length, 20, 1000);
        AssertNothingStands();
    }

    [Fact]
    public async Task Start_FiveMegabytes_AreRefusedBeforeAnythingIsDone()
    {
        Assert.Contains("bytes are more than the", (await Assert.ThrowsAsync<BadInputException>(() => scene.TryStartAsync($"hypothesis: {new string('x', 5 * 1024 * 1024)}"))).Message, StringComparison.Ordinal);
        AssertNothingStands();
    }

    [Fact]
    public async Task Start_ValuesWithEverythingThatJsonMayHold_AreServedAsTheyAre()
    {
        var experiment = await scene.StartAsync("""treatment_spec: {"control": "a\u0000b\u2028</script>", "treatmentA": {"": [1e-7, -0.0, null, "😀"]}}""");

        Assert.Equal("""{"":[1e-7,0,null,"😀"]}""", Encoding.UTF8.GetString(CanonicalJson.Serialize(scene.Flag.Variants.Single(variant => variant.Name == "treatmentA").Value)));
        Assert.Equal(experiment.Contract.Hash, scene.All.Single().Contract.Hash);
        scene.Level("conversion", 0.38);
        Assert.Equal("promote", (await scene.CarryToTheEndAsync()).State);
        scene.AssertWhole();
    }

    public ValueTask DisposeAsync() => scene.DisposeAsync();

    private void AssertNothingStands()
    {
        Assert.Empty(scene.All);
        Assert.Null(scene.Database.Flags.Read(view => view.Find(OrchestratorScene.FlagKey)));
    }

    private async Task MakeFlagAsync(string variants, string served)
    {
        var flag = new Flag { Key = OrchestratorScene.FlagKey, Variants = [.. Json.Parse(variants).EnumerateObject().Select(variant => new Variant(variant.Name, variant.Value))], Default = served };
        Assert.IsType<FlagOutcome.Changed>(await scene.Database.WriteAsync(transaction => scene.Registry.Create(transaction, flag, new FlagAct { ExpectedVersion = 0, Actor = "os:mara" })));
    }
}
