using Pawl.Experiments;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>What must hold of the verdict on any look; each law over random looks from fixed seeds.</summary>
public sealed class VerdictLawTests
{
    private const int Worlds = 4000;

    private static readonly Contract[] Agreed =
    [
        Looks.Contract(),
        Looks.Contract(("treatment_spec", "treatment_spec: {control: 1, b: 2, treatmentA: 3}")),
        Looks.Contract(("approval", "approval: {promote: human}"), ("ramp", "ramp: [5, 100]")),
        Looks.Contract(("analysis", "analysis: {method: fixed}"), ("window_days", "window_days: 2")),
        Looks.Contract(("promote_when", "promote_when: superior_by_mde"), ("mde_kind", "mde_kind: relative")),
    ];

    [Fact]
    public void Judge_AnyLook_StopsExactlyWhenAGuardrailIsBreached()
    {
        var stops = 0;
        foreach (var (contract, look) in Random())
        {
            var breached = look.Arms.SelectMany(arm => arm.Guardrails).Any(guardrail => guardrail.Result is GuardrailResult.Breached);
            stops += breached ? 1 : 0;

            Assert.Equal(breached, VerdictRule.Judge(contract, look) is Verdict.GuardrailStop);
        }

        Assert.InRange(stops, 100, Worlds - 100);
    }

    [Fact]
    public void Judge_TheSameLookTwice_GivesTheSameVerdict()
    {
        foreach (var ((contract, look), (_, again)) in Random().Zip(Random()))
        {
            var (first, second) = (VerdictRule.Judge(contract, look), VerdictRule.Judge(contract, again));

            Assert.Equal(first.State, second.State);
            Assert.Equal(first.Reasons, second.Reasons);
            Assert.NotEmpty(first.Reasons);
        }
    }

    [Fact]
    public void Judge_AnyPromotion_RestsOnDataOfThatArm()
    {
        var promotions = 0;
        foreach (var (contract, look) in Random())
        {
            if (VerdictRule.Judge(contract, look) is not Verdict.Promote { Arm: var name } || look.Latch is not null) continue;
            promotions++;
            var arm = look.Arms.Single(a => a.Name == name);

            Assert.IsType<Readiness.Ready>(arm.Primary!.Readiness);
            Assert.True(Assert.IsType<TwoSidedResult.Tested>(arm.Primary.Result).Estimate > 0);
            Assert.All(arm.Guardrails, guardrail => Assert.True(guardrail is { Result: GuardrailResult.Holds } or { Guardrail: Guardrail.Limit, Result: GuardrailResult.Undecided }));
            Assert.Empty(look.Faults);
            Assert.True(look.MayDecide && look.Ramp.Step == contract.Request.Ramp.Count - 1 && contract.Terms.Approval == PromotedBy.Rule);
        }

        Assert.InRange(promotions, 20, Worlds);
    }

    [Fact]
    public void Judge_NoData_IsNeverSuccess()
    {
        foreach (var (contract, look) in Random())
        {
            var empty = look with { Arms = [.. look.Arms.Select(arm => arm with { Units = 0, Primary = Looks.Untested(Reason.NoUnits), Guardrails = [] })], Latch = null };
            var silent = look with { Arms = [], Latch = null };

            Assert.IsNotType<Verdict.Promote>(VerdictRule.Judge(contract, empty));
            Assert.IsNotType<Verdict.Promote>(VerdictRule.Judge(contract, silent));
        }
    }

    [Fact]
    public void Judge_MoreUnitsOfTheSameInterval_NeverUndoAPromotion()
    {
        foreach (var (contract, look) in Random())
        {
            if (VerdictRule.Judge(contract, look) is not Verdict.Promote promote) continue;

            Assert.Equal(promote.Arm, Assert.IsType<Verdict.Promote>(VerdictRule.Judge(contract, look.With("control", arm => arm with { Units = arm.Units * 1000 }))).Arm);
        }
    }

    private static IEnumerable<(Contract Contract, Look Look)> Random()
    {
        for (var seed = 0; seed < Worlds; seed++)
        {
            var random = new Random(seed);
            var contract = Agreed[seed % Agreed.Length];
            yield return (contract, Look(random, contract));
        }
    }

    private static Look Look(Random random, Contract contract)
    {
        var elapsed = random.NextDouble() * 400;
        return new Look
        {
            ElapsedHours = elapsed,
            UnmeasuredSinceHours = elapsed - (random.NextDouble() * 30),
            MayDecide = random.Next(4) > 0,
            Split = random.Next(20) switch { 0 => new SplitResult.Tested(0.0001), 1 => new SplitResult.Untested(Reason.NoUnits), _ => new SplitResult.Tested(0.5) },
            Exposed = 10_000,
            Crossovers = random.Next(20) == 0 ? 500 : 5,
            Faults = random.Next(15) == 0 ? ["down"] : [],
            Ramp = new RampState(random.Next(contract.Request.Ramp.Count), random.NextDouble() * 48, random.Next(3)),
            Latch = random.Next(15) == 0 ? new PromotionLatch("treatmentA", random.NextDouble() * elapsed, random.Next(2) == 0 ? "os:mara" : null) : null,
            Arms = [.. contract.Request.Arms.Select(arm => Arm(random, contract, arm.Name))],
        };
    }

    private static ArmLook Arm(Random random, Contract contract, string name)
    {
        var units = random.Next(10) == 0 ? 0 : random.Next(1, (int)contract.Terms.Plan.Total);
        if (name == "control") return new ArmLook { Name = name, Units = units };
        return new ArmLook
        {
            Name = name,
            Units = units,
            Primary = random.Next(8) switch
            {
                0 => Looks.Untested((Reason)random.Next(Enum.GetValues<Reason>().Length)),
                1 => null,
                _ => Looks.Primary((random.NextDouble() - 0.4) * 0.1, random.NextDouble() * 0.05),
            },
            Guardrails = [.. contract.Request.Guardrails.Select(guardrail => random.Next(12) switch
            {
                0 => Looks.Breached(guardrail),
                1 => Looks.Undecided(guardrail),
                2 => Looks.Undecided(guardrail, (Reason)random.Next(Enum.GetValues<Reason>().Length)),
                _ => Looks.Holds(guardrail),
            })],
        };
    }
}
