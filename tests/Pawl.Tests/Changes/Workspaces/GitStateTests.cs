using Pawl.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

/// <summary>What an agent did to a .git, told from its files alone: they are made by hand here, and no git runs.</summary>
public sealed class GitStateTests : IDisposable
{
    private const string Given = "[core]\n\tbare = false\n[gc]\n\tauto = 0\n[user]\n\tname = agent\n";

    private readonly TemporaryFolder _folder = new();

    public GitStateTests()
    {
        _folder.Write(".git/HEAD", "ref: refs/heads/agent\n");
        _folder.Write(".git/config", Given);
        _folder.Write(".git/refs/heads/agent", new string('a', 40) + "\n");
        _folder.Write(".git/info/exclude", "*.o\n");
        _folder.Write(".git/objects/info/alternates", "/objects\n");
    }

    [Fact]
    public void Since_NothingWasDone_SaysNothing()
    {
        Assert.Empty(After(() => { }));
        Assert.Empty(After(() =>
        {
            foreach (var ordinary in (string[])["index", "COMMIT_EDITMSG", "logs/HEAD", "objects/ab/cdef", "objects/info/packs", "hooks/pre-commit.sample"]) _folder.Write($".git/{ordinary}", "x");
        }));
    }

    [Theory]
    [InlineData("hooks/pre-commit", "#!/bin/sh", "planted hooks in its .git: pre-commit")]
    [InlineData("info/attributes", "* filter=evil", "changed in its .git: info/attributes")]
    [InlineData("info/exclude", "", "changed in its .git: info/exclude")]
    [InlineData("objects/info/alternates", "/elsewhere\n", "changed in its .git: objects/info/alternates")]
    [InlineData("commondir", "/elsewhere\n", "changed in its .git: commondir")]
    [InlineData("config.worktree", "[core]\n\tfsmonitor = x\n", "changed in its .git: config.worktree")]
    [InlineData("modules/a/config", "[core]", "changed in its .git: modules/a/config")]
    [InlineData("HEAD", "ref: refs/heads/evil\n", "changed refs: HEAD")]
    [InlineData("refs/heads/a/b", "x", "changed refs: refs/heads/a/b")]
    [InlineData("refs/heads/agent", "x", "changed refs: refs/heads/agent")]
    [InlineData("packed-refs", "x", "changed refs: packed-refs")]
    [InlineData("config", Given + "[user]\n\temail = a@a\n", "changed its .git/config: user.email")]
    [InlineData("config", "[core]\n\tbare = false\n[user]\n\tname = agent\n", "changed its .git/config: gc.auto")]
    [InlineData("config", Given + "# nothing\n", "changed in its .git: config")]
    [InlineData("config", Given + "[core]\n\tfsmonitor = touch x\n", "set in its .git/config what makes git run programs or reach elsewhere: core.fsmonitor")]
    public void Since_AFileWasWritten_NamesIt(string file, string content, string note) => Assert.Equal([note], After(() => _folder.Write($".git/{file}", content)));

    [Theory]
    [InlineData("core.hookspath", "[core]\n\thooksPath = .githooks")]
    [InlineData("filter.evil.clean", "[filter \"evil\"]\n\tclean = touch x; cat")]
    [InlineData("filter.a.b\"c.process", "[filter \"a.b\\\"c\"] process = x")]
    [InlineData("diff.external", "[diff]\n\texternal = x")]
    [InlineData("diff.evil.textconv", "[diff \"evil\"]\n\ttextconv = x")]
    [InlineData("merge.evil.driver", "[merge \"evil\"]\n\tdriver = x")]
    [InlineData("gpg.program", "[gpg]\n\tprogram = x")]
    [InlineData("gpg.ssh.program", "[gpg \"ssh\"]\n\tprogram = x")]
    [InlineData("alias.st", "[alias]\n\tst = !touch x")]
    [InlineData("url.https://evil.example/.pushinsteadof", "[url \"https://evil.example/\"]\n\tpushInsteadOf = https://github.com/")]
    [InlineData("remote.evil.url", "[remote \"evil\"]\n\turl = https://evil.example/x.git")]
    [InlineData("include.path", "[include]\n\tpath = ../settings")]
    [InlineData("includeif.gitdir:/x.path", "[includeIf \"gitdir:/x\"]\n\tpath = ../settings")]
    [InlineData("core.sshcommand", "[CORE] SSHCommand = x")]
    [InlineData("core.editor", "[core]\n\teditor = a \\\nfsmonitor = x")]
    [InlineData("branch.main.pushremote", "[branch \"main\"]\n\tpushRemote = https://evil.example/x")]
    [InlineData("branch.main.remote", "[branch \"main\"]\n\tremote = https://evil.example/x")]
    [InlineData("remote.pushdefault", "[remote]\n\tpushDefault = https://evil.example/x")]
    [InlineData("init.templatedir", "[init]\n\ttemplateDir = /tmp/x")]
    [InlineData("lfs.customtransfer.x.path", "[lfs \"customtransfer.x\"]\n\tpath = x")]
    [InlineData("hook.x.command", "[hook \"x\"]\n\tcommand = x")]
    [InlineData("credential.helper", "[credential]\n\thelper")]
    public void Since_ASettingThatReachesFar_IsNamedAsSuch(string key, string setting) =>
        Assert.Equal([$"set in its .git/config what makes git run programs or reach elsewhere: {key}"], After(() => _folder.Write(".git/config", $"{Given}{setting}\n")));

    [Fact]
    public void Since_AFewThings_NamesEachKindOnce()
    {
        var notes = After(() =>
        {
            for (var i = 0; i < 9; i++) _folder.Write($".git/hooks/hook-{i}", "x");
            File.Delete(_folder[".git/refs/heads/agent"]);
            _folder.Write(".git/config", "[alias]\n\tx = y\n[user]\n\tname = other\n");
        });

        Assert.Equal(
        [
            "planted hooks in its .git: hook-0, hook-1, hook-2, hook-3, hook-4, hook-5 and 3 more",
            "set in its .git/config what makes git run programs or reach elsewhere: alias.x",
            "changed its .git/config: user.name, core.bare, gc.auto",
            "changed refs: refs/heads/agent",
        ], notes);
    }

    [Theory]
    [InlineData("rm -rf .git", "removed its .git")]
    [InlineData("rm -rf .git; echo 'gitdir: /etc' > .git", "replaced its .git by what is no folder")]
    [InlineData("rm -rf .git; mkfifo .git", "replaced its .git by what is no folder")]
    [InlineData("rm -rf .git; ln -s /etc .git", "replaced its .git by a symlink")]
    [InlineData("rm -rf .git; ln -s nowhere .git", "replaced its .git by a symlink")]
    [InlineData("rm .git/config; mkfifo .git/config", "changed its .git/config: core.bare, gc.auto, user.name")]
    [InlineData("rm .git/HEAD; ln -s /dev/zero .git/HEAD", "changed refs: HEAD")]
    [InlineData("ln -s /etc .git/hooks", "planted hooks in its .git: hooks")]
    [InlineData("echo x > .git/hooks", "planted hooks in its .git: hooks")]
    [InlineData("mkdir .git/hooks; mkfifo .git/hooks/pre-commit", "planted hooks in its .git: pre-commit")]
    [InlineData("mkdir .git/hooks; ln -s /dev/zero .git/hooks/pre-commit", "planted hooks in its .git: pre-commit")]
    [InlineData("mv .git/objects moved; ln -s ../moved .git/objects", "changed in its .git: objects, objects/info/alternates")]
    [InlineData("head -c 100000 /dev/urandom > .git/info/attributes", "changed in its .git: info/attributes")]
    [InlineData("head -c 100000 /bin/sh > .git/config", "changed its .git/config: core.bare, gc.auto, user.name")]
    [InlineData("truncate -s 200G .git/packed-refs", "changed refs: packed-refs")]
    [InlineData("truncate -s 200G .git/config", "changed in its .git: config")]
    [InlineData("head -c 10000000 /dev/zero | tr '\\0' '\\\\' > .git/config", "changed its .git/config: core.bare, gc.auto, user.name")]
    [InlineData("mkdir .git/hooks; cd .git/hooks; seq 2000 | split -l 1 -a 4", "left too many files in its .git for all to be looked at")]
    [InlineData("cd .git/refs; for i in $(seq 40); do mkdir d; cd d; done; echo x > x", "left too many files in its .git for all to be looked at")]
    public void Since_WhateverWasDoneToIt_IsTold(string script, string note)
    {
        var notes = After(() => Assert.Equal(0, UserFolder.Run("sh", _folder.Path, "-c", script).ExitCode));

        Assert.Contains(note, notes);
    }

    [Fact]
    public void Since_WhatWasBrokenBefore_IsNotToldAgain()
    {
        Directory.Delete(_folder[".git"], recursive: true);

        Assert.Empty(After(() => { }));
    }

    [Fact]
    public void Since_NamesFromWithin_AreMadeHarmless()
    {
        var before = GitState.Of(_folder.Path);
        _folder.Write(".git/hooks/\u001b[31mred\nhook", "x");

        Assert.Equal(["planted hooks in its .git: CLEAN"], GitState.Of(_folder.Path).Since(before, name => name.Contains("hook", StringComparison.Ordinal) ? "CLEAN" : name));
    }

    [Fact]
    public void OfUser_WhatMakesGitRunPrograms_IsToldAsPerhapsSomebodyElses()
    {
        var before = GitState.OfUser(_folder[".git"]);
        _folder.Write(".git/hooks/post-checkout", "x");
        _folder.Write(".git/info/attributes", "*.sh filter=x");
        _folder.Write(".git/config", Given + "[core]\n\tfsmonitor = /tmp/evil\n[user]\n\temail = a@a\n");

        Assert.Equal(
        [
            "may have planted hooks in your repository's .git: post-checkout",
            "may have set in your repository's .git/config what makes git run programs or reach elsewhere: core.fsmonitor",
            "may have changed your repository's .git/config: user.email",
            "may have changed in your repository's .git: info/attributes",
        ], GitState.OfUser(_folder[".git"]).Since(before, name => name));
    }

    [Fact]
    public void OfUser_WhatPeopleDoWhileAnAgentWorks_IsNotTold()
    {
        var before = GitState.OfUser(_folder[".git"]);
        foreach (var ordinary in (string[])["HEAD", "refs/heads/mine", "packed-refs", "info/exclude", "index", "objects/ab/cdef", "worktrees/x/HEAD"]) _folder.Write($".git/{ordinary}", "x");

        Assert.Empty(GitState.OfUser(_folder[".git"]).Since(before, name => name));
    }

    public void Dispose() => _folder.Dispose();

    private List<string> After(Action act)
    {
        var before = GitState.Of(_folder.Path);
        act();
        return [.. GitState.Of(_folder.Path).Since(before, name => name)];
    }
}
