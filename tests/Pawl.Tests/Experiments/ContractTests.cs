using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pawl.Experiments;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class ContractTests
{
    public static TheoryData<string> Leaves =>
        new(Places(JsonNode.Parse(Contracts.Of(Requests.Full).Document.GetRawText())!).Select(node => node.GetPath()));

    [Fact]
    public void Create_AMinimalRequest_WritesEveryDefaultOut()
    {
        var request = Contracts.Of(Requests.Minimal).Document.GetProperty("request");

        Assert.Equal(
            """{"analysis":{"alpha":0.05,"method":"sequential","min_days":1,"power":0.8},"approval":{"promote":"rule"},"approval_days":7,"baseline":{"mean":0.62,"units_per_day":8000,"variance":0.2356},"domain":"prompts","exposure_rules":[],"guardrail_hours":1,"guardrails":[],"hypothesis":"","lag_hours":0,"max_concurrent":10,"max_duration_days":14,"mde":0.01,"mde_kind":"absolute","metrics":["CSAT","latency_p95","defect_rate"],"population":"all_users","primary_metric":"CSAT","promote_when":"superior","ramp":[100],"ramp_hours":24,"slug":"csat","split":{"control":50,"treatmentA":50},"treatment_spec":{"control":{"prompt":"assistant-v6"},"treatmentA":{"prompt":"assistant-v7"}},"unit":"user_id","unmeasurable_hours":24,"verdict_hours":24,"window_days":null}""",
            Encoding.UTF8.GetString(CanonicalJson.Serialize(request)));
    }

    [Fact]
    public void Create_ARequest_FixesFlagSeedRuleAndPolicy()
    {
        var contract = Contracts.Of(Requests.Full);

        Assert.Equal(("prompts.v7-csat", 2, "verdict.v1", "exp_policy.v1"), (contract.Terms.FlagKey, contract.Terms.HashVersion, contract.Terms.Rule, contract.Terms.PolicyId));
        Assert.Matches("^prompts\\.v7-csat:[0-9a-f]{8}$", contract.Terms.Seed);
        Assert.Equal(["exp_policy.v1#domains"], contract.Terms.Clauses);
        Assert.Equal(["CSAT", "defect_rate", "latency_p95", "refunds"], contract.Terms.Metrics.Select(metric => metric.Name));
        Assert.Matches("^EXP-[0-9a-f]{8}$", contract.Id);
        Assert.Equal(CanonicalJson.Digest(contract.Document), contract.Hash);
    }

    [Fact]
    public void Create_ASequentialPlan_TakesTheSizeFromTheBaseline()
    {
        var contract = Contracts.Of(Requests.Minimal);
        var expected = (SampleSizeResult.Planned)SampleSize.Sequential(new PowerTarget { Effect = 0.01, ControlVariance = 0.2356, TreatmentVariance = 0.2356 }, contract.Terms.Plan.Looks);

        Assert.Equal([(long)Math.Ceiling(expected.Control), (long)Math.Ceiling(expected.Treatment)], contract.Terms.Plan.Units);
        Assert.Equal(contract.Terms.Plan.Total / 8000.0, contract.Terms.Plan.Days);
        Assert.Equal(14, contract.Terms.Plan.Looks);
        Assert.True(contract.IsUnderpowered);
        Assert.False(Contracts.With(("mde", "mde: 0.02")).IsUnderpowered);
    }

    [Fact]
    public void Create_AFixedPlanOfAProportion_IsThePublishedSize()
    {
        // .10 → .11 at α .05 and power .8: 14,748.05 units an arm.
        var plan = Contracts.With(("primary_metric", "primary_metric: conversion"), ("baseline", "baseline: {mean: 0.1, units_per_day: 4000}"), ("analysis", "analysis: {method: fixed}")).Terms.Plan;

        Assert.Equal([14_749L, 14_749L], plan.Units);
        Assert.Equal(1, plan.Looks);
        Assert.Equal(29_496.1 / 4000, plan.Days, 3);
    }

    [Fact]
    public void Create_ThreeArms_PlansEachComparisonAtItsShareOfAlpha()
    {
        var three = Contracts.With(("treatment_spec", "treatment_spec: {control: 1, b: 2, c: 3}"), ("analysis", "analysis: {method: fixed}")).Terms.Plan;
        var pair = (SampleSizeResult.Planned)SampleSize.Fixed(new PowerTarget { Effect = 0.01, ControlVariance = 0.2356, TreatmentVariance = 0.2356, Alpha = 0.025 });

        Assert.Equal(3, three.Units.Count);
        Assert.All(three.Units, units => Assert.Equal(pair.Control, units, 1.0));
        Assert.Equal(three.Units[0] + three.Units[2], three.OfPair(2));
    }

    [Fact]
    public void Create_ARelativeMde_IsAShareOfTheBaseline()
    {
        var relative = Contracts.With(("mde", "mde: 0.02"), ("mde_kind", "mde_kind: relative")).Terms.Plan;

        Assert.Equal(Contracts.With(("mde", "mde: 0.0124")).Terms.Plan.Units, relative.Units);
    }

    [Fact]
    public void Create_ARampAndAWindow_TakeDaysOfTheirOwn()
    {
        var plain = Contracts.With(("analysis", "analysis: {method: fixed}")).Terms.Plan;
        var slow = Contracts.With(("analysis", "analysis: {method: fixed}"), ("ramp", "ramp: [10, 100]"), ("window_days", "window_days: 3"), ("lag_hours", "lag_hours: 12")).Terms.Plan;

        Assert.Equal(plain.Units, slow.Units);
        Assert.Equal(plain.Days + 0.9 + 3 + 0.5, slow.Days, 9);
    }

    [Fact]
    public void Create_AMeasuredBaseline_IsWhatThePlanRestsOn()
    {
        var request = Requests.Read(Requests.With(Requests.Minimal, "baseline", "baseline_days: 14"));

        var contract = Contract.Create(request, Requests.Metrics, Contracts.Allowed, new Baseline(0.62, 0.2356, 8000));

        Assert.Equal(Contracts.Of(Requests.Minimal).Terms.Plan.Units, contract.Terms.Plan.Units);
        Assert.Equal(14, contract.Document.GetProperty("request").GetProperty("baseline_days").GetInt32());
        Assert.Throws<ArgumentException>(() => Contract.Create(request, Requests.Metrics, Contracts.Allowed));
    }

    [Theory]
    [InlineData(double.NaN, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, double.NaN, 1)]
    [InlineData(1, 1, 0)]
    [InlineData(1, double.PositiveInfinity, 1)]
    public void Create_AMeasuredBaselineThatPlansNothing_IsRefused(double mean, double variance, double unitsPerDay)
    {
        var request = Requests.Read(Requests.With(Requests.Minimal, "baseline", "baseline_days: 14"));

        Assert.Contains("Give a baseline in the request", Assert.Throws<BadInputException>(() => Contract.Create(request, Requests.Metrics, Contracts.Allowed, new Baseline(mean, variance, unitsPerDay))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_AnEffectThatNoSampleShows_IsRefused()
    {
        Assert.Contains("Choose a larger mde", Refusal(("mde", "mde: 1e-12")), StringComparison.Ordinal);
        Assert.Contains("Give an absolute mde", Refusal(("mde_kind", "mde_kind: relative"), ("baseline", "baseline: {mean: 0, variance: 1, units_per_day: 5}")), StringComparison.Ordinal);
        Assert.Equal("With 1E-300 units a day the planned sample of CSAT takes more than 1000000 days. Look at units_per_day in the baseline, or choose a larger mde.", Refusal(("baseline", "baseline: {mean: 0.62, variance: 0.2356, units_per_day: 1e-300}")));
        Assert.Contains("Choose a smaller mde", Refusal(("primary_metric", "primary_metric: conversion"), ("mde", "mde: 0.5")), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_AgainstThePolicy_IsMisuse()
    {
        var refused = new PolicyJudgement("p", [new PolicyFinding("p#domains", false, "")], DemandsApproval: false);

        Assert.Throws<ArgumentException>(() => Contract.Create(Requests.Read(Requests.Minimal), Requests.Metrics, refused));
    }

    [Fact]
    public void Create_APolicyThatDemandsApproval_WinsOverTheRequest()
    {
        var request = Requests.Read(Requests.Minimal);

        Assert.Equal(PromotedBy.Rule, Contract.Create(request, Requests.Metrics, Contracts.Allowed).Terms.Approval);
        Assert.Equal(PromotedBy.Human, Contract.Create(request, Requests.Metrics, Contracts.Allowed with { DemandsApproval = true }).Terms.Approval);
    }

    [Theory]
    [InlineData(Requests.Minimal)]
    [InlineData(Requests.Full)]
    public void Read_WhatWasWritten_IsTheSameContract(string request)
    {
        var contract = Contracts.Of(request);

        var again = Contract.Read(CanonicalJson.Serialize(contract.Document));

        Assert.Equal(contract.Hash, again.Hash);
        Assert.Equal(contract.Terms.Plan.Units, again.Terms.Plan.Units);
        Assert.Equal(contract.Primary, again.Primary);
    }

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Read_OneValueChanged_HasAnotherHashOrIsRefused(string path)
    {
        var contract = Contracts.Of(Requests.Full);
        var root = JsonNode.Parse(contract.Document.GetRawText())!;
        var leaf = Places(root).Single(node => node.GetPath() == path);
        leaf.ReplaceWith(leaf.GetValueKind() switch
        {
            JsonValueKind.Number => JsonValue.Create(leaf.GetValue<double>() / 2),
            JsonValueKind.True => JsonValue.Create(false),
            JsonValueKind.False => JsonValue.Create(true),
            _ => JsonValue.Create(leaf.GetValue<string>() + "x"),
        });

        try
        {
            Assert.NotEqual(contract.Hash, Contract.Read(Encoding.UTF8.GetBytes(root.ToJsonString())).Hash);
        }
        catch (BadInputException e)
        {
            Assert.Contains("The contract cannot be used: $", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("domain: ui")]
    [InlineData("slug: other")]
    [InlineData("treatment_spec: {control: {prompt: a}, treatmentA: {prompt: b}}")]
    [InlineData("hypothesis: other")]
    [InlineData("primary_metric: refunds")]
    [InlineData("metrics: [CSAT]")]
    [InlineData("guardrails: [{name: refunds, max_harm: 0.01}]")]
    [InlineData("mde: 0.011")]
    [InlineData("mde_kind: relative")]
    [InlineData("max_duration_days: 15")]
    [InlineData("max_concurrent: 9")]
    [InlineData("population: few")]
    [InlineData("exposure_rules: [a]")]
    [InlineData("split: {control: 51, treatmentA: 49}")]
    [InlineData("analysis: {alpha: 0.04}")]
    [InlineData("analysis: {power: 0.9}")]
    [InlineData("analysis: {min_days: 2}")]
    [InlineData("analysis: {method: fixed}")]
    [InlineData("baseline: {mean: 0.62, variance: 0.2356, units_per_day: 7999}")]
    [InlineData("window_days: 2")]
    [InlineData("ramp: [50, 100]")]
    [InlineData("approval: {promote: human}")]
    [InlineData("promote_when: superior_by_mde")]
    [InlineData("unit: device")]
    [InlineData("guardrail_hours: 2")]
    [InlineData("verdict_hours: 23")]
    [InlineData("ramp_hours: 23")]
    [InlineData("unmeasurable_hours: 23")]
    [InlineData("approval_days: 6")]
    [InlineData("lag_hours: 1")]
    public void Hash_AnyMemberOfTheRequestChanged_IsAnother(string line) =>
        Assert.NotEqual(Contracts.Of(Requests.Minimal).Hash, Contracts.With((line.Split(':')[0], line)).Hash);

    [Fact]
    public void Hash_PolicyOrMetricChanged_IsAnother()
    {
        var request = Requests.Read(Requests.Minimal);
        var hash = Contract.Create(request, Requests.Metrics, Contracts.Allowed).Hash;

        Assert.NotEqual(hash, Contract.Create(request, Requests.Metrics, Contracts.Allowed with { PolicyId = "exp_policy.v2" }).Hash);
        Assert.NotEqual(hash, Contract.Create(request, [.. Requests.Metrics.Select(m => m.Name == "CSAT" ? m with { Better = Side.Less } : m)], Contracts.Allowed).Hash);
    }

    [Fact]
    public void Hash_MembersInAnotherOrder_IsTheSame()
    {
        var lines = Requests.Minimal.ReplaceLineEndings("\n").Split('\n');
        var turned = string.Join("\n", lines[4..].Reverse().Append(lines[0]).Append(lines[1]).Append(lines[3]).Append(lines[2]));

        Assert.Equal(Contracts.Of(Requests.Minimal).Hash, Contracts.Of(turned).Hash);
    }

    [Theory]
    [InlineData("""{}""", "$: contract is missing")]
    [InlineData("""{"contract":"pawl.contract.v9","request":{},"baseline":{},"metrics":{},"plan":{},"rule":"r","flag":{},"policy":{},"promoted_by":"rule"}""", "$.contract: expected pawl.contract.v1, found \"pawl.contract.v9\"")]
    [InlineData("""{"contract":"pawl.contract.v1","request":{},"baseline":{},"metrics":{},"plan":{},"rule":"r","flag":{},"policy":{},"promoted_by":"rule"}""", "$.request: the request is not complete")]
    [InlineData("""{"note":1}""", "$.note: no member of a contract")]
    public void Read_WhatIsNoContract_IsRefused(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => Contract.Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void JudgeEdit_TheSameRequest_IsUnchanged() =>
        Assert.IsType<ContractEdit.Unchanged>(ContractEdit.Judge(Contracts.Of(Requests.Full), Requests.Read(Requests.Full)));

    [Theory]
    [InlineData("split: {control: 40, treatmentA: 60}", "split", "would look like an effect")]
    [InlineData("metrics: [CSAT, refunds]", "metrics", "more often than α says")]
    [InlineData("window_days: 5", "window_days", "unequal times")]
    [InlineData("guardrails: []", "guardrails", "guards nothing")]
    [InlineData("max_duration_days: 60", "max_duration_days", "optional stopping")]
    [InlineData("mde: 0.02", "mde", "does not keep its α")]
    [InlineData("hypothesis: other", "hypothesis", "it was registered")]
    public void JudgeEdit_AChange_IsRefusedWithTheReasonAndTheWayOut(string line, string field, string why)
    {
        var edit = Assert.IsType<ContractEdit.Refused>(ContractEdit.Judge(Contracts.Of(Requests.Full), Requests.Read(Requests.With(Requests.Full, field, line))));

        Assert.Equal([field], edit.Fields.Select(f => f.Field));
        Assert.Contains(why, edit.Message, StringComparison.Ordinal);
        Assert.Contains("start a new one", edit.Message, StringComparison.Ordinal);
    }

    private static string Refusal(params (string, string)[] changes) => Assert.Throws<BadInputException>(() => Contracts.With(changes)).Message;

    private static IEnumerable<JsonNode> Places(JsonNode node) => node switch
    {
        JsonObject members => members.Where(m => m.Value is not null).SelectMany(m => Places(m.Value!)),
        JsonArray items => items.SelectMany(item => Places(item!)),
        _ => [node],
    };
}
