using Pawl.Experiments;
using Pawl.Experiments.Dashboard;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class VerdictRuleTests
{
    private static readonly Contract Contract = Looks.Contract();

    // In the order of precedence; each applies by itself.
    private static readonly (string State, string Reason, Func<Look, Look> Happens)[] Situations =
    [
        ("guardrail_stop", "guardrail", look => look.WithGuardrail(Looks.Breached(Looks.Defects))),
        ("rollback", "unmeasurable", look => look with { Faults = ["the warehouse is down"], UnmeasuredSinceHours = look.ElapsedHours - 24 }),
        ("running", "cannot_measure", look => look with { Faults = ["the warehouse is down"], UnmeasuredSinceHours = look.ElapsedHours - 23.9 }),
        ("rollback", "srm", look => look with { Split = new SplitResult.Tested(0.0009) }),
        ("rollback", "crossover", look => look with { Exposed = 2000, Crossovers = 21 }),
        ("promote", "better", look => look with { Latch = new PromotionLatch("treatmentA", look.ElapsedHours - 1, "os:mara") }),
        ("inconclusive", "approval_expired", look => look with { Latch = new PromotionLatch("treatmentA", look.ElapsedHours - (7 * 24), null) }),
        ("running", "awaiting_approval", look => look with { Latch = new PromotionLatch("treatmentA", look.ElapsedHours - (7 * 24) + 1, null) }),
        ("promote", "better", look => look.WithPrimary(Looks.Primary(0.05, 0.03))),
        ("rollback", "worse", look => look.WithPrimary(Looks.Primary(-0.05, 0.03))),
        ("inconclusive", "max_duration", look => look with { ElapsedHours = 14 * 24, UnmeasuredSinceHours = 14 * 24 }),
        ("inconclusive", "planned_sample", look => look.With("control", arm => arm with { Units = 1_000_000 })),
        ("inconclusive", "mde_ruled_out", look => look.WithPrimary(Looks.Primary(0.001, 0.008))),
        ("running", "no_difference_yet", look => look),
    ];

    public static TheoryData<int, int> Pairs
    {
        get
        {
            var pairs = new TheoryData<int, int>();
            for (var i = 0; i < Situations.Length; i++)
            {
                for (var j = i; j < Situations.Length; j++) pairs.Add(i, j);
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Judge_TwoSituationsAtOnce_TheEarlierOneDecides(int earlier, int later)
    {
        var (state, reason, happens) = Situations[earlier];

        var verdict = Judge(happens(Situations[later].Happens(Looks.Quiet())));

        Assert.Equal((state, reason), (verdict.State, verdict.Reasons[0].Name));
    }

    [Fact]
    public void Judge_ABreachAtAnyLook_StopsAndNamesArmAndMetric()
    {
        var look = Looks.Quiet() with { MayDecide = false, ElapsedHours = 0.1, UnmeasuredSinceHours = 0 };

        var stop = Assert.IsType<Verdict.GuardrailStop>(Judge(look.WithGuardrail(Looks.Breached(Looks.Refunds))));

        Assert.Equal([("treatmentA", "refunds")], stop.Breaches.Select(breach => (breach.Arm, breach.Metric)));
        Assert.Equal(["StopRun", "RollbackVariant", "OpenTicket"], stop.Tools);
    }

    [Theory]
    [InlineData(Reason.ZeroVariance)]
    [InlineData(Reason.TooFewUnits)]
    [InlineData(Reason.TooFewEvents)]
    [InlineData(Reason.TooSkewed)]
    [InlineData(Reason.ControlMeanNearZero)]
    public void Judge_NotReady_IsUndecidedAndNeverUnmeasurable(Reason reason)
    {
        var look = (Looks.Quiet() with { UnmeasuredSinceHours = 0 }).WithPrimary(Looks.Untested(reason)).WithGuardrail(Looks.Undecided(Looks.Defects, reason));

        var running = Assert.IsType<Verdict.Running>(Judge(look));

        Assert.Equal(["too_few"], running.Undecided.Select(r => r.Name));
        Assert.EndsWith(Words.Of(reason), running.Undecided[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_AGuardrailWithoutRowsADayAfterTheStart_CannotMeasure()
    {
        var look = Looks.Quiet().WithPrimary(Looks.Primary(0.05, 0.03)).WithGuardrail(Looks.Undecided(Looks.Defects, Reason.NoUnits));

        Assert.Equal(("running", "cannot_measure"), Named(Judge(look)));
        Assert.DoesNotContain(Judge(look with { ElapsedHours = 23.9 }).Reasons, reason => reason.Code == VerdictCode.CannotMeasure);
    }

    [Fact]
    public void Judge_OneLookThatFails_HoldsHoweverLongAgoTheOneBeforeWas() =>
        Assert.Equal(("running", "cannot_measure"), Named(Judge(Looks.Quiet() with { Faults = ["no source"], ElapsedHours = 200, UnmeasuredSinceHours = null })));

    [Theory]
    [InlineData(Reason.NotFinite)]
    [InlineData(Reason.Inconsistent)]
    [InlineData(Reason.ShapeUnknown)]
    public void Judge_NumbersThatNoDataHave_AreUnmeasurable(Reason reason)
    {
        Assert.Equal("cannot_measure", Judge(Looks.Quiet().WithPrimary(Looks.Untested(reason))).Reasons[0].Name);
        Assert.Equal("cannot_measure", Judge(Looks.Quiet().WithGuardrail(Looks.Undecided(Looks.Refunds, reason))).Reasons[0].Name);
        Assert.Equal("cannot_measure", Judge(Looks.Quiet() with { Split = new SplitResult.Untested(reason) }).Reasons[0].Name);
    }

    [Fact]
    public void Judge_AnAnswerThatIsMissing_IsUnmeasurable()
    {
        Assert.Equal("cannot_measure", Judge(Looks.Quiet().With("treatmentA", arm => arm with { Primary = null })).Reasons[0].Name);
        Assert.Equal("cannot_measure", Judge(Looks.Quiet().With("treatmentA", arm => arm with { Guardrails = [Looks.Holds(Looks.Defects)] })).Reasons[0].Name);
        Assert.Equal("cannot_measure", Judge(Looks.Quiet() with { Arms = [new ArmLook { Name = "control", Units = 5 }] }).Reasons[0].Name);
    }

    [Theory]
    [InlineData(23.9, "no_difference_yet")]
    [InlineData(24, "cannot_measure")]
    public void Judge_AnArmWithoutUnits_IsAFaultAfterADay(double hours, string reason)
    {
        var look = (Looks.Quiet() with { ElapsedHours = hours, UnmeasuredSinceHours = 23 }).With("control", arm => arm with { Units = 0 });

        Assert.Equal(reason, VerdictRule.Judge(Looks.Contract(("analysis", "analysis: {min_days: 0}")), look).Reasons[0].Name);
    }

    [Fact]
    public void Judge_AnArmWithoutUnitsWhileWindowsAreOpen_IsNoFault()
    {
        var look = Looks.Quiet().With("control", arm => arm with { Units = 0 });

        Assert.Equal("no_difference_yet", VerdictRule.Judge(Looks.Contract(("window_days", "window_days: 3")), look).Reasons[0].Name);
        Assert.Equal("cannot_measure", Judge(look).Reasons[0].Name);
    }

    [Fact]
    public void Judge_AClockSetBack_HoldsInsteadOfRollingBack()
    {
        var look = Looks.Quiet() with { Faults = ["no source"], ElapsedHours = 10, UnmeasuredSinceHours = 34 };

        Assert.IsType<Verdict.Running>(Judge(look));
        Assert.IsType<Verdict.Running>(Judge(look with { Faults = [], ElapsedHours = -5 }));
    }

    [Fact]
    public void Judge_FewUnits_AreNotJudgedByASingleCrossover()
    {
        Assert.Equal("running", Judge(Looks.Quiet() with { Exposed = 99, Crossovers = 5 }).State);
        Assert.Equal("running", Judge(Looks.Quiet() with { Exposed = 100, Crossovers = 1 }).State);
        Assert.Equal("crossover", Judge(Looks.Quiet() with { Exposed = 100, Crossovers = 2 }).Reasons[0].Name);
    }

    [Fact]
    public void Judge_TheMinimumDaysNotOver_DecidesNothing()
    {
        var contract = Looks.Contract(("analysis", "analysis: {min_days: 5}"));
        var look = Looks.Quiet().WithPrimary(Looks.Primary(0.05, 0.03)).With("control", arm => arm with { Units = 1_000_000 });

        Assert.Equal(("running", "too_early"), Named(VerdictRule.Judge(contract, look)));
        Assert.Equal("promote", VerdictRule.Judge(contract, look with { ElapsedHours = 120, UnmeasuredSinceHours = 119 }).State);
    }

    [Fact]
    public void Judge_ALookAtTheGuardrailsOnly_DecidesNothing()
    {
        var look = Looks.Quiet() with { MayDecide = false, ElapsedHours = 14 * 24, UnmeasuredSinceHours = 14 * 24 };

        Assert.Equal(("running", "not_due"), Named(Judge(look.WithPrimary(Looks.Primary(0.05, 0.03)))));
        Assert.Equal(("running", "not_due"), Named(Judge(look.With("treatmentA", arm => arm with { Primary = null }))));
    }

    [Fact]
    public void Judge_HarmNotExcluded_WaitsAndNamesTheGuardrail()
    {
        var look = Looks.Quiet().WithPrimary(Looks.Primary(0.05, 0.03));

        var running = Assert.IsType<Verdict.Running>(Judge(look.WithGuardrail(Looks.Undecided(Looks.Refunds))));

        Assert.Equal([("guardrail_undecided", "refunds")], running.Undecided.Select(r => (r.Name, r.Metric)));
        Assert.Equal("promote", Judge(look.WithGuardrail(Looks.Undecided(Looks.Defects))).State);
    }

    [Fact]
    public void Judge_AMetricThatShouldFall_PromotesAFall()
    {
        var contract = Looks.Contract(("primary_metric", "primary_metric: latency_p95"));

        Assert.Equal("promote", VerdictRule.Judge(contract, Looks.Quiet().WithPrimary(Looks.Primary(-0.05, 0.03))).State);
        Assert.Equal(("rollback", "worse"), Named(VerdictRule.Judge(contract, Looks.Quiet().WithPrimary(Looks.Primary(0.05, 0.03)))));
    }

    [Fact]
    public void Judge_SuperiorByMde_TakesABoundAboveTheMde()
    {
        var contract = Looks.Contract(("promote_when", "promote_when: superior_by_mde"));

        Assert.Equal("running", VerdictRule.Judge(contract, Looks.Quiet().WithPrimary(Looks.Primary(0.02, 0.011))).State);
        Assert.Equal("promote", VerdictRule.Judge(contract, Looks.Quiet().WithPrimary(Looks.Primary(0.022, 0.011))).State);
    }

    [Fact]
    public void Judge_AFixedTest_DecidesOnlyAtThePlannedSample()
    {
        var contract = Looks.Contract(("analysis", "analysis: {method: fixed}"));
        var better = Looks.Quiet().WithPrimary(Looks.Primary(0.05, 0.03));
        var worse = Looks.Quiet().WithPrimary(Looks.Primary(-0.05, 0.03));

        Assert.Equal(("running", "too_early"), Named(VerdictRule.Judge(contract, better)));
        Assert.Equal(("running", "too_early"), Named(VerdictRule.Judge(contract, worse)));
        Assert.Equal("promote", VerdictRule.Judge(contract, Planned(better)).State);
        Assert.Equal(("rollback", "worse"), Named(VerdictRule.Judge(contract, Planned(worse))));

        Look Planned(Look look) => look.With("control", arm => arm with { Units = contract.Terms.Plan.Total - 1000 });
    }

    [Fact]
    public void Judge_SeveralArms_PromotesTheLargestImprovementThatHolmFinds()
    {
        var contract = Looks.Contract(("treatment_spec", "treatment_spec: {control: 1, b: 2, c: 3, d: 4}"));
        var look = Looks.Quiet("b", "c", "d").WithPrimary(Looks.Primary(0.02, 0.03, 0.001), "b").WithPrimary(Looks.Primary(0.04, 0.05, 0.012), "c").WithPrimary(Looks.Primary(0.09, 0.2, 0.3), "d");

        Assert.Equal("c", Assert.IsType<Verdict.Promote>(VerdictRule.Judge(contract, look)).Arm);
        // Of .001, .03 and .04 Holm leaves .003, .06 and .06.
        Assert.Equal("b", Assert.IsType<Verdict.Promote>(VerdictRule.Judge(contract, look.WithPrimary(Looks.Primary(0.04, 0.05, 0.03), "c").WithPrimary(Looks.Primary(0.09, 0.1, 0.04), "d"))).Arm);
        Assert.Equal("b", Assert.IsType<Verdict.Promote>(VerdictRule.Judge(contract, look.WithGuardrail(Looks.Undecided(Looks.Refunds), "c"))).Arm);
        Assert.Equal("running", VerdictRule.Judge(contract, look.WithPrimary(Looks.Primary(-0.04, 0.05, 0.012), "c").WithPrimary(Looks.Primary(0.02, 0.03, 0.04), "b")).State);
    }

    [Fact]
    public void Judge_SeveralArms_RollsBackOnlyWhenAllAreWorse()
    {
        var contract = Looks.Contract(("treatment_spec", "treatment_spec: {control: 1, b: 2, c: 3}"));
        var look = Looks.Quiet("b", "c").WithPrimary(Looks.Primary(-0.05, 0.03), "b");

        Assert.Equal("running", VerdictRule.Judge(contract, look).State);
        Assert.Equal("running", VerdictRule.Judge(contract, look.WithPrimary(Looks.Untested(Reason.TooFewUnits), "c")).State);
        Assert.Equal(("rollback", "worse"), Named(VerdictRule.Judge(contract, look.WithPrimary(Looks.Primary(-0.04, 0.03), "c"))));
    }

    [Fact]
    public void Judge_ABreachInOneOfSeveralArms_StopsAll()
    {
        var contract = Looks.Contract(("treatment_spec", "treatment_spec: {control: 1, b: 2, c: 3}"));

        Assert.Equal("guardrail_stop", VerdictRule.Judge(contract, Looks.Quiet("b", "c").WithPrimary(Looks.Primary(0.5, 0.03), "b").WithGuardrail(Looks.Breached(Looks.Defects), "c")).State);
    }

    [Theory]
    [InlineData(0, 24, 1, 1)]
    [InlineData(0, 23.9, 1, null)]
    [InlineData(1, 24, 1, 2)]
    [InlineData(2, 24, 1, null)]
    public void Judge_AStepOfARamp_WidensAfterItsTime(int step, double hours, int readyLooks, int? widened)
    {
        var contract = Looks.Contract(("ramp", "ramp: [5, 25, 100]"));

        Assert.Equal(widened, Assert.IsType<Verdict.Running>(VerdictRule.Judge(contract, Looks.Quiet() with { Ramp = new RampState(step, hours, readyLooks) })).WidenTo);
    }

    [Fact]
    public void Judge_AStepWithoutAReadyLook_DoesNotWiden()
    {
        var contract = Looks.Contract(("ramp", "ramp: [5, 25, 100]"));
        var look = (Looks.Quiet() with { Ramp = new RampState(0, 48, 0) }).WithPrimary(Looks.Untested(Reason.TooFewUnits));

        Assert.Null(Assert.IsType<Verdict.Running>(VerdictRule.Judge(contract, look)).WidenTo);
        Assert.Equal(1, Assert.IsType<Verdict.Running>(VerdictRule.Judge(contract, look with { Ramp = new RampState(0, 48, 1) })).WidenTo);
        Assert.Null(Assert.IsType<Verdict.Running>(VerdictRule.Judge(contract, look with { Ramp = new RampState(0, 48, 1), Faults = ["down"] })).WidenTo);
    }

    [Fact]
    public void Judge_AWinnerBeforeTheLastStep_WaitsForIt()
    {
        var contract = Looks.Contract(("ramp", "ramp: [5, 100]"));
        var look = (Looks.Quiet() with { Ramp = new RampState(0, 30, 1) }).WithPrimary(Looks.Primary(0.05, 0.03));

        var running = Assert.IsType<Verdict.Running>(VerdictRule.Judge(contract, look));

        Assert.Equal((1, "ramp"), (running.WidenTo, running.Undecided[0].Name));
        Assert.Equal("promote", VerdictRule.Judge(contract, look with { Ramp = new RampState(1, 0, 0) }).State);
        Assert.Equal(("inconclusive", "max_duration"), Named(VerdictRule.Judge(contract, look with { ElapsedHours = 14 * 24, UnmeasuredSinceHours = 14 * 24 })));
        Assert.Equal("guardrail_stop", VerdictRule.Judge(contract, look.WithGuardrail(Looks.Breached(Looks.Defects))).State);
    }

    [Fact]
    public void Judge_APromotionThatAPersonDecides_WaitsAndKeepsWaiting()
    {
        var contract = Looks.Contract(("approval", "approval: {promote: human}"));
        var better = Looks.Quiet().WithPrimary(Looks.Primary(0.05, 0.03));

        var running = Assert.IsType<Verdict.Running>(VerdictRule.Judge(contract, better));

        Assert.Equal(("treatmentA", "awaiting_approval"), (running.Awaiting, running.Undecided[0].Name));
        var latched = Looks.Quiet() with { Latch = new PromotionLatch("treatmentA", 60, null) };
        Assert.Equal("treatmentA", Assert.IsType<Verdict.Running>(VerdictRule.Judge(contract, latched.WithPrimary(Looks.Primary(-0.05, 0.03)))).Awaiting);
        Assert.Equal("treatmentA", Assert.IsType<Verdict.Running>(VerdictRule.Judge(contract, latched with { Faults = ["down"] })).Awaiting);
    }

    [Fact]
    public void Judge_TimesThatAreNoNumbers_AreMisuse()
    {
        Assert.Throws<ArgumentException>(() => Judge(Looks.Quiet() with { ElapsedHours = double.NaN }));
        Assert.Throws<ArgumentException>(() => Judge(Looks.Quiet() with { UnmeasuredSinceHours = double.PositiveInfinity }));
    }

    [Fact]
    public void Name_EveryCode_IsSpelledDifferently() =>
        Assert.Equal(Enum.GetValues<VerdictCode>().Length, Enum.GetValues<VerdictCode>().Select(code => new VerdictReason(code, "").Name).Distinct().Count());

    private static Verdict Judge(Look look) => VerdictRule.Judge(Contract, look);

    private static (string, string) Named(Verdict verdict) => (verdict.State, verdict.Reasons[0].Name);
}
