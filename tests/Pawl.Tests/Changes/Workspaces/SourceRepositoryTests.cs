using Pawl.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

public sealed class SourceRepositoryTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Open_InASubfolder_FindsTheTop()
    {
        using var user = UserFolder.WithCommit();

        var source = await SourceRepository.OpenAsync(Path.Combine(user.Root, "src"), None);

        Assert.Equal((true, user.Root, Path.Combine(user.Root, ".git"), Path.Combine(user.Root, ".git", "objects")), (source.IsGit, source.Root, source.GitDirectory, source.ObjectsDirectory));
    }

    [Fact]
    public async Task Open_APlainFolder_IsNotGit()
    {
        using var user = new UserFolder();

        var source = await user.OpenAsync();

        Assert.Equal((false, user.Root, null, null), (source.IsGit, source.Root, source.GitDirectory, source.ObjectsDirectory));
        await Assert.ThrowsAsync<BadInputException>(() => source.ResolveAsync("HEAD", None));
        Assert.Null(await source.RemoteUrlAsync("origin", None));
        Assert.False(await source.BranchExistsAsync("main", None));
    }

    [Fact]
    public async Task Open_WhatCannotBeWorkedOn_SaysWhy()
    {
        using var user = new UserFolder();
        user.Git("init", "-q", "--bare", user["bare.git"]);
        var missing = await Assert.ThrowsAsync<BadInputException>(() => SourceRepository.OpenAsync(user["nowhere"], None));
        var bare = await Assert.ThrowsAsync<BadInputException>(() => SourceRepository.OpenAsync(user["bare.git"], None));
        user.Git("init", "-q");
        var empty = await Assert.ThrowsAsync<BadInputException>(user.OpenAsync);
        var inside = await Assert.ThrowsAsync<BadInputException>(() => SourceRepository.OpenAsync(Path.Combine(user.Root, ".git", "refs"), None));

        Assert.Contains("does not exist", missing.Message, StringComparison.Ordinal);
        Assert.Contains("bare", bare.Message, StringComparison.Ordinal);
        Assert.Contains("no commit yet", empty.Message, StringComparison.Ordinal);
        Assert.Contains("git directory", inside.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ALinkedWorktree_UsesItsHeadAndTheSharedObjects()
    {
        using var user = UserFolder.WithCommit();
        user.Git("worktree", "add", "-q", "-b", "side", user["linked"]);
        File.WriteAllText(user["linked/side.txt"], "side\n");
        UserFolder.GitIn(user["linked"], "add", "-A");
        UserFolder.GitIn(user["linked"], "commit", "-qm", "side");

        var source = await SourceRepository.OpenAsync(user["linked"], None);
        var head = await source.ResolveAsync("HEAD", None);
        var change = await ChangeRepository.CreateAsync(user["change"], source, head, UserFolder.At, None);

        Assert.Equal((user["linked"], Path.Combine(user.Root, ".git", "objects")), (source.Root, source.ObjectsDirectory));
        Assert.Equal(user.Git("rev-parse", "side"), head);
        Assert.Contains(await UserFolder.FilesAsync(change, head), entry => entry.Path == "side.txt");
        Assert.IsType<BranchOutcome.Created>(await source.CreateBranchAsync(change, "agent/x", head, None));
        Assert.Equal(head, user.Git("rev-parse", "agent/x"));
    }

    [Fact]
    public async Task Open_ASubmodule_WorksInIt()
    {
        using var user = UserFolder.WithCommit();
        UserFolder.GitIn(user.Root, "clone", "-q", user.Root, user["other"]);
        user.Git("submodule", "add", "-q", user["other"], "sub");
        user.Commit("sub");

        var source = await SourceRepository.OpenAsync(Path.Combine(user.Root, "sub"), None);

        Assert.Equal(Path.Combine(user.Root, "sub"), source.Root);
        Assert.Equal(user.Git("rev-parse", "HEAD^"), await source.ResolveAsync("HEAD", None));
        Assert.True(Directory.Exists(source.ObjectsDirectory));
    }

    [Fact]
    public async Task Resolve_NamesOfCommits_AndNothingElse()
    {
        using var user = UserFolder.WithCommit();
        var head = user.Git("rev-parse", "HEAD");
        user.Git("tag", "-a", "v1", "-m", "one");
        var source = await user.OpenAsync();

        foreach (var name in (string[])["HEAD", "main", "v1", head, head[..10], "refs/heads/main"]) Assert.Equal(head, await source.ResolveAsync(name, None));
        foreach (var name in (string[])["", "nothing", "--all", "-h", "--end-of-options", "HEAD:a.txt", "HEAD^{tree}", "a b", "HEAD\0", new string('0', 40)])
            await Assert.ThrowsAsync<BadInputException>(() => source.ResolveAsync(name, None));
    }

    [Fact]
    public async Task RemoteUrl_AsConfigured_IsNotRewritten()
    {
        using var user = UserFolder.WithCommit();
        user.Git("remote", "add", "origin", "https://example.com/a.git");
        user.Git("config", "url.https://evil.example/.insteadOf", "https://example.com/");
        user.Git("config", "url.https://evil.example/.pushInsteadOf", "https://example.com/");
        var source = await user.OpenAsync();

        Assert.Equal("https://example.com/a.git", await source.RemoteUrlAsync("origin", None));
        Assert.Null(await source.RemoteUrlAsync("upstream", None));
        Assert.Null(await source.RemoteUrlAsync("--get\nx", None));
    }

    [Theory]
    [InlineData("https://example.com/fork.git", "https://example.com/fork.git")]
    [InlineData("git@example.com:a/b.git", "git@example.com:a/b.git")]
    [InlineData("../fork.git", "/../fork.git")]
    [InlineData("fork:1/x.git", "fork:1/x.git")]
    [InlineData("./fork:1.git", "/fork:1.git")]
    [InlineData("/srv/fork.git", "/srv/fork.git")]
    public async Task RemoteUrl_WithAPushUrl_IsThatAndAPathIsAbsolute(string pushUrl, string expected)
    {
        using var user = UserFolder.WithCommit();
        user.Git("remote", "add", "origin", "https://example.com/a.git");
        user.Git("config", "remote.origin.pushurl", pushUrl);
        var source = await user.OpenAsync();

        Assert.Equal(expected.StartsWith('/') && pushUrl[0] == '.' ? Path.GetFullPath(source.Root + expected) : expected, await source.RemoteUrlAsync("origin", None));
    }

    [Fact]
    public async Task IsFree_ABranchOfTheNameOrBelowIt_IsNot()
    {
        using var user = UserFolder.WithCommit();
        user.Git("branch", "agent/a/b");
        user.Git("branch", "agent/c");
        var source = await user.OpenAsync();

        foreach (var (branch, isFree) in new Dictionary<string, bool>(StringComparer.Ordinal) { ["agent/a"] = false, ["agent/a/b"] = false, ["agent/c"] = false, ["agent/a-2"] = true, ["agent/d"] = true })
            Assert.Equal(isFree, await source.IsFreeAsync(branch, None));
    }

    [Fact]
    public async Task CreateBranch_TwiceAndTaken_IsToldApart()
    {
        using var user = UserFolder.WithCommit();
        var change = await user.ChangeAsync();
        var one = await CommitAsync(change, "one");
        var two = await CommitAsync(change, "two");
        var source = await user.OpenAsync();
        user.Git("branch", "team");

        Assert.IsType<BranchOutcome.Created>(await source.CreateBranchAsync(change, "agent/x", one, None));
        Assert.IsType<BranchOutcome.AlreadyThere>(await source.CreateBranchAsync(change, "agent/x", one, None));
        Assert.Equal(new BranchOutcome.Taken(one), await source.CreateBranchAsync(change, "agent/x", two, None));
        Assert.Equal(new BranchOutcome.Taken(null), await source.CreateBranchAsync(change, "team/x", two, None));
        Assert.Equal(new BranchOutcome.Taken(null), await source.CreateBranchAsync(change, "agent", two, None));
        Assert.Equal(one, await source.BranchCommitAsync("agent/x", None));
        Assert.Null(await source.BranchCommitAsync("agent", None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("a/")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a/.b")]
    [InlineData("a.lock")]
    [InlineData("a.lock/b")]
    [InlineData("x^{/first}")]
    [InlineData("x:y")]
    [InlineData("x\ny")]
    [InlineData("a@{1}")]
    [InlineData("a.")]
    public async Task BranchExists_ANameThatNoBranchHas_IsRefusedAsGitDoes(string name)
    {
        using var user = UserFolder.WithCommit();
        var source = await user.OpenAsync();

        await Assert.ThrowsAsync<BadInputException>(() => source.BranchExistsAsync(name, None));
        Assert.NotEqual(0, UserFolder.Run("git", user.Root, "check-ref-format", "--branch", name).ExitCode);
    }

    [Fact]
    public async Task Git_ThatIsMissing_SaysHowToInstallIt()
    {
        using var user = UserFolder.WithCommit();

        var e = await Assert.ThrowsAsync<UnavailableException>(() => SourceRepository.OpenAsync(user.Root, new Git(user["no-git"]), None));

        Assert.Contains("apt-get install git", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Git_ThatNeverEnds_IsStoppedAtTheLimit()
    {
        using var user = UserFolder.WithCommit();
        File.WriteAllText(user["slow"], "#!/bin/sh\n[ \"$1\" = version ] && exec git version\nexec tail -f /dev/null\n");
        File.SetUnixFileMode(user["slow"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var git = new Git(user["slow"]) { TimeLimit = TimeSpan.FromSeconds(1) };

        var e = await Assert.ThrowsAsync<UnavailableException>(() => SourceRepository.OpenAsync(user.Root, git, None));

        Assert.Contains("took longer", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Git_ThatPrintsTooMuch_IsStopped()
    {
        using var user = UserFolder.WithCommit();
        user.Write("large.bin", new string('x', 100_000));
        user.Commit("large");
        var call = new GitCall("cat-file", "blob", "HEAD:large.bin") { GitDirectory = Path.Combine(user.Root, ".git"), OutputBytesMax = 70_000 };

        await Assert.ThrowsAsync<BadInputException>(() => new Git().RunAsync(call, None));
    }

    private static Task<string> CommitAsync(ChangeRepository change, string message) =>
        change.CommitAsync(change.BaseTree, change.BaseCommit, message, UserFolder.Someone, UserFolder.Someone, UserFolder.At, None);
}
