using System.Diagnostics;

namespace Pawl.Changes.Sandboxes;

/// <summary>
/// The processes of one command: what descends from it, and on the rung without namespaces also what it has in its session or what
/// carries its mark in the environment, for a daemon has another parent and another session.
/// </summary>
/// <remarks>
/// In its end, what is in a namespace has nobody left from whom it would descend: the root may be gone, or was killed in the instant in which it started the
/// namespace's first process. Then the mark tells that they belong together, in the environment or on that first one's command line.
/// </remarks>
/// <param name="root">The process that was started.</param>
/// <param name="mark">What stands in the environment of all of it.</param>
/// <param name="isLoose">Whether no namespace keeps it together.</param>
internal sealed class ProcessFamily(ProcessEntry root, string mark, bool isLoose)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // How long all of one look may wait for processes that are just starting another program.
    private static readonly TimeSpan Hesitation = TimeSpan.FromMilliseconds(50);
    private bool _isEnding;
    private readonly Dictionary<(int Id, ulong Start), ProcessEntry> _known = new() { [(root.Id, root.StartTime)] = root };

    /// <summary>Those that run now.</summary>
    public IReadOnlyList<ProcessEntry> Alive()
    {
        var all = ProcessTable.Read();
        // A number that was given out again belongs to somebody else, and so does the session of that number.
        var isReused = all.Exists(e => e.Id == root.Id && e.StartTime != root.StartTime);
        var look = Stopwatch.StartNew();
        var members = all.Where(e => _known.ContainsKey((e.Id, e.StartTime)) || (isLoose && !isReused && e.Session == root.Id) || ((isLoose || _isEnding) && IsMarked(e, look)) || (_isEnding && ProcessTable.HasOnCommandLine(e.Id, mark)));
        var found = ProcessTable.Descendants(all, [.. members]);
        _known.Clear();
        foreach (var entry in found) _known[(entry.Id, entry.StartTime)] = entry;
        return [.. found.Where(e => e.IsAlive)];
    }

    /// <summary>Ends all of them, and those that they start meanwhile. Returns those that could not be ended.</summary>
    public async Task<IReadOnlyList<ProcessEntry>> EndAsync()
    {
        _isEnding = true;
        var watch = Stopwatch.StartNew();
        // One look is not of one instant: what is started while it lasts may have a number that was passed already. So where nothing else holds them, nobody must be seen twice.
        for (var unseen = 0; ;)
        {
            var alive = Alive();
            unseen = alive.Count == 0 ? unseen + 1 : 0;
            if (unseen == (isLoose ? 2 : 1) || watch.Elapsed > Patience) return alive;
            // The root first: with it goes its namespace, and all that is in it at once.
            foreach (var entry in alive.OrderBy(e => e.Id == root.Id ? 0 : 1)) ProcessTable.Kill(entry);
            await Task.Delay(Pause).ConfigureAwait(false);
        }
    }

    // While a process starts another program, its environment reads as empty for an instant.
    private bool IsMarked(ProcessEntry entry, Stopwatch look)
    {
        if (ProcessTable.HasInEnvironment(entry.Id, mark)) return true;
        if (!entry.IsAlive || entry.StartTime < root.StartTime) return false;
        SpinWait.SpinUntil(() => look.Elapsed > Hesitation || !ProcessTable.HasNoEnvironment(entry.Id));
        return ProcessTable.HasInEnvironment(entry.Id, mark);
    }
}
