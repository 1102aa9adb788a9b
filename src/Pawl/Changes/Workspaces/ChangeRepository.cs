using System.Text;

namespace Pawl.Changes.Workspaces;

/// <summary>
/// Pawl's own git directory for one change, outside of every sandbox. It borrows the objects of the user's repository and adds its own;
/// its configuration is Pawl's, so that nothing the user or an agent configured is run by what is done here.
/// </summary>
internal sealed class ChangeRepository
{
    private const string PushPrefix = "agent/";
    private static readonly GitIdentity Pawl = new("Pawl", "pawl@localhost");

    private readonly OwnDirectory _own;
    private readonly Snapshots _snapshots;
    private readonly TreeReader _reader;

    private ChangeRepository(OwnDirectory own, string baseCommit, string baseTree)
    {
        (_own, BaseCommit, BaseTree) = (own, baseCommit, baseTree);
        _reader = new TreeReader(own);
        _snapshots = new Snapshots(own, _reader, baseTree);
    }

    /// <summary>The commit that the change starts from.</summary>
    public string BaseCommit { get; }

    /// <summary>The tree of <see cref="BaseCommit"/>.</summary>
    public string BaseTree { get; }

    /// <summary>
    /// Creates the repository of a change. Without a base commit, and in a plain folder, the folder as it stands is the base:
    /// tracked and untracked files without the ignored ones; its commit is the same for the same files and <paramref name="at"/>.
    /// </summary>
    /// <exception cref="BadInputException">The folder is within the user's.</exception>
    public static async Task<ChangeRepository> CreateAsync(string folder, SourceRepository source, string? baseCommit, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(folder);
        source.KeepOut(full);
        Directory.CreateDirectory(full);
        var own = new OwnDirectory(source.Git, full, source);
        await own.InitAsync(cancellationToken).ConfigureAwait(false);
        if (!source.IsGit) own.KeepBytes(); // In a repository the user's own line ends hold for the user's own files, or a clean checkout would differ from HEAD.
        var commit = source.IsGit && baseCommit is not null
            ? GitText.Id(baseCommit)
            : await new FolderSnapshot(own, source).CommitAsync(Pawl, at, cancellationToken).ConfigureAwait(false);
        var tree = await TreeOfAsync(own, commit, cancellationToken).ConfigureAwait(false);
        own.KeepBytes();
        own.WriteBase(commit);
        return new ChangeRepository(own, commit, tree);
    }

    /// <summary>Opens the repository of a change again, however the process that used it ended.</summary>
    /// <exception cref="BadInputException">The folder holds none, or one whose making was cut off.</exception>
    public static async Task<ChangeRepository> OpenAsync(string folder, SourceRepository source, CancellationToken cancellationToken)
    {
        var own = new OwnDirectory(source.Git, Path.GetFullPath(folder), source);
        own.Mend();
        var commit = own.ReadBase();
        return new ChangeRepository(own, commit, await TreeOfAsync(own, commit, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A file's content; null where the tree or commit has no such file. Symlinks are not followed.</summary>
    /// <exception cref="BadInputException">The file is larger than <paramref name="atMost"/> bytes.</exception>
    public Task<byte[]?> ReadAsync(string treeish, string path, long atMost, CancellationToken cancellationToken) =>
        _reader.ReadAsync(treeish, path, atMost, cancellationToken);

    /// <summary>Makes a fresh folder with exactly the files of a tree; for an agent with a <c>.git</c> in it that counts for nothing here.</summary>
    public Task<Worktree> CheckOutAsync(string tree, string folder, bool forAgent, CancellationToken cancellationToken) =>
        new Checkout(_own, _reader, BaseCommit).IntoAsync(tree, Path.GetFullPath(folder), forAgent, cancellationToken);

    /// <summary>Tells git that nobody has touched a worktree since it was checked out, so that it does not read every file again to be sure.</summary>
    public void Settle(Worktree worktree) => Settle(worktree, WorkFolder.Now(_own.GitDirectory));

    /// <summary>The same at a time of the clock that stamps its files.</summary>
    internal void Settle(Worktree worktree, DateTime now) => new IndexFile(_own, _own.IndexOf(worktree.Folder)).Settle(now);

    /// <summary>
    /// Makes a worktree hold exactly the files of another tree, but for ignored ones. What it holds now is what was checked out, or what
    /// <see cref="SnapshotAsync"/> saw last.
    /// </summary>
    public Task UpdateAsync(Worktree worktree, string tree, CancellationToken cancellationToken) => new Checkout(_own, _reader, BaseCommit).UpdateAsync(tree, worktree.Folder, cancellationToken);

    /// <summary>The worktree as it stands, as a tree, whatever became of its <c>.git</c>. No agent may be running in it any more.</summary>
    public Task<TreeSnapshot> SnapshotAsync(Worktree worktree, CancellationToken cancellationToken) => _snapshots.TakeAsync(worktree, cancellationToken);

    /// <summary>What differs between two trees or commits.</summary>
    public Task<TreeDiff> DiffAsync(string from, string to, CancellationToken cancellationToken) => _reader.DiffAsync(from, to, cancellationToken);

    /// <summary>The patch from one tree to another, binary files included, at most 64 MiB.</summary>
    /// <exception cref="BadInputException">The patch is larger.</exception>
    public Task<byte[]> PatchAsync(string from, string to, CancellationToken cancellationToken) => _reader.PatchAsync(from, to, cancellationToken);

    /// <summary>The base tree with those differences of the other tree whose path is taken.</summary>
    public async Task<string> ComposeAsync(string baseTree, string otherTree, Func<string, bool> takes, CancellationToken cancellationToken)
    {
        var changes = await _reader.ChangesAsync(baseTree, otherTree, cancellationToken).ConfigureAwait(false);
        var taken = changes.Where(change => takes(GitText.Decode(change.Path))).OrderByDescending(change => change.IsDeletion).Select(change => change.ToIndexInfo());
        return await Composition.WriteAsync(_own, baseTree, [.. taken], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a commit; the same one, with the same id, for the same arguments.</summary>
    public Task<string> CommitAsync(
        string tree, string parent, string message, GitIdentity author, GitIdentity committer, DateTimeOffset at, CancellationToken cancellationToken) =>
        new Commits(_own).WriteAsync(tree, [parent], message, author, committer, at, cancellationToken);

    /// <summary>
    /// Pushes a commit as a branch below <c>agent/</c>, and never over what stands there. The token goes to https addresses alone,
    /// by the environment, so that it is in no argument list and no message.
    /// </summary>
    /// <exception cref="UnavailableException">The remote cannot be reached, or does not let this token in.</exception>
    public async Task<PushOutcome> PushAsync(string url, string commit, string branch, string? token, CancellationToken cancellationToken)
    {
        if (!branch.StartsWith(PushPrefix, StringComparison.Ordinal)) throw new ArgumentException($"'{branch}' is not below {PushPrefix}; Pawl pushes nothing else.", nameof(branch));
        var target = PushTarget.Parse(url, token);
        var call = _own.Call(
            "push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no", "--", target.Url,
            $"{GitText.Id(commit)}:{BranchName.Reference(branch)}") with
        { Environment = target.Environment() };
        var result = await _own.Git.TryAsync(call, cancellationToken).ConfigureAwait(false);
        var line = Encoding.UTF8.GetString(result.Output).Split('\n').FirstOrDefault(line => line.Contains($"\t{commit}:", StringComparison.Ordinal));
        return (line?[0], result.ExitCode) switch
        {
            ('=', 0) => new PushOutcome.AlreadyThere(),
            (_, 0) => new PushOutcome.Pushed(),
            ('!', _) => new PushOutcome.Refused(target.Clean(line!.Split('\t')[^1])),
            _ => throw new UnavailableException($"Pushing to {target.Url} failed: {target.Clean(result.Error.Trim())}"),
        };
    }

    /// <summary>Gives the user's repository the objects of a commit that it lacks.</summary>
    internal async Task SendObjectsAsync(SourceRepository to, string commit, CancellationToken cancellationToken)
    {
        var known = await to.CommitOrNullAsync(BaseCommit, cancellationToken).ConfigureAwait(false) is not null ? $"^{BaseCommit}" : $"^{BaseCommit}^@";
        var pack = Path.Combine(_own.GitDirectory, $"send-{GitText.Id(commit)}.pack");
        try
        {
            var revisions = Encoding.ASCII.GetBytes($"{commit}\n{known}\n");
            using var file = new FileStream(pack, FileMode.Create, FileAccess.ReadWrite);
            var call = _own.Call("pack-objects", "--revs", "--stdout", "-q", "--delta-base-offset");
            await _own.Git.RunAsync(call with { Input = revisions, OutputStream = file, OutputBytesMax = long.MaxValue }, cancellationToken).ConfigureAwait(false);
            file.Position = 0;
            await to.Git.RunAsync(to.Call("index-pack", "--stdin") with { InputStream = file }, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(pack);
        }
    }

    private static async Task<string> TreeOfAsync(OwnDirectory own, string commit, CancellationToken cancellationToken)
    {
        var result = await own.Git.TryAsync(own.Call("rev-parse", "--verify", "--quiet", commit + "^{tree}"), cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? result.Text : throw new BadInputException($"The commit {commit} is not in the repository (any more); `git gc` may have removed it, or the repository moved.");
    }
}
