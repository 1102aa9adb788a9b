using System.Text;
using Pawl.Experiments;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class PolicyTests
{
    private const string Text = """
        id: exp_policy.v5
        domains: [prompts, pricing]
        guardrails: {pricing: [refunds, defect_rate]}
        max_concurrent: 3
        max_split: 60
        max_ramp_step: 50
        min_days: 2
        max_days: 20
        promote: {pricing: human, prompts: [os:mara], ui: rule}
        blackouts: {christmas: {from: 2026-12-20T00:00Z, to: 2027-01-02T00:00:00+01:00}}
        not_primary: [latency_p95]
        """;

    private const string Kept = "ramp: [25, 60]\nanalysis: {min_days: 2}";

    private static readonly DateTimeOffset Autumn = new(2026, 10, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Judge_ARequestThatKeepsEverything_CitesEveryClauseThatApplies()
    {
        var judgement = Judge(Kept);

        Assert.True(judgement.IsAllowed, string.Join("; ", judgement.Violations));
        Assert.Equal(
            ["exp_policy.v5#domains", "exp_policy.v5#max_split", "exp_policy.v5#max_ramp_step", "exp_policy.v5#min_days", "exp_policy.v5#max_days", "exp_policy.v5#max_concurrent", "exp_policy.v5#promote.prompts"],
            judgement.Clauses);
        Assert.True(judgement.DemandsApproval);
    }

    [Theory]
    [InlineData("domain: ui", "domains")]
    [InlineData("domain: pricing", "guardrails.pricing")]
    [InlineData("split: {control: 39, treatmentA: 61}", "max_split")]
    [InlineData("ramp: [51]", "max_ramp_step")]
    [InlineData("analysis: {min_days: 1}", "min_days")]
    [InlineData("max_duration_days: 21", "max_days")]
    [InlineData("primary_metric: latency_p95", "not_primary.latency_p95")]
    public void Judge_ABrokenClause_IsCitedAlone(string line, string clause)
    {
        var judgement = Judge(Kept, line);

        Assert.Equal([$"exp_policy.v5#{clause}"], judgement.Violations.Select(violation => violation.Clause));
    }

    [Fact]
    public void Judge_LackingGuardrails_AreNamed() =>
        Assert.Contains("no guardrail on defect_rate", Judge(Kept, "domain: pricing", "guardrails: [{name: refunds, max_harm: 0.01}]").Violations.Single().Text, StringComparison.Ordinal);

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Judge_ExperimentsThatRun_LeaveRoomOrNot(int running, bool allowed) => Assert.Equal(allowed, Judge(Autumn, running, Kept).IsAllowed);

    [Theory]
    [InlineData("2026-12-19T23:59:59Z", true)]
    [InlineData("2026-12-20T00:00:00Z", false)]
    [InlineData("2027-01-01T22:59:59Z", false)]
    [InlineData("2027-01-01T23:00:00Z", true)]
    public void Judge_ABlackout_EndsBeforeItsEnd(string at, bool allowed)
    {
        var judgement = Judge(DateTimeOffset.Parse(at), 0, Kept);

        Assert.Equal(allowed, judgement.IsAllowed);
        Assert.Equal(allowed, Policy().JudgePromotion("pricing", "os:mara", DateTimeOffset.Parse(at)).IsAllowed);
        if (!allowed) Assert.Equal("exp_policy.v5#blackouts.christmas", judgement.Violations.Single().Clause);
    }

    [Theory]
    [InlineData("pricing", "os:anybody", true)]
    [InlineData("pricing", "agent:tidy", false)]
    [InlineData("pricing", "", false)]
    [InlineData("prompts", "os:mara", true)]
    [InlineData("prompts", "os:anybody", false)]
    [InlineData("ui", "agent:tidy", true)]
    [InlineData("ranking", "agent:tidy", true)]
    public void JudgePromotion_AnActor_MayOrMayNot(string domain, string actor, bool may)
    {
        var judgement = Policy().JudgePromotion(domain, actor, Autumn);

        Assert.Equal(may, judgement.IsAllowed);
        Assert.Equal(domain == "ranking" ? [] : [$"exp_policy.v5#promote.{domain}"], judgement.Clauses);
    }

    [Fact]
    public void Judge_APolicyThatSaysNothing_AllowsEverything()
    {
        var judgement = PolicyReader.Read("id: p"u8.ToArray()).Judge(Requests.Read(Requests.Full), Autumn, 99);

        Assert.True(judgement.IsAllowed);
        Assert.Empty(judgement.Clauses);
        Assert.False(judgement.DemandsApproval);
    }

    [Theory]
    [InlineData("domains: [ui]", "$: the policy has no id")]
    [InlineData("id: 'a#b'", "$.id: \"a#b\" is no id")]
    [InlineData("id: p\ndomains: [sales]", "$.domains[0]: there is no domain \"sales\"")]
    [InlineData("id: p\nguardrails: {sales: [a]}", "$.guardrails.sales: there is no domain \"sales\"")]
    [InlineData("id: p\nguardrails: {pricing: refunds}", "$.guardrails.pricing: expected an array")]
    [InlineData("id: p\nmax_split: 101", "$.max_split: expected a number above 0, at most 100, found 101")]
    [InlineData("id: p\nmax_concurrent: -1", "$.max_concurrent: expected a whole number from 0")]
    [InlineData("id: p\npromote: {ui: robot}", "$.promote.ui: there is no \"robot\"; there are rule, human")]
    [InlineData("id: p\npromote: {ui: []}", "$.promote.ui: nobody may promote then")]
    [InlineData("id: p\npromote: {ui: [agent:x]}", "$.promote.ui: agent:x is an agent")]
    [InlineData("id: p\nblackouts: {c: {from: 2026-12-20, to: 2026-12-21}}", "$.blackouts.c.from: expected a time with its offset")]
    [InlineData("id: p\nblackouts: {c: {from: 2026-12-20T00:00, to: 2026-12-21T00:00Z}}", "$.blackouts.c.from: expected a time with its offset")]
    [InlineData("id: p\nblackouts: {c: {from: 2026-12-22T00:00Z, to: 2026-12-21T00:00Z}}", "$.blackouts.c: a blackout has a from and a later to")]
    [InlineData("id: p\nblackouts: {c: {from: 2026-12-22T00:00Z}}", "$.blackouts.c: a blackout has a from and a later to")]
    [InlineData("id: p\nmax_spilt: 10", "$.max_spilt: no member of a policy")]
    public void Read_WhatIsNoPolicy_IsRefusedWithItsPath(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => PolicyReader.Read(Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);

    private static Policy Policy() => PolicyReader.Read(Encoding.UTF8.GetBytes(Text));

    private static PolicyJudgement Judge(params string[] lines) => Judge(Autumn, 0, lines);

    private static PolicyJudgement Judge(DateTimeOffset at, int running, params string[] lines) =>
        Policy().Judge(Requests.Read(lines.SelectMany(line => line.Split('\n')).Aggregate(Requests.Minimal, (text, line) => Requests.With(text, line.Split(':')[0], line))), at, running);
}
