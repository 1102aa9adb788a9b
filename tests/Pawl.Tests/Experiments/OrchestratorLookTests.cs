using Pawl.Experiments;
using Pawl.Metrics;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>When the orchestrator looks, and what it makes of what it sees.</summary>
public sealed class OrchestratorLookTests : IAsyncDisposable
{
    private readonly OrchestratorScene scene = new();

    [Fact]
    public async Task Advance_BeforeALookIsDue_DoesNothing()
    {
        await scene.StartAsync();

        var waiting = Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: 11.99));

        Assert.Equal((scene.All[0].StartedAt!.Value.AddHours(12), null), (waiting.Next, waiting.Look));
        Assert.Equal((0, 4), (scene.Source.Asked, scene.Receipts.Count));
    }

    [Fact]
    public async Task Advance_OnSchedule_LooksOnceHoweverOftenItIsAsked()
    {
        await scene.StartAsync();

        var first = Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: 12));
        var again = Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync());

        Assert.Equal(("not_due", null), (first.Look!.Verdict.Reasons.Single().Name, again.Look));
        Assert.False(first.Look.MayDecide);
        Assert.True(Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: 12)).Look!.MayDecide);
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_AfterAPauseOfDays_LooksOnce()
    {
        await scene.StartAsync();

        var waiting = Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: 101));

        Assert.Equal(scene.All[0].StartedAt!.Value.AddHours(108), waiting.Next); // on the grid, whenever one looked
        Assert.Equal(101, Assert.Single(scene.Looks).ElapsedHours);
    }

    [Fact]
    public async Task Advance_TheClockSetBackADay_JudgesNothingUntilItHasCaughtUp()
    {
        await scene.StartAsync();
        await scene.AdvanceAsync(hours: 36);
        scene.Level("defect_rate", 0.5);

        var waiting = Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: -24));

        Assert.Contains("before the last look", waiting.Why!, StringComparison.Ordinal);
        Assert.Single(scene.Looks);
        Assert.Equal("running", scene.All[0].State);
        Assert.Equal("guardrail_stop", Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync(hours: 36)).Experiment.State);
    }

    [Fact]
    public async Task Advance_TheClockSetBackBeforeTheStart_JudgesNothing()
    {
        await scene.StartAsync();

        Assert.Contains("the clock says", Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: -24)).Why!, StringComparison.Ordinal);
        Assert.Equal(0, scene.Source.Asked);
    }

    [Fact]
    public async Task Advance_NoSuchExperiment_IsRefused() => await Assert.ThrowsAsync<BadInputException>(async () =>
    {
        await scene.StartAsync();
        await scene.AdvanceAsync("EXP-00000000");
    });

    [Theory]
    [InlineData(0.38, "promote", "treatmentA")]
    [InlineData(0.22, "rollback", "control")]
    [InlineData(0.30, "inconclusive", "control")]
    public async Task Advance_ToTheEnd_ServesWhatTheVerdictSays(double level, string state, string served)
    {
        scene.Level("conversion", level);
        await scene.StartAsync();

        var ended = await scene.CarryToTheEndAsync();

        Assert.Equal(state, ended.State);
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones(served));
        Assert.Null(ended.Ticket);
        Assert.NotNull(scene.Database.Experiments.Read(view => view.Snapshot(ended.Snapshot!)));
        Assert.NotNull(ended.StoppedAt);
        scene.AssertWhole();
        var receipts = scene.Receipts.Count;
        Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync(hours: 1000));
        Assert.Equal(receipts, scene.Receipts.Count);
    }

    [Fact]
    public async Task Advance_AGuardrailBreached_StopsAndOpensATicket()
    {
        await scene.StartAsync();
        await scene.AdvanceAsync(hours: 12);
        scene.Level("defect_rate", 0.2);

        var ended = Assert.IsType<AdvanceOutcome.Ended>(await scene.AdvanceAsync(hours: 12));

        Assert.Equal("guardrail_stop", ended.Experiment.State);
        Assert.Equal(["StopRun", "RollbackVariant", "OpenTicket"], scene.Acts.Skip(4));
        var ticket = Assert.Single(scene.Database.Experiments.Read(view => view.Tickets(ended.Experiment.Id)));
        Assert.Equal((ended.Experiment.Ticket, "high"), (ticket.Id, ticket.Severity));
        Assert.Contains("defect_rate of treatmentA", ticket.Description, StringComparison.Ordinal);
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_AStrictGuardrail_IsBreachedByTwoLooksInARow()
    {
        scene.Source.UnitsPerDay = 4000; // a strict guardrail judges from 1000 units on
        await scene.StartAsync("guardrails: [{name: defect_rate, threshold: 0.05, direction: '<', strict: true}]");
        var states = new List<string>();
        foreach (var level in new[] { 0.06, 0.04, 0.06, 0.06 })
        {
            scene.Level("defect_rate", level);
            states.Add((await scene.AdvanceAsync(hours: 12)).Experiment.State);
        }

        Assert.Equal(["running", "running", "running", "guardrail_stop"], states);
    }

    [Fact]
    public async Task Advance_AValueWithoutUnits_IsGuardedStrictly()
    {
        scene.Source.UnitsPerDay = 4000; // a strict guardrail judges from 1000 units on
        await scene.StartAsync("guardrails: [{name: latency_p95, threshold: 2.5, direction: '<'}]");
        scene.Level("latency_p95", 9, "control"); // the control is not guarded
        await scene.AdvanceAsync(hours: 12);
        Assert.Equal("running", (await scene.AdvanceAsync(hours: 12)).Experiment.State);
        scene.Level("latency_p95", 3);

        Assert.Equal("running", (await scene.AdvanceAsync(hours: 12)).Experiment.State);
        Assert.Equal("guardrail_stop", (await scene.AdvanceAsync(hours: 12)).Experiment.State);
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_HarmNotRuledOut_BlocksThePromotionUntilItIs()
    {
        scene.Level("conversion", 0.36);
        await scene.StartAsync("guardrails: [{name: refunds, max_harm: 0.01}]");
        var blocked = await scene.CarryAsync(days: 9);

        Assert.Contains("guardrail_undecided", Assert.IsType<AdvanceOutcome.Waiting>(blocked).Look!.Verdict.Reasons.Select(reason => reason.Name));
        scene.Level("refunds", 0.05); // far better than the control: harm is ruled out

        Assert.Equal("promote", (await scene.CarryToTheEndAsync()).State);
    }

    [Fact]
    public async Task Advance_GroupSequential_TestsAsOftenAsPlanned()
    {
        scene.Level("conversion", 0.315); // neither shown nor ruled out
        await scene.StartAsync("analysis: {method: group_sequential, looks: 4}", "verdict_hours: 12");

        var ended = await scene.CarryToTheEndAsync();

        Assert.Equal("inconclusive", ended.State);
        Assert.Equal(4, ended.Information["treatmentA"].Count);
        Assert.Equal(ended.Information["treatmentA"].Order(), ended.Information["treatmentA"]);
        Assert.InRange(ended.Information["treatmentA"][^1], 1, 1.2);
    }

    [Fact]
    public async Task Advance_Fixed_DecidesOnceAtThePlannedSample()
    {
        scene.Level("conversion", 0.38);
        var experiment = await scene.StartAsync("analysis: {method: fixed}");

        var ended = await scene.CarryToTheEndAsync();

        var planned = experiment.Contract.Terms.Plan.Total;
        Assert.Equal("promote", ended.State);
        Assert.All(scene.Looks.SkipLast(1), look => Assert.True(look.Arms.Sum(arm => arm.Units) < planned && !look.Verdict.IsTerminal));
        Assert.True(scene.Looks[^1].Arms.Sum(arm => arm.Units) >= planned);
    }

    [Fact]
    public async Task Advance_ARamp_WidensCoverageAloneAndOnlyTheLastStepPromotes()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync("ramp: [5, 25, 100]");
        var coverages = new List<(double Hours, double Coverage)>();
        var start = scene.Clock.GetUtcNow();
        scene.Flags.After = step =>
        {
            if (step.Kind == FlagStepKind.Allocate) coverages.Add(((scene.Clock.GetUtcNow() - start).TotalHours, PawlFlagProvider.Served(scene.Flag).Coverage));
            return Task.CompletedTask;
        };

        var ended = await scene.CarryToTheEndAsync();

        Assert.Equal([(24.0, 25.0), (48.0, 100.0)], coverages);
        Assert.Equal("promote", ended.State);
        Assert.All(scene.Looks.Where(look => look.Verdict.IsTerminal), look => Assert.Equal(2, look.RampStep));
        Assert.Equal(3, scene.Acts.Count(act => act == "AllocateTraffic"));
        scene.AssertWhole();
    }

    [Fact]
    public async Task Advance_ARampBeforeAReadyLook_DoesNotWiden()
    {
        await scene.StartAsync("ramp: [5, 100]", "ramp_hours: 6");
        scene.Source.UnitsPerDay = 10; // too few to be tested

        await scene.AdvanceAsync(hours: 12);
        Assert.Equal(0, scene.All[0].RampStep);
        scene.Source.UnitsPerDay = 1000;

        await scene.AdvanceAsync(hours: 12);
        Assert.Equal(1, scene.All[0].RampStep);
    }

    [Fact]
    public async Task Advance_ABlackout_HoldsWideningAndNeverAStop()
    {
        await scene.StartAsync("ramp: [5, 100]");
        scene.Policy("id: p.v1\nblackouts: {freeze: {from: 2026-01-05T10:00Z, to: 2026-01-10T00:00Z}}");

        var held = Assert.IsType<AdvanceOutcome.Waiting>(await scene.CarryAsync(days: 2));
        Assert.Contains("nothing is started", held.Why!, StringComparison.Ordinal);
        Assert.Equal((0, 5.0), (scene.All[0].RampStep, PawlFlagProvider.Served(scene.Flag).Coverage));
        scene.Level("defect_rate", 0.3);

        Assert.Equal("guardrail_stop", (await scene.CarryToTheEndAsync()).State);
    }

    [Fact]
    public async Task Advance_ABlackout_HoldsThePromotionUntilItIsOver()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        scene.Policy("id: p.v1\nblackouts: {freeze: {from: 2026-01-05T10:00Z, to: 2026-01-10T00:00Z}}");

        var ended = await scene.CarryToTheEndAsync();

        Assert.Equal(("promote", new DateTimeOffset(2026, 1, 10, 9, 0, 0, TimeSpan.Zero)), (ended.State, ended.EndedAt));
        Assert.Contains(scene.Looks, look => look.Verdict.Reasons.Any(reason => reason.Name == "blackout" && reason.Text.Contains("p.v1#blackouts.freeze", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(MetricFault.Unavailable)]
    [InlineData(MetricFault.Timeout)]
    [InlineData(MetricFault.NotFinite)]
    [InlineData(MetricFault.NotANumber)]
    [InlineData(MetricFault.Refused)]
    public async Task Advance_WhatCannotBeMeasured_IsHeldAndThenRolledBackWithATicket(MetricFault fault)
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        await scene.AdvanceAsync(hours: 12);
        scene.Source.Instead = _ => scene.Source.Unmeasured(fault);

        var held = Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: 12));
        Assert.All(held.Look!.Verdict.Reasons, reason => Assert.Equal("cannot_measure", reason.Name));
        Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: 12));
        AssertRolledBack(await scene.AdvanceAsync(hours: 12), atHours: 48);
    }

    [Fact]
    public async Task Advance_WhatCannotBeMeasuredForAWhile_GoesOn()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        await scene.AdvanceAsync(hours: 12);
        scene.Source.Instead = _ => scene.Source.Unmeasured(MetricFault.Unavailable);
        await scene.AdvanceAsync(hours: 12);
        scene.Source.Instead = _ => null;

        Assert.Equal("promote", (await scene.CarryToTheEndAsync()).State);
    }

    [Fact]
    public async Task Advance_NobodyComes_IsHeldADayAfterTheStartAndRolledBackADayLater()
    {
        await scene.StartAsync();
        scene.Source.Instead = _ => scene.Source.Unmeasured(MetricFault.NoRows);

        var ended = await scene.CarryAsync(days: 5);

        Assert.Equal(["not_due", "cannot_measure"], scene.Looks.Take(2).Select(look => look.Verdict.Reasons[0].Name));
        AssertRolledBack(ended, atHours: 48);
    }

    [Fact]
    public async Task Advance_AnArmThatNobodySees_IsHeldAndThenRolledBack()
    {
        await scene.StartAsync("split: {control: 50, treatmentA: 50}");
        scene.Source.UnitsPerDay = 4; // too few for the split to be tested
        scene.Source.Instead = query => scene.Source.Measured(query, (arm, units) => new ProportionStatistics { Units = arm == "control" ? units : 0, Events = 0 });

        AssertRolledBack(await scene.CarryAsync(days: 5), atHours: 48);
    }

    [Fact]
    public async Task Advance_StatisticsThatAreNaN_AreHeldAndThenRolledBack()
    {
        scene.Services = scene.Services with { Metrics = scene.Services.Metrics.ToDictionary(metric => metric.Key, metric => metric.Value with { Kind = metric.Key == "conversion" ? MetricKind.Mean : metric.Value.Kind }) };
        await scene.StartAsync();
        scene.Source.Instead = query => query.Metric.Name != "conversion" ? null
            : scene.Source.Measured(query, (_, units) => new MeanStatistics { Units = units, Sum = double.NaN, SumOfSquares = double.NaN });

        var ended = await scene.CarryAsync(days: 5);

        Assert.Equal("cannot_measure", scene.Looks[0].Verdict.Reasons[0].Name);
        AssertRolledBack(ended, atHours: 36);
    }

    [Fact]
    public async Task Advance_AMetricDefinedOtherwiseThanRegistered_CannotBeMeasured()
    {
        await scene.StartAsync();
        var metrics = scene.Services.Metrics;
        scene.Services = scene.Services with { Metrics = metrics.ToDictionary(metric => metric.Key, metric => metric.Value with { Digest = "another" }) };

        var held = Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: 12));
        Assert.Contains("the definition of conversion is not the one that was registered", held.Look!.Faults[0], StringComparison.Ordinal);
        scene.Services = scene.Services with { Metrics = metrics, Sources = new Dictionary<string, IMetricSource>() };

        Assert.IsType<AdvanceOutcome.Waiting>(await scene.AdvanceAsync(hours: 12));
        AssertRolledBack(await scene.AdvanceAsync(hours: 12), atHours: 36);
        Assert.Contains(scene.Looks[^1].Faults, fault => fault == "conversion has no source world any more");
    }

    [Fact]
    public async Task Advance_ASampleRatioMismatch_IsRolledBackWithATicket()
    {
        scene.Level("conversion", 0.38);
        await scene.StartAsync();
        scene.Source.Instead = query => query.Metric.Name == "conversion" && scene.Source.Measured(query, (_, units) => new ProportionStatistics { Units = units, Events = units / 3 }) is MetricResult.Measured measured
            ? measured with { Arms = [measured.Arms[0], measured.Arms[1] with { Exposed = measured.Arms[1].Exposed / 2 }] }
            : null;

        var ended = Assert.IsType<AdvanceOutcome.Ended>(await scene.CarryAsync(days: 5)).Experiment;

        Assert.Equal(("rollback", "srm"), (ended.State, ended.Verdict!.Reasons[0].Name));
        Assert.NotNull(ended.Ticket);
    }

    public ValueTask DisposeAsync() => scene.DisposeAsync();

    private void AssertRolledBack(AdvanceOutcome outcome, double atHours)
    {
        var ended = Assert.IsType<AdvanceOutcome.Ended>(outcome).Experiment;
        Assert.Equal(("rollback", "unmeasurable"), (ended.State, ended.Verdict!.Reasons[0].Name));
        Assert.Equal(atHours, scene.Looks[^1].ElapsedHours);
        Assert.Single(scene.Database.Experiments.Read(view => view.Tickets(ended.Id)));
        Assert.True(PawlFlagProvider.Served(scene.Flag).IsEveryones("control"));
        scene.AssertWhole();
    }
}
