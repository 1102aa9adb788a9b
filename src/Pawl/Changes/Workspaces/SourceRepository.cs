using System.Text;
using Pawl.Changes.Sandboxes;

namespace Pawl.Changes.Workspaces;

/// <summary>
/// The user's repository, or a plain folder. Pawl only reads it, but for one new branch at the end: checkout, index, stash, other
/// refs and configuration are never touched.
/// </summary>
internal sealed class SourceRepository
{
    private const string WorktreeLine = "worktree ";
    private const string NoBranch = "not a valid ref";

    private SourceRepository(Git git, string root, string? gitDirectory, string? commonDirectory, string objectFormat)
    {
        (Git, Root, GitDirectory, CommonDirectory, ObjectFormat) = (git, root, gitDirectory, commonDirectory, objectFormat);
    }

    /// <summary>Whether the folder is in a git repository.</summary>
    public bool IsGit => GitDirectory is not null;

    /// <summary>Top of the work tree, or the plain folder itself; absolute.</summary>
    public string Root { get; }

    /// <summary>The git directory of this work tree: in a linked worktree or a submodule not below <see cref="Root"/>. Null in a plain folder.</summary>
    public string? GitDirectory { get; }

    /// <summary>The git directory that all worktrees of the repository share.</summary>
    public string? CommonDirectory { get; }

    /// <summary>Where the repository keeps its objects.</summary>
    public string? ObjectsDirectory => CommonDirectory is null ? null : Path.Combine(CommonDirectory, "objects");

    /// <summary><c>sha1</c> or <c>sha256</c>.</summary>
    public string ObjectFormat { get; }

    /// <summary>How git is run.</summary>
    public Git Git { get; }

    /// <summary>Opens the repository that a folder belongs to, or the folder as it is.</summary>
    /// <exception cref="BadInputException">The folder does not exist, is in a bare repository or a git directory, or its repository has no commit.</exception>
    public static Task<SourceRepository> OpenAsync(string folder, CancellationToken cancellationToken) => OpenAsync(folder, new Git(), cancellationToken);

    /// <summary>The same with a git of one's own choice.</summary>
    public static async Task<SourceRepository> OpenAsync(string folder, Git git, CancellationToken cancellationToken)
    {
        var place = GitPlace.Find(folder);
        if (place.GitDirectory is null) return new SourceRepository(git, place.Root, null, null, "sha1");

        var repository = new SourceRepository(git, place.Root, place.GitDirectory, place.CommonDirectory, "sha1");
        var format = await git.TryAsync(repository.Call("rev-parse", "--show-object-format"), cancellationToken).ConfigureAwait(false);
        if (format.ExitCode != 0) throw new BadInputException($"git cannot read the repository of {place.Root}: {format.Error.Trim()}");
        if (place.GitDirectory == place.CommonDirectory && await repository.IsBareAsync(cancellationToken).ConfigureAwait(false)) throw GitPlace.Bare(place.GitDirectory);
        if (await repository.CommitOrNullAsync("HEAD", cancellationToken).ConfigureAwait(false) is null)
            throw new BadInputException($"The repository at {place.Root} has no commit yet (or its HEAD is broken); make a first one, for an agent's change needs something to start from.");
        return new SourceRepository(git, place.Root, place.GitDirectory, place.CommonDirectory, format.Text);
    }

    /// <summary>Refuses a folder of Pawl's own that is within the user's, by whatever links.</summary>
    /// <exception cref="BadInputException">It is.</exception>
    public void KeepOut(string folder)
    {
        if (RealPath.IsWithin(RealPath.Of(folder), RealPath.Of(Root)))
            throw new BadInputException($"Pawl works in {folder}, which is within {Root}, and it does not write there. Set XDG_STATE_HOME (for `gate run` TMPDIR) to a folder outside of it.");
    }

    /// <summary>
    /// All places where files of the user's stand that are not of a commit: this work tree, the git directories, the other work trees of the repository, and the same of the one
    /// that has it as a submodule.
    /// </summary>
    public async Task<IReadOnlyList<string>> PlacesAsync(CancellationToken cancellationToken)
    {
        if (!IsGit) return [Root];
        var others = await Git.TryAsync(Call("worktree", "list", "--porcelain"), cancellationToken).ConfigureAwait(false);
        List<string> places = [Root, GitDirectory!, CommonDirectory!, .. Encoding.UTF8.GetString(others.Output).Split('\n').Where(line => line.StartsWith(WorktreeLine, StringComparison.Ordinal)).Select(line => line[WorktreeLine.Length..])];
        if (await AroundAsync(cancellationToken).ConfigureAwait(false) is { } around) places.AddRange(await around.PlacesAsync(cancellationToken).ConfigureAwait(false));
        return [.. places.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The id of the commit that a revision names.</summary>
    /// <exception cref="BadInputException">No commit has that name.</exception>
    public async Task<string> ResolveAsync(string revision, CancellationToken cancellationToken)
    {
        if (!IsGit) throw new BadInputException($"{Root} is not a git repository, so there is no revision '{revision}' in it.");
        // git would read a leading dash as an option, and a NUL as the end.
        if (revision.Length == 0 || revision[0] == '-' || revision.Contains('\0', StringComparison.Ordinal))
            throw new BadInputException($"'{revision}' is not a revision; give a commit id, a branch or a tag.");
        return await CommitOrNullAsync(revision, cancellationToken).ConfigureAwait(false)
            ?? throw new BadInputException($"'{revision}' names no commit in {Root}; `git log` shows what there is.");
    }

    /// <summary>The address that a remote is pushed to, as it is configured: its first <c>pushurl</c>, else its first <c>url</c>. A path is absolute. Null where there is none.</summary>
    public async Task<string?> RemoteUrlAsync(string remote, CancellationToken cancellationToken)
    {
        if (!IsGit) return null;
        foreach (var name in (string[])["pushurl", "url"])
        {
            var result = await Git.TryAsync(Call("config", "-z", "--get-all", $"remote.{remote}.{name}"), cancellationToken).ConfigureAwait(false);
            if (result.ExitCode == 0 && GitText.Records(result.Output) is [var url, ..]) return Absolute(GitText.Decode(url));
        }

        return null;
    }

    /// <summary>Whether a branch of that name can be made: there is none of it, and none below it.</summary>
    public async Task<bool> IsFreeAsync(string branch, CancellationToken cancellationToken) =>
        !IsGit || (await Git.RunAsync(Call("for-each-ref", "--count=1", "--format=%(refname)", BranchName.Reference(branch)), cancellationToken).ConfigureAwait(false)).Output.Length == 0;

    /// <summary>Whether there is a branch of that name.</summary>
    public async Task<bool> BranchExistsAsync(string branch, CancellationToken cancellationToken) =>
        await BranchCommitAsync(branch, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>The commit that a branch stands at; null where there is no such branch.</summary>
    public async Task<string?> BranchCommitAsync(string branch, CancellationToken cancellationToken)
    {
        if (!IsGit) return null;
        var call = Call("show-ref", "--verify", "--hash", "--", BranchName.Reference(branch));
        var result = await Git.TryAsync(call, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == 0) return result.Text;
        return result.ExitCode == 1 || result.Error.Contains(NoBranch, StringComparison.Ordinal) ? null : throw Git.Failure(call, result);
    }

    /// <summary>
    /// Brings a commit of a change over, and then creates a branch at it. The objects arrive as one pack, so that a crash leaves
    /// either all of them or none; the branch comes into being only if there is none of its name.
    /// </summary>
    public async Task<BranchOutcome> CreateBranchAsync(ChangeRepository from, string branch, string commit, CancellationToken cancellationToken)
    {
        if (!IsGit) throw new BadInputException($"{Root} is not a git repository, so no branch can be created in it.");
        var reference = BranchName.Reference(branch);
        if (await ExistingAsync(branch, commit, cancellationToken).ConfigureAwait(false) is { } there) return there;

        await from.SendObjectsAsync(this, commit, cancellationToken).ConfigureAwait(false);
        var nothing = new string('0', commit.Length);
        var call = Call("update-ref", "-m", "pawl: propose a change", reference, GitText.Id(commit), nothing);
        var result = await Git.TryAsync(call, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == 0) return new BranchOutcome.Created();

        // Somebody may have been quicker, or the name collides with a branch above or below it.
        if (await ExistingAsync(branch, commit, cancellationToken).ConfigureAwait(false) is { } meanwhile) return meanwhile;
        return result.Error.Contains("exists", StringComparison.Ordinal) ? new BranchOutcome.Taken(Commit: null) : throw Git.Failure(call, result);
    }

    /// <summary>Whether the repository has a commit.</summary>
    internal async Task<string?> CommitOrNullAsync(string revision, CancellationToken cancellationToken)
    {
        var result = await Git.TryAsync(Call("rev-parse", "--verify", "--quiet", revision + "^{commit}"), cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 ? result.Text : null;
    }

    /// <summary>A call of git in this repository.</summary>
    internal GitCall Call(params IReadOnlyList<string> arguments) => new(arguments) { GitDirectory = GitDirectory, WorkTree = Root };

    // Git takes a path from where it runs; host:path, as scp writes it, is none.
    private string Absolute(string url) =>
        url.Length > 0 && !url.Contains("://", StringComparison.Ordinal) && (url.IndexOf(':', StringComparison.Ordinal) is var colon && (colon < 0 || url.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash && slash < colon))
            ? Path.GetFullPath(url, Root)
            : url;

    // The repository that has this one as a submodule.
    private async Task<SourceRepository?> AroundAsync(CancellationToken cancellationToken)
    {
        if (Path.GetDirectoryName(Root) is not { } above || GitPlace.TryFind(above) is not { GitDirectory: not null } place) return null;
        var around = new SourceRepository(Git, place.Root, place.GitDirectory, place.CommonDirectory, ObjectFormat);
        var path = Path.GetRelativePath(place.Root, Root);
        var entry = await Git.TryAsync(around.Call("ls-files", "--stage", "-z", "--", ":(top,literal)" + path), cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(entry.Output).StartsWith(RawEntry.Submodule, StringComparison.Ordinal) ? around : null;
    }

    private async Task<BranchOutcome?> ExistingAsync(string branch, string commit, CancellationToken cancellationToken) =>
        await BranchCommitAsync(branch, cancellationToken).ConfigureAwait(false) switch
        {
            null => null,
            var at when at == commit => new BranchOutcome.AlreadyThere(),
            var at => new BranchOutcome.Taken(at),
        };

    private async Task<bool> IsBareAsync(CancellationToken cancellationToken)
    {
        var result = await Git.TryAsync(Call("config", "--type=bool", "--get", "core.bare"), cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(result.Output).Trim() == "true";
    }
}
