using System.Text.Json;
using System.Text.Json.Nodes;
using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>
/// Agents that do more with git than read: each deed is named in the proposal, in JSON and in the receipt, on every rung. In bubblewrap the .git is read-only, so that most of it is
/// tried in vain.
/// </summary>
public sealed class HostileGitTests
{
    public static TheoryData<SandboxRung> AllRungs => new(Enum.GetValues<SandboxRung>());

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatCommitsPushesAndSwitches_IsToldByName(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($$"""
            git init -q --bare "$HOME/elsewhere.git"
            git push -q "$HOME/elsewhere.git" HEAD:refs/heads/evil
            git remote add evil https://evil.example/x.git
            git fetch -q nowhere
            git checkout -q -b evil
            {{ChangeScene.Right}}
            git add -A; git commit -q -m evil
            git tag v6
            exit 0
            """);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        var isHeld = rung == SandboxRung.Bubblewrap;
        Named(
            scene,
            change,
            "pushed: git push -q ",
            "tried to fetch: git fetch -q nowhere",
            isHeld ? "tried to change the remotes: git remote add evil" : "changed the remotes: git remote add evil",
            isHeld ? "tried to switch or make branches: git checkout -q -b evil" : "switched or made branches: git checkout -q -b evil",
            isHeld ? "tried to commit by itself: git commit -q -m evil" : "committed by itself: git commit -q -m evil",
            isHeld ? "tried to tag: git tag v6" : "tagged: git tag v6");
        if (isHeld) return;
        Named(scene, change, "set in its .git/config what makes git run programs or reach elsewhere: remote.evil.url", "changed refs: HEAD, refs/heads/evil, refs/tags/v6");
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatConfiguresGitAndRewritesHistory_IsToldByName(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($$"""
            git config url.https://evil.example/.pushInsteadOf https://github.com/; git config alias.st '!touch x'; git config user.nickname x
            echo x >> add.sh; git stash -q; git reset -q --hard HEAD; git update-ref refs/heads/main HEAD; git rebase -q HEAD
            {{ChangeScene.Right}}
            exit 0
            """);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        var isHeld = rung == SandboxRung.Bubblewrap;
        Named(
            scene,
            change,
            isHeld ? "tried to configure git: git config url.https://evil.example/.pushInsteadOf" : "configured git: git config url.https://evil.example/.pushInsteadOf",
            isHeld ? "tried to stash: git stash -q" : "stashed: git stash -q",
            isHeld ? "tried to rewrite or join history: git rebase -q HEAD" : "rewrote or joined history: git rebase -q HEAD",
            isHeld ? "tried to reset what was there: git reset -q --hard HEAD" : "reset what was there: git reset -q --hard HEAD",
            isHeld ? "tried to change refs by hand: git update-ref refs/heads/main HEAD" : "changed refs by hand: git update-ref refs/heads/main HEAD",
            isHeld ? "tried to write to its .git, which it may only read: " : "set in its .git/config what makes git run programs or reach elsewhere: url.https://evil.example/.pushinsteadof, alias.st");
        if (!isHeld) Named(scene, change, "changed its .git/config: user.nickname", "changed refs: ");
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatPlantsInItsGit_IsToldByName(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($$"""
            printf '[core]\n\tfsmonitor = x\n\thooksPath = .githooks\n[filter "evil"]\n\tclean = x\n[diff]\n\texternal = x\n[gpg]\n\tprogram = x\n' >> .git/config
            mkdir -p .git/hooks; echo x > .git/hooks/pre-commit; echo x > .git/hooks/post-checkout
            echo '* filter=evil' > .git/info/attributes
            echo /tmp >> .git/objects/info/alternates
            echo '* filter=evil diff=evil' > .gitattributes
            {{ChangeScene.Right}}
            """);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Named(scene, change, "the change to .gitattributes names drivers, which are programs where they are configured: \"* filter=evil diff=evil\"");
        if (rung == SandboxRung.Bubblewrap)
            Named(scene, change, "tried to write to its .git, which it may only read: .git/config, .git/hooks, .git/info/attributes, .git/objects/info/alternates");
        else
        {
            Named(
                scene,
                change,
                "planted hooks in its .git: post-checkout, pre-commit",
                "set in its .git/config what makes git run programs or reach elsewhere: core.fsmonitor, core.hookspath, filter.evil.clean, diff.external, gpg.program",
                "changed in its .git: info/attributes, objects/info/alternates");
        }
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatTakesItsGitAway_IsToldByName(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"rm -rf .git; {ChangeScene.Right}");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Named(scene, change, rung == SandboxRung.Bubblewrap ? "tried to write to its .git, which it may only read: .git" : "removed its .git");
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatReplacesItsGit_IsToldByName(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"mv .git .moved; ln -s /tmp .git; {ChangeScene.Right}; rm -rf .moved");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Named(scene, change, rung == SandboxRung.Bubblewrap ? "tried to write to its .git, which it may only read: .git" : "replaced its .git by a symlink");
    }

    [Theory]
    [InlineData(SandboxRung.Unshare)]
    [InlineData(SandboxRung.ProcessGroup)]
    public async Task Run_AnAgentThatCommitsInTheUsersRepository_IsToldWhere(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"git -C {scene.Repository} -c user.name=a -c user.email=a@a tag evil; {ChangeScene.Right}");

        Named(scene, change, $"tagged: git tag evil in {scene.Repository}");
    }

    [Theory]
    [InlineData(SandboxRung.Unshare)]
    [InlineData(SandboxRung.ProcessGroup)]
    public async Task Run_AnAgentThatPlantsInTheUsersRepository_IsToldWhere(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($$"""
            cd {{scene.Repository}}/.git; mkdir -p hooks info
            echo x > hooks/post-checkout; printf '[core]\n\tfsmonitor = /tmp/evil\n' >> config; echo '*.sh filter=x' > info/attributes
            cd -; {{ChangeScene.Right}}
            """);

        Named(
            scene,
            change,
            "may have planted hooks in your repository's .git: post-checkout",
            "may have set in your repository's .git/config what makes git run programs or reach elsewhere: core.fsmonitor",
            "may have changed in your repository's .git: info/attributes");
    }

    [Fact]
    public async Task Run_AnAgentThatRunsEveryCommandOfGit_DoesNotHideWhatItLeaves()
    {
        await using var scene = new ChangeScene(SandboxRung.ProcessGroup);

        var change = await scene.RunAsync($"""
            git push x y; git push z; git push q; git push r; git fetch q; git fetch s; git fetch t; git remote add z z; git commit -q --allow-empty -m x; git branch b; git merge b
            git update-ref refs/heads/k HEAD; git stash; git reset -q --hard HEAD; git tag t; git worktree add "$TMPDIR/w"; git submodule init; git config core.fsmonitor /tmp/evil
            mkdir -p .git/hooks; echo x > .git/hooks/pre-commit
            {ChangeScene.Right}
            """);

        Named(scene, change, "planted hooks in its .git: pre-commit", "set in its .git/config what makes git run programs or reach elsewhere: core.fsmonitor", "configured git: git config core.fsmonitor /tmp/evil");
        Assert.StartsWith("planted hooks", AgentNotes(change).First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AnAgentThatForgesEvents_HarmsNobody()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync($$"""
            for dir in x 'x\u0000y'; do for tree in relative /tmp '/a\u0000b'; do
              printf '%s\n' '{"event":"start","sid":"'$dir$tree'","argv":["git","--git-dir='$dir'","push","ssh://x.example/y"]}' '{"event":"cmd_name","sid":"'$dir$tree'","name":"push","hierarchy":"push"}' '{"event":"def_repo","sid":"'$dir$tree'","worktree":"'$tree'"}' >> "$GIT_TRACE2_EVENT"
            done; done
            {{ChangeScene.Right}}
            """);

        Named(scene, change, "tried to push: git push ssh://x.example/y");
    }

    [Theory]
    [InlineData(SandboxRung.Bubblewrap, "rm -f $GIT_TRACE2_EVENT")]
    [InlineData(SandboxRung.Bubblewrap, ": > $GIT_TRACE2_EVENT")]
    [InlineData(SandboxRung.Bubblewrap, "rm -f $GIT_TRACE2_EVENT; mkfifo $GIT_TRACE2_EVENT")]
    [InlineData(SandboxRung.ProcessGroup, "rm -f $GIT_TRACE2_EVENT; mkdir $GIT_TRACE2_EVENT")]
    [InlineData(SandboxRung.ProcessGroup, "mv $GIT_TRACE2_EVENT $GIT_TRACE2_EVENT.moved; ln -s $GIT_TRACE2_EVENT.moved $GIT_TRACE2_EVENT")]
    [InlineData(SandboxRung.ProcessGroup, "d=${GIT_TRACE2_EVENT%/*}; rm -rf $d; echo x > $d")]
    [InlineData(SandboxRung.ProcessGroup, "d=${GIT_TRACE2_EVENT%/*}; mv $d $d.moved; ln -s $d.moved $d")]
    public async Task Run_AnAgentThatTakesItsEventsAway_IsToldAndMayTryAgain(SandboxRung rung, string script)
    {
        await using var scene = new ChangeScene(rung, limits: "{files: 20, attempts: 2, wall: 20s}");

        var change = await scene.RunAsync($"{script}; if [ $PAWL_ATTEMPT = 1 ]; then echo 'exit 3' >> add.sh; else {ChangeScene.Right}; fi");

        Assert.Equal((ChangeStatus.Proposed, 2), (change.Status, change.Lanes[0].Attempts.Count));
        Assert.All(change.Lanes[0].Attempts, attempt => Assert.Contains("removed or replaced the file that git writes its events to, so that its commands are not known", attempt.Agent.Notes));
    }

    [Theory]
    [MemberData(nameof(AllRungs))]
    public async Task Run_AnAgentThatOnlyReads_IsNotSpokenOf(SandboxRung rung)
    {
        await using var scene = new ChangeScene(rung);

        var change = await scene.RunAsync($"git status --short; git log -1; {ChangeScene.Right}; git add -A; git diff --cached; mkdir -p \"$TMPDIR/x\"; cd \"$TMPDIR/x\"; git init -q; git -c user.name=a -c user.email=a@a commit -q --allow-empty -m x; git init -q --bare ../y; git push -q ../y HEAD");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Empty(change.Winner!.Agent.Notes);
        Assert.DoesNotContain("noticed", ProposalText.Markdown(change), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ARejectedAgent_IsToldInJsonAndReceipt()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync("git push nowhere token=abcdefghijklmnop; echo '* diff=evil' > .gitattributes; exit 3");

        Assert.Equal(ChangeStatus.Rejected, change.Status);
        var notes = AgentNotes(change).ToList();
        Assert.Equal(["tried to push: git push nowhere token=[redacted]"], notes);
        Assert.Subset(ReceiptNotes(scene, change).ToHashSet(), notes.ToHashSet());
    }

    [Fact]
    public async Task Run_TwoAttempts_SayWhichOneDidIt()
    {
        await using var scene = new ChangeScene(limits: "{files: 20, attempts: 2, wall: 20s}");

        var change = await scene.RunAsync($"if [ $PAWL_ATTEMPT = 1 ]; then git push nowhere main; ln -s /etc/passwd secrets; else {ChangeScene.Right}; fi");

        Assert.Equal((ChangeStatus.Proposed, 2), (change.Status, change.Lanes[0].Attempts.Count));
        Assert.Contains("> - **noticed** the agent tried to push: git push nowhere main (attempt 1)\n", ProposalText.Markdown(change), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ACheckThatLeavesAProcessBehindWithTheChange_IsToldInProposalJsonAndReceipt()
    {
        await using var scene = new ChangeScene();

        var change = await scene.RunAsync("printf 'add() {\\n  echo $(($1 + $2))\\n}\\n(sleep 30 >/dev/null 2>&1 &)\\n' > add.sh");

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        const string Note = "the check test left 1 process behind; it was killed";
        Assert.Equal([Note], change.Winner!.Notes);
        Assert.Contains($"> - **noticed** {Note}\n", ProposalText.Markdown(change).Split("## What was asked")[0], StringComparison.Ordinal);
        Assert.Equal([Note], Json(change)["attempts"]![0]!["notes"]!.AsArray().Select(note => note!.GetValue<string>()));
        Assert.Equal(3, ReceiptNotes(scene, change).Count(note => note == Note)); // the attempt, and two runs of the gate
    }

    [Fact]
    public async Task Run_WhatACheckDoesOnTheBaseCommitToo_IsNotHeldAgainstTheChange()
    {
        await using var scene = new ChangeScene(checks: """
            checks:
              - id: test
                run: ["sh", "-c", "(sleep 30 >/dev/null 2>&1 &); sh tests/run.sh"]
                report: {format: tap}
            """);

        var change = await scene.RunAsync(ChangeScene.Right);

        Assert.Equal(ChangeStatus.Proposed, change.Status);
        Assert.Empty(change.Winner!.Notes);
    }

    [Fact]
    public async Task Read_AChangeStoredBeforeThereWereNotes_HasNone()
    {
        await using var scene = new ChangeScene();
        var stored = JsonNode.Parse(ChangeJson.Write(await scene.RunAsync(ChangeScene.Right)))!;
        var attempt = stored["lanes"]![0]!["attempts"]![0]!.AsObject();
        Assert.True(attempt.Remove("notes"));

        var change = ChangeJson.ReadChange(stored.ToJsonString());

        Assert.Empty(change.Winner!.Notes);
        Assert.Contains("# Add numbers", ProposalText.Markdown(change), StringComparison.Ordinal);
    }

    // In all that is told of a change: on top of the proposal, as JSON, and in the receipt of the attempt.
    private static void Named(ChangeScene scene, Change change, params string[] notes)
    {
        var top = ProposalText.Markdown(change).Split("## What was asked")[0].Replace("\\", "", StringComparison.Ordinal);
        var json = AgentNotes(change).Concat(change.Winner!.Notes).ToList();
        var receipts = ReceiptNotes(scene, change).ToList();
        foreach (var note in notes)
        {
            Assert.Contains(note, top, StringComparison.Ordinal);
            Assert.Contains(json, each => each.StartsWith(note, StringComparison.Ordinal));
            Assert.Contains(receipts, each => each.StartsWith(note, StringComparison.Ordinal));
        }
    }

    private static IEnumerable<string> AgentNotes(Change change) => Json(change)["attempts"]!.AsArray().SelectMany(attempt => attempt!["agent"]!["notes"]!.AsArray()).Select(note => note!.GetValue<string>());

    private static IEnumerable<string> ReceiptNotes(ChangeScene scene, Change change) => scene.Receipts(change)
        .SelectMany(receipt => JsonNode.Parse(receipt.Data ?? "{}")!["notes"]?.AsArray().Select(note => note!.GetValue<string>()) ?? []);

    private static JsonNode Json(Change change)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) ProposalJson.Write(writer, change);
        return JsonNode.Parse(stream.ToArray())!;
    }
}
