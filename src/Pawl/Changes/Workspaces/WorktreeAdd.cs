namespace Pawl.Changes.Workspaces;

/// <summary>Brings an index up to what stands in its work tree, and says what could not be brought in.</summary>
internal sealed class WorktreeAdd(OwnDirectory own, IndexFile index)
{
    /// <summary>Adds, changes and removes entries as the files are.</summary>
    public async Task AddAsync(List<WorkspaceFault> faults, CancellationToken cancellationToken)
    {
        faults.AddRange(await NotIgnoredAsync(WorktreeWalk.Faults(index.WorkTree!), cancellationToken).ConfigureAwait(false));
        var left = faults.Where(fault => fault.Kind != FaultKind.Unreadable).Select(fault => GitText.Encode(fault.Path)).ToHashSet(StringComparer.Ordinal);
        await ForgetAsync(left, cancellationToken).ConfigureAwait(false);

        // Git passes over a pipe, but it would look into a repository within this one; what is excluded it does not open.
        var excluded = faults.Where(fault => fault.Kind is FaultKind.NestedRepository or FaultKind.RefusedName).Select(fault => ":(top,exclude,literal)" + GitText.Encode(fault.Path));
        var call = index.Call("add", "--all", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul") with { Input = GitText.Input([":(top)", .. excluded]) };
        var result = await own.Git.TryAsync(call, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == 0 && result.Error.Length == 0) return;
        var notAdded = await NotAddedAsync(left, cancellationToken).ConfigureAwait(false);
        // The message holds names of files, which may be any words: where the disk is full, git fails at what can be read.
        if (result.Error.Contains("No space left", StringComparison.Ordinal) && notAdded.Any(fault => fault.Kind == FaultKind.Unreadable && CanRead(Path.Combine(index.WorkTree!, fault.Path)))) throw Git.Failure(call, result);
        faults.AddRange(notAdded);
        if (result.ExitCode != 0 && faults.Count == 0) throw Git.Failure(call, result);
    }

    // What an entry stood for is no file any more; what the index says of it would stay for ever.
    private async Task ForgetAsync(HashSet<string> left, CancellationToken cancellationToken)
    {
        if (left.Count == 0) return;
        var entries = GitText.Records((await own.Git.RunAsync(index.Call("ls-files", "--cached", "-z"), cancellationToken).ConfigureAwait(false)).Output);
        await index.RemoveAsync(entries.Where(path => IsAtOrBelow(path, left)), own.IdLength, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsAtOrBelow(string path, HashSet<string> places)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (places.Contains(path[..end])) return true;
        }

        return false;
    }

    private async Task<IReadOnlyList<WorkspaceFault>> NotIgnoredAsync(IReadOnlyList<WorkspaceFault> faults, CancellationToken cancellationToken)
    {
        if (faults.Count == 0) return faults;
        var call = index.Call("check-ignore", "-z", "--stdin") with { Input = GitText.Input(faults.Select(fault => GitText.Encode(fault.Path))) };
        var result = await own.Git.TryAsync(call, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode is not (0 or 1)) throw Git.Failure(call, result);
        var ignored = GitText.Records(result.Output).Select(GitText.Decode).ToHashSet(StringComparer.Ordinal);
        return [.. faults.Where(fault => !ignored.Contains(fault.Path))];
    }

    // Git's messages quote names badly; what differs from the index after all was added is what could not be.
    private async Task<IReadOnlyList<WorkspaceFault>> NotAddedAsync(HashSet<string> left, CancellationToken cancellationToken)
    {
        var changed = await own.Git.RunAsync(index.Call("diff-files", "-z", "--name-only", "--ignore-submodules=all", "--no-ext-diff"), cancellationToken).ConfigureAwait(false);
        var others = await own.Git.TryAsync(index.Call("ls-files", "-z", "--others", "--exclude-standard"), cancellationToken).ConfigureAwait(false);
        var paths = GitText.Records(changed.Output).Concat(GitText.Records(others.Output)).Distinct(StringComparer.Ordinal)
            .Where(path => !IsAtOrBelow(path.TrimEnd('/'), left));
        return [.. paths.Select(raw => Fault(GitText.Decode(raw)))];
    }

    private static bool CanRead(string file)
    {
        try
        {
            // A pipe has no length either, and would wait.
            if (new FileInfo(file) is not { Exists: true, Length: > 0 }) return false;
            using var handle = File.OpenHandle(file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private WorkspaceFault Fault(string path)
    {
        var isRefused = RefusedName.IsInPath(path) || new FileInfo(Path.Combine(index.WorkTree!, path)).LinkTarget is not null;
        return isRefused
            ? new WorkspaceFault(FaultKind.RefusedName, path, "a name that git refuses")
            : new WorkspaceFault(FaultKind.Unreadable, path, "it could not be read");
    }
}
