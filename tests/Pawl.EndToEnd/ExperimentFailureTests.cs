using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>What experiments cannot be started with or carried on by, and what the commands say then.</summary>
public sealed class ExperimentFailureTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;
    private readonly Shop shop;

    public ExperimentFailureTests()
    {
        cli = new Cli(temporary);
        shop = new Shop(cli);
    }

    [Theory]
    [InlineData("watch")]
    [InlineData("show")]
    public async Task Experiment_AnIdThatIsNone_IsRefused(string command)
    {
        shop.Configure();
        await cli.JsonAsync("experiment", "plan", shop.Request("any"));

        await cli.AssertRefusedAsync(65, "There is no experiment", "experiment", command, "EXP-00000000");
    }

    [Fact]
    public async Task Start_AnIncompleteRequest_IsAskedForAllItLacksOnceAndThenRefused()
    {
        shop.Configure();
        var file = shop.Request("thin", ("mde", ""), ("baseline", ""));

        var asked = await cli.RunAsync("--json", "experiment", "start", file);
        var people = await cli.RunAsync("experiment", "start", shop.Request("thinner", ("mde", "")));

        Assert.Equal((65, "needs_input"), (asked.ExitCode, asked.Json.Text("outcome")));
        Assert.Equal(["mde", "baseline"], asked.Json.GetProperty("missing").EnumerateArray().Select(field => field.Text("field")));
        Assert.Equal((65, ""), (people.ExitCode, people.Output));
        Assert.Contains("mde: 0.01", people.Error, StringComparison.Ordinal);
        await cli.AssertRefusedAsync(65, "still missing after it was asked for: mde", "experiment", "start", file);
        Assert.Empty((await cli.JsonAsync("experiment", "list")).EnumerateArray());
        Assert.Equal("running", (await cli.JsonAsync("experiment", "start", shop.Request("thin"))).Text("state"));
    }

    [Fact]
    public async Task Start_WhatIsNoRequest_IsRefused()
    {
        shop.Configure();
        await using (var large = File.Create(Path.Combine(cli.WorkingDirectory, "large.yaml"))) large.SetLength(5_000_000);

        await cli.AssertRefusedAsync(65, "large.yaml has more than the 1048576 bytes that a request may have", "experiment", "start", "large.yaml");
        await cli.AssertRefusedAsync(65, "There is no file none.yaml", "experiment", "start", "none.yaml");
        await cli.AssertRefusedAsync(65, "primary_metric", "experiment", "start", shop.Request("unknown", ("primary_metric", "smiles")));
    }

    [Fact]
    public async Task Start_WithoutAConfiguration_SaysWhereMetricsAreDefined() =>
        await cli.AssertRefusedAsync(65, "Define it under metrics: in pawl.yaml", "experiment", "start", shop.Request("any"));

    [Fact]
    public async Task Start_ABaselineFromASourceThatIsDown_IsUnavailable()
    {
        shop.Configure("""
            metrics:
              sources: {warehouse: {kind: postgres, connection: "Host=127.0.0.1;Port=1;Username=ada;Password=s3cret"}}
              exposures: {source: warehouse, sql: "select unit, variant, at from shown"}
              definitions:
                signup: {source: warehouse, kind: proportion, sql: "select unit, at, 1 as value from signups"}
            """);
        var file = shop.Request("down", ("guardrails", ""), ("baseline", ""), ("baseline_days", "14"));

        var said = await cli.AssertRefusedAsync(69, "The baseline of signup cannot be measured", "experiment", "start", file);

        Assert.DoesNotContain("s3cret", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AGuardrailWhoseSourceIsDown_HoldsAndInTheEndRollsBackWithATicket()
    {
        shop.Configure(Shop.Metrics.Replace("{events: {kind: embedded}}", "{events: {kind: embedded}, prom: {kind: prometheus, url: \"http://127.0.0.1:1\"}}", StringComparison.Ordinal)
            + "\n    latency: {source: prom, kind: value, better: lower, query: 'latency{flag=\"@flag\"}'}\n");
        var started = await cli.JsonAsync("experiment", "start", shop.Request("blind", ("guardrails", "[{name: latency, threshold: 2, direction: \"<\"}]"), ("unmeasurable_hours", "0.001")));
        var id = started.Text("id")!;
        await shop.VisitAsync(started);
        await Shop.DueAsync(started);

        var held = await cli.JsonAsync("experiment", "check", id);
        var ended = await shop.CheckUntilAsync(id, Shop.HasEnded);

        Assert.Contains("latency could not be measured", held.GetProperty("look").GetProperty("faults")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal((1, "rollback"), (ended.ExitCode, ended.Json.Text("state")));
        Assert.Equal("unmeasurable", ended.Json.GetProperty("verdict").GetProperty("reasons")[0].Text("code"));
        Assert.Single((await cli.AssertClaimsAsync(id)).GetProperty("tickets").EnumerateArray());
    }

    public void Dispose() => temporary.Dispose();
}
