using System.Runtime.CompilerServices;

namespace Pawl.Runs.Formats;

/// <summary>Exports runs in the formats of other tools.</summary>
public static class RunExporter
{
    /// <summary>Writes runs as a hive directory: run files, summaries, and indexes of what this export wrote.</summary>
    /// <returns>How many were written.</returns>
    /// <exception cref="BadInputException">There is no run of one of the ids.</exception>
    public static Task<int> HiveAsync(IRunStore runs, IReadOnlyList<RunId> ids, string directory, CancellationToken cancellationToken = default) =>
        HiveDirectory.WriteAsync(directory, Each(runs, ids, cancellationToken));

    private static async IAsyncEnumerable<Run> Each(IRunStore runs, IReadOnlyList<RunId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var id in ids)
            yield return await runs.FindAsync(id, cancellationToken).ConfigureAwait(false) ?? throw new BadInputException($"There is no run {id}.");
    }
}
