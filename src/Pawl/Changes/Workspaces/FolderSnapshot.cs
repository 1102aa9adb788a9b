namespace Pawl.Changes.Workspaces;

/// <summary>Makes a commit of the user's folder as it stands, without writing to it.</summary>
internal sealed class FolderSnapshot(OwnDirectory own, SourceRepository source)
{
    /// <summary>The commit: HEAD itself where nothing differs from it, else one upon HEAD; in a plain folder one without a parent.</summary>
    public async Task<string> CommitAsync(GitIdentity who, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var index = new IndexFile(own, own.IndexOf(source.Root), source.Root);
        try
        {
            var submodules = source.IsGit ? await BorrowIndexAsync(index, cancellationToken).ConfigureAwait(false) : [];
            var faults = new List<WorkspaceFault>();
            await new WorktreeAdd(own, index).AddAsync(faults, cancellationToken).ConfigureAwait(false);
            if (faults.Find(fault => fault.Kind is FaultKind.Unreadable or FaultKind.RefusedName) is { } fault)
                throw new BadInputException($"{Path.Combine(source.Root, fault.Path)} cannot be part of the base: {fault.Detail}. Mend it, ignore it, or commit and start from a commit.");
            var tree = await index.WriteTreeAsync(cancellationToken).ConfigureAwait(false);
            tree = await Composition.WriteAsync(own, tree, [.. submodules.Select(entry => entry.ToIndexInfo())], cancellationToken).ConfigureAwait(false);
            return await CommitAsync(tree, who, at, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            index.Delete();
        }
    }

    // With the user's own index to start from, a file that is ignored and tracked counts, and one that is as committed is not read again.
    private async Task<IReadOnlyList<RawEntry>> BorrowIndexAsync(IndexFile index, CancellationToken cancellationToken)
    {
        foreach (var file in Directory.EnumerateFiles(source.GitDirectory!, "sharedindex.*")) File.Copy(file, Path.Combine(own.GitDirectory, Path.GetFileName(file)), overwrite: true);
        var users = Path.Combine(source.GitDirectory!, "index");
        if (!File.Exists(users)) return [];
        File.Copy(users, index.Path, overwrite: true);
        var submodules = await index.SubmodulesAsync(cancellationToken).ConfigureAwait(false);
        await index.RemoveAsync(submodules.Select(entry => entry.Path), own.IdLength, cancellationToken).ConfigureAwait(false);
        return submodules;
    }

    private async Task<string> CommitAsync(string tree, GitIdentity who, DateTimeOffset at, CancellationToken cancellationToken)
    {
        const string Message = "The folder as it stood when the change began";
        if (!source.IsGit) return await new Commits(own).WriteAsync(tree, [], Message, who, who, at, cancellationToken).ConfigureAwait(false);
        var head = await source.ResolveAsync("HEAD", cancellationToken).ConfigureAwait(false);
        var headTree = (await own.RunAsync(["rev-parse", "--verify", "--quiet", head + "^{tree}"], cancellationToken).ConfigureAwait(false)).Text;
        return tree == headTree ? head : await new Commits(own).WriteAsync(tree, [head], Message, who, who, at, cancellationToken).ConfigureAwait(false);
    }
}
