using System.Net.Sockets;
using Pawl.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

public sealed class SnapshotTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData("rm -rf .git")]
    [InlineData("mv .git elsewhere")]
    [InlineData("mv .git ../taken")]
    [InlineData("rm -rf .git; ln -s / .git")]
    [InlineData("rm -rf .git; ln -s ../user/.git .git")]
    [InlineData("rm -rf .git; mkfifo .git")]
    [InlineData("rm -rf .git; echo 'gitdir: ../user/.git' > .git")]
    [InlineData("echo garbage > .git/index; echo garbage > .git/HEAD; echo '[' > .git/config")]
    [InlineData("rm -rf .git; git init -q; git add -A; git commit -qm mine; git checkout -q -b other")]
    public async Task Snapshot_WhateverBecameOfGit_HoldsTheFiles(string damage)
    {
        using var user = UserFolder.WithCommit();
        var before = UserFolder.Fingerprint(user.Root, ".git/objects");
        var (change, worktree) = await user.WorktreeAsync();
        Assert.Equal(0, UserFolder.Run("sh", worktree.Folder, "-c", damage).ExitCode);
        var extra = damage.Contains("elsewhere", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(worktree.Folder, "a.txt"), "changed\n");

        var snapshot = await change.SnapshotAsync(worktree, None);

        var paths = (await change.DiffAsync(change.BaseTree, snapshot.Tree, None)).Files.Select(file => file.Path).Where(path => !path.StartsWith("elsewhere/", StringComparison.Ordinal));
        Assert.Equal(["a.txt"], paths);
        Assert.Equal(extra, (await UserFolder.FilesAsync(change, snapshot.Tree)).Any(entry => entry.Path.StartsWith("elsewhere/", StringComparison.Ordinal)));
        Assert.Empty(snapshot.Faults);
        Assert.Equal(before, UserFolder.Fingerprint(user.Root, ".git/objects"));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../user/a.txt")]
    [InlineData("src/../../x")]
    [InlineData(".git/config")]
    [InlineData(".GIT/config")]
    [InlineData("src/.git")]
    [InlineData("up/x")]
    [InlineData("src/deep/x")]
    [InlineData("..")]
    public async Task Snapshot_ASymlinkThatLeaves_IsLeftOutAndNamed(string target)
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        File.CreateSymbolicLink(Path.Combine(worktree.Folder, "bad"), target);
        File.CreateSymbolicLink(Path.Combine(worktree.Folder, "up"), "src/.."); // stays within, but what goes through it …
        if (target == "up/x") File.CreateSymbolicLink(Path.Combine(worktree.Folder, "x"), "../out");
        if (target == "src/deep/x") File.CreateSymbolicLink(Path.Combine(worktree.Folder, "src/deep"), "../..");

        var snapshot = await change.SnapshotAsync(worktree, None);
        var again = await change.SnapshotAsync(worktree, None);

        Assert.Contains(snapshot.Faults, fault => (fault.Kind, fault.Path) == (FaultKind.LeavingSymlink, "bad"));
        Assert.Equal(snapshot.Faults, again.Faults);
        var paths = (await UserFolder.FilesAsync(change, snapshot.Tree)).Select(entry => entry.Path).ToList();
        Assert.Contains("up", paths);
        Assert.DoesNotContain("bad", paths);
    }

    // As many bytes as before, at the time when it was settled and a second before that, which is as late as a file's clock may be behind.
    [Theory]
    [InlineData(2, 0)]
    [InlineData(2, -0.9)]
    [InlineData(1.9, 0)]
    [InlineData(1.9, -1.9)]
    public async Task Settle_ThenAChangeOfTheSameSize_IsSeen(double settled, double changed)
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        var file = Path.Combine(worktree.Folder, "a.txt");
        var now = File.GetLastWriteTimeUtc(file).AddSeconds(settled);
        change.Settle(worktree, now);
        var text = await File.ReadAllTextAsync(file, None);
        await File.WriteAllTextAsync(file, new string('x', text.Length), None);
        File.SetLastWriteTimeUtc(file, now.AddSeconds(changed));

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal(["a.txt"], (await change.DiffAsync(change.BaseTree, snapshot.Tree, None)).Files.Select(changed => changed.Path));
    }

    [Fact]
    public async Task Snapshot_SymlinksThatStayOrWereThere_AreKept()
    {
        using var user = UserFolder.WithCommit();
        File.CreateSymbolicLink(Path.Combine(user.Root, "old"), "/usr/share/thing");
        user.Commit("link");
        var (change, worktree) = await user.WorktreeAsync();
        foreach (var (name, target) in (ReadOnlySpan<(string, string)>)[("src/l1", "../a.txt"), ("dangling", "nothing/here"), ("loop", "loop"), ("dots", "./src/./b.txt")])
            File.CreateSymbolicLink(Path.Combine(worktree.Folder, name), target);

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Empty(snapshot.Faults);
        Assert.Equal(4, (await change.DiffAsync(change.BaseTree, snapshot.Tree, None)).Files.Count);
    }

    [Fact]
    public async Task Snapshot_ANestedRepository_IsNotOpenedAndNamed()
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        foreach (var (name, commit) in (ReadOnlySpan<(string, bool)>)[("src/with", true), ("without", false)])
        {
            var nested = Path.Combine(worktree.Folder, name);
            Directory.CreateDirectory(nested);
            UserFolder.GitIn(nested, "init", "-q");
            File.WriteAllText(Path.Combine(nested, "hidden.txt"), "hidden\n");
            UserFolder.GitIn(nested, "config", "core.fsmonitor", user.Attack);
            if (!commit) continue;
            UserFolder.GitIn(nested, "-c", "core.fsmonitor=false", "add", "-A");
            UserFolder.GitIn(nested, "-c", "core.fsmonitor=false", "commit", "-qm", "x");
        }

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal([(FaultKind.NestedRepository, "src/with"), (FaultKind.NestedRepository, "without")], snapshot.Faults.Select(fault => (fault.Kind, fault.Path)));
        Assert.Equal(change.BaseTree, snapshot.Tree);
        Assert.False(File.Exists(user.Marker));
    }

    [Fact]
    public async Task Snapshot_AnIgnoredNestedRepository_IsNoFault()
    {
        using var user = UserFolder.WithCommit((".gitignore", "cache/\n"));
        var (change, worktree) = await user.WorktreeAsync();
        Directory.CreateDirectory(Path.Combine(worktree.Folder, "cache", "dep"));
        UserFolder.GitIn(Path.Combine(worktree.Folder, "cache", "dep"), "init", "-q");

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Empty(snapshot.Faults);
        Assert.Equal(change.BaseTree, snapshot.Tree);
    }

    [Fact]
    public async Task Snapshot_PipesAndSockets_AreNamedAndTheFilesTheyReplacedAreGone()
    {
        using var user = UserFolder.WithCommit(("a.txt", "one\n"), ("empty", ""), ("b.txt", "two\n"));
        var (change, worktree) = await user.WorktreeAsync();
        File.Delete(Path.Combine(worktree.Folder, "b.txt"));
        Assert.Equal(0, UserFolder.Run("mkfifo", worktree.Folder, "pipe", "b.txt").ExitCode);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(worktree.Folder, "socket")));

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal(["b.txt", "pipe", "socket"], snapshot.Faults.Select(fault => fault.Path));
        Assert.All(snapshot.Faults, fault => Assert.Equal(FaultKind.SpecialFile, fault.Kind));
        Assert.Equal(["a.txt", "empty"], (await UserFolder.FilesAsync(change, snapshot.Tree)).Select(entry => entry.Path));
    }

    [Theory]
    [InlineData(".GIT")]
    [InlineData(".Git")]
    [InlineData("git~1")]
    [InlineData(".git ")]
    [InlineData(".git.")]
    [InlineData(".g\u200cit")]
    [InlineData(".git::$INDEX_ALLOCATION")]
    public async Task Snapshot_ANameThatStandsForGit_IsLeftOutAndNamed(string name)
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        Directory.CreateDirectory(Path.Combine(worktree.Folder, "src", name, "hooks"));
        File.WriteAllText(Path.Combine(worktree.Folder, "src", name, "config"), "[core]\n");
        File.WriteAllText(Path.Combine(worktree.Folder, "a.txt"), "changed\n");

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal([(FaultKind.RefusedName, "src/" + name)], snapshot.Faults.Select(fault => (fault.Kind, fault.Path)));
        Assert.Equal(["a.txt"], (await change.DiffAsync(change.BaseTree, snapshot.Tree, None)).Files.Select(file => file.Path));
    }

    [Fact]
    public async Task Snapshot_NamesThatGitOrTextCannotHold_AreLeftOutAndNamed()
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        File.CreateSymbolicLink(Path.Combine(worktree.Folder, ".gitmodules"), "a.txt");
        Assert.Equal(0, UserFolder.Run("sh", worktree.Folder, "-c", "printf x > \"$(printf 'caf\\351')\"").ExitCode);

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal([(FaultKind.RefusedName, ".gitmodules"), (FaultKind.RefusedName, "caf\ufffd")], snapshot.Faults.Select(fault => (fault.Kind, fault.Path)));
        Assert.Equal(change.BaseTree, snapshot.Tree);
    }

    [Fact]
    public async Task Snapshot_WhatMayNotBeRead_IsNamedAndStaysAsItWas()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "An administrator may read everything.");
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        File.WriteAllText(Path.Combine(worktree.Folder, "a.txt"), "changed\n");
        File.SetUnixFileMode(Path.Combine(worktree.Folder, "a.txt"), UnixFileMode.None);
        File.SetUnixFileMode(Path.Combine(worktree.Folder, "src"), UnixFileMode.None);

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal([(FaultKind.Unreadable, "a.txt"), (FaultKind.Unreadable, "src")], snapshot.Faults.Select(fault => (fault.Kind, fault.Path)));
        Assert.Equal(change.BaseTree, snapshot.Tree);
    }

    [Fact]
    public async Task Snapshot_AFolderReplacedByALink_IsNotFollowed()
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        Directory.Move(worktree.Folder, user["moved"]);
        File.CreateSymbolicLink(worktree.Folder, user.Root);

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal(FaultKind.WorktreeReplaced, Assert.Single(snapshot.Faults).Kind);
        Assert.Equal(worktree.Tree, snapshot.Tree);
    }

    [Fact]
    public async Task Snapshot_IgnoredFiles_AreLeftOutButTrackedOnesCount()
    {
        using var user = UserFolder.WithCommit((".gitignore", "*.log\n"));
        user.Write("kept.log", "kept\n");
        user.Git("add", "-f", "kept.log");
        user.Git("commit", "-qm", "kept");
        File.WriteAllText(Path.Combine(user.Root, ".git", "info", "exclude"), "private\n");
        var (change, worktree) = await user.WorktreeAsync();
        foreach (var name in (string[])["kept.log", "new.log", "private", "plain"]) File.WriteAllText(Path.Combine(worktree.Folder, name), "changed\n");

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal(["kept.log", "plain"], (await change.DiffAsync(change.BaseTree, snapshot.Tree, None)).Files.Select(file => file.Path));
    }

    [Fact]
    public async Task Snapshot_AChangeWithTheOldSizeAndTime_IsSeen()
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        var file = Path.Combine(worktree.Folder, "a.txt");
        var time = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, "two\n");
        File.SetLastWriteTimeUtc(file, time);

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal("two\n"u8.ToArray(), await change.ReadAsync(snapshot.Tree, "a.txt", 100, None));
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(300, 20_000)]
    public async Task Snapshot_ManyFiles_IsTheTreeThatWasCheckedOut(int ci, int longRun)
    {
        var count = LongRun.Scale(ci, longRun);
        using var user = new UserFolder();
        user.Git("init", "-q");
        for (var i = 0; i < count; i++) user.Write($"d{i / 1000}/e{i / 50}/f{i}.cs", $"// file {i}\n");
        user.Commit("many");
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var (change, worktree) = await user.WorktreeAsync();
        var toWorktree = clock.Elapsed;
        var first = await change.SnapshotAsync(worktree, None);
        var toFirst = clock.Elapsed;
        var second = await change.SnapshotAsync(worktree, None);

        TestContext.Current.TestOutputHelper?.WriteLine($"{count} files: worktree {toWorktree}, first snapshot {toFirst - toWorktree}, second {clock.Elapsed - toFirst}");
        Assert.Equal((change.BaseTree, change.BaseTree), (first.Tree, second.Tree));
        Assert.Equal(count, (await UserFolder.FilesAsync(change, first.Tree)).Count);
    }
}
