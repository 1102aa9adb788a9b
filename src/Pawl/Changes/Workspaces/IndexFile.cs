namespace Pawl.Changes.Workspaces;

/// <summary>One index of Pawl's own, in which trees are put together.</summary>
internal sealed class IndexFile(OwnDirectory own, string path, string? workTree = null)
{
    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>The work tree that its entries stand for.</summary>
    public string? WorkTree => workTree;

    /// <summary>A call of git on this index.</summary>
    public GitCall Call(params IReadOnlyList<string> arguments) => own.Call(arguments) with { IndexFile = path, WorkTree = workTree };

    /// <summary>Makes it hold the entries of a tree, and nothing of files on disk.</summary>
    public Task ReadTreeAsync(string tree, CancellationToken cancellationToken) =>
        own.Git.RunAsync(Call("read-tree", GitText.Id(tree)) with { WorkTree = null }, cancellationToken);

    /// <summary>Sets and removes entries.</summary>
    public async Task UpdateAsync(IReadOnlyCollection<string> indexInfo, CancellationToken cancellationToken)
    {
        if (indexInfo.Count == 0) return;
        await own.Git.RunAsync(Call("update-index", "-z", "--index-info") with { Input = GitText.Input(indexInfo), WorkTree = null }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the entries of raw paths.</summary>
    public Task RemoveAsync(IEnumerable<string> rawPaths, int idLength, CancellationToken cancellationToken) =>
        UpdateAsync([.. rawPaths.Select(raw => $"0 {new string('0', idLength)}\t{raw}")], cancellationToken);

    /// <summary>Writes the tree that it holds.</summary>
    public async Task<string> WriteTreeAsync(CancellationToken cancellationToken) =>
        (await own.Git.RunAsync(Call("write-tree") with { WorkTree = null }, cancellationToken).ConfigureAwait(false)).Text;

    /// <summary>The submodules among its entries.</summary>
    public async Task<IReadOnlyList<RawEntry>> SubmodulesAsync(CancellationToken cancellationToken)
    {
        var result = await own.Git.RunAsync(Call("ls-files", "--stage", "-z") with { WorkTree = null }, cancellationToken).ConfigureAwait(false);
        return [.. GitText.Records(result.Output).Where(record => record.StartsWith(RawEntry.Submodule, StringComparison.Ordinal)).Select(Parse)];
    }

    /// <summary>
    /// Dates it after its files, none of which was touched since it was written, and before all that comes. Git reads a file again whose second is not before that of the index
    /// (https://git-scm.com/docs/racy-git), and all of a checkout are of one second. Within two seconds of that nothing is done, for then a change could have the time of the checkout.
    /// </summary>
    public void Settle(DateTime now)
    {
        var second = TimeSpan.FromSeconds(1);
        if (now - File.GetLastWriteTimeUtc(path) >= 2 * second) File.SetLastWriteTimeUtc(path, now - second);
    }

    /// <summary>Deletes the file.</summary>
    public void Delete()
    {
        File.Delete(path);
        File.Delete(path + ".lock");
    }

    // mode id stage TAB path
    private static RawEntry Parse(string record)
    {
        var tab = record.IndexOf('\t', StringComparison.Ordinal);
        var words = record[..tab].Split(' ');
        return new RawEntry(words[0], words[1], record[(tab + 1)..], Size: null);
    }
}
