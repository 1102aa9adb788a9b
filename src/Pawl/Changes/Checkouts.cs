using System.Globalization;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>
/// The checkouts of a change. Writing and deleting thousands of files takes seconds: so the next one can be made while something else runs, and those
/// that are done with are taken away meanwhile.
/// </summary>
/// <param name="gate">The gate file, whose setup makes each of them ready.</param>
/// <param name="repository">Pawl's own repository of the change.</param>
/// <param name="folder">The folder of the change.</param>
internal sealed class Checkouts(GateFile gate, ChangeRepository repository, string folder) : IAsyncDisposable
{
    private readonly Lock _turn = new();
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _work = [];
    private Task<Worktree>? _next;
    private int _made;

    /// <summary>
    /// Begins to make the next one, while no agent runs. Files only: a setup beside a check could turn it red, and one beside an agent that has the network could be spoken to.
    /// </summary>
    public void MakeNext()
    {
        if (gate.Setup.Count > 0) return;
        lock (_turn)
        {
            if (_next is not null) return;
            var where = NextFolder();
            _next = Task.Run(() => repository.CheckOutAsync(repository.BaseTree, where, forAgent: true, _end.Token));
            _work.Add(_next);
        }
    }

    /// <summary>Begins to make the next one while an agent works, where the agent can neither see nor change it.</summary>
    /// <param name="rung">Where the agent works.</param>
    public void MakeDuringAgent(SandboxRung rung)
    {
        if (rung == SandboxRung.Bubblewrap) MakeNext();
    }

    /// <summary>A fresh checkout of a tree, which nobody has had before.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="watched">The gate that makes it ready, by whose watcher the setup is told.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="GateSetupException">A command of the setup failed.</exception>
    public async Task<Worktree> TakeAsync(string tree, Gate watched, CancellationToken cancellationToken)
    {
        Task<Worktree>? ready;
        lock (_turn) (ready, _next) = (_next, null);
        if (ready is null) return await watched.CheckOutAsync(tree, NextFolder(), cancellationToken).ConfigureAwait(false);
        var worktree = await ready.WaitAsync(cancellationToken).ConfigureAwait(false);
        repository.Settle(worktree);
        if (tree != worktree.Tree) await repository.UpdateAsync(worktree, tree, cancellationToken).ConfigureAwait(false);
        return worktree with { Tree = tree };
    }

    /// <summary>Begins to take a checkout away.</summary>
    public void TakeAway(Worktree worktree)
    {
        lock (_turn) _work.Add(Task.Run(() => WorkFolder.Delete(worktree.Folder)));
    }

    /// <summary>Waits until nothing is made or taken away any more. What is left in the folder is for whoever owns it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        foreach (var work in _work) await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private string NextFolder()
    {
        while (true)
        {
            var where = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"checkout-{Interlocked.Increment(ref _made)}"));
            if (WorkFolder.Delete(where)) return where; // a killed process may have left one
        }
    }
}
