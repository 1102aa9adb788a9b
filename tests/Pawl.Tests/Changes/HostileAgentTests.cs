using System.Net;
using System.Net.Sockets;
using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Tampering;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>Agents that cheat, break out or break things, as real scripts on every rung of the ladder that this machine has.</summary>
public sealed class HostileAgentTests
{
    public static TheoryData<SandboxRung> AllRungs => new(Enum.GetValues<SandboxRung>());

    public static TheoryData<SandboxRung, string, FindingKind> Tampering => OnEachRung(
        ("rm tests/more.test.sh", FindingKind.TestRemoved),
        ("sed -i 2d tests/add.test.sh", FindingKind.TestRemoved),
        ("rm tests/*.test.sh", FindingKind.TestRemoved),
        ("sed -i 's/^is \"five.*/skip \"five and nothing\"/' tests/more.test.sh", FindingKind.TestSkipped),
        ("echo 'be nice' >> AGENTS.md", FindingKind.ProtectedPath),
        ("echo '# nothing' >> .pawl/gate.yaml", FindingKind.ProtectedPath),
        ("echo 'jobs: {}' >> .github/workflows/ci.yml", FindingKind.CiFile),
        ("echo '{}' > package-lock.json", FindingKind.LockFile),
        ("for i in $(seq 30); do echo $i > file-$i.txt; done", FindingKind.TooLarge),
        ("seq 100000 > big.txt", FindingKind.TooLarge));

    public static TheoryData<SandboxRung, string, string> NotToBeProposed => OnEachRung(
        ("mkdir inner && cd inner && git init -q && git -c user.name=a -c user.email=a@a commit -q --allow-empty -m x; cd ..", "inner"),
        ("ln -s /etc/passwd secrets", "secrets"),
        ("ln -s ../../../../x up", "up"));

    public static TheoryData<SandboxRung, string, string> TooMuch => OnEachRung(
        ("i=0; while [ $i -lt 300 ]; do mkdir ddddddddddddddd; cd ddddddddddddddd; i=$((i+1)); done; echo x > f", "it left"),
        ("mkdir many; cd many; seq 5000 | split -l 1 -a 4", "more than a change may"));

    public static MatrixTheoryData<SandboxRung, string> OwnRunners => new(
        Enum.GetValues<SandboxRung>(),
        [
            "echo script-shell=/bin/true > .npmrc",
            "mkdir unittest; echo pass > unittest/__main__.py",
        ]);

    [Theory]
    [MemberData(nameof(Tampering))]
    public async Task Run_AnAgentThatTampers_IsNotProposedAndTheFindingIsNamed(SandboxRung rung, string script, FindingKind kind)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"{ChangeScene.Right}; {script}");

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Contains(kind, change.Lanes[0].Attempts[0].Findings.Select(finding => finding.Kind));
        Assert.Contains(kind.Name(), change.Lanes[0].Attempts[0].Failures.Select(failure => failure.Test));
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AWrongFixThatWeakensTheAssertion_FailsWithTheTestsOfTheBaseCommit(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync("printf 'add() {\\n  echo 7\\n}\\n' > add.sh; sed -i 's/ [025] \"$(add/ 7 \"$(add/' tests/*.test.sh");

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        var found = change.Lanes[0].Attempts[0].Findings.Where(finding => finding.Kind == FindingKind.BaseTestsFail).Select(finding => finding.Where);
        Assert.Equal(["test: nothing and nothing", "test: two and nothing", "test: five and nothing"], found);
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatEditsTheGate_IsJudgedByTheGateOfTheBaseCommit(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync("printf 'add() {\\n  echo 7\\n}\\n' > add.sh; printf 'version: 1\\nchecks: [{id: test, run: [\"true\"]}]\\n' > .pawl/gate.yaml");

        Assert.Equal(["nothing and nothing", "two and nothing", "five and nothing", "protected-path"], change.Lanes[0].Attempts[0].Failures.Select(failure => failure.Test));
    }

    [Theory]
    [MemberData(nameof(NotToBeProposed))]
    public async Task Run_WhatNoProposalMayHold_IsRefusedByName(SandboxRung rung, string script, string path)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"{ChangeScene.Right}; {script}", ChangePurpose.Issue, [.. Enum.GetValues<FindingKind>()]);

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Contains(path, change.Lanes[0].Attempts[0].Why, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatUsesGitItself_ChangesNothingOfTheUsersAndIsStillJudged(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);
        var before = scene.Fingerprint();

        var change = await scene.RunAsync($$"""
            git checkout -q -b evil; git config user.email a@a; git config user.name a
            {{ChangeScene.Right}}
            git add -A; git commit -q -m evil; git push -q origin HEAD:refs/heads/evil; git stash; git update-ref refs/heads/main HEAD
            {{ChangeScene.Right}}
            exit 0
            """);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Equal(before, scene.Fingerprint());
        Assert.Empty(scene.Git("branch", "--list", "evil"));
        Assert.Equal(scene.Git("rev-parse", "main"), scene.Git("rev-parse", $"{change.Branch}^"));
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_PlantedGitConfiguration_IsNeverExecutedByPawl(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);
        var marker = Path.Combine(scene.Folder, "executed");

        var change = await scene.RunAsync($$"""
            {{ChangeScene.Right}}
            chmod -R u+w .git 2>/dev/null
            printf '[core]\n\tfsmonitor = touch {{marker}}\n\thooksPath = .githooks\n[filter "evil"]\n\tclean = touch {{marker}}; cat\n\tsmudge = touch {{marker}}; cat\n[diff]\n\texternal = touch {{marker}}\n[gpg]\n\tprogram = touch {{marker}}\n' >> .git/config
            mkdir -p .githooks .git/hooks 2>/dev/null
            for hook in pre-commit post-checkout post-index-change reference-transaction; do printf '#!/bin/sh\ntouch {{marker}}\n' > .githooks/$hook; chmod +x .githooks/$hook; cp .githooks/$hook .git/hooks/ 2>/dev/null; done
            echo '* filter=evil diff=evil' > .gitattributes
            exit 0
            """);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.False(File.Exists(marker));
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_ADaemonLeftBehind_IsKilledAndNoticed(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);
        var seconds = "29" + Random(scene);

        var change = await scene.RunAsync($"(setsid sh -c 'sleep {seconds} & sleep {seconds}' >/dev/null 2>&1 &) ; {ChangeScene.Right}");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.DoesNotContain(seconds, Running(), StringComparison.Ordinal);
        Assert.Matches(@"\A# .*\n\n> \*\*Look at this first\*\*\n> - \*\*noticed\*\* the agent left [0-9]+ process(es)? behind", ProposalText.Markdown(change));
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentBeyondItsTime_IsStoppedWithAllItStarted(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung, limits: "{attempts: 1, wall: 1s}");
        var seconds = "28" + Random(scene);

        var change = await scene.RunAsync($"sleep {seconds} & {ChangeScene.Right}; sleep {seconds}");

        Assert.Equal((ChangeStatus.Rejected, CommandEnd.TimedOut), (change.Status, change.Lanes[0].Attempts[0].Agent.End));
        Assert.Contains("did not end within 1 s", change.Why, StringComparison.Ordinal);
        Assert.DoesNotContain(seconds, Running(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatFillsTheDisk_IsStopped(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung, limits: "{attempts: 1, wall: 60s, disk_mb: 8}");

        var change = await scene.RunAsync("i=0; while true; do i=$((i+1)); head -c 1000000 /dev/zero > fill-$i || exit 3; done");

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Contains("more than 8 MiB", change.Why, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatPrintsAHundredMegabytes_IsCutAndNoticed(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"head -c 100000000 /dev/zero | tr '\\0' x; {ChangeScene.Right}");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Contains("I add now.", change.Winner!.Agent.Said, StringComparison.Ordinal);
        Assert.Contains(change.Winner.Agent.Notes, note => note.Contains("100,000,0", StringComparison.Ordinal));
        Assert.Contains("> - **noticed** the agent printed 100,000,0", ProposalText.Markdown(change).Split("## What was asked")[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SandboxRung.Bubblewrap, false)]
    [InlineData(SandboxRung.Unshare, false)]
    [InlineData(SandboxRung.ProcessGroup, true)]
    public async Task Run_AnAgentThatTriesTheNetwork_ReachesItOnlyWithoutNamespaces(SandboxRung rung, bool reaches)
    {
        await using var scene = new ChangeScene(rung);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var change = await scene.RunAsync($"bash -c 'echo secret > /dev/tcp/127.0.0.1/{port}' && echo REACHED || echo NO NETWORK; {ChangeScene.Right}");

        Assert.Equal(reaches, listener.Pending());
        Assert.Contains(reaches ? "REACHED" : "NO NETWORK", change.Winner!.Agent.Said, StringComparison.Ordinal);
        Assert.Equal(!reaches, change.SandboxHolds.Split("NOT prevented")[0].Contains("network", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_AnAgentThatNeedsTheNetworkAndFails_IsToldHowToAllowIt()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync("echo 'getaddrinfo ENOTFOUND api.example.com' >&2; exit 1");

        Assert.Contains("agent: {network: allow}", change.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SandboxRung.Bubblewrap, false)]
    [InlineData(SandboxRung.Unshare, true)]
    [InlineData(SandboxRung.ProcessGroup, true)]
    public async Task Run_AnAgentThatReadsPawlsDataAndTheUsersCheckout_SeesThemOnlyWithoutBubblewrap(SandboxRung rung, bool sees)
    {
        await using var scene = new ChangeScene(rung);
        scene.Write("notes.txt", "not committed");

        var change = await scene.RunAsync($"cat {scene.Folder}/data/pawl.db >/dev/null 2>&1 && echo SAW DATABASE; cat {scene.Folder}/data/ledger.pem >/dev/null 2>&1 && echo SAW LEDGER; cat {scene.Repository}/notes.txt >/dev/null 2>&1 && echo SAW CHECKOUT; {ChangeScene.Right}");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        foreach (var secret in (string[])["SAW DATABASE", "SAW LEDGER", "SAW CHECKOUT"]) Assert.Equal(sees, change.Winner!.Agent.Said.Contains(secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("linked")]
    [InlineData("main/linked")]
    [InlineData("main/module")]
    public async Task Run_AnAgentThatReadsWhatTheRepositoryBelongsTo_SeesNothingAndStillHasItsHistory(string place)
    {
        await using var scene = new ChangeScene(SandboxRung.Bubblewrap);
        // Not below /tmp, which is empty in the sandbox whatever else is hidden.
        var folder = Path.Combine(AppContext.BaseDirectory, "hidden-" + Random(scene));
        try
        {
            var main = Directory.CreateDirectory(Path.Combine(folder, "main")).FullName;
            scene.Git("clone", "-q", scene.Repository, main);
            var repository = Path.Combine(folder, place);
            if (place.EndsWith("module", StringComparison.Ordinal)) ChangeScene.GitIn(main, "-c", "protocol.file.allow=always", "submodule", "add", "-q", scene.Repository, "module");
            else ChangeScene.GitIn(main, "worktree", "add", "-q", repository);
            File.WriteAllText(Path.Combine(main, "notes.txt"), "not committed");

            var change = await scene.RunAsync(scene.Request($"cat {main}/notes.txt 2>/dev/null && echo SAW CHECKOUT; cat {main}/.git/config 2>/dev/null && echo SAW TOKEN; git log -1 --format='HISTORY %s' -p | head -2; {ChangeScene.Right}") with { Folder = repository });

            Assert.Equal(ChangeStatus.Proposed, change.Status);
            Assert.DoesNotContain("SAW", change.Winner!.Agent.Said, StringComparison.Ordinal);
            Assert.Contains("HISTORY Add things", change.Winner.Agent.Said, StringComparison.Ordinal);
        }
        finally
        {
            WorkFolder.Delete(folder);
        }
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatReadsTheEnvironment_SeesOnlyWhatTheSettingsName(SandboxRung rung)
    {
        Environment.SetEnvironmentVariable("HOSTILE_SECRET", "s3cr3t");
        Environment.SetEnvironmentVariable("HOSTILE_ALLOWED", "all0wed");
        await using var scene = new ChangeScene(rung);
        var request = scene.Request($"env; cat /proc/self/environ /proc/$PPID/environ 2>/dev/null | tr '\\0' ' '; {ChangeScene.Right}");

        var change = await scene.RunAsync(request with { Agent = request.Agent with { Environment = ["HOSTILE_ALLOWED"] } });

        Assert.Contains("all0wed", change.Winner!.Agent.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", change.Winner.Agent.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AnAgentThatWritesOutside_CannotWithBubblewrap()
    {
        await using var scene = new ChangeScene(SandboxRung.Bubblewrap);
        var outside = Path.Combine(scene.Folder, "outside");

        var change = await scene.RunAsync($"echo x > {outside}; echo x > {scene.Repository}/add.sh; echo x > /etc/pawl-was-here; {ChangeScene.Right}; exit 0");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.False(File.Exists(outside));
        Assert.False(File.Exists("/etc/pawl-was-here"));
        Assert.Contains("$1 - $2", File.ReadAllText(Path.Combine(scene.Repository, "add.sh")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatExitsNonZero_IsRecordedAndNothingOfItIsKept(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"{ChangeScene.Right}; exit 3");

        var attempt = change.Lanes[0].Attempts[0];
        Assert.Equal((ChangeStatus.Rejected, 3), (change.Status, attempt.Agent.ExitCode));
        Assert.Equal("the agent ended with exit code 3.", attempt.Why);
        Assert.Equal(scene.Git("rev-parse", "main^{tree}"), attempt.Tree);
    }

    [Theory]
    [MemberData(nameof(TooMuch))]
    public async Task Run_ATreeThatIsTooMuch_IsRefusedAndTakenAway(SandboxRung rung, string script, string why)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"{ChangeScene.Right}; {script}");

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Contains(why, change.Lanes[0].Attempts[0].Why, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(scene.Services.Folder, change.Id)));
    }

    [Theory]
    [MemberData(nameof(OwnRunners))]
    public async Task Run_ARunnerOfItsOwn_IsAFinding(SandboxRung rung, string script)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"{ChangeScene.Right}; {script}");

        Assert.Contains(FindingKind.TestConfiguration, change.Lanes[0].Attempts[0].Findings.Select(finding => finding.Kind));
        Assert.Equal(ChangeStatus.Rejected, change.Status);
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatChangesNothing_IsRejected(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync("echo done");

        Assert.Equal((ChangeStatus.Rejected, "it changed nothing."), (change.Status, change.Lanes[0].Attempts[0].Why));
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentWhoseFixNeedsIgnoredFiles_IsRedInTheCleanCheckout(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);
        scene.Write(".gitignore", "*.tmp\n");
        scene.Commit("Ignore");

        var change = await scene.RunAsync("echo 'add() { echo $(($1 + $2)); }' > real.tmp; printf '. ./real.tmp || add() { echo 9; }\\n' > add.sh");

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        Assert.Contains("red in a fresh one", change.Why, StringComparison.Ordinal);
    }

    private static TheoryData<SandboxRung, string, T> OnEachRung<T>(params (string Script, T Expected)[] agents) =>
        [.. Enum.GetValues<SandboxRung>().SelectMany(rung => agents.Select(agent => (rung, agent.Script, agent.Expected)))];

    private static string Random(ChangeScene scene) => (Math.Abs(StringComparer.Ordinal.GetHashCode(scene.Folder)) % 100_000).ToString("00000", System.Globalization.CultureInfo.InvariantCulture);

    private static string Running() => string.Join('\n', Directory.EnumerateDirectories("/proc").Select(folder =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }));
}
