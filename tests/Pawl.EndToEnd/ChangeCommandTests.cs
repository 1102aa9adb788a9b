using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary><c>issue-to-pr</c>, <c>self-heal</c> and <c>gate</c> as people and scripts use them: exit codes, output, and what is left afterwards.</summary>
public sealed class ChangeCommandTests : IDisposable
{
    // It does what the issue asks for, and takes the test that says so away.
    private const string Weakening = "sed -i '/one and two/d' tests/run.sh";

    private readonly TemporaryFolder _folder = new();
    private readonly ChangeScene _scene;

    public ChangeCommandTests() => _scene = new ChangeScene(_folder);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("issue-to-pr")]
    [InlineData("self-heal")]
    public async Task Change_NoAgent_EndsWith64AndSaysHowToSetOne(string command)
    {
        _scene.WithSums();
        var before = _scene.Fingerprint();

        var ended = await _scene.Cli.RunAsync([command, .. command == "self-heal" ? Array.Empty<string>() : [_scene.Issue], "--repo", _scene.Repository]);

        Assert.Equal((64, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("set PAWL_AGENT_CMD, or agent: {command: …} in pawl.yaml, or give --agent", ended.Error, StringComparison.Ordinal);
        Assert.Contains("--agent 'claude -p --permission-mode acceptEdits' --network, and its brief comes on standard input", ended.Error, StringComparison.Ordinal);
        AssertUntouched(before);
    }

    [Fact]
    public async Task IssueToPr_NoGateFile_ShowsADraftAndTouchesNothing()
    {
        _scene.Write("go.mod", "module shop\n");
        _scene.Committed();
        var before = _scene.Fingerprint();

        var people = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right));
        var json = await _scene.Cli.RunAsync(["--json", .. _scene.SelfHeal(ChangeScene.Right)]);

        Assert.Equal((65, 65), (people.ExitCode, json.ExitCode));
        Assert.Contains("run: [\"go\", \"test\", \"./...\"]", people.Output, StringComparison.Ordinal);
        Assert.Contains("There is no .pawl/gate.yaml in the commit", people.Error, StringComparison.Ordinal);
        Assert.Contains("`pawl gate init` writes the draft below", json.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        AssertUntouched(before);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_scene.Changes));
    }

    [Fact]
    public async Task IssueToPr_NoAttemptPasses_EndsWith1AndIsFoundByInsights()
    {
        _scene.WithSums();
        var before = _scene.Fingerprint();

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(Weakening));

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("Rejected. ", ended.Output, StringComparison.Ordinal);
        Assert.Contains("Where that is right all the same, a person may let it through: --allow ", ended.Output, StringComparison.Ordinal);
        AssertUntouched(before);
        var run = await _scene.Cli.JsonAsync("run", "show", Stored("run"));
        Assert.Equal("failed", run.GetProperty("status").GetString());
        Assert.Contains("No proposal for: Add numbers", run.GetProperty("problems")[0].GetProperty("description").GetString(), StringComparison.Ordinal);
        var failures = await _scene.Cli.RunAsync("insights", "failures");
        Assert.True(failures.ExitCode == 0, failures.Error);
        Assert.Contains("findings: assertion-removed", failures.Output, StringComparison.Ordinal);
        Assert.Contains("Add numbers (ISSUE.md)", failures.Output, StringComparison.Ordinal);
        await AssertLedgerAsync();
    }

    [Fact]
    public async Task RunShow_OfAChange_NamesItsIssueItsAttemptsCausesAndReceipts()
    {
        _scene.WithSums();

        await _scene.Cli.RunAsync(_scene.IssueToPr("test $PAWL_ATTEMPT = 1 && exit 9; echo 'add() { echo 7; }' > add.sh"));

        var shown = await _scene.Cli.RunAsync("run", "show", Stored("run"));
        Assert.True(shown.ExitCode == 0, shown.Error);
        var id = Stored("id");
        string[] lines =
        [
            "for Add numbers (ISSUE.md)", $"about change {id}, issue ISSUE.md", "           error agent: exit code 9", "                 the agent ended with exit code 9.", $"           receipts AGENT-{id}-1.1",
            "           error test: nothing and nothing", "                 expected 0, got 7", $"           receipts AGENT-{id}-1.2, GATE-{id}-1.2-worktree", "           came left to a person", $"           receipts END-{id}",
        ];
        Assert.Equal(lines, shown.Output.Split('\n').Where(lines.Contains));
        var receipts = _scene.Rows("select ref from receipts");
        Assert.All(lines.Where(line => line.Contains("receipts ", StringComparison.Ordinal)).SelectMany(line => line.Trim()["receipts ".Length..].Split(", ")), named => Assert.Contains(named, receipts));
    }

    [Fact]
    public async Task IssueToPr_JsonOfARejectedChange_IsOneDocument()
    {
        _scene.WithSums();

        var ended = await _scene.Cli.RunAsync(["--json", .. _scene.IssueToPr(ChangeScene.Idle)]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Error));
        Assert.Equal(("rejected", "Add numbers"), (ended.Json.GetProperty("status").GetString(), ended.Json.GetProperty("title").GetString()));
    }

    [Fact]
    public async Task SelfHeal_NothingToDo_EndsWith0AndWithoutABranch()
    {
        _scene.WithSums();
        _scene.Write("add.sh", "add() {\n  echo $(($1 + $2))\n}\n");
        _scene.Git("commit", "-q", "-a", "-m", "Add");

        var ended = await _scene.Cli.RunAsync(_scene.SelfHeal("touch never"));

        Assert.Equal((0, "The gate is green: there is nothing to heal.\n"), (ended.ExitCode, ended.Output));
        Assert.Empty(_scene.Branches());
    }

    [Fact]
    public async Task SelfHeal_GivesUp_EndsWith2AndSaysWhatWasTried()
    {
        _scene.WithSums();
        var before = _scene.Fingerprint();

        var ended = await _scene.Cli.RunAsync(_scene.SelfHeal("date +%N >> add.sh"));

        Assert.Equal(2, ended.ExitCode);
        Assert.StartsWith("Gave up; a person is needed. 2 attempts came to nothing.", ended.Output, StringComparison.Ordinal);
        Assert.Contains("\nAttempt 1: ", ended.Output, StringComparison.Ordinal);
        Assert.Contains("\nAttempt 2: ", ended.Output, StringComparison.Ordinal);
        AssertUntouched(before);
    }

    [Fact]
    public async Task SelfHeal_AFix_IsProposedOnItsBranchWithStatements()
    {
        _scene.WithSums();
        var before = _scene.Fingerprint();

        var ended = await _scene.Cli.RunAsync(["--json", .. _scene.SelfHeal(ChangeScene.Right)]);

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(("", "proposed"), (ended.Error, ended.Json.GetProperty("status").GetString()));
        await _scene.AssertOneProposalAsync(before, "agent/self-heal");
        var proposal = _scene.Rows("select ref from receipts where tool = 'ProposeChange'")[0];
        var export = await _scene.Cli.RunAsync("ledger", "export", proposal, "--format", "in-toto");
        Assert.True(export.ExitCode == 0, export.Error);
        var statement = System.Text.Encoding.UTF8.GetString(Assert.Single(export.Lines).GetProperty("payload").GetBytesFromBase64());
        Assert.Contains("https://in-toto.io/attestation/svr/v0.2", statement, StringComparison.Ordinal);
        Assert.Contains(_scene.Git("rev-parse", "agent/self-heal"), statement, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GateRun_RedAndGreen_EndsWith1And0AndTouchesNothing()
    {
        _scene.WithSums();
        var before = _scene.Fingerprint();

        var red = await _scene.Cli.RunAsync("gate", "run", "--repo", _scene.Repository);
        _scene.Write("add.sh", "add() {\n  echo $(($1 + $2))\n}\n");
        var green = await _scene.Cli.RunAsync("--json", "gate", "run", "--repo", _scene.Repository);
        var committed = await _scene.Cli.RunAsync("gate", "run", "--repo", _scene.Repository, "--commit", "HEAD");
        _scene.Git("checkout", "-q", "--", "add.sh");

        Assert.Equal((1, 0, 1), (red.ExitCode, green.ExitCode, committed.ExitCode));
        Assert.Contains("one and two\n      expected 3, got -1\n", red.Output, StringComparison.Ordinal);
        Assert.Equal((true, 2), (green.Json.GetProperty("green").GetBoolean(), green.Json.GetProperty("checks")[0].GetProperty("passed").GetInt32()));
        Assert.Equal(before.Split('\n').Where(line => !line.StartsWith(".git/index ", StringComparison.Ordinal)), _scene.Fingerprint().Split('\n').Where(line => !line.StartsWith(".git/index ", StringComparison.Ordinal)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["tmp"]));
    }

    [Fact]
    public async Task GateInit_ThereIsOne_IsRefused()
    {
        _scene.WithSums();

        var ended = await _scene.Cli.RunAsync("gate", "init", "--repo", _scene.Repository);

        Assert.Equal(65, ended.ExitCode);
        Assert.Contains("gate.yaml is there already", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IssueToPr_OutsideOfARepository_EndsWithAPatch()
    {
        _scene.WithSums();
        Directory.Delete(Path.Combine(_scene.Repository, ".git"), recursive: true);

        var ended = await _scene.Cli.RunAsync(_scene.IssueToPr(ChangeScene.Right));

        Assert.True(ended.ExitCode == 0, ended.Error);
        var apply = ended.Output.Split('\n').Single(line => line.StartsWith("  git -C ", StringComparison.Ordinal));
        Assert.Equal(0, (await _scene.Cli.ShellAsync(apply)).ExitCode);
        Assert.Equal("add() {\n  echo $(($1 + $2))\n}\n", await File.ReadAllTextAsync(Path.Combine(_scene.Repository, "add.sh")));
        Assert.Equal(0, (await _scene.Cli.RunAsync("gate", "run", "--repo", _scene.Repository)).ExitCode);
    }

    private string Stored(string member) => ChangeScene.Member(member)(Assert.Single(_scene.Rows("select document from changes")));

    private void AssertUntouched(string before)
    {
        Assert.Equal(before, _scene.Fingerprint());
        Assert.Empty(_scene.Branches());
    }

    private async Task AssertLedgerAsync()
    {
        var verified = await _scene.Cli.RunAsync("ledger", "verify");
        Assert.True(verified.ExitCode == 0, verified.Output + verified.Error);
    }
}
