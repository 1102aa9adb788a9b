using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>The demo, as whoever tries Pawl for the first time sees it.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public DemoTests()
    {
        Directory.CreateDirectory(temporary["tmp"]);
        cli = new Cli(temporary).With("TMPDIR", temporary["tmp"]);
    }

    [Fact]
    public async Task Demo_RunTwice_DecidesTheSameAndLeavesNothingOutsideOfItsFolder()
    {
        var first = await cli.RunAsync("demo");
        var second = await cli.RunAsync("demo");

        Assert.True(first.ExitCode == 0, first.Error);
        var experiments = Experiments(first);
        Assert.Equal(experiments, Experiments(second));
        Assert.Contains(experiments, line => line.Contains("PROM-treatmentA@4", StringComparison.Ordinal));
        Assert.Contains("  read back: version 4 of prompts.v7 serves treatmentA to everyone", experiments);
        Assert.Contains(experiments, line => line.Contains(" guardrail_stop ", StringComparison.Ordinal));
        Assert.Contains(experiments, line => line.Contains("TICKET-", StringComparison.Ordinal));
        Assert.Contains("  read back: version 3 of prompts.v8 serves control to everyone", experiments);
        Assert.Contains("  # Give customers their percentage off", experiments);
        Assert.Contains("  ✓ attempt 1 of 3  attempt  green: 2 files, +3 −1", experiments);
        Assert.Contains("  - 5 tests pass, 0 skipped", experiments);
        Assert.Contains("  ✗ attempt 1 of 3  attempt  the gate is red.", experiments);
        Assert.Contains(experiments, line => line.StartsWith("  proposed on agent/self-heal after 2 attempts; it says: ", StringComparison.Ordinal));
        Assert.Contains("The ledger holds: ", first.Output, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(temporary.Path, "*", SearchOption.AllDirectories), file => Assert.StartsWith(temporary["tmp"], file, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Demo_WhereToGoOn_WorksAsItIsWritten()
    {
        var demo = await cli.RunAsync("demo");

        var lines = demo.Output.Split('\n').SkipWhile(line => line.Trim() != "Where to go on").Select(line => line.Trim()).ToList();
        var database = lines.Find(line => line.StartsWith("export PAWL_DB=", StringComparison.Ordinal));
        var commands = lines.FindAll(line => line.StartsWith("./pawl ", StringComparison.Ordinal) || line.StartsWith("git ", StringComparison.Ordinal) || line.StartsWith("cat ", StringComparison.Ordinal));
        Assert.True(database is not null && commands.Count >= 9, demo.Output + demo.Error);
        foreach (var command in commands)
        {
            var ended = await cli.ShellAsync($"{database}\n{command.Replace("./pawl", Cli.InShell, StringComparison.Ordinal)}");
            Assert.True(ended.ExitCode == 0, $"{command}: {ended.Output}{ended.Error}");
        }

        Assert.Contains("<!doctype html>", await File.ReadAllTextAsync(Directory.GetFiles(temporary["tmp"], "dashboard.html", SearchOption.AllDirectories).Single(), TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("prompts.v7", (await cli.ShellAsync($"{database}\n{Cli.InShell} flag show prompts.v7 --json")).Json.GetProperty("key").GetString());
    }

    public void Dispose() => temporary.Dispose();

    private static List<string> Experiments(Ended demo) =>
        [.. demo.Output.Split('\n').SkipWhile(line => !line.StartsWith("A new prompt", StringComparison.Ordinal)).TakeWhile(line => !line.StartsWith("Need you believe", StringComparison.Ordinal))];
}
