using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>Runs the gate: in a checkout that was made ready by the base commit's own setup, each check in the sandbox.</summary>
/// <param name="file">The gate file, from the base commit.</param>
/// <param name="repository">Pawl's own repository of the change.</param>
/// <param name="confinement">Where commands run.</param>
/// <param name="folder">A folder of Pawl's own.</param>
/// <param name="time">The clock that durations are told by.</param>
/// <param name="watch">Is told what runs now.</param>
internal sealed class Gate(GateFile file, ChangeRepository repository, Confinement confinement, string folder, TimeProvider time, Action<GateProgress>? watch = null)
{
    /// <summary>The gate file.</summary>
    public GateFile File => file;

    /// <summary>The same gate, watched by another.</summary>
    public Gate WatchedBy(Action<GateProgress> other) => new(file, repository, confinement, folder, time, other);

    /// <summary>The same gate, told otherwise to whoever watches it.</summary>
    public Gate ToldAs(Func<GateProgress, GateProgress> how) => new(file, repository, confinement, folder, time, progress => watch?.Invoke(how(progress)));

    /// <summary>
    /// A fresh checkout of a tree. Setup runs on the base commit, before anything of the change is there: it has the network, and must not run what an
    /// agent wrote.
    /// </summary>
    /// <exception cref="GateSetupException">A command of the setup failed.</exception>
    public async Task<Worktree> CheckOutAsync(string tree, string where, CancellationToken cancellationToken)
    {
        // Every checkout has a .git of its own, for tools look for one: the verdict's is like the agent's.
        if (file.Setup.Count == 0) return await repository.CheckOutAsync(tree, where, forAgent: true, cancellationToken).ConfigureAwait(false);
        var worktree = await repository.CheckOutAsync(repository.BaseTree, where, forAgent: true, cancellationToken).ConfigureAwait(false);
        foreach (var argv in file.Setup)
        {
            watch?.Invoke(new GateProgress("setup", string.Join(' ', argv), null, file.Limits.Wall));
            var command = confinement.Command(argv, worktree, network: true, file.Limits.Budget(file.Limits.Wall)) with { WritableCaches = PackageCaches.Existing() };
            var ended = await confinement.Sandbox.RunAsync(command, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (ended.End == CommandEnd.Exited && ended.ExitCode == 0) continue;
            var failure = FailureReader.FromOutput("setup", $"{ended.Output.Text}\n{ended.Error.Text}", ended.ExitCode, worktree.Folder);
            throw new GateSetupException($"The setup of {GateFile.Path} failed on the base commit: {string.Join(' ', argv)} ended with {(ended.End == CommandEnd.Exited ? $"exit code {ended.ExitCode}" : ended.End.ToString())}. {failure.Message}");
        }

        var made = await repository.SnapshotAsync(worktree, cancellationToken).ConfigureAwait(false);
        var left = (await repository.DiffAsync(repository.BaseTree, made.Tree, cancellationToken).ConfigureAwait(false)).Files.FirstOrDefault(changed => changed.Kind == ChangeKind.Added);
        if (left is not null) throw new GateSetupException($"The setup of {GateFile.Path} makes files that git does not ignore, such as {left.Path}: they would pass for a part of the change. Add them to .gitignore.");
        await repository.UpdateAsync(worktree, tree, cancellationToken).ConfigureAwait(false);
        return worktree;
    }

    /// <summary>Runs all checks, and takes away what they left in the checkout, but for what is ignored.</summary>
    /// <param name="worktree">A checkout that holds the tree.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<GateResult> RunAsync(Worktree worktree, string tree, CancellationToken cancellationToken)
    {
        List<CheckResult> results = [];
        // Lanes have checkouts of the same name in folders of their own.
        var reports = Directory.CreateDirectory(Path.Combine(folder, $"reports-{Path.GetRelativePath(folder, worktree.Folder).Replace(Path.DirectorySeparatorChar, '-')}")).FullName;
        foreach (var check in file.Checks)
        {
            watch?.Invoke(new GateProgress(check.Id, string.Join(' ', check.Run), null, check.Timeout));
            var run = new CheckRun(check, file.Limits, confinement, reports);
            var result = results.Exists(before => before.Cause == CheckCause.Left) ? run.NotRun() : confinement.Secrets.Without(await run.RunAsync(repository, worktree, tree, time, cancellationToken).ConfigureAwait(false));
            results.Add(result);
            watch?.Invoke(new GateProgress(check.Id, result.Why, result.Status, null));
        }

        return new GateResult(results);
    }

    /// <summary>A fresh checkout of a tree, its result, and the checkout taken away again.</summary>
    public async Task<GateResult> RunCleanAsync(string tree, string name, CancellationToken cancellationToken)
    {
        var where = WorkFolder.Fresh(Path.Combine(folder, name)); // a killed process may have left one
        try
        {
            var worktree = await CheckOutAsync(tree, where, cancellationToken).ConfigureAwait(false);
            return await RunAsync(worktree, tree, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            WorkFolder.Delete(where);
        }
    }
}

/// <summary>What the gate does now.</summary>
/// <param name="Check">The check, or <c>setup</c>.</param>
/// <param name="Text">Its command, or why it is red.</param>
/// <param name="Status">What it came to; null while it runs.</param>
/// <param name="Limit">How long it may take; null where it has ended.</param>
public sealed record GateProgress(string Check, string Text, CheckStatus? Status, TimeSpan? Limit);

/// <summary>A tree could not be made ready: nothing can be said of it. The message says what failed.</summary>
public sealed class GateSetupException(string message) : Exception(message);
