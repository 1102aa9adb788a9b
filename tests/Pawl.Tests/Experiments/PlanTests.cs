using Pawl.Experiments;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class PlanTests
{
    private static readonly Contract Contract = Plans.Contract;

    private static readonly ExperimentState Fresh = Plans.Fresh;

    private static readonly ExperimentState Running = Plans.Running;

    private static readonly Verdict Better = Plans.Better;

    private static readonly Verdict Stopped = Plans.Stopped;

    public static TheoryData<string, string> Tampering { get; } = new()
    {
        { "summary", "summary: expected 1 to 100 words, found 101" },
        { "exp_id", "registration.exp_id: expected EXP-" },
        { "primary", "registration.primary_metric: expected CSAT" },
        { "metrics", "registration.metrics" },
        { "arms", "allocation.arms" },
        { "split", "allocation.traffic_split" },
        { "rules", "allocation.exposure_rules" },
        { "checkpoint", "monitoring.checkpoints" },
        { "decision", "decision.state: the verdict recorded is running; a plan does not make one" },
        { "receipt", "decision.receipts: there is no receipt PROM-x@1" },
        { "citation", "citations: exp_policy.v9#all is no clause that applies" },
        { "tool", "tool_proposals[0]: DropDatabase is no tool" },
        { "argument", "RegisterExperiment.mde: expected a finite number" },
        { "other mde", "RegisterExperiment.mde: expected 0.01" },
        { "extra argument", "RegisterExperiment.force: no argument of this tool" },
        { "no arguments", "RegisterExperiment: the arguments are no object" },
        { "precondition", "RegisterExperiment: its preconditions are contract_valid, policy_allows, below_max_concurrent" },
        { "key", "RegisterExperiment: the idempotency key is RegisterExperiment/" },
        { "order", "tool_proposals[0]: AllocateTraffic: run_started does not hold" },
        { "traffic", "AllocateTraffic: split_equals_contract does not hold" },
        { "promote", "PromoteVariant: promote_recorded does not hold" },
    };

    [Fact]
    public void Plan_FromNothing_RegistersBeforeItAllocates()
    {
        var plan = RuleBasedPlanner.Plan(Contract, Fresh);

        Assert.Equal(["RegisterExperiment", "CreateFlag", "StartRun", "AllocateTraffic"], Tools(plan));
        Assert.Equal("running", plan.Decision.State);
        Assert.Equal(Contracts.Allowed.Clauses, plan.Citations);
        Assert.Equal(plan.ToolProposals.Count, plan.ToolProposals.Select(proposal => proposal.IdempotencyKey).Distinct().Count());
    }

    [Fact]
    public void Plan_AtADueLook_MeasuresAndDecidesNothing() => Assert.Equal(["CheckMetrics", "SnapshotDashboard"], Tools(RuleBasedPlanner.Plan(Contract, Running)));

    [Fact]
    public void Plan_BetweenLooks_ProposesNothing() => Assert.Empty(RuleBasedPlanner.Plan(Contract, Running with { NextLook = (4, false) }).ToolProposals);

    [Fact]
    public void Plan_ARecordedVerdict_IsCarriedOutAndRepeated()
    {
        Assert.Equal(["PromoteVariant", "StopRun", "SnapshotDashboard"], Tools(RuleBasedPlanner.Plan(Contract, Running with { Recorded = Better })));
        Assert.Equal(["StopRun", "RollbackVariant", "SnapshotDashboard", "OpenTicket"], Tools(RuleBasedPlanner.Plan(Contract, Running with { Recorded = Stopped })));
        Assert.Equal("guardrail_stop", RuleBasedPlanner.Plan(Contract, Running with { Recorded = Stopped }).Decision.State);
    }

    [Fact]
    public void Plan_AfterACrash_GoesOnWhereItStopped()
    {
        Assert.Equal(["StartRun", "AllocateTraffic"], Tools(RuleBasedPlanner.Plan(Contract, Fresh with { IsRegistered = true, FlagVersion = 1, IsFlagTheSame = true })));
        Assert.Equal(["AllocateTraffic"], Tools(RuleBasedPlanner.Plan(Contract, Running with { IsAllocated = false })));
        Assert.Equal(["RollbackVariant", "SnapshotDashboard", "OpenTicket"], Tools(RuleBasedPlanner.Plan(Contract, Running with { Recorded = Stopped, IsRunning = false })));
        Assert.Equal(["SnapshotDashboard", "OpenTicket"], Tools(RuleBasedPlanner.Plan(Contract, Running with { Recorded = Stopped, IsRunning = false, IsSettled = true })));
        Assert.Equal(["OpenTicket"], Tools(RuleBasedPlanner.Plan(Contract, Running with { Recorded = Stopped, IsRunning = false, IsSettled = true, HasSnapshot = true })));
    }

    [Fact]
    public void Verify_WhatTheRulesPlan_IsAdmittedEverywhere()
    {
        ExperimentState[] states = [Fresh, Running, Running with { IsAllocated = false }, Running with { Recorded = Better }, Running with { Recorded = Stopped }, Running with { Recorded = Stopped, IsRunning = false }];

        Assert.All(states, state =>
        {
            var judgement = PlanVerifier.Verify(Contract, state, RuleBasedPlanner.Plan(Contract, state));
            Assert.True(judgement is PlanJudgement.Admitted, judgement is PlanJudgement.Refused refused ? string.Join("\n", refused.Errors) : "");
        });
    }

    [Theory]
    [MemberData(nameof(Tampering))]
    public void Verify_APlanThatSaysSomethingElse_IsRefusedWithThePlace(string what, string expected)
    {
        var errors = Assert.IsType<PlanJudgement.Refused>(PlanVerifier.Verify(Contract, Fresh, Tampered(what, RuleBasedPlanner.Plan(Contract, Fresh)))).Errors;

        Assert.Contains(errors, error => error.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Verify_StatesThatForbidAStep_RefuseIt()
    {
        AssertRefused(Fresh with { RunningExperiments = 10 }, "below_max_concurrent");
        AssertRefused(Fresh with { Policy = Contracts.Allowed with { Findings = [new PolicyFinding("exp_policy.v1#domains", false, "")] } }, "policy_allows");
        AssertRefused(Fresh with { FlagVersion = 3 }, "key_free_or_same");
        AssertRefused(Running with { IsWindowClosed = false }, "window_closed");
    }

    [Fact]
    public void Verify_APromotionWithoutItsApproval_IsRefused()
    {
        var contract = Looks.Contract(("approval", "approval: {promote: human}"));
        var state = Running with { Recorded = Better };
        var plan = RuleBasedPlanner.Plan(contract, state);

        Assert.Contains("PromoteVariant: approved_if_demanded does not hold", string.Join("\n", Assert.IsType<PlanJudgement.Refused>(PlanVerifier.Verify(contract, state, plan)).Errors), StringComparison.Ordinal);
        Assert.IsType<PlanJudgement.Admitted>(PlanVerifier.Verify(contract, state with { ApprovedBy = "os:mara" }, plan));
    }

    [Fact]
    public void Key_TheSameStepTwice_IsTheSameAndAnotherLookIsAnother()
    {
        var (first, again) = (RuleBasedPlanner.Plan(Contract, Running), RuleBasedPlanner.Plan(Contract, Running));
        var next = RuleBasedPlanner.Plan(Contract, Running with { NextLook = (5, true) });

        Assert.Equal(first.ToolProposals[0].IdempotencyKey, again.ToolProposals[0].IdempotencyKey);
        Assert.NotEqual(first.ToolProposals[0].IdempotencyKey, next.ToolProposals[0].IdempotencyKey);
    }

    private static void AssertRefused(ExperimentState state, string precondition)
    {
        var plan = RuleBasedPlanner.Plan(Contract, state);

        Assert.Contains($"{precondition} does not hold", string.Join("\n", Assert.IsType<PlanJudgement.Refused>(PlanVerifier.Verify(Contract, state, plan)).Errors), StringComparison.Ordinal);
    }

    private static Plan Tampered(string what, Plan plan) => what switch
    {
        "summary" => plan with { Summary = string.Join(' ', Enumerable.Repeat("word", 101)) },
        "exp_id" => plan with { Registration = plan.Registration with { ExpId = "EXP-00000000" } },
        "primary" => plan with { Registration = plan.Registration with { PrimaryMetric = "refunds" } },
        "metrics" => plan with { Registration = plan.Registration with { Metrics = ["CSAT"] } },
        "arms" => plan with { Allocation = plan.Allocation with { Arms = ["control"] } },
        "split" => plan with { Allocation = plan.Allocation with { TrafficSplit = new Dictionary<string, double> { ["control"] = 10, ["treatmentA"] = 90 } } },
        "rules" => plan with { Allocation = plan.Allocation with { ExposureRules = ["a"] } },
        "checkpoint" => plan with { Monitoring = plan.Monitoring with { Checkpoints = [10_000] } },
        "decision" => plan with { Decision = plan.Decision with { State = "promote" } },
        "receipt" => plan with { Decision = plan.Decision with { Receipts = ["PROM-x@1"] } },
        "citation" => plan with { Citations = ["exp_policy.v9#all"] },
        "tool" => First(proposal => proposal with { Name = "DropDatabase" }),
        "argument" => Args("""{"mde":"0.01"}"""),
        "other mde" => Args("""{"mde":0.5}"""),
        "extra argument" => Args("""{"force":true}"""),
        "no arguments" => First(proposal => proposal with { Args = Json.Null }),
        "precondition" => First(proposal => proposal with { Preconditions = [] }),
        "key" => First(proposal => proposal with { IdempotencyKey = "RegisterExperiment/0" }),
        "order" => plan with { ToolProposals = [.. plan.ToolProposals.Reverse()] },
        "traffic" => plan with { ToolProposals = [.. plan.ToolProposals.Take(3), plan.ToolProposals[3] with { Args = Merged(plan.ToolProposals[3], """{"split":{"control":1,"treatmentA":99}}""") }] },
        _ => plan with { ToolProposals = [new ToolProposal("PromoteVariant", Json.Parse("""{"flag_key":"prompts.csat","variant":"treatmentA"}"""), ["promote_recorded", "approved_if_demanded"], "")] },
    };

    private static Plan First(Func<ToolProposal, ToolProposal> change)
    {
        var plan = RuleBasedPlanner.Plan(Contract, Fresh);
        return plan with { ToolProposals = [change(plan.ToolProposals[0]), .. plan.ToolProposals.Skip(1)] };
    }

    private static Plan Args(string changed) => First(proposal => proposal with { Args = Merged(proposal, changed) });

    private static System.Text.Json.JsonElement Merged(ToolProposal proposal, string changed)
    {
        var members = proposal.Args.EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
        foreach (var member in Json.Parse(changed).EnumerateObject()) members[member.Name] = member.Value;
        return Json.From(members);
    }

    private static IEnumerable<string> Tools(Plan plan) => plan.ToolProposals.Select(proposal => proposal.Name);
}
