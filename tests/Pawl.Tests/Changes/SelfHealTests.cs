using Pawl.Changes;
using Pawl.Changes.Tampering;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>From a red gate to a proposal.</summary>
public sealed class SelfHealTests
{
    private const string RedTest = "is \"one and two\" 3 \"$(add 1 2)\"\n";

    [Fact]
    public async Task Run_AGreenGate_IsNothingToDo()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync("exit 1", ChangePurpose.Heal);

        Assert.Equal((ChangeStatus.Unneeded, 0), (change.Status, change.Lanes[0].Attempts.Count));
    }

    [Fact]
    public async Task Run_ARedGateThatIsMended_IsProposed()
    {
        await using var scene = Red();

        var change = await scene.RunAsync(ChangeScene.Right, ChangePurpose.Heal);

        Assert.Equal((ChangeStatus.Proposed, "agent/self-heal"), (change.Status, change.Branch));
        Assert.Equal(["test: one and two"], change.Winner!.Clean!.Fixed.Names);
    }

    [Fact]
    public async Task Run_ARedGate_TellsTheAgentWhatFailsAndNotToWeakenTests()
    {
        await using var scene = Red();

        var change = await scene.RunAsync("cat > brief.txt; grep -q 'one and two' brief.txt && grep -q 'expected 3, got -1' brief.txt && grep -q 'do not weaken or delete the test' brief.txt || exit 5; rm brief.txt; " + ChangeScene.Right, ChangePurpose.Heal);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
    }

    [Fact]
    public async Task Run_AllThreeAttemptsRed_GivesUpAndSaysWhatWasTried()
    {
        await using var scene = Red("{attempts: 9, wall: 20s}");

        var change = await scene.RunAsync("printf 'add() {\\n  echo '$PAWL_ATTEMPT'7\\n}\\n' > add.sh", ChangePurpose.Heal);

        Assert.Equal((ChangeStatus.Rejected, 3), (change.Status, change.Lanes[0].Attempts.Count));
        Assert.StartsWith("3 attempts came to nothing.", change.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TestsThatFailedBefore_MustAllPass()
    {
        await using var scene = Red();
        scene.Write("tests/add.test.sh", File.ReadAllText(Path.Combine(scene.Repository, "tests/add.test.sh")) + "is \"the moon\" cheese rock\n");
        scene.Commit("Expect the moon");

        var change = await scene.RunAsync(ChangeScene.Right, ChangePurpose.Heal);

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Equal(["the moon"], change.Lanes[0].Attempts[0].Failures.Select(failure => failure.Test));
    }

    [Theory]
    [InlineData("sed -i 's/ 3 \"$(add 1 2)\"/ -1 \"$(add 1 2)\"/' tests/add.test.sh")]
    [InlineData("printf 'add() { echo $(($1 + $2)); }\\n' > mock; cat tests/add.test.sh >> mock; cp mock tests/add.test.sh; rm mock")]
    [InlineData("printf '#\\0\\n' >> tests/add.test.sh; sed -i 's/ 3 \"$(add 1 2)\"/ -1 \"$(add 1 2)\"/' tests/add.test.sh")]
    public async Task Run_TheTestMendedInsteadOfTheCode_IsNotProposed(string script)
    {
        await using var scene = Red();

        var change = await scene.RunAsync(script, ChangePurpose.Heal);

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Contains(FindingKind.BaseTestsFail, change.Lanes[0].Attempts[0].Findings.Select(finding => finding.Kind));
    }

    [Fact]
    public async Task Run_AnIssueWhoseKnownFailureIsMendedInTheTest_IsNotProposed()
    {
        await using var scene = Red();

        var change = await scene.RunAsync("sed -i 's/ 3 \"$(add 1 2)\"/ -1 \"$(add 1 2)\"/' tests/add.test.sh");

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Contains("test: one and two", change.Lanes[0].Attempts[0].Findings.Where(finding => finding.Kind == FindingKind.BaseTestsFail).Select(finding => finding.Where));
    }

    private static ChangeScene Red(string? limits = null)
    {
        var scene = new ChangeScene(limits: limits);
        scene.Write("tests/add.test.sh", File.ReadAllText(Path.Combine(scene.Repository, "tests/add.test.sh")) + RedTest);
        scene.Commit("Expect a sum");
        return scene;
    }
}
