using Pawl.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

public sealed class FolderSnapshotTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Create_OfAPlainFolder_TakesItAsItStands()
    {
        using var user = new UserFolder();
        user.Write("a.txt", "one\r\n");
        user.Write(".gitignore", "*.log\n");
        user.Write("x.log", "ignored\n");
        user.Write("sub/b.txt", "two\n");
        var before = UserFolder.Fingerprint(user.Root);

        var change = await CreateAsync(user, "change");
        var again = await CreateAsync(user, "again");

        Assert.Equal([".gitignore", "a.txt", "sub/b.txt"], (await UserFolder.FilesAsync(change, change.BaseCommit)).Select(entry => entry.Path));
        Assert.Equal("one\r\n"u8.ToArray(), await change.ReadAsync(change.BaseTree, "a.txt", 100, None));
        Assert.Equal(change.BaseCommit, again.BaseCommit);
        Assert.Equal(before, UserFolder.Fingerprint(user.Root));
        var worktree = await change.CheckOutAsync(change.BaseTree, user["work"], forAgent: true, None);
        Assert.Equal("", UserFolder.GitIn(worktree.Folder, "status", "--porcelain"));
    }

    [Fact]
    public async Task Create_OfAnEmptyFolder_StartsFromNothing()
    {
        using var user = new UserFolder();

        var change = await CreateAsync(user, "change");
        var worktree = await change.CheckOutAsync(change.BaseTree, user["work"], forAgent: true, None);

        Assert.Empty(await UserFolder.FilesAsync(change, change.BaseTree));
        Assert.Equal(change.BaseTree, (await change.SnapshotAsync(worktree, None)).Tree);
    }

    [Fact]
    public async Task Create_OfACleanCheckout_StartsFromHead()
    {
        using var user = UserFolder.WithCommit((".gitattributes", "*.txt text eol=crlf\n"), ("a.txt", "one\n"));
        user.Git("rm", "-q", "--cached", "a.txt");
        user.Git("reset", "-q", "--hard");

        var change = await CreateAsync(user, "change");

        Assert.Equal(user.Git("rev-parse", "HEAD"), change.BaseCommit);
    }

    [Fact]
    public async Task Create_OfADirtyCheckout_StartsFromACommitUponHeadAndTouchesNothing()
    {
        using var user = UserFolder.WithCommit((".gitignore", "*.log\n"), ("a.txt", "one\n"), ("gone.txt", "gone\n"));
        user.Write("kept.log", "tracked\n");
        user.Git("add", "-f", "kept.log");
        user.Git("commit", "-qm", "kept");
        user.Write("stashed.txt", "stashed\n");
        user.Git("stash", "-qu");
        user.Write("staged.txt", "staged\n");
        user.Git("add", "staged.txt");
        user.Write("a.txt", "edited\n");
        user.Write("untracked.txt", "untracked\n");
        user.Write("kept.log", "tracked and edited\n");
        user.Write("new.log", "ignored\n");
        user.Write("private.txt", "mine\n");
        File.Delete(Path.Combine(user.Root, "gone.txt"));
        File.WriteAllText(Path.Combine(user.Root, ".git/info/exclude"), "private.txt\n");
        var before = UserFolder.Fingerprint(user.Root, ".git/objects");

        var change = await CreateAsync(user, "change");
        var outcome = await (await user.OpenAsync()).CreateBranchAsync(change, "agent/x", change.BaseCommit, None);

        Assert.IsType<BranchOutcome.Created>(outcome);
        Assert.Equal(user.Git("rev-parse", "HEAD"), user.Git("rev-parse", "agent/x^"));
        Assert.Equal("M\ta.txt\nD\tgone.txt\nM\tkept.log\nA\tstaged.txt\nA\tuntracked.txt", user.Git("diff", "--name-status", "HEAD", "agent/x"));
        Assert.Equal(before, UserFolder.Fingerprint(user.Root, ".git/objects", ".git/refs/heads/agent"));
    }

    [Fact]
    public async Task Create_WhereTheUsersSettingsRunPrograms_RunsNone()
    {
        using var user = UserFolder.WithCommit((".gitattributes", "*.txt filter=evil diff=evil\n"), ("a.txt", "one\n"));
        Planted.Configuration(user, user.Root);
        Planted.Hooks(user, Path.Combine(user.Root, ".git/hooks"));
        user.Write("a.txt", "edited\n");
        var before = UserFolder.Fingerprint(user.Root, ".git/objects");

        var change = await CreateAsync(user, "change");
        await (await user.OpenAsync()).CreateBranchAsync(change, "agent/x", change.BaseCommit, None);

        Assert.Equal("edited\n"u8.ToArray(), await change.ReadAsync(change.BaseTree, "a.txt", 100, None));
        Assert.False(File.Exists(user.Marker));
        Assert.Equal(before, UserFolder.Fingerprint(user.Root, ".git/objects", ".git/refs/heads/agent"));
        Planted.Bites(user, user.Root);
    }

    [Fact]
    public async Task Create_WithinTheUsersFolder_Throws()
    {
        using var user = UserFolder.WithCommit();

        await Assert.ThrowsAsync<BadInputException>(() => CreateAsync(user, "user/.change"));
    }

    [Fact]
    public async Task Cycle_WithASubmodule_KeepsItUnlessItsFolderIsRemoved()
    {
        using var user = UserFolder.WithCommit();
        UserFolder.GitIn(user.Root, "clone", "-q", user.Root, user["other"]);
        user.Git("submodule", "add", "-q", user["other"], "sub");
        user.Commit("sub");
        user.Write("a.txt", "edited\n");
        var change = await CreateAsync(user, "change");
        var worktree = await change.CheckOutAsync(change.BaseTree, user["work"], forAgent: true, None);

        Assert.Contains(await UserFolder.FilesAsync(change, change.BaseTree), file => (file.Path, file.NewMode) == ("sub", "160000"));
        Assert.Equal("", UserFolder.GitIn(worktree.Folder, "status", "--porcelain"));
        Assert.Equal(change.BaseTree, (await change.SnapshotAsync(worktree, None)).Tree);

        // A repository of the agent's in the submodule's place must neither be entered nor become what the submodule stands for.
        var sub = Path.Combine(worktree.Folder, "sub");
        UserFolder.GitIn(sub, "init", "-q");
        File.WriteAllText(Path.Combine(sub, ".gitattributes"), "* filter=evil\n");
        File.WriteAllText(Path.Combine(sub, "x"), "x\n");
        UserFolder.GitIn(sub, "add", "-A");
        UserFolder.GitIn(sub, "commit", "-qm", "x");
        Planted.Configuration(user, sub);
        File.WriteAllText(Path.Combine(sub, "x"), "y\n");
        var planted = await change.SnapshotAsync(worktree, None);
        Assert.Equal((change.BaseTree, "sub"), (planted.Tree, Assert.Single(planted.Faults).Path));
        Assert.False(File.Exists(user.Marker));

        Directory.Delete(Path.Combine(sub, ".git"), recursive: true);
        var files = await change.SnapshotAsync(worktree, None);
        Assert.Equal((change.BaseTree, FaultKind.NestedRepository), (files.Tree, Assert.Single(files.Faults).Kind));

        Directory.Delete(sub, recursive: true);
        var removed = await change.SnapshotAsync(worktree, None);
        Assert.Empty(removed.Faults);
        Assert.Equal([("sub", ChangeKind.Deleted)], (await change.DiffAsync(change.BaseTree, removed.Tree, None)).Files.Select(file => (file.Path, file.Kind)));
    }

    private static async Task<ChangeRepository> CreateAsync(UserFolder user, string name) =>
        await ChangeRepository.CreateAsync(user[name], await user.OpenAsync(), baseCommit: null, UserFolder.At, None);
}
