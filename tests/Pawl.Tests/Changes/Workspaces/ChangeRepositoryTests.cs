using System.Text;
using Pawl.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

public sealed class ChangeRepositoryTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Cycle_AnEditedWorktree_EndsInABranchThatHoldsTheEdit()
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        File.WriteAllText(Path.Combine(worktree.Folder, "src/b.txt"), "two\nthree\n");
        File.WriteAllText(Path.Combine(worktree.Folder, "new.txt"), "new\n");
        File.Delete(Path.Combine(worktree.Folder, "a.txt"));

        var snapshot = await change.SnapshotAsync(worktree, None);
        var diff = await change.DiffAsync(change.BaseTree, snapshot.Tree, None);
        var commit = await change.CommitAsync(snapshot.Tree, change.BaseCommit, "Do it", UserFolder.Someone, UserFolder.Someone, UserFolder.At, None);
        var outcome = await (await user.OpenAsync()).CreateBranchAsync(change, "agent/x", commit, None);

        Assert.Empty(snapshot.Faults);
        Assert.Equal(
            [("a.txt", ChangeKind.Deleted, 0L, 1L), ("new.txt", ChangeKind.Added, 1, 0), ("src/b.txt", ChangeKind.Modified, 1, 0)],
            diff.Files.Select(file => (file.Path, file.Kind, file.AddedLines, file.RemovedLines)));
        Assert.Equal((await change.PatchAsync(change.BaseTree, snapshot.Tree, None)).Length, diff.PatchBytes);
        Assert.IsType<BranchOutcome.Created>(outcome);
        Assert.Equal(commit, user.Git("rev-parse", "agent/x"));
        Assert.Equal("new.txt\nsrc/b.txt", user.Git("ls-tree", "-r", "--name-only", "agent/x"));
        user.Git("fsck", "--strict");
    }

    [Fact]
    public async Task CheckOut_ForAnAgent_GitWorksInIt()
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        var folder = worktree.Folder;

        Assert.Equal("", UserFolder.GitIn(folder, "status", "--porcelain"));
        Assert.Equal(change.BaseCommit, UserFolder.GitIn(folder, "log", "--format=%H"));
        Assert.Equal("agent", UserFolder.GitIn(folder, "branch", "--show-current"));
        Assert.Contains("one", UserFolder.GitIn(folder, "blame", "a.txt"), StringComparison.Ordinal);
        File.AppendAllText(Path.Combine(folder, "a.txt"), "more\n");
        Assert.Contains("+more", UserFolder.GitIn(folder, "diff"), StringComparison.Ordinal);
        UserFolder.GitIn(folder, "commit", "-qam", "mine");
        Assert.Equal(change.BaseCommit, user.Git("rev-parse", "HEAD"));
    }

    [Fact]
    public async Task CheckOut_ForNoAgent_HoldsTheFilesAlone()
    {
        using var user = UserFolder.WithCommit();
        var change = await user.ChangeAsync();

        var worktree = await change.CheckOutAsync(change.BaseTree, user["clean"], forAgent: false, None);

        Assert.Equal(UserFolder.Fingerprint(user.Root, ".git").Select(line => line.Split(' ')[0]), UserFolder.Fingerprint(worktree.Folder).Select(line => line.Split(' ')[0]));
        Assert.Equal(change.BaseTree, (await change.SnapshotAsync(worktree, None)).Tree);
    }

    [Fact]
    public async Task CheckOut_IntoAFolderWithFiles_Throws()
    {
        using var user = UserFolder.WithCommit();
        var change = await user.ChangeAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => change.CheckOutAsync(change.BaseTree, user.Root, forAgent: false, None));
    }

    [Fact]
    public async Task Read_FilesLinksAndNothing_GivesContentOnlyOfFiles()
    {
        using var user = UserFolder.WithCommit(("a.txt", "one\n"), ("dir/[x].txt", "brackets\n"));
        File.CreateSymbolicLink(Path.Combine(user.Root, "link"), "a.txt");
        user.Commit("link");
        var change = await user.ChangeAsync();

        Assert.Equal("one\n"u8.ToArray(), await change.ReadAsync(change.BaseCommit, "a.txt", 100, None));
        Assert.Equal("brackets\n"u8.ToArray(), await change.ReadAsync(change.BaseTree, "dir/[x].txt", 100, None));
        foreach (var none in (string[])["link", "dir", "dir/", "*.txt", "nothing", "../a.txt", "dir/../a.txt", "", "-r", ":(top)a.txt"])
            Assert.Null(await change.ReadAsync(change.BaseTree, none, 100, None));
        await Assert.ThrowsAsync<BadInputException>(() => change.ReadAsync(change.BaseTree, "a.txt", 3, None));
        await Assert.ThrowsAsync<ArgumentException>(() => change.ReadAsync("--help", "a.txt", 3, None));
    }

    [Fact]
    public async Task Snapshot_StrangeNames_KeepsEachAsItIs()
    {
        string[] names = ["with blank", "ümläut", "new\nline", "-dash", "quote\"d", "tab\tbed", "back\\slash", "*star", ":colon", "a'b", "sub/-r", "🐢"];
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        Directory.CreateDirectory(Path.Combine(worktree.Folder, "sub"));
        foreach (var name in names) File.WriteAllText(Path.Combine(worktree.Folder, name), name);

        var snapshot = await change.SnapshotAsync(worktree, None);
        var clean = await change.CheckOutAsync(snapshot.Tree, user["clean"], forAgent: true, None);

        Assert.Empty(snapshot.Faults);
        var files = (await change.DiffAsync(change.BaseTree, snapshot.Tree, None)).Files;
        Assert.Equal(names.Order(StringComparer.Ordinal), files.Select(file => file.Path).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(1, file.AddedLines - (file.Path.Contains('\n') ? 1 : 0)));
        Assert.Equal(names.Length + 2, (await UserFolder.FilesAsync(change, snapshot.Tree)).Count);
        foreach (var name in names)
        {
            Assert.Equal(name, File.ReadAllText(Path.Combine(clean.Folder, name)));
            Assert.Equal(Encoding.UTF8.GetBytes(name), await change.ReadAsync(snapshot.Tree, name, 100, None));
        }
    }

    [Fact]
    public async Task Compose_SomePaths_TakesTheirDifferencesAlone()
    {
        using var user = UserFolder.WithCommit(("src/code", "old\n"), ("tests/one", "strict\n"), ("tests/two", "strict\n"), ("thing", "file\n"));
        var (change, worktree) = await user.WorktreeAsync();
        File.WriteAllText(Path.Combine(worktree.Folder, "src/code"), "new\n");
        File.WriteAllText(Path.Combine(worktree.Folder, "tests/one"), "weak\n");
        File.Delete(Path.Combine(worktree.Folder, "tests/two"));
        File.Delete(Path.Combine(worktree.Folder, "thing"));
        Directory.CreateDirectory(Path.Combine(worktree.Folder, "thing"));
        File.WriteAllText(Path.Combine(worktree.Folder, "thing/inside"), "folder\n");
        var tree = (await change.SnapshotAsync(worktree, None)).Tree;

        var code = await change.ComposeAsync(change.BaseTree, tree, path => !path.StartsWith("tests/", StringComparison.Ordinal), None);

        Assert.Equal(["src/code", "thing", "thing/inside"], (await change.DiffAsync(change.BaseTree, code, None)).Files.Select(file => file.Path));
        Assert.Equal(tree, await change.ComposeAsync(change.BaseTree, tree, _ => true, None));
        Assert.Equal(change.BaseTree, await change.ComposeAsync(change.BaseTree, tree, _ => false, None));
    }

    [Fact]
    public async Task Commit_SameArguments_SameId()
    {
        using var user = UserFolder.WithCommit();
        var change = await user.ChangeAsync();
        var elsewhere = await user.ChangeAsync("elsewhere");

        var first = await change.CommitAsync(change.BaseTree, change.BaseCommit, "Umläut\n\nPawl-Run: 1", UserFolder.Someone, UserFolder.Someone, UserFolder.At, None);
        var second = await elsewhere.CommitAsync(change.BaseTree, change.BaseCommit, "Umläut\n\nPawl-Run: 1\n", UserFolder.Someone, UserFolder.Someone, UserFolder.At, None);

        Assert.Equal(first, second);
        await (await user.OpenAsync()).CreateBranchAsync(change, "agent/c", first, None);
        Assert.Equal("Some One <one@example.com> 2026-03-01T12:00:00+02:00\nUmläut\n\nPawl-Run: 1", user.Git("log", "-1", "--format=%an <%ae> %cI%n%B", "agent/c").TrimEnd());
    }

    [Fact]
    public async Task Open_AfterAKillThatLeftLocksAndHalves_GoesOn()
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        File.WriteAllText(Path.Combine(worktree.Folder, "a.txt"), "changed\n");
        var before = await change.SnapshotAsync(worktree, None);
        var indexes = Directory.GetFiles(user["change/indexes"]);
        foreach (var file in (string[])[.. indexes, user["change/repository.git/HEAD"], user["change/repository.git/config"]]) File.WriteAllText(file + ".lock", "");
        foreach (var index in indexes) File.WriteAllText(index, "DIRC half of an index");
        Directory.CreateDirectory(user["change/repository.git/objects/tmp_objdir-bulk-fsync-x"]);

        var again = await ChangeRepository.OpenAsync(user["change"], await user.OpenAsync(), None);
        Directory.Delete(worktree.Folder, recursive: true);
        var after = await again.SnapshotAsync(await again.CheckOutAsync(before.Tree, worktree.Folder, forAgent: true, None), None);

        Assert.Equal((change.BaseCommit, change.BaseTree, before.Tree), (again.BaseCommit, again.BaseTree, after.Tree));
        await again.CheckOutAsync(after.Tree, user["clean"], forAgent: true, None);
    }

    [Fact]
    public async Task Create_OverAHalfMadeOne_StartsAgain()
    {
        using var user = UserFolder.WithCommit();
        await user.ChangeAsync();
        File.Delete(user["change/base"]);
        File.WriteAllText(user["change/repository.git/config"], "half");

        await Assert.ThrowsAsync<BadInputException>(async () => await ChangeRepository.OpenAsync(user["change"], await user.OpenAsync(), None));
        var change = await user.ChangeAsync();

        Assert.Equal(user.Git("rev-parse", "HEAD"), change.BaseCommit);
        await Assert.ThrowsAsync<InvalidOperationException>(() => user.ChangeAsync());
    }

    [Fact]
    public async Task Cycle_ASha256Repository_Works()
    {
        using var user = new UserFolder();
        user.Git("init", "-q", "--object-format=sha256");
        user.Write("a.txt", "one\n");
        user.Commit("first");
        var (change, worktree) = await user.WorktreeAsync();
        File.WriteAllText(Path.Combine(worktree.Folder, "a.txt"), "two\n");

        Assert.Equal(" M a.txt", UserFolder.GitIn(worktree.Folder, "status", "--porcelain"));
        var tree = (await change.SnapshotAsync(worktree, None)).Tree;
        var commit = await change.CommitAsync(tree, change.BaseCommit, "x", UserFolder.Someone, UserFolder.Someone, UserFolder.At, None);
        await (await user.OpenAsync()).CreateBranchAsync(change, "agent/x", commit, None);

        Assert.Equal((64, commit), (commit.Length, user.Git("rev-parse", "agent/x")));
    }
}
