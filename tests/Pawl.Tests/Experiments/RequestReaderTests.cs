using System.Text;
using Pawl.Experiments;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class RequestReaderTests
{
    [Fact]
    public void Read_AMinimalRequest_HasEveryDefault()
    {
        var request = Requests.Read(Requests.Minimal);

        Assert.Equal(("prompts", "csat", "CSAT", ""), (request.Domain, request.Slug, request.PrimaryMetric, request.Hypothesis));
        Assert.Equal(["CSAT", "latency_p95", "defect_rate"], request.Metrics);
        Assert.Equal([("control", 50.0), ("treatmentA", 50.0)], request.Arms.Select(arm => (arm.Name, arm.Percent)));
        Assert.Equal("""{"prompt":"assistant-v7"}""", request.Arms[1].Value.GetRawText());
        Assert.Equal((Difference.Absolute, 10L, "all_users", "user_id"), (request.MdeKind, request.MaxConcurrent, request.Population, request.Unit));
        Assert.Equal((PromotedBy.Rule, PromoteWhen.Superior), (request.Approval, request.PromoteWhen));
        Assert.Equal(new Analysis { Method = AnalysisMethod.Sequential, Alpha = 0.05, Power = 0.8, MinDays = 1 }, request.Analysis);
        Assert.Equal(new Schedule { GuardrailHours = 1, VerdictHours = 24, RampHours = 24, UnmeasurableHours = 24, ApprovalDays = 7, LagHours = 0 }, request.Schedule);
        Assert.Equal([100.0], request.Ramp);
        Assert.Null(request.WindowDays);
        Assert.Empty(request.Guardrails);
        Assert.Empty(request.ExposureRules);
    }

    [Fact]
    public void Read_EveryMember_IsTaken()
    {
        var request = Requests.Read(Requests.Full);

        Assert.Equal("v7-csat", request.Slug);
        Assert.Equal(["CSAT", "latency_p95"], request.Metrics);
        Assert.Equal([("control", 60.0), ("treatmentA", 40.0)], request.Arms.Select(arm => (arm.Name, arm.Percent)));
        Assert.Equal([new Guardrail.Limit("defect_rate", 0.02, Side.Less, false), new Guardrail.Limit("latency_p95", 2.5, Side.Less, true), new Guardrail.Harm("refunds", 0.01)], request.Guardrails);
        Assert.Equal((Difference.Relative, 28.0, 3L, "germany", "account_id"), (request.MdeKind, request.MaxDurationDays, request.MaxConcurrent, request.Population, request.Unit));
        Assert.Equal(new Analysis { Method = AnalysisMethod.GroupSequential, Alpha = 0.1, Power = 0.9, MinDays = 2, Spending = Spending.Pocock, Looks = 4 }, request.Analysis);
        Assert.Equal(new Baseline(3.4, 1.9, 5000), request.Baseline);
        Assert.Equal((7.0, PromotedBy.Human, PromoteWhen.SuperiorByMde), (request.WindowDays, request.Approval, request.PromoteWhen));
        Assert.Equal([5.0, 25.0, 100.0], request.Ramp);
        Assert.Equal(new Schedule { GuardrailHours = 2, VerdictHours = 12, RampHours = 36, UnmeasurableHours = 48, ApprovalDays = 3, LagHours = 6 }, request.Schedule);
    }

    [Fact]
    public void Read_TheSameRequestAsJson_IsTheSameRequest()
    {
        var yaml = Yaml.Read(Encoding.UTF8.GetBytes(Requests.Full));

        Assert.Equal(Contracts.Of(Requests.Full).Hash, Contracts.Of(yaml.GetRawText()).Hash);
    }

    [Fact]
    public void Read_EverythingMissing_AsksForAllOfItAtOnce()
    {
        var missing = Assert.IsType<RequestReading.NeedsInput>(Requests.Reading("hypothesis: it helps")).Missing;

        Assert.Equal(["domain", "treatment_spec", "primary_metric", "mde", "max_duration_days", "baseline"], missing.Select(m => m.Field));
        Assert.All(missing, m => Assert.True(m.Purpose.Length > 10 && m.Example.StartsWith(m.Field, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("domain")]
    [InlineData("treatment_spec")]
    [InlineData("primary_metric")]
    [InlineData("mde")]
    [InlineData("max_duration_days")]
    [InlineData("baseline")]
    public void Read_OneFieldMissing_IsAskedForOnceAndThenRefused(string field)
    {
        var text = Requests.With(Requests.Minimal, field, "");

        Assert.Equal([field], Assert.IsType<RequestReading.NeedsInput>(Requests.Reading(text)).Missing.Select(m => m.Field));
        Assert.Equal([field], Assert.IsType<RequestReading.NeedsInput>(Requests.Reading(text + $"\n{field}: null")).Missing.Select(m => m.Field));
        Assert.Contains($"still missing after it was asked for: {field}", Refusal(text, wasAsked: true), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhatExamplesOfMissingFieldsSay_MakesACompleteRequest()
    {
        var missing = ((RequestReading.NeedsInput)Requests.Reading("unit: user_id")).Missing;
        var text = string.Join("\n", missing.Select(m => m.Example.Split(", or ")[0]));

        Assert.IsType<RequestReading.Complete>(Requests.Reading(text, wasAsked: true));
    }

    [Fact]
    public void Read_ABaselineOfAProportion_HasItsVariance()
    {
        var text = Requests.With(Requests.With(Requests.Minimal, "primary_metric", "primary_metric: conversion"), "baseline", "baseline: {mean: 0.1, units_per_day: 1000}");

        Assert.Equal(0.09, Requests.Read(text).Baseline!.Variance, 12);
    }

    [Theory]
    [InlineData("domain: banking", "$.domain: there is no \"banking\"; there are prompts, policies, ranking, pricing, ui")]
    [InlineData("slug: Not A Slug", "$.slug: \"Not A Slug\" is no slug")]
    [InlineData("treatment_spec: {control: {a: 1}}", "$.treatment_spec: expected 2 to 16 arms, found 1")]
    [InlineData("treatment_spec: {a: 1, b: 2}", "$.treatment_spec: no arm is called control")]
    [InlineData("treatment_spec: {control: 1, b: }", "$.treatment_spec.b: the arm has no value")]
    [InlineData("treatment_spec: {control: 1, 'b b': 2}", "$.treatment_spec.b b: \"b b\" is no name")]
    [InlineData("treatment_spec: [1, 2]", "$.treatment_spec: expected an object, found an array")]
    [InlineData("hypothesis: [a]", "$.hypothesis: expected a string, found an array")]
    [InlineData("primary_metric: joy", "$.primary_metric: the metric \"joy\" has no definition; there are CSAT, conversion")]
    [InlineData("metrics: [CSAT, joy]", "$.metrics[1]: the metric \"joy\" has no definition")]
    [InlineData("metrics: [CSAT, CSAT]", "$.metrics: a metric stands twice")]
    [InlineData("metrics: []", "$.metrics: expected 1 to 100 metrics, found 0")]
    [InlineData("guardrails: {name: refunds}", "$.guardrails: expected an array")]
    [InlineData("guardrails: [{name: joy, max_harm: 1}]", "$.guardrails[0].name: the metric \"joy\" has no definition")]
    [InlineData("guardrails: [{max_harm: 1}]", "$.guardrails[0]: the guardrail has no name")]
    [InlineData("guardrails: [{name: refunds}]", "$.guardrails[0]: a guardrail has either a threshold with its direction, or max_harm")]
    [InlineData("guardrails: [{name: refunds, max_harm: 1, threshold: 2, direction: '<'}]", "$.guardrails[0]: a guardrail has either")]
    [InlineData("guardrails: [{name: refunds, threshold: .inf, direction: '<'}]", "$.guardrails[0].threshold: .inf is not a finite number")]
    [InlineData("guardrails: [{name: refunds, threshold: .nan, direction: '<'}]", "$.guardrails[0].threshold: .nan is not a finite number")]
    [InlineData("guardrails: [{name: refunds, threshold: 1e999, direction: '<'}]", "$.guardrails[0].threshold: 1e999 is not a finite number")]
    [InlineData("guardrails: [{name: refunds, threshold: '2', direction: '<'}]", "$.guardrails[0].threshold: expected a number, found \"2\"")]
    [InlineData("guardrails: [{name: refunds, threshold: 2}]", "$.guardrails[0]: the direction is missing; it is the healthy side")]
    [InlineData("guardrails: [{name: refunds, threshold: 2, direction: '<='}]", "$.guardrails[0].direction: there is no \"<=\"; there are <, >")]
    [InlineData("guardrails: [{name: refunds, max_harm: 0}]", "$.guardrails[0].max_harm: expected a number above 0, found 0")]
    [InlineData("guardrails: [{name: refunds, max_harm: 1, strict: true}]", "$.guardrails[0]: direction and strict belong to a threshold")]
    [InlineData("guardrails: [{name: refunds, max_harm: 1}, {name: refunds, max_harm: 2}]", "$.guardrails[1]: a second guardrail of this kind on refunds")]
    [InlineData("guardrails: [{name: refunds, max_harm: 1, colour: red}]", "$.guardrails[0].colour: no member of a guardrail")]
    [InlineData("mde: 0", "$.mde: expected a number above 0, found 0")]
    [InlineData("mde: -0.1", "$.mde: expected a number above 0, found -0.1")]
    [InlineData("mde: much", "$.mde: expected a number, found \"much\"")]
    [InlineData("mde_kind: percent", "$.mde_kind: there is no \"percent\"; there are absolute, relative")]
    [InlineData("max_duration_days: 0", "$.max_duration_days: expected a number above 0, at most 366, found 0")]
    [InlineData("max_duration_days: 400", "$.max_duration_days: expected a number above 0, at most 366, found 400")]
    [InlineData("max_concurrent: 1.5", "$.max_concurrent: expected a whole number from 1 to 10000, found 1.5")]
    [InlineData("population: ''", "$.population: expected a name, found an empty string")]
    [InlineData("exposure_rules: ['a ==']", "$.exposure_rules: The exposure rule")]
    [InlineData("exposure_rules: [1]", "$.exposure_rules[0]: expected a string, found 1")]
    [InlineData("split: {control: 50, treatmentA: 49}", "$.split: the shares add to 99, not to 100 percent")]
    [InlineData("split: {control: 100}", "$.split: the arm treatmentA has no share")]
    [InlineData("split: {control: 50, other: 50}", "$.split.other: treatment_spec has no such arm; it has control, treatmentA")]
    [InlineData("split: {control: 0, treatmentA: 100}", "$.split.control: expected a number above 0")]
    [InlineData("analysis: {method: bayes}", "$.analysis.method: there is no \"bayes\"; there are sequential, group_sequential, fixed")]
    [InlineData("analysis: {alpha: 0.5}", "$.analysis.alpha: expected a number from 0.000001 to below 0.5, found 0.5")]
    [InlineData("analysis: {alpha: 0.0000001}", "$.analysis.alpha: expected a number from 0.000001 to below 0.5, found 1E-07")]
    [InlineData("analysis: {power: 1}", "$.analysis.power: expected a number from 0.5 to below 1, found 1")]
    [InlineData("analysis: {min_days: -1}", "$.analysis.min_days: expected a number from 0")]
    [InlineData("analysis: {min_days: 15}", "$.analysis.min_days: it takes 15 days, and max_duration_days is 14")]
    [InlineData("analysis: {looks: 3}", "$.analysis: looks belongs to method: group_sequential")]
    [InlineData("analysis: {method: fixed, spending: obf}", "$.analysis: spending belongs to method: group_sequential")]
    [InlineData("analysis: {beta: 1}", "$.analysis.beta: no member of an analysis")]
    [InlineData("baseline: {mean: 1, units_per_day: 2}", "$.baseline: variance is missing")]
    [InlineData("baseline: {mean: 1, variance: 0, units_per_day: 2}", "$.baseline.variance: expected a number above 0, found 0")]
    [InlineData("baseline: {median: 1}", "$.baseline.median: no member of a baseline")]
    [InlineData("baseline_days: 14", "$: baseline is given, so there is nothing to measure")]
    [InlineData("window_days: 14", "$.window_days: it takes 14 days, and max_duration_days is 14")]
    [InlineData("ramp: []", "$.ramp: expected 1 to 20 steps, found 0")]
    [InlineData("ramp: [5, 101]", "$.ramp[1]: expected a number above 0, at most 100, found 101")]
    [InlineData("ramp: [25, 5]", "$.ramp[1]: a ramp only widens, and 5 comes after 25")]
    [InlineData("ramp_hours: 400\nramp: [5, 100]", "$.ramp: it takes")]
    [InlineData("approval: {promote: robot}", "$.approval.promote: there is no \"robot\"; there are rule, human")]
    [InlineData("approval: {rollback: human}", "$.approval.rollback: no member of an approval")]
    [InlineData("promote_when: always", "$.promote_when: there is no \"always\"")]
    [InlineData("verdict_hours: 0", "$.verdict_hours: expected a number of hours from 0.0001")]
    [InlineData("lag_hours: -1", "$.lag_hours: expected a number of hours from 0, found -1")]
    [InlineData("owner: me", "$.owner: no member of an experiment request")]
    public void Read_AMemberThatIsWrong_IsRefusedWithItsPath(string line, string expected) =>
        Assert.Contains(expected, Refusal(Requests.With(Requests.Minimal, line.Split(':')[0], line)), StringComparison.Ordinal);

    [Fact]
    public void Read_ABaselineOutsideAProportion_IsRefused() =>
        Assert.Contains("$.baseline.mean: expected a number between 0 and 1", Refusal(Requests.With(Requests.Minimal, "primary_metric", "primary_metric: conversion").Replace("0.62", "62")), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "$: expected an object, found null")]
    [InlineData("- a", "$: expected an object, found an array")]
    [InlineData("just text", "$: expected an object, found \"just text\"")]
    [InlineData("{\"domain\": \"ui\", \"domain\": \"ui\"}", "not valid JSON")]
    [InlineData("{\"mde\": 1e999}", "$.mde: expected a finite number, found 1e999")]
    [InlineData("{\"mde\": NaN}", "not valid JSON")]
    [InlineData("{\"hypothesis\": \"\\ud800\"}", "half of a surrogate pair")]
    [InlineData("domain: ui\ndomain: ui", "$.domain: it stands twice (line 2")]
    [InlineData("domain: &a ui\nslug: *a", "anchors are not read")]
    [InlineData("domain: *a", "aliases are not read")]
    [InlineData("domain: !!str ui", "tags are not read")]
    [InlineData("domain: ui\n---\ndomain: ui", "found a second one")]
    [InlineData("domain: [ui", "not valid YAML at line")]
    [InlineData("? [a]\n: b", "a member's name is a text")]
    public void Read_ADocumentThatIsNoRequest_IsRefused(string text, string expected) =>
        Assert.Contains(expected, Refusal(text), StringComparison.Ordinal);

    [Fact]
    public void Read_FiveMegabytes_AreRefusedBeforeAnythingIsParsed()
    {
        var text = Requests.Minimal + "\nhypothesis: " + new string('x', 5 * 1024 * 1024);

        Assert.Contains("bytes are more than the 1048576 allowed", Refusal(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Read_DeepNesting_IsRefused(string opening) =>
        Assert.Contains("cannot be used", Refusal("treatment_spec:\n  control: " + string.Concat(Enumerable.Repeat(opening, 20_000))), StringComparison.Ordinal);

    [Fact]
    public void Read_NotUtf8_IsRefused() =>
        Assert.Contains("not UTF-8", Assert.Throws<BadInputException>(() => RequestReader.Read(new byte[] { 0x61, 0xff, 0xfe }, Requests.Metrics)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_MutatedRequests_AreReadOrRefusedAndNeverAnythingElse()
    {
        var random = new Random(4);
        var refused = 0;
        for (var i = 0; i < 3000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(Requests.Full);
            for (var n = random.Next(1, 5); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)" :{}[],'\"\n-&*!#|>%@`0x\\.?e~\t"[random.Next(28)];
            try
            {
                _ = RequestReader.Read(bytes, Requests.Metrics);
            }
            catch (BadInputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 2999);
    }

    private static string Refusal(string text, bool wasAsked = false) => Assert.Throws<BadInputException>(() => Requests.Reading(text, wasAsked)).Message;
}
