using Pawl.Changes;
using Pawl.Changes.Tampering;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>A gate that only ends well or badly: no report tells which tests ran, so that more has to be seen in the files.</summary>
public sealed class TextGateTests
{
    private const string Checks = """
        checks:
          - id: test
            run: ["sh", "./check.sh"]
            timeout: 20s
        """;

    [Theory]
    [InlineData("printf 'echo fine\\n' > check.sh", FindingKind.TestConfiguration)]
    [InlineData("chmod -x tests/t_zero.sh", FindingKind.TestSkipped)]
    [InlineData("git mv tests/t_zero.sh tests/t_zero.sh.bak 2>/dev/null || mv tests/t_zero.sh tests/t_zero.sh.bak", FindingKind.TestRemoved)]
    [InlineData("mv tests/t_zero.sh tests/zero.sh", FindingKind.TestRemoved)]
    public async Task Run_AnAgentThatTakesTestsOut_IsNotProposedAndTheFindingIsNamed(string script, FindingKind kind)
    {
        await using var scene = Scene();

        var change = await scene.RunAsync(script, ChangePurpose.Heal);

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Contains(kind, change.Lanes[0].Attempts[0].Findings.Select(finding => finding.Kind));
    }

    // A report of one check says nothing of what another runs.
    [Theory]
    [InlineData("mv tests/t_zero.sh tests/zero.sh", FindingKind.TestRemoved)]
    [InlineData("printf 'echo fine\\n' > check.sh", FindingKind.TestConfiguration)]
    public async Task Run_AGateOfWhichOneCheckHasAReport_IsWatchedAllTheSame(string script, FindingKind kind)
    {
        await using var scene = Scene("""
            checks:
              - {id: lint, run: ["printf", "1..1\nok 1 - lint\n"], report: {format: tap}, timeout: 20s}
              - {id: test, run: ["sh", "-c", "cd . && sh ./check.sh && echo done"], timeout: 20s}
            """);

        var change = await scene.RunAsync(script, ChangePurpose.Heal);

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Contains(kind, change.Lanes[0].Attempts[0].Findings.Select(finding => finding.Kind));
    }

    [Fact]
    public async Task Run_AnAgentThatMendsTheCode_IsProposed()
    {
        await using var scene = Scene();

        var change = await scene.RunAsync(ChangeScene.Right + "; sed -i 's/+ $2/+ $2 + 0/' add.sh", ChangePurpose.Heal);

        Assert.Equal((ChangeStatus.Proposed, 0), (change.Status, change.Winner?.Findings.Count));
    }

    // Two tests, each a file that can be executed; both are red.
    private static ChangeScene Scene(string checks = Checks)
    {
        var scene = new ChangeScene(checks: checks);
        scene.Write("check.sh", "for test in tests/t_*.sh; do if [ -x \"$test\" ]; then \"./$test\" || bad=1; fi; done\nexit ${bad:-0}\n");
        foreach (var (name, left, right) in (ReadOnlySpan<(string, int, int)>)[("zero", 0, 1), ("one", 1, 2)])
        {
            scene.Write($"tests/t_{name}.sh", $"#!/bin/sh\n. ./add.sh\ntest \"$(add {left} {right})\" = {left + right}\n");
            File.SetUnixFileMode(Path.Combine(scene.Repository, $"tests/t_{name}.sh"), (UnixFileMode)0b111_101_101);
        }

        scene.Commit("Test by exit code");
        return scene;
    }
}
