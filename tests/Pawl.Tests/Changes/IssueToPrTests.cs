using System.Security.Cryptography;
using System.Text.Json;
using Pawl.Changes;
using Pawl.Changes.Tampering;
using Pawl.Ledger;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>From an issue to a proposal, with agents that mean well.</summary>
public sealed class IssueToPrTests
{
    [Fact]
    public async Task Run_AGoodFix_IsProposedOnABranchWithItsReceipts()
    {
        await using var scene = new ChangeScene();
        scene.Write("notes.txt", "not committed");
        var before = scene.Fingerprint();

        var change = await scene.RunAsync(ChangeScene.Right);

        Assert.Equal((ChangeStatus.Proposed, "agent/add-numbers"), (change.Status, change.Branch));
        Assert.Equal(change.Commit, scene.Git("rev-parse", "agent/add-numbers"));
        Assert.Contains("$1 + $2", scene.Show("agent/add-numbers", "add.sh"), StringComparison.Ordinal);
        Assert.Equal(scene.Git("rev-parse", "main"), scene.Git("rev-parse", "agent/add-numbers^"));
        Assert.Equal(before, scene.Fingerprint());
        Assert.Equal(["StartChange", "RunGate", "RunAgent", "RunGate", "RunGate", "CreateBranch", "CreateBranch", "ProposeChange"], scene.Receipts(change).Select(receipt => receipt.Tool));
        var message = scene.Git("log", "-1", "--format=%B", change.Commit!);
        Assert.Contains($"Pawl-Change: {change.Id}\nPawl-Receipt: GATE-{change.Id}-1.1-clean\nPawl-Checkpoint: pawl.ledger/", message, StringComparison.Ordinal);
        Assert.True(LedgerVerifier.Verify(scene.Database.Ledger, new LedgerWitnesses()).Holds);
    }

    [Fact]
    public async Task Run_AGoodFix_LeavesAStatementOverItsCommit()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync(ChangeScene.Right);

        var data = JsonDocument.Parse(scene.Receipts(change)[^1].Data!).RootElement;
        var verdict = data.GetProperty("verdict");
        Assert.Equal("https://in-toto.io/Statement/v1", verdict.GetProperty("_type").GetString());
        Assert.Equal(change.Commit, verdict.GetProperty("subject")[0].GetProperty("digest").GetProperty("gitCommit").GetString());
        Assert.Equal(["GATE_PASSED_CLEAN_TREE", "TESTS_NOT_WEAKENED", "NO_FINDINGS"], verdict.GetProperty("predicate").GetProperty("properties").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal(change.AgentDigest, data.GetProperty("authorship").GetProperty("predicate").GetProperty("commandDigest").GetString());
    }

    [Fact]
    public async Task Run_AFixWithANewTest_SaysThatItFailsWithoutTheChange()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync(ChangeScene.Right + "; echo 'is \"one and two\" 3 \"$(add 1 2)\"' >> tests/add.test.sh");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Equal(["test: one and two"], change.Winner!.Clean!.NewTests.Names);
        Assert.Equal(1, change.Winner.Clean.NewTestsThatFailWithout);
        Assert.Contains("1 new test: `test: one and two`; it fails without the change", ProposalText.Markdown(change), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AFixWithANewTest_TellsOnWhatTheGateRuns()
    {
        await using var scene = new ChangeScene();
        List<string> told = [];
        scene.Services = scene.Services with { Watch = progress => told.Add($"{progress.Step} {progress.Status}") };

        await scene.RunAsync(ChangeScene.Right + "; echo 'is \"one and two\" 3 \"$(add 1 2)\"' >> tests/add.test.sh");

        // Of the last one red is what is wanted, and so it is told as passed: a reader would take it for a verdict.
        Assert.Equal(["base-tests ", "test ", "test Passed", "clean ", "test ", "test Passed", "new-tests ", "test ", "test Passed", "attempt Passed"], told.SkipWhile(line => line != "base-tests ").TakeWhile(line => !line.StartsWith("commit", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Run_ABranchNamedAgentIsThere_RefusesBeforeTheAgentRuns()
    {
        await using var scene = new ChangeScene();
        scene.Git("branch", "agent");

        var refused = await Assert.ThrowsAsync<BadInputException>(() => scene.RunAsync(ChangeScene.Right));

        Assert.Contains("branch \"agent\"", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NotAskedToPush_KnowsWhereAPersonWouldAndPushesNothing()
    {
        await using var scene = new ChangeScene();
        scene.Git("remote", "add", "origin", "https://mara:secret@github.com/pawl/shop.git");

        var change = await scene.RunAsync(ChangeScene.Right);

        Assert.Equal((ChangeStatus.Proposed, "origin", false, "https://github.com/pawl/shop.git", false), (change.Status, change.Remote, change.Pushes, change.RemoteUrl, change.IsPushed));
        Assert.DoesNotContain(scene.Receipts(change), receipt => receipt.Tool == "PushBranch");
    }

    [Fact]
    public async Task Run_ARedAttempt_FeedsTheFailureBackExactly()
    {
        await using var scene = new ChangeScene(limits: "{attempts: 3, wall: 20s}");

        var change = await scene.RunAsync($$"""
            cat > brief.txt
            if [ $PAWL_ATTEMPT = 1 ]; then printf 'add() {\n  echo 7\n}\n' > add.sh; rm brief.txt; exit; fi
            grep -q 'nothing and nothing' brief.txt && grep -q 'expected 0, got 7' brief.txt || { echo "no feedback"; exit 9; }
            rm brief.txt
            {{ChangeScene.Right}}
            """);

        Assert.Equal((ChangeStatus.Proposed, 2), (change.Status, change.Lanes[0].Attempts.Count));
        var failure = change.Lanes[0].Attempts[0].Failures[0];
        Assert.Equal(("test", "nothing and nothing"), (failure.Check, failure.Test));
    }

    [Fact]
    public async Task Run_TheSameFilesAndFailuresTwice_IsStuckAndStopsEarly()
    {
        await using var scene = new ChangeScene(limits: "{attempts: 5, wall: 20s}");

        var change = await scene.RunAsync("printf 'add() {\\n  echo 7\\n}\\n' > add.sh");

        Assert.Equal((ChangeStatus.Rejected, 2), (change.Status, change.Lanes[0].Attempts.Count));
        Assert.Equal("The agent is stuck: attempt 2 ended with the same files and the same failures as attempt 1: the gate is red (test: nothing and nothing).", change.Why);
        Assert.Equal("EndChange", scene.Receipts(change)[^1].Tool);
        Assert.Empty(scene.Git("branch", "--list", "agent/*"));
    }

    [Fact]
    public async Task Run_TheSameFaultTwice_EndsWithItsReason()
    {
        await using var scene = new ChangeScene(limits: "{attempts: 5, wall: 20s}");

        var change = await scene.RunAsync("exit 9");

        Assert.Equal("The agent is stuck: attempt 2 failed as attempt 1 did: the agent ended with exit code 9.", change.Why);
    }

    [Fact]
    public async Task Run_SeveralAgentsFail_NamesTheReasonOfEach()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync(scene.Request("exit $PAWL_LANE") with { Lanes = 2 });

        Assert.Equal("Agent 1: The attempt came to nothing: the agent ended with exit code 1. Agent 2: The attempt came to nothing: the agent ended with exit code 2.", change.Why);
    }

    [Fact]
    public async Task Run_MoreNewTestsThanAreNamed_CountsThemAll()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync(ChangeScene.Right + "; echo 'i=0; while [ $i -lt 250 ]; do i=$((i+1)); is \"one and $i\" $((i+1)) \"$(add 1 $i)\"; done' > tests/many.test.sh");

        var tests = change.Winner!.Clean!.NewTests;
        Assert.Equal((250, NamedTests.NamesMax), (tests.Count, tests.Names.Count));
        Assert.Contains(" and 245 more; 250 of them fail without the change\n", ProposalText.Markdown(change), StringComparison.Ordinal);
        Assert.Contains("- 250 new tests: `test: one and 1`, ", ProposalText.Markdown(change), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TestsThatFailedBefore_DoNotCountAgainstTheChangeAndAreNamed()
    {
        await using var scene = new ChangeScene();
        scene.Write("tests/add.test.sh", File.ReadAllText(Path.Combine(scene.Repository, "tests/add.test.sh")) + "is \"the moon\" cheese rock\nis \"one and two\" 3 \"$(add 1 2)\"\n");
        scene.Commit("Expect the moon");

        var change = await scene.RunAsync(ChangeScene.Right);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Equal(["test: the moon"], change.Winner!.Clean!.Known.Names);
        Assert.Equal(["test: one and two"], change.Winner.Clean.Fixed.Names);
        Assert.Contains("fails as on the base commit: `test: the moon`", ProposalText.Markdown(change), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ABaseThatCannotBeJudged_MakesNoAttempt()
    {
        await using var scene = new ChangeScene();
        scene.Write("tests/run.sh", "exit 3\n");
        scene.Commit("Break the tests");

        var change = await scene.RunAsync(ChangeScene.Right);

        Assert.Equal((ChangeStatus.Rejected, 0), (change.Status, change.Lanes[0].Attempts.Count));
        Assert.Contains("red on the base commit already", change.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TwiceFromOneCommit_AsksTheGateAboutItOnceAndTakesTheNextBranch()
    {
        await using var scene = new ChangeScene();

        var first = await scene.RunAsync(ChangeScene.Right);
        var second = await scene.RunAsync(ChangeScene.Right);

        Assert.Equal(("agent/add-numbers", "agent/add-numbers-2"), (first.Branch, second.Branch));
        Assert.Single(scene.Receipts(first), receipt => receipt.Ref.EndsWith("-base", StringComparison.Ordinal));
        Assert.DoesNotContain(scene.Receipts(second), receipt => receipt.Ref.EndsWith("-base", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_APlainFolder_ProposesAPatch()
    {
        await using var scene = new ChangeScene();
        Directory.Delete(Path.Combine(scene.Repository, ".git"), recursive: true);

        var change = await scene.RunAsync(ChangeScene.Right);

        Assert.Equal((ChangeStatus.Proposed, false, "Proposed as a patch."), (change.Status, change.IsGit, change.Why));
        Assert.DoesNotContain(change.Branch, ProposalText.Markdown(change), StringComparison.Ordinal);
        Assert.Contains("+  echo $(($1 + $2))", File.ReadAllText(Path.Combine(scene.Services.Folder, change.Id, "proposal.patch")), StringComparison.Ordinal);
        Assert.Contains("$1 - $2", File.ReadAllText(Path.Combine(scene.Repository, "add.sh")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_APlainFolder_LeavesStatementsOverWhatAnAuditorCanMakeAgain()
    {
        await using var scene = new ChangeScene();
        Directory.Delete(Path.Combine(scene.Repository, ".git"), recursive: true);
        File.WriteAllBytes(Path.Combine(scene.Repository, "greeting.txt"), "Gr\u00fc\u00df dich\n".Select(c => (byte)c).ToArray()); // Latin-1

        var change = await scene.RunAsync(ChangeScene.Right + "; printf 'Gr\\374\\337 Gott\\n' > greeting.txt");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        var patch = Path.Combine(scene.Services.Folder, change.Id, "proposal.patch");
        var data = JsonDocument.Parse(scene.Receipts(change)[^1].Data!).RootElement;
        // The auditor: a repository of the folder as it is, then with the patch.
        scene.Git("init", "-q");
        scene.Git("add", "-A");
        Assert.Equal(scene.Git("write-tree"), data.GetProperty("verdict").GetProperty("predicate").GetProperty("base").GetString());
        scene.Git("apply", "--index", patch);
        string[] digests = [Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(patch))), scene.Git("write-tree")];
        foreach (var name in (string[])["verdict", "authorship"])
        {
            var subjects = data.GetProperty(name).GetProperty("subject").EnumerateArray().ToList();
            Assert.Equal(["proposal.patch", "shop"], subjects.Select(subject => subject.GetProperty("name").GetString()));
            Assert.Equal(digests[0], subjects[0].GetProperty("digest").GetProperty("sha256").GetString());
            Assert.Equal(digests[1], subjects[1].GetProperty("digest").GetProperty("gitTree").GetString());
        }

        Assert.DoesNotContain(change.Commit!, scene.Receipts(change)[^1].Data!, StringComparison.Ordinal);
        Assert.Contains($"sha256:{digests[0]}", ProposalText.Markdown(change), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SeveralAgents_ProposesTheSmallestGreenChange()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync(scene.Request($"{ChangeScene.Right}; case $PAWL_LANE in 1) seq 100 > table.txt;; 2) exit 1;; esac") with { Lanes = 3 });

        Assert.Equal((ChangeStatus.Proposed, 3), (change.Status, change.Chosen));
        Assert.Equal("add.sh", scene.Git("diff", "--name-only", "main", change.Branch));
        Assert.Equal([true, false, true], change.Lanes.Select(lane => lane.IsGreen));
    }

    [Fact]
    public async Task Run_ConventionsOfTheBaseCommit_StandInTheBrief()
    {
        await using var scene = new ChangeScene();
        scene.Write("AGENTS.md", "Changed, and not committed.\n");

        var change = await scene.RunAsync("cat > brief.txt; grep -q 'Keep to POSIX sh' brief.txt && ! grep -q 'not committed' brief.txt && grep -q 'add 1 2 is 3' brief.txt || exit 5; rm brief.txt; " + ChangeScene.Right);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
    }

    [Fact]
    public async Task Run_WithoutAGateFile_IsRefusedAndLeavesNothing()
    {
        await using var scene = new ChangeScene();
        scene.Git("rm", "-q", ".pawl/gate.yaml");
        scene.Commit("No gate");

        await Assert.ThrowsAsync<GateMissingException>(() => scene.RunAsync(ChangeScene.Right));

        Assert.Empty(Directory.EnumerateFileSystemEntries(scene.Services.Folder));
    }

    [Theory]
    [InlineData("head -c 300 /dev/urandom > icon.bin")]
    [InlineData("chmod +x AGENTS.md")]
    public async Task Run_AProtectedFileWhoseTextStaysTheSame_IsFound(string script)
    {
        await using var scene = new ChangeScene();
        scene.Write(".pawl/gate.yaml", scene.Gate.Replace("\"AGENTS.md\"", "\"AGENTS.md\", \"icon.bin\"", StringComparison.Ordinal));
        File.WriteAllBytes(Path.Combine(scene.Repository, "icon.bin"), [0, 1, 2, 3]);
        scene.Commit("Protect the icon");

        var change = await scene.RunAsync($"{ChangeScene.Right}; {script}");

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Equal([FindingKind.ProtectedPath], change.Lanes[0].Attempts[0].Findings.Select(finding => finding.Kind));
    }

    [Fact]
    public async Task Run_AFileTooLargeToBeSearched_IsProposedAllTheSame()
    {
        await using var scene = new ChangeScene(limits: "{attempts: 1, patch_kb: 8192, wall: 20s}");

        var change = await scene.RunAsync($"{ChangeScene.Right}; yes 'one line of many' | head -c 2000000 > words.txt");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
    }

    [Fact]
    public async Task Run_AnAllowedFinding_StandsOnTopOfTheProposal()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync(ChangeScene.Right + "; echo 'Be terse.' >> AGENTS.md", ChangePurpose.Issue, FindingKind.ProtectedPath);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        var lines = ProposalText.Markdown(change).Split('\n');
        Assert.StartsWith("> **Look at this first** (let through by os:mara: protected-path)", lines[2], StringComparison.Ordinal);
        Assert.Contains("`AGENTS.md`", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_FilesWithNamesThatCouldShowAsOthers_AreShownSoThatEachIsItself()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync($"{ChangeScene.Right}; touch 'a\nb' 'a b' 'a`b' '`a'");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Equal(["`a", "a\nb", "a b", "a`b", "add.sh"], change.Winner!.Paths);
        Assert.Equal(["- `` `a ``", "- `\"a\\nb\"`", "- `a b`", "- ``a`b``", "- `add.sh`"], ProposalText.Markdown(change).Split('\n').Where(line => line.StartsWith("- `", StringComparison.Ordinal) && !line.Contains(':', StringComparison.Ordinal)));
    }
}
