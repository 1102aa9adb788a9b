using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Pawl.Insights;
using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>What the record of changes tells whoever improves the agent: at which issues it fails, and why.</summary>
public sealed class ChangeInsightTests
{
    [Fact]
    public async Task Failures_OneCauseAtTwoIssues_AreOneGroupThatNamesBoth()
    {
        await using var scene = new ChangeScene(limits: "{attempts: 2, wall: 20s}");

        var first = await scene.RunAsync("printf 'add() {\\n  echo '$PAWL_ATTEMPT'7\\n}\\n' > add.sh");
        await scene.RunAsync(scene.Request("printf 'add() {\\n  echo '$PAWL_ATTEMPT'8\\n}\\n' > add.sh") with { Issue = new StoredIssue("Add faster", "It is slow.", "https://example.org/shop/issues/7", [], 7) });
        await scene.RunAsync("rm tests/more.test.sh");

        var overview = await Analyst(scene).FailuresAsync("issue-to-pr");
        Assert.Equal([("test: nothing and nothing", 2L), ("findings: test-removed", 1L)], overview.Groups.Select(group => (group.Fingerprint, group.Runs)));
        Assert.Equal(["Add faster (https://example.org/shop/issues/7)", "Add numbers (issue.md)"], overview.Groups[0].GoalDescriptions);
        Assert.StartsWith("test: nothing and nothing\nexpected 0, got 18", overview.Groups[0].Example, StringComparison.Ordinal);
        var failure = await Analyst(scene).FailureAsync(RunId.Parse(first.Run!));
        Assert.Equal(("Add numbers (issue.md)", 2L), (failure.GoalDescription, failure.FailedDecisions));
        Assert.DoesNotContain(failure.Suggestions, advice => advice.Text.Contains("give_up", StringComparison.Ordinal) || advice.Text.Contains("propose", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Patterns_ChangesGivenUp_CountAttemptsThatFailedAndNothingBeside()
    {
        await using var scene = new ChangeScene(limits: "{attempts: 3, wall: 20s}");

        await scene.RunAsync("printf 'add() {\\n  echo '$PAWL_ATTEMPT'7\\n}\\n' > add.sh");
        await scene.RunAsync("exit 9");
        await scene.RunAsync(ChangeScene.Right);

        var patterns = await Analyst(scene).PatternsAsync("issue-to-pr");
        Assert.Equal((5L, 2L), (patterns.FailedDecisions, patterns.FailureKinds));
        Assert.Equal([("test: nothing and nothing", 3L), ("agent: exit code 9", 2L)], patterns.CommonFailures.Select(kind => (kind.Fingerprint, kind.Count)));
        Assert.All(patterns.CommonFailures, kind => Assert.Equal(["Add numbers (issue.md)"], kind.GoalDescriptions));
        var ends = Assert.Single(patterns.Choices, choice => choice.Intent == "decide how the change ends");
        Assert.Equal([("give_up", 2L, 0L), ("propose", 1L, 0L)], ends.Options.Select(option => (option.Option, option.Chosen, option.Failed)));
        Assert.Equal([("attempt", 6L, 5L)], patterns.Choices.Single(choice => choice != ends).Options.Where(option => option.Chosen > 0).Select(option => (option.Option, option.Chosen, option.Failed)));
    }

    [Fact]
    public async Task Patterns_NothingCouldBeTried_IsTheOneFailureOfItsRun()
    {
        await using var scene = new ChangeScene();
        scene.Write("tests/run.sh", "exit 3\n");
        scene.Commit("Break the tests");

        var change = await scene.RunAsync(ChangeScene.Right);

        var run = await RunAsync(scene, change);
        Assert.Equal(["give_up"], run.Decisions.Select(decision => decision.ChosenOptionId));
        var kind = Assert.Single((await Analyst(scene).PatternsAsync("issue-to-pr")).CommonFailures);
        Assert.StartsWith("The check test is red on the base commit already", kind.Fingerprint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AnyChange_IsARunThatNamesItsIssueItsReceiptsAndWhatFailed()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync("printf 'add() {\\n  echo 7\\n}\\n' > add.sh");

        var run = await RunAsync(scene, change);
        Assert.Equal(("issue-to-pr", RunStatus.Failed, "scripted"), (run.GoalId, run.Status, run.Agent!.Name));
        Assert.Equal([("change", change.Id), ("issue", "issue.md")], run.Refs.Select(reference => (reference.Kind, reference.Id)));
        Assert.Equal(["attempt", "give_up"], run.Decisions.Select(decision => decision.ChosenOptionId));
        Assert.Equal([false, true], run.Decisions.Select(decision => decision.Outcome!.Success));
        Assert.StartsWith("test: nothing and nothing\nexpected 0, got 7", run.Decisions[0].Outcome!.Error, StringComparison.Ordinal);
        Assert.Equal([$"AGENT-{change.Id}-1.1", $"GATE-{change.Id}-1.1-worktree"], Receipts(run.Decisions[0]));
        Assert.Equal([$"END-{change.Id}"], Receipts(run.Decisions[1]));
        Assert.Empty(run.Decisions.SelectMany(Receipts).Except(scene.Receipts(change).Select(receipt => receipt.Ref)));
        Assert.Single(run.Problems);
    }

    [Fact]
    public async Task Run_AProposal_NamesTheReceiptsOfEveryGateRunAndItsOwn()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync(ChangeScene.Right + "; echo 'is \"one and two\" 3 \"$(add 1 2)\"' >> tests/add.test.sh");

        var run = await RunAsync(scene, change);
        Assert.Equal(["AGENT", "GATE", "GATE", "GATE", "GATE"], Receipts(run.Decisions[0]).Select(receipt => receipt.Split('-')[0]));
        Assert.Equal([$"PROPOSAL-{change.Id}"], Receipts(run.Decisions[1]));
        Assert.Empty(run.Decisions.SelectMany(Receipts).Except(scene.Receipts(change).Select(receipt => receipt.Ref)));
    }

    [Theory]
    [InlineData(CommandEnd.Exited, 137, "agent: exit code 137")]
    [InlineData(CommandEnd.TimedOut, -1, "agent: out of time")]
    [InlineData(CommandEnd.OverDisk, -1, "agent: out of disk")]
    [InlineData(CommandEnd.OverProcesses, -1, "agent: out of processes")]
    [InlineData(CommandEnd.NotStarted, -1, "agent: could not be started")]
    [InlineData(CommandEnd.Cancelled, -1, "agent: was stopped")]
    public void Cause_OfAnAgentThatFailed_IsHowItEnded(CommandEnd end, int exitCode, string cause) =>
        AssertCause(cause, Made("the agent ended after 3 min 20 s") with { Agent = new AgentReport { End = end, ExitCode = exitCode, Fault = "the agent ended after 3 min 20 s" } });

    [Theory]
    [InlineData("it changed nothing.", "agent: changed nothing")]
    [InlineData("it left what no proposal may hold: a/b (a nested repository: x); c (a special file: y).", "agent: left what no proposal may hold")]
    [InlineData("what it left cannot be read: 17 bytes too many", "agent: what it left cannot be read")]
    public void Cause_OfWhatAnAgentLeft_DoesNotNameThePlace(string why, string cause) => AssertCause(cause, Made(why));

    [Theory]
    [InlineData("test", "cart > adds up", "expected 3, got 7", false, "test: cart > adds up")]
    [InlineData("test", "cart > adds up", "expected 3, got 8", true, "only in a fresh checkout: test: cart > adds up")]
    [InlineData("test", "ends with a colon:", "expected 3", false, "test: ends with a colon")]
    [InlineData("lint", "(output)", "exit code 2\nsrc/a.c:3: error: 17 is odd", false, "lint: exit code 2")]
    [InlineData("findings", "test-removed", "tests/a.test.sh: is gone", true, "findings: test-removed")]
    public void Cause_OfARedGate_IsTheFirstCheckAndTest(string check, string test, string message, bool hasVerdict, string cause) => AssertCause(cause, Made("the gate is red.") with
    {
        Failures = [Failure(check, test, message), Failure("other", "t", "m")],
        Clean = hasVerdict ? new Verdict { Checks = [] } : null,
    });

    // What insights count by is the fingerprint of the whole error.
    private static void AssertCause(string cause, Attempt attempt)
    {
        Assert.Equal(cause, AttemptCause.Of(attempt));
        Assert.Equal(cause, Fingerprint.Of($"{cause}\n{AttemptCause.Details(attempt)}"));
    }

    private static Attempt Made(string why) => new() { Number = 1, Agent = new AgentReport { End = CommandEnd.Exited, ExitCode = 0 }, Tree = new string('a', 40), Why = why };

    private static GateFailure Failure(string check, string test, string message) => new() { Check = check, Test = test, Message = message, Fingerprint = "f" };

    private static Analyst Analyst(ChangeScene scene) => new(scene.Database.Insights, scene.Database.Runs);

    private static async Task<Run> RunAsync(ChangeScene scene, Change change) => (await scene.Database.Runs.FindAsync(RunId.Parse(change.Run!), TestContext.Current.CancellationToken))!;

    private static List<string> Receipts(Decision decision) =>
        [.. decision.Outcome!.Result.GetProperty("receipts").EnumerateArray().Select(receipt => receipt.GetString()!)];
}
