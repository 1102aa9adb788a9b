using System.Diagnostics;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary><c>pawl experiment watch</c>: until the end, and again after it was stopped.</summary>
public sealed class ExperimentWatchTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;
    private readonly Shop shop;

    public ExperimentWatchTests()
    {
        cli = new Cli(temporary);
        shop = new Shop(cli).Configure();
    }

    [Fact]
    public async Task Watch_InterruptedAndWatchedAgain_ContinuesToTheEnd()
    {
        var started = await cli.JsonAsync("experiment", "start", shop.Request("watched"));
        var id = started.Text("id")!;
        var interrupted = await InterruptAsync(id);
        await shop.VisitAsync(started);
        var ended = await cli.RunAsync("--json", "experiment", "watch", id);

        Assert.Equal((130, "Interrupted.\n"), (interrupted.ExitCode, interrupted.Error));
        Assert.Contains("next look at", interrupted.Output, StringComparison.Ordinal);
        Assert.Equal((0, "promote"), (ended.ExitCode, ended.Json.Text("state")));
        Assert.True(ended.Json.GetProperty("looks").GetInt32() > 1);
        await cli.AssertClaimsAsync(id);
        // What was interrupted is a run that ended, and not one that hangs.
        Assert.All((await cli.JsonAsync("run", "list")).EnumerateArray(), run => Assert.NotEqual("running", run.Text("status")));
    }

    [Fact]
    public async Task Watch_ATreatmentThatCrashes_TellsTheLooksAndEndsWith1()
    {
        var started = await cli.JsonAsync("experiment", "start", shop.Request("watched"));
        await shop.VisitAsync(started, crashesInHundred: 30);

        var ended = await cli.RunAsync("experiment", "watch", "watched.yaml");

        Assert.Equal((1, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("has ended with guardrail_stop", ended.Output, StringComparison.Ordinal);
        await cli.AssertClaimsAsync(started.Text("id")!);
    }

    public void Dispose() => temporary.Dispose();

    // Ctrl-C, once it has looked.
    private async Task<(int ExitCode, string Output, string Error)> InterruptAsync(string id)
    {
        Interrupt.Require();
        using var watch = cli.Start("experiment", "watch", id);
        var error = watch.StandardError.ReadToEndAsync();
        var output = "";
        while (!output.Contains("look 1", StringComparison.Ordinal) || !output.EndsWith("Z\n", StringComparison.Ordinal)) output += await watch.StandardOutput.ReadLineAsync() is { } line ? line + "\n" : throw new InvalidOperationException(await error);
        using (var kill = Process.Start("kill", ["-INT", $"{watch.Id}"])) await kill.WaitForExitAsync();
        output += await watch.StandardOutput.ReadToEndAsync();
        await watch.WaitForExitAsync();
        return (watch.ExitCode, output, await error);
    }
}
