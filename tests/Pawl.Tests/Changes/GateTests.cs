using System.Text;
using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;
using Pawl.Tests.Changes.Sandboxes;
using Pawl.Tests.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>What a run of the gate finds in its checkout, and leaves there.</summary>
public sealed class GateTests : IDisposable
{
    private readonly UserFolder _user = UserFolder.WithCommit(("a.txt", "one\n"));

    [Fact]
    public async Task RunClean_ACheckoutThatAKilledRunLeft_IsMadeAnew()
    {
        Directory.CreateDirectory(_user["gate/base"]);
        File.WriteAllText(_user["gate/base/left.txt"], "left");

        var result = await RunAsync("""{id: look, run: ["test", "!", "-e", "left.txt"], report: {format: text}}""");

        Assert.True(result.IsGreen);
        Assert.False(Directory.Exists(_user["gate/base"]));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Run_ACheckThatLeavesAFile_IsRunAgainWithoutIt(string mustNotModify)
    {
        var result = await RunAsync($$"""{id: once, run: ["sh", "-c", "test -e left.txt && exit 0; touch left.txt; exit 1"], report: {format: text}, flaky_attempts: 1, must_not_modify: {{mustNotModify}}}""");

        Assert.Equal((CheckStatus.Failed, CheckCause.Exit), (result.Checks[0].Status, result.Checks[0].Cause));
    }

    [Theory]
    [InlineData("true", CheckCause.Modified)]
    [InlineData("false", CheckCause.None)]
    public async Task Run_ACheckThatChangesATrackedFile_LeavesTheNextOneTheTree(string mustNotModify, CheckCause cause)
    {
        var result = await RunAsync(
            $$"""{id: first, run: ["sh", "-c", "echo two > a.txt; touch left.txt"], report: {format: text}, must_not_modify: {{mustNotModify}}}""",
            """{id: next, run: ["sh", "-c", "grep -q one a.txt && test ! -e left.txt"], report: {format: text}}""");

        Assert.Equal([cause, CheckCause.None], result.Checks.Select(check => check.Cause));
    }

    [Fact]
    public async Task Run_InCheckoutsOfTheSameName_HasAFolderForReportsInEach()
    {
        var (gate, repository) = await GateAsync("""{id: where, run: ["sh", "-c", "echo $PAWL_REPORTS; exit 1"], report: {format: text}, flaky_attempts: 0}""");
        var token = TestContext.Current.CancellationToken;
        List<string> said = [];
        foreach (var lane in (string[])["lane-1", "lane-2"])
        {
            var worktree = await gate.CheckOutAsync(repository.BaseTree, _user[$"gate/{lane}/tree"], token);
            said.Add((await gate.RunAsync(worktree, repository.BaseTree, token)).Failures[0].Message);
        }

        Assert.Equal([$"exit code 1\n{_user["gate/reports-lane-1-tree/where-0"]}", $"exit code 1\n{_user["gate/reports-lane-2-tree/where-0"]}"], said);
    }

    public void Dispose() => _user.Dispose();

    private async Task<GateResult> RunAsync(params string[] checks)
    {
        var (gate, repository) = await GateAsync(checks);
        return await gate.RunCleanAsync(repository.BaseTree, "base", TestContext.Current.CancellationToken);
    }

    private async Task<(Gate Gate, ChangeRepository Repository)> GateAsync(params string[] checks)
    {
        var file = GateFile.Read(Encoding.UTF8.GetBytes($"version: 1\nchecks: [{string.Join(", ", checks)}]\n"));
        var repository = await _user.ChangeAsync();
        var confinement = new Confinement { Sandbox = await Rungs.TakeAsync(SandboxRung.ProcessGroup) };
        return (new Gate(file, repository, confinement, Directory.CreateDirectory(_user["gate"]).FullName, TimeProvider.System), repository);
    }
}
