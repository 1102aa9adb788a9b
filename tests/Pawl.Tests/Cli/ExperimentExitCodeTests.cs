using Pawl.Cli.Experiments;
using Pawl.Experiments;
using Xunit;

namespace Pawl.Tests.Cli;

/// <summary>What the commands that carry an experiment on end with: scripts hear whether the rule took the change back.</summary>
public sealed class ExperimentExitCodeTests
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("guardrail_stop", VerdictCode.GuardrailBreached, 1)]
    [InlineData("rollback", VerdictCode.Worse, 1)]
    [InlineData("rollback", VerdictCode.SampleRatioMismatch, 1)]
    [InlineData("rollback", VerdictCode.Crossover, 1)]
    [InlineData("rollback", VerdictCode.Unmeasurable, 1)]
    [InlineData("rollback", VerdictCode.ByPerson, 0)]
    [InlineData("inconclusive", VerdictCode.ByPerson, 0)]
    [InlineData("inconclusive", VerdictCode.MaxDuration, 0)]
    [InlineData("promote", VerdictCode.Better, 0)]
    public void ExitCodeOf_AnEnd_Is1WhereTheRuleTookTheChangeBack(string state, VerdictCode code, int expected)
    {
        VerdictReason[] why = [new(code, "why")];
        Verdict verdict = state switch
        {
            "guardrail_stop" => new Verdict.GuardrailStop(why),
            "rollback" => new Verdict.Rollback(why),
            "promote" => new Verdict.Promote("treatmentA", why),
            _ => new Verdict.Inconclusive(why),
        };
        var ended = new Experiment { Contract = Experiments.Contracts.With(), RegisteredAt = Monday, RegisteredBy = "os:test", Verdict = verdict, EndedAt = Monday };

        Assert.Equal(expected, ExperimentAdvance.ExitCodeOf(ended));
        Assert.Equal(0, ExperimentAdvance.ExitCodeOf(ended with { Verdict = null, EndedAt = null }));
    }
}
