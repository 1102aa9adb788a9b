using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary><c>experiment simulate</c>.</summary>
public sealed class ExperimentSimulateTests : IDisposable
{
    private const string Request = """
        domain: prompts
        treatment_spec: {control: {prompt: v6}, treatmentA: {prompt: v7}}
        primary_metric: CSAT
        guardrails: [{name: latency_p95, threshold: 2.5, direction: "<"}]
        mde: 0.02
        max_duration_days: 21
        baseline: {mean: 0.62, variance: 0.2356, units_per_day: 1600}
        """;

    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public ExperimentSimulateTests() => cli = new Cli(temporary);

    [Fact]
    public async Task Simulate_WithJson_GivesTheSameDocumentForTheSameSeed()
    {
        var file = temporary.Write("request.yaml", Request);

        var first = await cli.JsonAsync("experiment", "simulate", file, "--runs", "300", "--kind", "proportion");
        var second = await cli.JsonAsync("experiment", "simulate", file, "--runs", "300", "--kind", "proportion", "--seed", "1");

        Assert.Equal(first.GetRawText(), second.GetRawText());
        Assert.Equal(["latency_p95"], first.GetProperty("taken_to_hold").EnumerateArray().Select(m => m.GetString()));
        Assert.InRange(first.GetProperty("type_one_error").GetDouble(), 0, 0.09);
        Assert.InRange(first.GetProperty("power").GetDouble(), 0.7, 0.9);
        Assert.Equal(0.02, first.GetProperty("with_effect").GetProperty("effect").GetDouble());
        Assert.Equal(1, first.GetProperty("without_effect").GetProperty("verdicts").EnumerateObject().Sum(v => v.Value.GetDouble()), 1e-9);
    }

    [Fact]
    public async Task Simulate_ForPeople_SaysWhatWouldBeDecidedAndWhen()
    {
        var file = temporary.Write("request.yaml", Request);

        var ended = await cli.RunAsync("experiment", "simulate", file, "--runs", "200", "--effect", "0.05");

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("200 experiments each, seed 1.", ended.Output);
        Assert.Contains("Taken to hold throughout: the guardrails on latency_p95.", ended.Output);
        Assert.Contains("effect 0.05", ended.Output);
        Assert.Matches(@"Type I error \d+\.\d%, power (9\d|100)\.\d%\.", ended.Output);
    }

    [Fact]
    public async Task Simulate_OfWhatCannotBe_SaysWhyAndEndsWith65()
    {
        var file = temporary.Write("request.yaml", Request);
        var unmeasured = temporary.Write("unmeasured.yaml", Request.Replace("baseline: {mean: 0.62, variance: 0.2356, units_per_day: 1600}", "baseline_days: 14"));

        await cli.AssertRefusedAsync(65, "There is no file nowhere.yaml", "experiment", "simulate", "nowhere.yaml");
        await cli.AssertRefusedAsync(65, "has no baseline", "experiment", "simulate", unmeasured);
        await cli.AssertRefusedAsync(65, "--runs is a whole number from 1 to 1000000, not \"0\"", "experiment", "simulate", file, "--runs", "0");
        await cli.AssertRefusedAsync(65, "--effect is a number, not \"NaN\"", "experiment", "simulate", file, "--effect", "NaN");
        await cli.AssertRefusedAsync(64, "'quantile'", "experiment", "simulate", file, "--kind", "quantile");
    }

    public void Dispose() => temporary.Dispose();
}
