namespace Pawl.Changes.Workspaces;

/// <summary>
/// Takes worktrees as trees. Git is told where its directory and its index are, so whatever the agent made of the worktree's own
/// <c>.git</c> is not looked at; and the index holds no submodule, since git would run itself inside of one, by the configuration there.
/// </summary>
internal sealed class Snapshots(OwnDirectory own, TreeReader reader, string baseTree)
{
    private (IReadOnlyDictionary<string, RawEntry> Entries, IReadOnlySet<(string, string)> Leaving)? _base;

    /// <summary>The worktree as it stands.</summary>
    public async Task<TreeSnapshot> TakeAsync(Worktree worktree, CancellationToken cancellationToken)
    {
        var folder = new DirectoryInfo(worktree.Folder);
        if (!folder.Exists || folder.LinkTarget is not null)
            return new TreeSnapshot(worktree.Tree, [new WorkspaceFault(FaultKind.WorktreeReplaced, ".", "the worktree's folder is gone, or is a symlink")]);

        var index = new IndexFile(own, own.IndexOf(worktree.Folder), worktree.Folder);
        var known = await reader.EntriesAsync(worktree.Tree, cancellationToken).ConfigureAwait(false);
        try
        {
            if (File.Exists(index.Path)) return await TakeAsync(index, known, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // An index that a power failure tore apart costs only time: the tree tells what was in it.
            index.Delete();
        }

        await FillAsync(index, worktree.Tree, known, cancellationToken).ConfigureAwait(false);
        return await TakeAsync(index, known, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes an index hold a tree without its submodules.</summary>
    public static async Task FillAsync(IndexFile index, string tree, IReadOnlyList<RawEntry> entries, CancellationToken cancellationToken)
    {
        await index.ReadTreeAsync(tree, cancellationToken).ConfigureAwait(false);
        await index.RemoveAsync(entries.Where(entry => entry.Mode == RawEntry.Submodule).Select(entry => entry.Path), tree.Length, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds what stands in an index's work tree and writes the tree, with those submodules whose folders still stand empty.</summary>
    public async Task<TreeSnapshot> TakeAsync(IndexFile index, IReadOnlyList<RawEntry> known, CancellationToken cancellationToken)
    {
        var faults = new List<WorkspaceFault>();
        await new WorktreeAdd(own, index).AddAsync(faults, cancellationToken).ConfigureAwait(false);
        var tree = await index.WriteTreeAsync(cancellationToken).ConfigureAwait(false);
        var entries = await reader.EntriesAsync(tree, cancellationToken).ConfigureAwait(false);
        var dropped = await DropAsync(entries, faults, cancellationToken).ConfigureAwait(false);
        if (dropped.Count > 0)
        {
            await index.RemoveAsync(dropped, tree.Length, cancellationToken).ConfigureAwait(false);
            tree = await index.WriteTreeAsync(cancellationToken).ConfigureAwait(false);
            entries = [.. entries.Where(entry => !dropped.Contains(entry.Path))];
        }

        var submodules = known.Where(entry => entry.Mode == RawEntry.Submodule).ToList();
        if (submodules.Count > 0) tree = await WithSubmodulesAsync(index, tree, entries, submodules, faults, cancellationToken).ConfigureAwait(false);
        return new TreeSnapshot(tree, [.. faults.OrderBy(fault => fault.Path, StringComparer.Ordinal)]);
    }

    // What the base has of this kind is the user's own; only what is new is at fault.
    private async Task<HashSet<string>> DropAsync(IReadOnlyList<RawEntry> entries, List<WorkspaceFault> faults, CancellationToken cancellationToken)
    {
        var (known, wasLeaving) = _base ??= await BaseAsync(cancellationToken).ConfigureAwait(false);
        var dropped = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries.Where(entry => !known.ContainsKey(entry.Path) && !GitText.IsText(entry.Path)))
        {
            dropped.Add(entry.Path);
            faults.Add(new WorkspaceFault(FaultKind.RefusedName, GitText.Decode(entry.Path), "a name that is not UTF-8"));
        }

        foreach (var (path, target) in (await SymlinkCheck.ReadAsync(own, entries, cancellationToken).ConfigureAwait(false)).Leaving().Where(link => !wasLeaving.Contains(link)))
        {
            dropped.Add(path);
            faults.Add(new WorkspaceFault(FaultKind.LeavingSymlink, GitText.Decode(path), $"a symlink to {ShortText.Start(GitText.Decode(target), 200)}, which is outside the tree or in a git directory"));
        }

        return dropped;
    }

    private async Task<string> WithSubmodulesAsync(
        IndexFile index, string tree, IReadOnlyList<RawEntry> entries, IReadOnlyList<RawEntry> submodules, List<WorkspaceFault> faults, CancellationToken cancellationToken)
    {
        var update = new List<string>();
        foreach (var submodule in submodules)
        {
            var path = GitText.Decode(submodule.Path);
            var inside = entries.Where(entry => entry.Path == submodule.Path || entry.Path.StartsWith(submodule.Path + "/", StringComparison.Ordinal)).ToList();
            var isFault = inside.Count > 0 || faults.Any(fault => fault.Path == path);
            if (!isFault && !Directory.Exists(Path.Combine(index.WorkTree!, path))) continue; // removed, which is a change like another
            if (inside.Count > 0) faults.Add(new WorkspaceFault(FaultKind.NestedRepository, path, "files in place of a submodule"));
            update.AddRange(inside.Select(entry => $"0 {new string('0', tree.Length)}\t{entry.Path}"));
            update.Add(submodule.ToIndexInfo());
        }

        return await Composition.WriteAsync(own, tree, update, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(IReadOnlyDictionary<string, RawEntry> Entries, IReadOnlySet<(string, string)> Leaving)> BaseAsync(CancellationToken cancellationToken)
    {
        var entries = await reader.EntriesAsync(baseTree, cancellationToken).ConfigureAwait(false);
        var links = await SymlinkCheck.ReadAsync(own, entries, cancellationToken).ConfigureAwait(false);
        return (entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal), links.Leaving().ToHashSet());
    }
}
