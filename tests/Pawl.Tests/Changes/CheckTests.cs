using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>What turns a check red, and what does not.</summary>
public sealed class CheckTests
{
    [Theory]
    [InlineData("run: [\"sh\", \"-c\", \"echo 1..0\"], report: {format: tap}", CheckCause.Report, "no test that was executed")]
    [InlineData("run: [\"sh\", \"-c\", \"echo 'ok 1 - a # SKIP'; echo 1..1\"], report: {format: tap}", CheckCause.Report, "no test that was executed")]
    [InlineData("run: [\"sh\", \"-c\", \"echo hello\"], report: {format: junit, path: \"*.xml\"}", CheckCause.Report, "wrote no report *.xml")]
    [InlineData("run: [\"true\"], report: {format: junit, path: \"old/*.xml\"}", CheckCause.Report, "older than this run: old/report.xml")]
    [InlineData("run: [\"sh\", \"-c\", \"echo '<a' > $PAWL_REPORTS/r.xml\"], report: {format: junit, path: \"*.xml\"}", CheckCause.Report, "")]
    [InlineData("run: [\"sh\", \"-c\", \"echo 'ok 1 - a'; echo 1..1; exit 4\"], report: {format: tap}", CheckCause.Exit, "exit code 4")]
    [InlineData("run: [\"sh\", \"-c\", \"echo 'not ok 1 - a'; echo 1..1\"], report: {format: tap}", CheckCause.Tests, "1 of 1 tests failed")]
    [InlineData("run: [\"sh\", \"-c\", \"echo boom; exit 3\"]", CheckCause.Exit, "exit code 3")]
    [InlineData("run: [\"sh\", \"-c\", \"echo x >> add.sh\"]", CheckCause.Modified, "changed files that are tracked: add.sh")]
    [InlineData("run: [\"sleep\", \"30\"], timeout: 1s", CheckCause.Stopped, "did not end within 1 s")]
    [InlineData("run: [\"no-such-tool-here\"]", CheckCause.Stopped, "could not be started")]
    [InlineData("run: [\"true\"], requires: [\"no-such-tool-here\"]", CheckCause.Missing, "no-such-tool-here is not on the PATH")]
    [InlineData("run: [\"true\"], requires: [\"no-such-tool-here\"], required: true", CheckCause.Missing, "Install it")]
    public async Task Run_ARedCheck_SaysWhy(string check, CheckCause cause, string why)
    {
        var result = await RunAsync(check);

        Assert.Equal((CheckStatus.Failed, cause), (result.Status, result.Cause));
        Assert.Contains(why, result.Why, StringComparison.Ordinal);
        Assert.NotEmpty(result.Failures);
    }

    [Theory]
    [InlineData("run: [\"sh\", \"-c\", \"echo 'ok 1 - a'; echo 1..1\"], report: {format: tap}")]
    [InlineData("run: [\"sh\", \"-c\", \"echo x >> add.sh\"], must_not_modify: false")]
    [InlineData("run: [\"sh\", \"-c\", \"echo x > new.txt\"]")]
    [InlineData("run: [\"sh\", \"-c\", \"echo '<testsuite><testcase name=\\\"a\\\"/></testsuite>' > {reports}/r.xml\"], report: {format: junit, path: \"**/r.xml\"}")]
    [InlineData("run: [\"sh\", \"-c\", \"mkdir -p out; echo '<testsuite><testcase name=\\\"a\\\"/></testsuite>' > out/r.xml\"], report: {format: junit, path: \"out/*.xml\"}")]
    public async Task Run_AGreenCheck_IsGreen(string check) => Assert.Equal((CheckStatus.Passed, ""), (await RunAsync(check)) is var result ? (result.Status, result.Why) : default);

    [Fact]
    public async Task Run_RedThenGreen_IsFlakyAndNamesTheTest()
    {
        // A run again begins with the clean tree, but for what is ignored.
        var result = await RunAsync("run: [\"sh\", \"-c\", \"if [ -e seen.tmp ]; then echo 'ok 1 - a'; else echo > seen.tmp; echo 'not ok 1 - a'; fi; echo 1..1\"], report: {format: tap}, flaky_attempts: 2");

        Assert.Equal((CheckStatus.Flaky, CheckCause.Tests), (result.Status, result.Cause));
        Assert.Equal(["a"], result.FlakyTests);
    }

    [Fact]
    public async Task Run_RedEachTime_IsRed() =>
        Assert.Equal(CheckStatus.Failed, (await RunAsync("run: [\"false\"], flaky_attempts: 2")).Status);

    [Fact]
    public async Task Run_WhatIsNotRequired_DoesNotTurnTheGateRed()
    {
        await using var scene = Scene("run: [\"false\"], required: false}\n  - {id: other, run: [\"true\"]");

        var outcome = await GateTrial.RunAsync(scene.Repository, null, SandboxPolicy.Best, [], TimeProvider.System, null, TestContext.Current.CancellationToken);

        Assert.True(outcome.Result.IsGreen);
        Assert.Equal([CheckStatus.Failed, CheckStatus.Passed], outcome.Result.Checks.Select(check => check.Status));
    }

    [Fact]
    public async Task Run_OnTheFolderAsItStands_SeesWhatIsNotCommittedAndTouchesNothing()
    {
        await using var scene = new ChangeScene();
        scene.Write("tests/add.test.sh", "is \"one and two\" 3 \"$(add 1 2)\"\n");
        var before = scene.Fingerprint();

        var here = await GateTrial.RunAsync(scene.Repository, null, SandboxPolicy.Best, [], TimeProvider.System, null, TestContext.Current.CancellationToken);
        var committed = await GateTrial.RunAsync(scene.Repository, "HEAD", SandboxPolicy.Best, [], TimeProvider.System, null, TestContext.Current.CancellationToken);

        Assert.Equal((false, true), (here.Result.IsGreen, committed.Result.IsGreen));
        Assert.Equal(before, scene.Fingerprint());
    }

    [Fact]
    public async Task Run_ASetupThatFails_SaysSo()
    {
        await using var scene = new ChangeScene(checks: "setup: [[\"sh\", \"-c\", \"echo cannot >&2; exit 5\"]]\nchecks: [{id: t, run: [\"true\"]}]");

        var failed = await Assert.ThrowsAsync<GateSetupException>(() => GateTrial.RunAsync(scene.Repository, null, SandboxPolicy.Best, [], TimeProvider.System, null, TestContext.Current.CancellationToken));

        Assert.Contains("exit code 5", failed.Message, StringComparison.Ordinal);
        Assert.Contains("cannot", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ASetupThatLeavesFilesThatAreNotIgnored_IsRefused()
    {
        await using var scene = new ChangeScene(checks: "setup: [[\"touch\", \"generated.txt\"]]\nchecks: [{id: t, run: [\"true\"]}]");

        var failed = await Assert.ThrowsAsync<GateSetupException>(() => GateTrial.RunAsync(scene.Repository, null, SandboxPolicy.Best, [], TimeProvider.System, null, TestContext.Current.CancellationToken));

        Assert.Contains("generated.txt", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ASetupWhoseFilesAreIgnored_IsThereForChecksAndAgents()
    {
        await using var scene = new ChangeScene(checks: "setup: [[\"sh\", \"-c\", \"echo 1 > ready.tmp; echo changed >> AGENTS.md\"]]\nchecks: [{id: t, run: [\"sh\", \"-c\", \"cat ready.tmp && ! grep changed AGENTS.md\"]}]");
        scene.Write(".gitignore", "*.tmp\n");
        scene.Commit("Ignore");

        var change = await scene.RunAsync("cat ready.tmp || exit 5; " + ChangeScene.Right);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Equal("add.sh", scene.Git("diff", "--name-only", "main", change.Branch));
    }

    private static ChangeScene Scene(string check)
    {
        var scene = new ChangeScene(checks: $"checks:\n  - {{id: t, {check}}}");
        scene.Write(".gitignore", "*.tmp\n");
        scene.Write("old/report.xml", "<testsuite><testcase name=\"a\"/></testsuite>");
        return scene;
    }

    private static async Task<CheckResult> RunAsync(string check)
    {
        await using var scene = Scene(check);
        return (await GateTrial.RunAsync(scene.Repository, null, SandboxPolicy.Best, [], TimeProvider.System, null, TestContext.Current.CancellationToken)).Result.Checks[0];
    }
}
