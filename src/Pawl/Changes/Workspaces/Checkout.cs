namespace Pawl.Changes.Workspaces;

/// <summary>Makes folders with the files of a tree.</summary>
internal sealed class Checkout(OwnDirectory own, TreeReader reader, string baseCommit)
{
    private const string AgentBranch = "refs/heads/agent";

    /// <summary>Fills a folder that is empty or not there yet; for an agent, with a git directory that it may use and break as it likes.</summary>
    public async Task<Worktree> IntoAsync(string tree, string folder, bool forAgent, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()) throw new ArgumentException($"{folder} is not empty.", nameof(folder));
        Directory.CreateDirectory(folder);
        var entries = await reader.EntriesAsync(tree, cancellationToken).ConfigureAwait(false);
        var index = new IndexFile(own, own.IndexOf(folder), folder);
        index.Delete();
        await Snapshots.FillAsync(index, tree, entries, cancellationToken).ConfigureAwait(false);
        await own.Git.RunAsync(index.Call("checkout-index", "--all", "--index", "--quiet"), cancellationToken).ConfigureAwait(false);
        var submodules = entries.Where(entry => entry.Mode == RawEntry.Submodule).ToList();
        foreach (var submodule in submodules) Directory.CreateDirectory(Path.Combine(folder, GitText.Decode(submodule.Path)));
        if (!forAgent) return new Worktree(folder, tree, []);

        await GiveGitAsync(folder, index, submodules, cancellationToken).ConfigureAwait(false);
        return new Worktree(folder, tree, own.ObjectFolders);
    }

    /// <summary>Changes the files of a folder to those of another tree; its index says what stands there now.</summary>
    public Task UpdateAsync(string tree, string folder, CancellationToken cancellationToken) =>
        own.Git.RunAsync(new IndexFile(own, own.IndexOf(folder), folder).Call("read-tree", "--reset", "-u", GitText.Id(tree)), cancellationToken);

    private async Task GiveGitAsync(string folder, IndexFile index, IReadOnlyList<RawEntry> submodules, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(folder, ".git");
        foreach (var part in (string[])["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"]) Directory.CreateDirectory(Path.Combine(directory, part));
        await WriteAsync("HEAD", $"ref: {AgentBranch}\n").ConfigureAwait(false);
        await WriteAsync(AgentBranch, baseCommit + "\n").ConfigureAwait(false);
        await WriteAsync("objects/info/alternates", OwnDirectory.Alternates(own.ObjectFolders)).ConfigureAwait(false);
        await WriteAsync("config", Configuration()).ConfigureAwait(false);
        own.CopyShallow(directory);
        File.Copy(Path.Combine(own.GitDirectory, "info", "exclude"), Path.Combine(directory, "info", "exclude"));
        File.Copy(index.Path, Path.Combine(directory, "index"));
        await new IndexFile(own, Path.Combine(directory, "index")).UpdateAsync([.. submodules.Select(entry => entry.ToIndexInfo())], cancellationToken).ConfigureAwait(false);

        Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(directory, name), text, cancellationToken);
    }

    private string Configuration()
    {
        const string Core = "\tbare = false\n\tfilemode = true\n\tlogallrefupdates = true\n[gc]\n\tauto = 0\n[user]\n\tname = agent\n\temail = agent@localhost\n";
        return own.IdLength == 40
            ? "[core]\n\trepositoryformatversion = 0\n" + Core
            : "[core]\n\trepositoryformatversion = 1\n" + Core + "[extensions]\n\tobjectformat = sha256\n";
    }
}
