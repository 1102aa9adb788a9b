using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Experiments from a request to their end, as people and scripts carry them on, on events posted to Pawl and in real time.</summary>
public sealed class ExperimentTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly PostgresCluster cluster;
    private readonly Cli cli;
    private readonly Shop shop;

    public ExperimentTests(PostgresCluster cluster)
    {
        (this.cluster, cli) = (cluster, new Cli(temporary));
        shop = new Shop(cli).Configure();
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Check_ABetterTreatment_IsPromotedAndEveryClaimHasItsReceipt(string database)
    {
        if (database == "postgres")
        {
            PostgresCluster.Require();
            cli.With("PAWL_DB", await cluster.CreateDatabaseAsync());
        }

        var started = await cli.JsonAsync("experiment", "start", shop.Request("wins"));
        var id = started.Text("id")!;
        await shop.VisitAsync(started);
        var ended = await shop.CheckUntilAsync(id, Shop.HasEnded);

        Assert.Equal((0, "promote", "treatment"), (ended.ExitCode, ended.Json.Text("state"), ended.Json.GetProperty("verdict").Text("arm")));
        var flag = await cli.JsonAsync("flag", "show", "ui.wins");
        Assert.Equal("treatment", flag.Text("default"));
        Assert.False(flag.TryGetProperty("rules", out var rules) && rules.GetArrayLength() > 0);
        Assert.Equal("treatment", (await cli.JsonAsync("flag", "evaluate", "ui.wins", "--attributes", """{"user_id":"anybody","id":"anybody"}""")).Text("variant"));
        var shown = await cli.AssertClaimsAsync(id);
        Assert.Equal(["RegisterExperiment", "CreateFlag", "StartRun", "AllocateTraffic"], shown.Tools()[..4]);
        Assert.Equal(["CheckMetrics", "PromoteVariant", "StopRun", "SnapshotDashboard"], shown.Tools()[^4..]);
        Assert.Equal([600, 600], shown.GetProperty("last_look").GetProperty("arms").EnumerateArray().Select(arm => arm.GetProperty("units").GetInt32()));
        Assert.Equal([0.3, 0.5], shown.GetProperty("last_look").GetProperty("metrics")[0].GetProperty("values").EnumerateArray().Select(value => value.GetDouble()));
        Assert.Contains("A result is not tried for again", (await cli.RunAsync("experiment", "start", "wins.yaml")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ATreatmentThatCrashes_StopsAtTheGuardrailWithATicketAndEndsWith1()
    {
        var started = await cli.JsonAsync("experiment", "start", shop.Request("crashes"));
        var id = started.Text("id")!;
        await shop.VisitAsync(started, crashesInHundred: 30);
        var ended = await shop.CheckUntilAsync(id, Shop.HasEnded);

        Assert.Equal((1, "guardrail_stop"), (ended.ExitCode, ended.Json.Text("state")));
        var shown = await cli.AssertClaimsAsync(id);
        var ticket = Assert.Single(shown.GetProperty("tickets").EnumerateArray());
        Assert.Equal((shown.Text("ticket"), "high"), (ticket.Text("id"), ticket.Text("severity")));
        Assert.Contains("crash of treatment is at 0.3", ticket.Text("description"), StringComparison.Ordinal);
        Assert.Contains(ticket.Text("id")!, (await cli.RunAsync("experiment", "show", id)).Output, StringComparison.Ordinal);
        Assert.Equal("control", (await cli.JsonAsync("flag", "show", "ui.crashes")).Text("default"));
        Assert.Equal(1, (await cli.RunAsync("experiment", "check", id)).ExitCode);
    }

    [Fact]
    public async Task Approve_APromotionThatWaits_IsAPersonsWordAndMayBeRolledBack()
    {
        var started = await cli.JsonAsync("experiment", "start", shop.Request("asks", ("approval", "{promote: human}")));
        var id = started.Text("id")!;
        var early = await cli.RunAsync("--json", "experiment", "approve", id, "--actor", "os:mara");
        await shop.VisitAsync(started);
        var waiting = await shop.CheckUntilAsync(id, answer => answer.Text("awaiting_approval") is not null);
        var agent = await cli.RunAsync("--json", "experiment", "approve", id, "--actor", "agent:tidy");
        var approved = await cli.JsonAsync("experiment", "approve", id, "--actor", "os:mara");

        Assert.Equal((1, "refused"), (early.ExitCode, early.Json.Text("outcome")));
        Assert.Equal(("running", "treatment"), (waiting.Json.Text("state"), waiting.Json.Text("awaiting_approval")));
        Assert.Equal(1, agent.ExitCode);
        Assert.Contains("agent:tidy is no person", agent.Json.GetProperty("reasons")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("promote", approved.Text("state"));
        var shown = await cli.AssertClaimsAsync(id);
        Assert.Equal("os:mara", shown.GetProperty("receipts").EnumerateArray().Single(receipt => receipt.Text("tool") == "Approve" && receipt.GetProperty("ok").GetBoolean()).Text("actor"));

        var back = await cli.JsonAsync("experiment", "rollback", id, "--why", "support is drowning", "--actor", "os:mara");

        Assert.Equal("rollback", back.Text("state"));
        Assert.Equal("control", (await cli.JsonAsync("flag", "show", "ui.asks")).Text("default"));
        Assert.Contains("support is drowning", (await cli.RunAsync("experiment", "show", id)).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.RunAsync("ledger", "verify")).ExitCode);
    }

    [Fact]
    public async Task Stop_AnExperimentThatRuns_GivesEveryoneTheControlAndConcludesNothing()
    {
        var id = (await cli.JsonAsync("experiment", "start", shop.Request("stops", ("guardrail_hours", "1"), ("verdict_hours", "24")))).Text("id")!;
        var again = await cli.JsonAsync("experiment", "start", "stops.yaml");
        var edited = await cli.RunAsync("--json", "experiment", "start", shop.Request("stops", ("guardrail_hours", "1"), ("verdict_hours", "24"), ("split", "{control: 90, treatment: 10}")));
        var promoted = await cli.RunAsync("--json", "experiment", "promote", id);

        var stopped = await cli.JsonAsync("experiment", "stop", id, "--why", "the page is gone");

        Assert.Equal((id, 1, 1), (again.Text("id"), edited.ExitCode, promoted.ExitCode));
        Assert.Contains("The rule has not decided to promote", promoted.Json.GetProperty("reasons")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(("inconclusive", "by_person"), (stopped.Text("state"), stopped.GetProperty("verdict").GetProperty("reasons")[0].Text("code")));
        Assert.Equal("control", (await cli.JsonAsync("flag", "show", "ui.stops")).Text("default"));
        Assert.Contains("Stop", (await cli.AssertClaimsAsync(id)).Tools());
        var late = await cli.RunAsync("--json", "experiment", "stop", id);
        Assert.Equal((1, $"{id} is not running: its verdict is inconclusive."), (late.ExitCode, late.Json.GetProperty("reasons")[0].GetString()));
    }

    [Fact]
    public async Task StartAndCheck_TwoProcessesAtTheSameMoment_DoEachStepOnce()
    {
        // One look alone may be made: at the longest duration, which ends it.
        var file = shop.Request("twice", ("max_duration_days", "0.0001"), ("guardrail_hours", "0.0024"), ("verdict_hours", "0.0024"));
        var begun = await Task.WhenAll(cli.RunAsync("--json", "experiment", "start", file), cli.RunAsync("--json", "experiment", "start", file));
        Assert.All(begun, ended => Assert.True(ended.ExitCode == 0, ended.Error));
        var started = begun[0].Json;
        var id = started.Text("id")!;
        await shop.VisitAsync(started);
        await Shop.DueAsync(started);

        var both = await Task.WhenAll(cli.RunAsync("--json", "experiment", "check", id), cli.RunAsync("--json", "experiment", "check", id));

        Assert.All(both, ended => Assert.True(ended.ExitCode == 0, ended.Error));
        Assert.All(both, ended => Assert.Equal(("promote", 1), (ended.Json.Text("state"), ended.Json.GetProperty("looks").GetInt32())));
        Assert.Equal(["CheckMetrics", "PromoteVariant", "StopRun", "SnapshotDashboard"], (await cli.AssertClaimsAsync(id)).Tools()[4..]);
    }

    public void Dispose() => temporary.Dispose();
}
