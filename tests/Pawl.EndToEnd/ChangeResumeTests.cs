using System.Diagnostics;
using System.Text.RegularExpressions;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Who may go on with a change, and how a person stops one.</summary>
public sealed class ChangeResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ChangeScene _scene;

    public ChangeResumeTests() => _scene = new ChangeScene(_folder).WithSums();

    // It says that it works, and then waits until somebody ends it; the second time it does what is asked.
    private static string Waiting => $"if [ -e waited ]; then {ChangeScene.Right}; else sleep 600 & sleep 600; fi";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Resume_NothingWaits_EndsWith65()
    {
        var made = await _scene.Cli.JsonAsync(_scene.IssueToPr(ChangeScene.Right));
        var nothing = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--resume"));
        var unknown = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--resume", "CHG-00000000"));
        var again = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--resume", made.GetProperty("id").GetString()!));

        Assert.Equal((65, $"No change of {_scene.Repository} waits to be resumed.\n"), (nothing.ExitCode, nothing.Error));
        Assert.Equal((65, "There is no change CHG-00000000.\n"), (unknown.ExitCode, unknown.Error));
        Assert.Equal(65, again.ExitCode);
        Assert.Contains("has ended: Proposed as", again.Error, StringComparison.Ordinal);
        Assert.Equal(["agent/add-numbers"], _scene.Branches());
    }

    [Fact]
    public async Task Resume_WithAnotherAgent_EndsWith65AndChangesNothing()
    {
        await InterruptAsync(Waiting);
        var version = _scene.Rows("select version from changes");

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right, "--resume"));

        Assert.Equal(65, ended.ExitCode);
        Assert.Contains("was begun with another command of the agent", ended.Error, StringComparison.Ordinal);
        Assert.Equal(version, _scene.Rows("select version from changes"));
    }

    [Theory]
    [InlineData("--push")]
    [InlineData("--attempts", "7")]
    [InlineData("--allow", "lock-file")]
    [InlineData("--parallel", "2")]
    public async Task Resume_WithWhatTheChangeWasNotBegunWith_EndsWith64AndChangesNothing(params string[] options)
    {
        await InterruptAsync(Waiting);
        var version = _scene.Rows("select version from changes");

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(Waiting, ["--resume", .. options]));

        Assert.Equal(64, ended.ExitCode);
        Assert.Contains($"was not begun with this {options[0]}", ended.Error, StringComparison.Ordinal);
        Assert.Equal(version, _scene.Rows("select version from changes"));
    }

    [Fact]
    public async Task Resume_WithAnAgentThatIsGivenMore_EndsWith65()
    {
        await InterruptAsync(Waiting);

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(Waiting, "--resume", "--network"));

        Assert.Equal(65, ended.ExitCode);
        Assert.Contains("was begun with an agent that is given nothing besides its checkout, and not the network", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_TwoProcessesAtOnce_OneGoesOnAndTheOtherEndsWith69()
    {
        const string Slow = "sleep 1; " + ChangeScene.Right;
        var before = _scene.Fingerprint();
        await InterruptAsync(Slow);

        var ended = await Task.WhenAll(_scene.Cli.RunAsync(_scene.IssueToPr(Slow, "--resume")), _scene.Cli.RunAsync(_scene.IssueToPr(Slow, "--resume")));

        Assert.Equal([0, 69], ended.Select(each => each.ExitCode).Order());
        Assert.Contains("Another process works on CHG-", ended.Single(each => each.ExitCode == 69).Error, StringComparison.Ordinal);
        await _scene.AssertOneProposalAsync(before, "agent/add-numbers");
    }

    [Theory]
    [InlineData(1)] // the terminal is closed
    [InlineData(2)] // Ctrl-C
    [InlineData(3)] // Ctrl-\
    public async Task IssueToPr_Interrupted_EndsTheAgentAndSaysHowToGoOn(int signal)
    {
        var before = _scene.Fingerprint();

        var (exitCode, error) = await InterruptAsync(Waiting, signal);

        Assert.Equal(130, exitCode);
        var id = Regex.Match(error, "CHG-[0-9a-f]{8}").Value;
        Assert.EndsWith($"Interrupted. {id} can go on from its last step: run the same command again with --resume {id}.\n", error, StringComparison.Ordinal);
        Assert.Empty(_scene.Processes());
        Assert.Equal(before, _scene.Fingerprint());
        Assert.Empty(_scene.Branches());
        Assert.Equal("working", ChangeScene.Member("status")(_scene.Rows("select document from changes")[0]).ToLowerInvariant());
    }

    // What it says then nobody can read, and writing it fails.
    [Fact]
    public async Task IssueToPr_ItsTerminalIsGone_EndsInOrder()
    {
        Interrupt.Require(signal: 1);
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no script, which makes terminals.");
        var (works, terminal, code) = (_folder["works"], _folder["terminal"], _folder["code"]);
        _scene.Cli.With("PAWL_AGENT_CMD", $"echo >{works}; sleep 600");
        var shell = _scene.Cli.ShellAsync(
            // The shell alone is told, and tells what it started, as one does.
            $"script -qfec \"{Cli.InShell} issue-to-pr '{_scene.Issue}' --repo '{_scene.Repository}' --sandbox none & trap 'kill -HUP \\$!' HUP; wait; wait \\$!; echo \\$? >'{code}'\" /dev/null >/dev/null & echo $! >'{terminal}'; wait");

        await Eventually.Holds(() => File.Exists(works), "the agent worked", 30);
        using (var kill = Process.Start("kill", ["-KILL", (await File.ReadAllTextAsync(terminal, TestContext.Current.CancellationToken)).Trim()])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await shell;
        await Eventually.Holds(() => File.Exists(code) && new FileInfo(code).Length > 0, "it had ended", 30);

        Assert.Equal("130\n", await File.ReadAllTextAsync(code, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task IssueToPr_InterruptedAndResumed_EndsWithOneProposal()
    {
        const string Slow = "sleep 1; " + ChangeScene.Right;
        var before = _scene.Fingerprint();
        await InterruptAsync(Slow);

        var ended = await _scene.Cli.RunAsync(["issue-to-pr", "--repo", Path.Combine(_scene.Repository, "tests"), "--agent", Slow, "--resume"]);

        Assert.True(ended.ExitCode == 0, ended.Error);
        await _scene.AssertOneProposalAsync(before, "agent/add-numbers");
    }

    // By Ctrl-C unless said otherwise, once the agent works.
    private async Task<(int ExitCode, string Error)> InterruptAsync(string agent, int signal = 2)
    {
        Interrupt.Require(signal);
        using var process = _scene.Cli.Start(_scene.IssueToPr(agent));
        var output = process.StandardOutput.ReadToEndAsync();
        var error = "";
        while (!error.Contains("  agent  ", StringComparison.Ordinal)) error += await process.StandardError.ReadLineAsync() is { } line ? line + "\n" : throw new InvalidOperationException($"{error}{await output}");
        await Eventually.Holds(() => _scene.Processes().Any(line => line.Contains("sleep", StringComparison.Ordinal)), "the agent worked", 20);
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"])) await kill.WaitForExitAsync();
        error += await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }
}
