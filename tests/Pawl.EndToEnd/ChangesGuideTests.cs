using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>The guide to changes, walked through as it is written: real processes, git, sandbox and database.</summary>
public sealed class ChangesGuideTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    [Fact]
    public async Task Guide_CommandsAsWritten_GoFromNothingToAProposal()
    {
        var cli = new Cli(temporary).With("PAWL_AGENT_CMD", "").With("AGENT_CONFIG", "").With("GIT_CONFIG_GLOBAL", "/dev/null");
        var said = await Guide.WalkAsync(cli, "changes.md");

        Assert.Equal(6, said.Count);
        Assert.Contains("The gate is green. Sandbox: ", said[0], StringComparison.Ordinal);
        Assert.Contains("- 1 new test: `test: 25 percent off`; it fails without the change", said[1], StringComparison.Ordinal);
        Assert.Contains("Nothing was merged, and nothing was pushed.", said[1], StringComparison.Ordinal);
        Assert.Contains($"  git -C {Path.Combine(cli.WorkingDirectory, "shop")} push origin agent/give-customers-their-percentage-off\n  gh pr create --draft --repo mara/shop ", said[1], StringComparison.Ordinal);
        Assert.Contains("    Pawl-Receipt: GATE-CHG-", said[2], StringComparison.Ordinal);
        Assert.Contains("test-removed: tests/percent.test.sh", said[3], StringComparison.Ordinal);
        Assert.Contains("ended with 2", said[3], StringComparison.Ordinal);
        Assert.Contains("- 2 tests that failed before pass", said[4], StringComparison.Ordinal);
        Assert.Contains("The proof holds: GATE-CHG-", said[5], StringComparison.Ordinal);
        Assert.Contains("The ledger holds: ", said[5], StringComparison.Ordinal);
        var branches = await cli.ShellAsync("git -C shop for-each-ref --format='%(refname:short)'");
        Assert.Equal("agent/give-customers-their-percentage-off\nagent/self-heal\nmain\n", branches.Output);
    }

    public void Dispose() => temporary.Dispose();
}
