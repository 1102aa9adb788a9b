using System.Text;
using Pawl.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes.Workspaces;

public sealed class HostileWorktreeTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Cycle_WithEverythingPlantedInBothRepositories_RunsNothingAndLeavesTheUserAsTheyWere()
    {
        using var user = UserFolder.WithCommit((".gitattributes", "* filter=evil diff=evil merge=evil\n"), ("a.txt", "one\n"));
        user.Write("later.txt", "stashed\n");
        user.Git("stash", "-qu");
        user.Git("worktree", "add", "-q", user["linked"]);
        user.Git("init", "-q", "--bare", user["remote.git"]);
        Planted.Configuration(user, user.Root);
        Planted.Hooks(user, Path.Combine(user.Root, ".git/hooks"));
        var before = UserFolder.Fingerprint(user.Root, ".git/objects");

        var (change, worktree) = await user.WorktreeAsync();
        Planted.Configuration(user, worktree.Folder);
        Planted.Hooks(user, Path.Combine(worktree.Folder, ".git/hooks"));
        Planted.Hooks(user, Path.Combine(worktree.Folder, "hooks"));
        File.WriteAllText(Path.Combine(worktree.Folder, ".git/info/attributes"), "* filter=evil\n");
        File.WriteAllText(Path.Combine(worktree.Folder, "a.txt"), "two\n");
        File.WriteAllText(Path.Combine(worktree.Folder, ".gitmodules"), $"[submodule \"x\"]\n\tpath = x\n\turl = ext::sh -c '{user.Attack}'\n\tupdate = !{user.Attack}\n");
        var snapshot = await change.SnapshotAsync(worktree, None);
        await change.DiffAsync(change.BaseTree, snapshot.Tree, None);
        var patch = Encoding.UTF8.GetString(await change.PatchAsync(change.BaseTree, snapshot.Tree, None));
        var composed = await change.ComposeAsync(change.BaseTree, snapshot.Tree, path => path == "a.txt", None);
        await change.CheckOutAsync(composed, user["clean"], forAgent: true, None);
        var commit = await change.CommitAsync(composed, change.BaseCommit, "x", UserFolder.Someone, UserFolder.Someone, UserFolder.At, None);
        await (await user.OpenAsync()).CreateBranchAsync(change, "agent/x", commit, None);
        var pushed = await change.PushAsync(user["remote.git"], commit, "agent/x", token: null, None);

        Assert.False(File.Exists(user.Marker), "Something that was planted ran.");
        Assert.IsType<PushOutcome.Pushed>(pushed);
        Assert.Contains("+two", patch, StringComparison.Ordinal);
        Assert.Equal(before, UserFolder.Fingerprint(user.Root, ".git/objects", ".git/refs/heads/agent"));
        Planted.Bites(user, worktree.Folder);
        Planted.Bites(user, user.Root);
    }

    [Fact]
    public async Task Snapshot_AttributesThatRewriteContent_AreNotFollowed()
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        File.WriteAllText(Path.Combine(worktree.Folder, ".gitattributes"), "* text=auto eol=crlf ident export-subst\n*.u16 working-tree-encoding=UTF-16LE\n*.x binary\n");
        var contents = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["crlf.txt"] = "one\r\ntwo\n"u8.ToArray(),
            ["id.txt"] = "$Id: made up $ $Format:%H$\n"u8.ToArray(),
            ["text.u16"] = Encoding.Unicode.GetBytes("wide\n"),
            ["odd.u16"] = [1, 2, 3],
            ["hidden.x"] = "a line that must be seen\n"u8.ToArray(),
        };
        foreach (var (name, content) in contents) File.WriteAllBytes(Path.Combine(worktree.Folder, name), content);

        var snapshot = await change.SnapshotAsync(worktree, None);
        var clean = await change.CheckOutAsync(snapshot.Tree, user["clean"], forAgent: false, None);

        Assert.Empty(snapshot.Faults);
        foreach (var (name, content) in contents)
        {
            Assert.Equal(content, await change.ReadAsync(snapshot.Tree, name, 100, None));
            Assert.Equal(content, File.ReadAllBytes(Path.Combine(clean.Folder, name)));
        }

        Assert.Contains((await change.DiffAsync(change.BaseTree, snapshot.Tree, None)).Files, file => (file.Path, file.AddedLines, file.IsBinary) == ("hidden.x", 1, false));
    }

    [Fact]
    public async Task Snapshot_ObjectsAndAlternatesOfTheAgents_DoNotReachPawl()
    {
        using var user = UserFolder.WithCommit();
        var (change, worktree) = await user.WorktreeAsync();
        Directory.CreateDirectory(user["store"]);
        UserFolder.GitIn(user["store"], "init", "-q");
        File.WriteAllText(user["store/x"], "planted\n");
        var blob = UserFolder.GitIn(user["store"], "hash-object", "-w", "x");
        File.WriteAllText(Path.Combine(worktree.Folder, ".git/objects/info/alternates"), user["store/.git/objects"] + "\n");
        UserFolder.GitIn(user["store"], "replace", "-f", blob, UserFolder.GitIn(user["store"], "hash-object", "-w", "--stdin", "-t", "blob"));

        var snapshot = await change.SnapshotAsync(worktree, None);

        Assert.Equal(change.BaseTree, snapshot.Tree);
        var missing = UserFolder.Run("git", "/", "--git-dir", user["change/repository.git"], "cat-file", "-e", blob);
        Assert.NotEqual(0, missing.ExitCode);
    }

    [Fact]
    public async Task Cycle_EveryCallOfGit_IsOneOfAFewThatNeverMerge()
    {
        using var user = UserFolder.WithCommit();
        user.Git("init", "-q", "--bare", user["remote.git"]);
        File.WriteAllText(user["shim"], $"#!/bin/sh\n{{ printf '%s\\n' \"$@\"; echo; }} >> '{user["calls"]}'\nexec git \"$@\"\n");
        File.SetUnixFileMode(user["shim"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var source = await SourceRepository.OpenAsync(user.Root, new Git(user["shim"]), None);

        await EverythingAsync(user, source);

        var calls = File.ReadAllText(user["calls"]).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(call => Subcommand(call.Split('\n'))).ToList();
        string[] allowed =
        [
            "add", "cat-file", "check-ignore", "checkout-index", "commit-tree", "config", "diff-files", "diff-tree", "index-pack", "init", "ls-files", "ls-tree",
            "pack-objects", "push", "read-tree", "rev-parse", "show-ref", "update-index", "update-ref", "version", "write-tree",
        ];
        Assert.Empty(calls.Select(call => call[0]).Except(allowed));
        Assert.Contains(calls, call => call[0] == "write-tree");
        Assert.DoesNotContain(calls.Where(call => call[0] == "read-tree"), call => call.Contains("-m") || call.Count > 2);
        Assert.All(calls.Where(call => call[0] == "update-ref"), call => Assert.Matches("^refs/heads/agent/", call[3]));
        var pushes = calls.Where(call => call[0] == "push").ToList();
        Assert.Single(pushes);
        Assert.Matches("^[0-9a-f]{40}:refs/heads/agent/", pushes[0][^1]);
        Assert.DoesNotContain(pushes[0], argument => argument.StartsWith('+') || argument is "-f" || argument.StartsWith("--force", StringComparison.Ordinal));
    }

    private static async Task EverythingAsync(UserFolder user, SourceRepository source)
    {
        var change = await ChangeRepository.CreateAsync(user["change"], source, await source.ResolveAsync("HEAD", None), UserFolder.At, None);
        await ChangeRepository.CreateAsync(user["snapshot"], source, baseCommit: null, UserFolder.At, None);
        change = await ChangeRepository.OpenAsync(user["change"], source, None);
        var worktree = await change.CheckOutAsync(change.BaseTree, user["work"], forAgent: true, None);
        File.WriteAllText(Path.Combine(worktree.Folder, "a.txt"), "two\n");
        Directory.CreateDirectory(Path.Combine(worktree.Folder, "nested"));
        UserFolder.GitIn(Path.Combine(worktree.Folder, "nested"), "init", "-q");
        File.CreateSymbolicLink(Path.Combine(worktree.Folder, ".gitmodules"), "/etc");
        var tree = (await change.SnapshotAsync(worktree, None)).Tree;
        await change.DiffAsync(change.BaseTree, tree, None);
        await change.PatchAsync(change.BaseTree, tree, None);
        await change.ReadAsync(tree, "a.txt", 100, None);
        tree = await change.ComposeAsync(change.BaseTree, tree, _ => true, None);
        var commit = await change.CommitAsync(tree, change.BaseCommit, "x", UserFolder.Someone, UserFolder.Someone, UserFolder.At, None);
        await source.RemoteUrlAsync("origin", None);
        Assert.False(await source.BranchExistsAsync("agent/x", None));
        Assert.IsType<BranchOutcome.Created>(await source.CreateBranchAsync(change, "agent/x", commit, None));
        Assert.IsType<PushOutcome.Pushed>(await change.PushAsync(user["remote.git"], commit, "agent/x", token: null, None));
    }

    // Behind the settings: -c name=value -c name=value … subcommand arguments
    private static List<string> Subcommand(string[] arguments)
    {
        var at = 0;
        while (arguments[at] == "-c") at += 2;
        return [.. arguments[at..]];
    }
}
