using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Tampering;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>What happens around a change while it is made: branches that come, tools that were missing, lanes that fail beside each other.</summary>
public sealed class ChangeWeatherTests
{
    [Fact]
    public async Task Run_ABranchNamedAgentAppearsMeanwhile_SaysWhatToDoAndIsResumed()
    {
        await using var scene = new ChangeScene(SandboxRung.ProcessGroup);
        var request = scene.Request($"{ChangeScene.Right}; git -C {scene.Repository} branch agent");

        var refused = await Assert.ThrowsAsync<BadInputException>(() => scene.RunAsync(request));
        Assert.Contains("git branch -m agent OTHER", refused.Message, StringComparison.Ordinal);
        scene.Git("branch", "-m", "agent", "theirs");
        var begun = scene.Database.Changes.Unfinished(scene.Repository, ChangePurpose.Issue)!;
        var change = await ChangeWork.ResumeAsync(scene.Services, request, begun, TestContext.Current.CancellationToken);

        Assert.Equal((ChangeStatus.Proposed, "agent/add-numbers"), (change.Status, change.Branch));
    }

    [Fact]
    public async Task Run_ABaseThatWasRedForThisMachinesSake_IsAskedAgain()
    {
        await using var scene = new ChangeScene(SandboxRung.ProcessGroup);
        var tool = Path.Combine(scene.Folder, "tool");
        scene.Write("tests/run.sh", $"test -e {tool} || exit 7\n" + File.ReadAllText(Path.Combine(scene.Repository, "tests/run.sh")));
        scene.Commit("Need a tool");

        var without = await scene.RunAsync(ChangeScene.Right);
        await File.WriteAllTextAsync(tool, "", TestContext.Current.CancellationToken);
        var with = await scene.RunAsync(ChangeScene.Right);

        Assert.Equal((ChangeStatus.Rejected, ChangeStatus.Proposed), (without.Status, with.Status));
    }

    [Fact]
    public async Task Run_ALaneWhoseSetupFails_LeavesTheOthersTheirWork()
    {
        await using var scene = new ChangeScene(SandboxRung.ProcessGroup, checks: """
            setup: [["sh", "-c", "mkdir ../../../base 2>/dev/null || ! mkdir ../../../lane 2>/dev/null"]]
            checks:
              - id: test
                run: ["sh", "tests/run.sh"]
                report: {format: tap}
            """);

        // The base's setup makes the first folder; whichever lane comes first makes the second, and fails by that.
        var change = await scene.RunAsync(scene.Request(ChangeScene.Right) with { Lanes = 2 });

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Single(change.Lanes, lane => lane.Attempts.Count == 0 && lane.Stopped!.Contains("The setup", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_WhatAnAgentDidWhoseChangeIsNotProposed_StandsInTheProposal()
    {
        await using var scene = new ChangeScene(SandboxRung.ProcessGroup);
        var script = $"{ChangeScene.Right}; if [ $PAWL_LANE = 2 ]; then git tag mine; echo '# and this makes it longer than the other' >> add.sh; fi";

        var change = await scene.RunAsync(scene.Request(script) with { Lanes = 2 });

        Assert.Equal(1, change.Chosen);
        Assert.Contains("> - **noticed** agent 2, whose change this is not, tagged: git tag mine", ProposalText.Markdown(change), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PawlsOwnFolderIsWithinTheRepository_IsRefusedBeforeAnythingIsWritten()
    {
        await using var scene = new ChangeScene();
        scene.Services = scene.Services with { Folder = Path.Combine(scene.Repository, "state/changes") };

        var refused = await Assert.ThrowsAsync<BadInputException>(() => scene.RunAsync(ChangeScene.Right));

        Assert.Contains("XDG_STATE_HOME", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(scene.Repository, "state")));
    }

    [Fact]
    public async Task Run_TwoAssertionsOfOneFileAreGone_AreTwoFindings()
    {
        await using var scene = new ChangeScene();
        scene.Write("tests/a.test.js", "test('a', () => {\n  assert.strictEqual(a, 1);\n  assert.strictEqual(b, 2);\n  assert.strictEqual(c, 3);\n});\n");
        scene.Commit("Test more");

        var change = await scene.RunAsync($"{ChangeScene.Right}; sed -i '2,3d' tests/a.test.js");

        Assert.Equal(2, change.Lanes[0].Attempts[0].Findings.Count(finding => finding.Kind == FindingKind.AssertionRemoved));
    }
}
