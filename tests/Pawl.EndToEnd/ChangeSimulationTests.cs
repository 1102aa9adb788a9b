using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary><c>--simulate</c>: the same byte for byte each time, wherever it is called, and nothing of it stays.</summary>
public sealed class ChangeSimulationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Cli _cli;

    public ChangeSimulationTests()
    {
        Directory.CreateDirectory(_folder["tmp"]);
        _cli = new Cli(_folder).With("TMPDIR", _folder["tmp"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("issue-to-pr", "good", 0, "proposed", 1)]
    [InlineData("issue-to-pr", "bad", 1, "rejected", 3)]
    [InlineData("issue-to-pr", "stuck", 1, "rejected", 2)]
    [InlineData("self-heal", "good", 0, "proposed", 1)]
    [InlineData("self-heal", "bad", 0, "proposed", 2)]
    [InlineData("self-heal", "stuck", 2, "rejected", 2)]
    public async Task Simulate_Twice_IsTheSameByteForByteAndLeavesNothing(string command, string agent, int exitCode, string status, int attempts)
    {
        var outside = await _cli.RunAsync(command, "--simulate", agent);
        var first = await _cli.RunAsync("--json", command, "--simulate", agent);
        ChangeScene.GitIn(_cli.WorkingDirectory, "init", "-q");
        var inside = await _cli.RunAsync(command, "--simulate", agent);
        var second = await _cli.RunAsync("--json", command, "--simulate", agent);

        Assert.Equal([exitCode, exitCode, exitCode, exitCode], new[] { outside, inside, first, second }.Select(ended => ended.ExitCode));
        Assert.Equal((outside.Output, outside.Error), (inside.Output, inside.Error));
        Assert.Equal((first.Output, "", ""), (second.Output, first.Error, second.Error));
        Assert.Contains("This was a simulation: nothing of it stays.\n", outside.Output, StringComparison.Ordinal);
        Assert.Equal(status, first.Json.GetProperty("status").GetString());
        Assert.Contains($"attempt {attempts} of 3  agent  scripted", outside.Error, StringComparison.Ordinal);
        Assert.DoesNotContain($"attempt {attempts + 1} of ", outside.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["tmp"]));
        Assert.False(Directory.Exists(_folder["data"]) || Directory.Exists(_folder["state"]));
        Assert.Equal([".git"], Directory.EnumerateFileSystemEntries(_cli.WorkingDirectory).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Simulate_AnUnknownAgent_EndsWith65AndNamesThoseThatThereAre()
    {
        var ended = await _cli.RunAsync("issue-to-pr", "--simulate", "perfect");

        Assert.Equal((65, "There is no scripted agent \"perfect\": there are good, bad and stuck.\n"), (ended.ExitCode, ended.Error));
    }
}
