using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>A run belongs to one process while that process lives.</summary>
public sealed class OwnerTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public OwnerTests() => cli = new Cli(temporary);

    [Fact]
    public async Task Record_IntoARunOfALivingProcess_IsRefusedWithItsPid()
    {
        using var owner = cli.Record();
        var run = await owner.StartRunAsync();

        var other = await cli.FeedAsync(Lines.Decide(run), "run", "record");

        Assert.Equal(65, other.ExitCode);
        Assert.Equal($"the run {run} is being recorded by process {owner.Id} on {Environment.MachineName}", Assert.Single(other.Lines).GetProperty("error").GetString());
        Assert.Equal("dec_0", (await owner.TakeAsync(Lines.Decide(run))).GetProperty("decision_id").GetString());
        Assert.Equal("running", (await cli.JsonAsync("run", "show", run)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Record_IntoARunOfADeadProcess_TakesItOverAndNumbersOn()
    {
        string run;
        using (var owner = cli.Record())
        {
            run = await owner.StartRunAsync();
            await owner.TakeAsync($$"""{"event":"set_node","run_id":"{{run}}","node_id":"plan"}""");
            await owner.TakeAsync(Lines.Decide(run));
            await owner.TakeAsync($$"""{"event":"report_problem","run_id":"{{run}}","severity":"minor","description":"p"}""");
            await owner.KillAsync();
        }

        using var heir = cli.Record();
        Assert.Equal("dec_1", (await heir.TakeAsync(Lines.Decide(run))).GetProperty("decision_id").GetString());
        Assert.Equal("prob_1", (await heir.TakeAsync($$"""{"event":"report_problem","run_id":"{{run}}","severity":"minor","description":"p"}""")).GetProperty("problem_id").GetString());
        await heir.TakeAsync(Lines.End(run));

        var shown = await cli.JsonAsync("run", "show", run);
        Assert.Equal("completed", shown.GetProperty("status").GetString());
        Assert.Equal(["plan", "plan"], shown.GetProperty("decisions").EnumerateArray().Select(d => d.GetProperty("node_id").GetString()));
    }

    [Fact]
    public async Task Record_OneProcessPerEventFromAShell_MakesOneRun()
    {
        var record = $"{Cli.InShell} run record";
        var ended = await cli.ShellAsync($$"""
            set -e
            run=$(echo '{"event":"start_run","goal_id":"g"}' | {{record}} | sed 's/.*"run_id":"\([^"]*\)".*/\1/')
            for i in 1 2 3; do
              echo '{"event":"decide","run_id":"'$run'","intent":"i","options":[{"id":"a"}],"chosen":"a"}' | {{record}} >/dev/null
            done
            echo '{"event":"end_run","run_id":"'$run'","status":"completed"}' | {{record}} >/dev/null
            {{Cli.InShell}} --json run show $run
            """);

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("completed", ended.Json.GetProperty("status").GetString());
        Assert.Equal(["dec_0", "dec_1", "dec_2"], ended.Json.GetProperty("decisions").EnumerateArray().Select(d => d.GetProperty("id").GetString()));
    }

    public void Dispose() => temporary.Dispose();
}
