using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>The guide to experiments, walked through as it is written: real processes, a real database, the clock of this machine.</summary>
public sealed class ExperimentsGuideTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    [Fact]
    public async Task Guide_CommandsAsWritten_GoFromARequestToAPromotionAndBack()
    {
        var cli = new Cli(temporary);
        var said = await Guide.WalkAsync(cli, "experiments.md");

        Assert.Equal(8, said.Count);
        Assert.Contains("a person has to approve the promotion of short", said[2], StringComparison.Ordinal);
        Assert.Contains(" has ended with promote; the flag was read back", said[3], StringComparison.Ordinal);
        Assert.Contains("PROM-short@3", said[4], StringComparison.Ordinal);
        Assert.Contains("The ledger holds: ", said[4], StringComparison.Ordinal);
        Assert.Contains(" has ended with guardrail_stop; ", said[5], StringComparison.Ordinal);
        Assert.Contains("ended with 1", said[5], StringComparison.Ordinal);
        Assert.Contains(" ran under exactly this contract ", said[6], StringComparison.Ordinal);
        Assert.Contains("ended with 1", said[6], StringComparison.Ordinal);
        Assert.Contains("1 of 1 golden traces go as expected", said[7], StringComparison.Ordinal);
        var states = (await cli.JsonAsync("experiment", "list")).EnumerateArray().ToDictionary(e => e.GetProperty("flag").GetString()!, e => e.GetProperty("state").GetString());
        Assert.Equal(("rollback", "guardrail_stop", "inconclusive"), (states["ui.short-form"], states["ui.shorter-form"], states["ui.shortest-form"]));
        Assert.Contains("<html", await File.ReadAllTextAsync(Path.Combine(cli.WorkingDirectory, "dashboard.html"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    public void Dispose() => temporary.Dispose();
}
