using Pawl.Experiments;

namespace Pawl.Tests.Experiments;

/// <summary>Plans as the rules make them, and the states in which they do.</summary>
internal static class Plans
{
    public static Contract Contract { get; } = Looks.Contract();

    public static ExperimentState Fresh { get; } = new() { Policy = Contracts.Allowed };

    public static ExperimentState Running { get; } = Fresh with
    {
        IsRegistered = true,
        FlagVersion = 2,
        IsFlagTheSame = true,
        RunId = "RUN-12345678",
        IsRunning = true,
        IsAllocated = true,
        IsWindowClosed = true,
        NextLook = (4, true),
        RunningExperiments = 1,
    };

    public static Verdict Better { get; } = VerdictRule.Judge(Contract, Looks.Quiet().WithPrimary(Looks.Primary(0.05, 0.03)));

    public static Verdict Stopped { get; } = VerdictRule.Judge(Contract, Looks.Quiet().WithGuardrail(Looks.Breached(Looks.Defects)));

    /// <summary>One plan per stage; all ten tools occur.</summary>
    public static IReadOnlyList<Plan> Everywhere { get; } =
        [.. new[] { Fresh, Running, Running with { Recorded = Better }, Running with { Recorded = Stopped } }.Select(state => RuleBasedPlanner.Plan(Contract, state))];

    /// <summary>The steps with which the experiment begins.</summary>
    public static IReadOnlyList<ToolProposal> Steps => Everywhere[0].ToolProposals;
}
