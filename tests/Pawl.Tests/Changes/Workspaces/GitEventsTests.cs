using System.Diagnostics;
using Pawl.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

/// <summary>What somebody did with git, from what git wrote down, or from what they wrote in its place.</summary>
public sealed class GitEventsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("git push -q nowhere main", "tried to push: git push -q nowhere main")]
    [InlineData("git -c core.abbrev=8 commit -q --allow-empty -m 'two words'", "committed by itself: git commit -q --allow-empty -m two words")]
    [InlineData("git commit -q -m nothing", "tried to commit by itself: git commit -q -m nothing")]
    [InlineData("git checkout -q -b evil", "switched or made branches: git checkout -q -b evil")]
    [InlineData("git switch -q -c evil", "switched or made branches: git switch -q -c evil")]
    [InlineData("git branch evil", "switched or made branches: git branch evil")]
    [InlineData("git remote add evil https://evil.example", "changed the remotes: git remote add evil https://evil.example")]
    [InlineData("git config core.fsmonitor 'touch x'", "configured git: git config core.fsmonitor touch x")]
    [InlineData("git config --unset user.name", "configured git: git config --unset user.name")]
    [InlineData("git reset -q --hard", "rewrote or joined history: git reset -q --hard")]
    [InlineData("git rebase -q HEAD", "rewrote or joined history: git rebase -q HEAD")]
    [InlineData("git merge -q HEAD", "rewrote or joined history: git merge -q HEAD")]
    [InlineData("echo x >> a.txt; git stash -q", "stashed: git stash -q")]
    [InlineData("git tag v1", "tagged: git tag v1")]
    [InlineData("git update-ref refs/heads/x HEAD", "changed refs by hand: git update-ref refs/heads/x HEAD")]
    [InlineData("git fetch -q nowhere", "tried to fetch: git fetch -q nowhere")]
    [InlineData("git worktree add -q ../other", "made other worktrees or submodules: git worktree add -q ../other")]
    [InlineData("git tag a; git tag b; git tag c", "tagged: git tag a, and 2 more such")]
    [InlineData("git push a; git push ../bare main; git push b", "pushed: git push ../bare main, and 2 more such")]
    [InlineData("git -c alias.x='!git push -q nowhere' x", "tried to push: git push -q nowhere")]
    [InlineData("git -c alias.y='tag v2' y", "tagged: git tag v2")]
    [InlineData("cd src; git tag v3", "tagged: git tag v3")]
    [InlineData("git --git-dir=.git --work-tree=. tag v4", "tagged: git tag v4")]
    [InlineData("git -C ../others commit -q --allow-empty -m x", "committed by itself: git commit -q --allow-empty -m x in OTHERS")]
    public void Of_ACommandThatDoesMoreThanRead_SaysSoByName(string script, string note) => Assert.Equal([note], Told(script));

    [Theory]
    [InlineData("git status; git diff; git log; git show; git ls-files; git grep one; git rev-parse HEAD; git blame a.txt; git describe --always")]
    [InlineData("echo x >> a.txt; git add -A; git restore --staged a.txt; git checkout -- a.txt; git reset -q; git reset -q HEAD; git rm -q a.txt")]
    [InlineData("git branch; git branch -a; git branch --list 'x*'; git tag; git tag -l 'v*'; git remote -v; git stash list; git worktree list; git symbolic-ref HEAD; git reflog")]
    [InlineData("git config --get user.name; git config user.name; git config -l; git config --type bool core.bare; git config -f .git/config core.bare")]
    [InlineData("mkdir of-a-test; cd of-a-test; git init -q; git commit -q --allow-empty -m x; git tag v1")]
    [InlineData("git init -q ../of-a-test; cd ../of-a-test; git commit -q --allow-empty -m x; git tag v1")]
    [InlineData("unset GIT_TRACE2_EVENT; git tag v1")]
    public void Of_WhatOnlyReadsOrIsElsewhere_SaysNothing(string script) => Assert.Empty(Told(script));

    [Fact]
    public void Of_ALongCommand_IsCleanedBeforeItIsCut()
    {
        var notes = Told($"git tag -m '{new string('x', 98)} secret-of-many-letters' v1", text => text.Replace("secret-of-many-letters", "[redacted]", StringComparison.Ordinal));

        Assert.Equal([$"tagged: git tag -m {new string('x', 98)} [redacted]…"], notes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON\n{\"event\":\"start\"\n{\"event\":\"start\"}\n{\"event\":\"start\",\"sid\":1}\n[]\n{\"event\":\"cmd_name\",\"sid\":\"a\",\"name\":[],\"hierarchy\":{}}\n")]
    [InlineData("{\"event\":\"exit\",\"sid\":\"a\",\"code\":\"x\"}\n{\"event\":\"exit\",\"sid\":\"a\",\"code\":1e99}\n{\"event\":\"def_repo\",\"sid\":\"a\",\"worktree\":{}}\n{\"event\":\"start\",\"sid\":\"a\",\"argv\":\"x\"}")]
    [InlineData("{\"event\":\"cmd_name\",\"sid\":\"a\",\"name\":\"_run_dashed_\",\"hierarchy\":\"_run_dashed_\"}")]
    public void Read_WhatGitDidNotWrite_FindsNothing(string text) => Assert.Empty(Read(text).Commands);

    [Fact]
    public void Read_ACommandWhoseArgumentsAreNoText_IsNamedAllTheSame()
    {
        byte[] line = [.. "{\"event\":\"start\",\"sid\":\"a\",\"argv\":[\"git\",\"push\",\""u8, 0xFF, .. "\"]}\n{\"event\":\"cmd_name\",\"sid\":\"a\",\"name\":\"push\",\"hierarchy\":\"push\"}\n"u8];
        File.WriteAllBytes(_folder["events"], line);

        Assert.Equal("push", Assert.Single(GitEvents.Read(_folder["events"]).Commands).Name);
    }

    [Fact]
    public void Read_WithoutAFileOrWithAPipeInItsPlace_FindsNothing()
    {
        Assert.Empty(GitEvents.Read(_folder["nothing"]).Commands);
        Assert.Equal(0, UserFolder.Run("mkfifo", _folder.Path, "pipe").ExitCode);
        Assert.Empty(GitEvents.Read(_folder["pipe"]).Commands);
        File.CreateSymbolicLink(_folder["link"], "/dev/zero");
        Assert.Empty(GitEvents.Read(_folder["link"]).Commands);
    }

    [Fact]
    public void Read_MoreThanIsRead_SaysSo()
    {
        Assert.False(Read(Named("a", "push")).IsCut);
        Assert.True(Read(string.Concat(Enumerable.Range(0, 20_001).Select(number => Named($"{number}", "push")))).IsCut);
        Assert.True(Read(Named("a", "push") + new string('x', 16 * 1024 * 1024)).IsCut);
        Assert.Equal(["push"], Read(Named("a", "push") + new string('x', 16 * 1024 * 1024)).Commands.Select(command => command.Name));
    }

    public void Dispose() => _folder.Dispose();

    private static string Named(string id, string name) => $$"""{"event":"cmd_name","sid":"{{id}}","name":"{{name}}","hierarchy":"{{name}}"}""" + "\n";

    private GitEvents Read(string text)
    {
        File.WriteAllText(_folder["events"], text);
        return GitEvents.Read(_folder["events"]);
    }

    // A real git, which writes its events down.
    private List<string> Told(string script, Func<string, string>? clean = null)
    {
        _folder.Write("work/a.txt", "one\n");
        _folder.Write("work/src/b.txt", "two\n");
        foreach (var repository in (string[])["work", "others"])
        {
            Directory.CreateDirectory(_folder[repository]);
            UserFolder.GitIn(_folder[repository], "init", "-q", "-b", "main");
            UserFolder.GitIn(_folder[repository], "config", "user.name", "x");
            UserFolder.GitIn(_folder[repository], "config", "user.email", "x@example.com");
            UserFolder.GitIn(_folder[repository], "add", "-A");
            UserFolder.GitIn(_folder[repository], "commit", "-q", "--allow-empty", "-m", "first");
        }

        UserFolder.GitIn(_folder.Path, "init", "-q", "--bare", "bare");
        var start = new ProcessStartInfo("sh", ["-c", script]) { WorkingDirectory = _folder["work"], RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment[GitEvents.Variable] = _folder["events"];
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        error.Wait(TestContext.Current.CancellationToken);
        return [.. new GitDeeds(_folder["work"], [_folder["others"]], clean ?? (text => text.Replace(_folder["others"], "OTHERS", StringComparison.Ordinal))).Of(GitEvents.Read(_folder["events"]).Commands)];
    }
}
