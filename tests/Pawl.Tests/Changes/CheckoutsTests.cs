using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Pawl.Tests.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>The next checkout is made while an agent works: that agent must not get at it.</summary>
public sealed class CheckoutsTests
{
    private const string Spoil = "for other in ../checkout-[0-9]/; do if [ ! \"$other\" -ef . ]; then echo 'echo 1..0; exit 1' > \"$other/tests/run.sh\"; fi; done 2>/dev/null";

    [Theory]
    [MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task Run_AnAgentThatSpoilsOtherCheckouts_IsJudgedInOneThatItNeverSaw(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"for i in 1 2 3 4 5; do {Spoil}; sleep 0.2; done; {ChangeScene.Right}; ls -d ../checkout-[0-9]/ | wc -l");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Equal(["add.sh"], change.Winner!.Paths);
        Assert.Equal(3, change.Winner.Clean!.Passed);
        if (rung == SandboxRung.Bubblewrap) Assert.EndsWith("\n1", change.Winner.Agent.Said, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task Run_AFailedAttempt_IsFollowedByOneInAFreshCheckout(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung, limits: "{attempts: 2, wall: 20s}");

        var change = await scene.RunAsync($"if [ $PAWL_ATTEMPT = 1 ]; then touch left.o; echo broken > add.sh; exit 3; fi; test ! -e left.o || exit 4; grep -q 1.-.*2 add.sh || exit 5; {ChangeScene.Right}");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Equal([3, 0], change.Lanes[0].Attempts.Select(attempt => attempt.Agent.ExitCode));
        Assert.False(Directory.Exists(Path.Combine(scene.Services.Folder, change.Id, "checkout-1")));
    }
}
