using System.Text;
using System.Text.Json;
using Pawl.Experiments;
using Pawl.Experiments.Simulation;
using Pawl.Metrics;
using Pawl.Statistics;
using Pawl.Tests.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments.Simulation;

/// <summary>Contracts played through from a seed with the rule of real experiments.</summary>
public sealed class ExperimentSimulationTests
{
    private const string Baseline = "baseline: {mean: 0.62, variance: 0.2356, units_per_day: 10000}";

    // At an earlier look such a treatment is as likely to end because the MDE is ruled out.
    private const string Patient = "analysis: {min_days: 3}";

    private static readonly int Runs = LongRun.Scale(1_000, 10_000);

    [Theory]
    [InlineData("{method: sequential}", MetricKind.Proportion)]
    [InlineData("{method: sequential}", MetricKind.Mean)]
    [InlineData("{method: sequential}", MetricKind.Ratio)]
    [InlineData("{method: group_sequential, looks: 5}", MetricKind.Proportion)]
    [InlineData("{method: group_sequential, looks: 4, spending: pocock}", MetricKind.Mean)]
    [InlineData("{method: fixed}", MetricKind.Mean)]
    [InlineData("{method: fixed, alpha: 0.1, power: 0.9}", MetricKind.Proportion)]
    public void Run_AnyMethod_KeepsAlphaAndThePlannedPower(string analysis, MetricKind kind)
    {
        var contract = Of(kind, ("analysis", $"analysis: {analysis}"));

        var report = ExperimentSimulation.Run(contract, Runs, seed: 1);

        var (alpha, power) = (contract.Request.Analysis.Alpha, contract.Request.Analysis.Power);
        Assert.InRange(report.TypeOneError, 0, alpha + Errors(alpha));
        // Whole days bring more units than the plan asks for, never fewer.
        Assert.InRange(report.Power, power - 0.03, power + 0.1);
        Assert.Equal(Runs, SimulatedTruth.States.Sum(report.WithEffect.Count));
        Assert.Equal(0, report.WithEffect.Count("running"));
    }

    [Fact]
    public void Run_Fixed_FindsWhatIsNotThereAsOftenAsAlphaSaysAndSavesNoDays()
    {
        var report = ExperimentSimulation.Run(Of(MetricKind.Mean, ("analysis", "analysis: {method: fixed}")), Runs, seed: 1);

        Close.Absolute(0.05, report.TypeOneError, Errors(0.05));
        Assert.Equal(report.Plan.Total, report.FixedHorizon.Total);
        Assert.Equal(Math.Ceiling(report.FixedHorizon.Days), report.WithEffect.MeanDays);
        Assert.Equal(report.WithEffect.MeanDays, report.WithoutEffect.MedianDays);
    }

    [Fact]
    public void Run_SequentialWithALargeEffect_EndsLongBeforeTheFixedHorizon()
    {
        var report = ExperimentSimulation.Run(Of(MetricKind.Mean), Runs, seed: 1, effect: 0.03);

        Assert.True(report.WithEffect.MeanDays < report.FixedHorizon.Days / 2, $"{report.WithEffect.MeanDays} of {report.FixedHorizon.Days} days");
        Assert.InRange(report.Power, 0.99, 1);
    }

    [Fact]
    public void Run_HarmfulTreatment_IsRolledBackOrStoppedByItsGuardrail()
    {
        var rolledBack = ExperimentSimulation.Run(Of(MetricKind.Mean, ("analysis", Patient)), 100, seed: 1, effect: -0.05);
        var stopped = ExperimentSimulation.Run(Of(MetricKind.Proportion, ("analysis", Patient), ("guardrails", "guardrails: [{name: CSAT, max_harm: 0.01}]")), 100, seed: 1, effect: -0.05);
        var strictly = ExperimentSimulation.Run(Of(MetricKind.Mean, ("guardrails", "guardrails: [{name: CSAT, threshold: 0.6, direction: \">\", strict: true}]")), 100, seed: 1, effect: -0.05);

        Assert.Equal(100, rolledBack.WithEffect.Count("rollback"));
        Assert.True(stopped.WithEffect.Count("guardrail_stop") > 90);
        Assert.True(strictly.WithEffect.Count("guardrail_stop") > 90);
        Assert.Equal(0, rolledBack.WithEffect.RightlyPromoted);
    }

    [Fact]
    public void Run_SeveralArmsWithARamp_PromotesTheArmThatIsBetterAndKeepsAlphaOverAll()
    {
        var contract = Of(
            MetricKind.Mean,
            ("treatment_spec", "treatment_spec: {control: {p: 0}, b: {p: 1}, c: {p: 2}}"), ("ramp", "ramp: [10, 50, 100]"), ("max_duration_days", "max_duration_days: 28"), ("approval", "approval: {promote: human}"));

        var report = ExperimentSimulation.Run(contract, Runs, seed: 1);

        Assert.InRange(report.TypeOneError, 0, 0.05 + Errors(0.05));
        Assert.InRange(report.Power, 0.75, 1);
        // Only the last step promotes, and it is two days away at the least.
        Assert.InRange(report.WithEffect.MeanDays, 2, 28);
        Assert.InRange(report.WithEffect.Count("promote") - report.WithEffect.RightlyPromoted, 0, 0.03 * Runs);
    }

    [Fact]
    public void Run_MinimumDaysAndWindow_AreWaitedFor()
    {
        var patient = ExperimentSimulation.Run(Of(MetricKind.Mean, ("analysis", "analysis: {min_days: 3}")), 200, seed: 1, effect: 0.1);
        var windowed = ExperimentSimulation.Run(Of(MetricKind.Mean, ("window_days", "window_days: 4")), 200, seed: 1, effect: 0.1);

        Assert.Equal(3, patient.WithEffect.MedianDays);
        Assert.InRange(windowed.WithEffect.MedianDays, 5, 6);
    }

    [Fact]
    public void Run_SameSeed_GivesTheSameReportAndAnotherSeedAnother()
    {
        var contract = Of(MetricKind.Proportion);

        Assert.Equal(Json(1), Json(1));
        Assert.NotEqual(Json(1), Json(2));

        string Json(long seed)
        {
            using var buffer = new MemoryStream();
            using (var to = new Utf8JsonWriter(buffer)) ExperimentSimulation.Run(contract, 300, seed).WriteTo(to);
            return Encoding.UTF8.GetString(buffer.ToArray());
        }
    }

    [Fact]
    public void Run_WhatCannotBeSimulated_IsRefusedWithTheReason()
    {
        Assert.Contains("is a quantile", Assert.Throws<BadInputException>(() => ExperimentSimulation.Run(Of(MetricKind.Quantile), 1, seed: 1)).Message);
        Assert.Contains("out of 0 to 1", Assert.Throws<BadInputException>(() => ExperimentSimulation.Run(Of(MetricKind.Proportion), 1, seed: 1, effect: 0.5)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ExperimentSimulation.Run(Of(MetricKind.Mean), 0, seed: 1));
    }

    [Fact]
    public void Read_MetricsThatHaveNoDefinition_AreStoodInForAndOthersAreNot()
    {
        const string configuration = "metrics: {sources: {w: {kind: postgres, connection: \"${NOT_SET_ANYWHERE}\"}, e: {kind: embedded}}, definitions: {CSAT: {source: e, kind: proportion, event: csat, better: lower}}}";
        var request = Utf8(Requests.Minimal + "\nguardrails: [{name: errors, max_harm: 0.1}]");

        var undefined = SimulationInput.Read(request, default, new KnownMetric("", MetricKind.Mean, Side.Greater));
        var defined = SimulationInput.Read(request, Yaml.Read(Utf8(configuration)), new KnownMetric("", MetricKind.Mean, Side.Greater));

        Assert.Equal((MetricKind.Mean, Side.Greater), (undefined.Primary.Kind, undefined.Primary.Better));
        Assert.Equal((MetricKind.Proportion, Side.Less), (defined.Primary.Kind, defined.Primary.Better));
        Assert.Equal(["errors"], ExperimentSimulation.Run(undefined, 1, seed: 1).TakenToHold);
    }

    [Theory]
    [InlineData("baseline", "baseline_days: 14", "has no baseline, and a simulation measures nothing")]
    [InlineData("mde", "", "lacks mde: the smallest effect")]
    [InlineData("guardrails", "guardrails: 7", "$.guardrails")]
    [InlineData("metrics", "metrics: [", "not valid YAML")]
    public void Read_RequestThatIsNotEnough_IsRefused(string member, string line, string expected)
    {
        var request = Utf8(Requests.With(Requests.Minimal, member, line));

        var refused = Assert.Throws<BadInputException>(() => SimulationInput.Read(request, default, new KnownMetric("", MetricKind.Mean, Side.Greater)));

        Assert.Contains(expected, refused.Message);
    }

    private static Contract Of(MetricKind kind, params (string Member, string Line)[] changes)
    {
        var text = changes.Aggregate(Requests.With(Requests.Minimal, "baseline", Baseline), (request, change) => Requests.With(request, change.Member, change.Line));
        return SimulationInput.Read(Utf8(text), default, new KnownMetric("", kind, Side.Greater));
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static double Errors(double share) => 3 * Math.Sqrt(share * (1 - share) / Runs);
}
