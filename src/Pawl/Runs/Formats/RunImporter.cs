using System.Text.Json;

namespace Pawl.Runs.Formats;

/// <summary>What an import did.</summary>
/// <param name="Imported">Runs that are new.</param>
/// <param name="Duplicates">Runs that were there already with the same content.</param>
/// <param name="Rejected">What could not be imported, and why.</param>
/// <param name="Runs">The ids of the new runs.</param>
public sealed record ImportReport(int Imported, int Duplicates, IReadOnlyList<Rejection> Rejected, IReadOnlyList<RunId> Runs);

/// <summary>Something that an import refused.</summary>
/// <param name="File">The file, and within a file of many runs the place.</param>
/// <param name="Reason">Why.</param>
public sealed record Rejection(string File, string Reason);

/// <summary>One run that was read, or why it could not be.</summary>
/// <param name="Place">The file, and within a file of many runs the place.</param>
/// <param name="Run">The run; null where it was refused.</param>
/// <param name="Key">What the run is recognised by when it comes again.</param>
/// <param name="Reason">Why it was refused.</param>
/// <param name="IdIsGiven">Whether the id comes from the file. If not, another one is drawn on a conflict.</param>
internal sealed record ReadRun(string Place, Run? Run, string Key, string? Reason, bool IdIsGiven = true)
{
    public static ReadRun Refused(string place, string reason) => new(place, null, "", reason);
}

/// <summary>Imports runs, a few dozen in a transaction: each is there whole or not at all.</summary>
public sealed class RunImporter(IStore store, IRunStore runs, TimeProvider? time = null)
{
    private const int BatchRuns = 64;
    private const int BatchDecisions = 4096;

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Imports a hive directory, or one run file of one.</summary>
    /// <param name="path">The directory that holds <c>runs/</c>, the <c>runs</c> directory itself, or one file.</param>
    /// <param name="goalId">Replaces the goal of every run; null keeps the files' own.</param>
    /// <param name="naiveZone">The zone of times that name none.</param>
    /// <param name="progress">Told how many runs were read.</param>
    /// <param name="cancellationToken">Ends the import between two batches.</param>
    /// <exception cref="BadInputException">There is no such path.</exception>
    public Task<ImportReport> HiveAsync(
        string path, string? goalId, TimeZoneInfo naiveZone, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        ImportAsync(HiveDirectory.Read(path, goalId, naiveZone), progress, cancellationToken);

    /// <summary>Imports a file of tau-bench trajectories.</summary>
    /// <param name="path">The file.</param>
    /// <param name="goalId">The goal of the runs; null takes the file's name without its ending.</param>
    /// <param name="progress">Told how many runs were read.</param>
    /// <param name="cancellationToken">Ends the import between two batches.</param>
    /// <exception cref="BadInputException">There is no such file.</exception>
    public Task<ImportReport> TauBenchAsync(string path, string? goalId, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        ImportAsync(TauBench.Read(path, goalId, _time.GetUtcNow()), progress, cancellationToken);

    /// <summary>The SHA-256 of what a run holds, derived members aside.</summary>
    internal static string Digest(Run run)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer, Json.Plain)) RunJsonWriter.Run(to, run, JsonDetail.Full);
        using var document = JsonDocument.Parse(buffer.WrittenMemory, Json.Stored);
        return CanonicalJson.Digest(document.RootElement);
    }

    private async Task<ImportReport> ImportAsync(IEnumerable<ReadRun> read, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var rejected = new List<Rejection>();
        var ids = new List<RunId>();
        var duplicates = 0;
        var batch = new List<ReadRun>(BatchRuns);
        var (seen, decisions) = (0, 0);
        foreach (var next in read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(++seen);
            if (next.Run is null)
            {
                rejected.Add(new Rejection(next.Place, next.Reason!));
                continue;
            }

            batch.Add(next);
            decisions += next.Run.Decisions.Count;
            if (batch.Count == BatchRuns || decisions >= BatchDecisions) await SaveAsync().ConfigureAwait(false);
        }

        await SaveAsync().ConfigureAwait(false);
        return new ImportReport(ids.Count, duplicates, rejected, ids);

        async Task SaveAsync()
        {
            for (var attempt = 1; batch.Count > 0; attempt++)
            {
                var items = batch.Select(b => (b.Run!, b.Key)).ToList();
                var outcomes = await store.WriteAsync(tx => runs.Import(tx, items), cancellationToken).ConfigureAwait(false);
                var again = new List<ReadRun>();
                for (var i = 0; i < outcomes.Count; i++)
                {
                    if (outcomes[i] == ImportOutcome.Imported) ids.Add(batch[i].Run!.Id);
                    else if (outcomes[i] == ImportOutcome.Duplicate) duplicates++;
                    else if (batch[i].IdIsGiven || attempt == 8) rejected.Add(new Rejection(batch[i].Place, $"a run {batch[i].Run!.Id} with other content is there already"));
                    else again.Add(batch[i] with { Run = batch[i].Run! with { Id = Redrawn(batch[i], attempt) } });
                }

                (batch, decisions) = (again, 0);
            }
        }
    }

    private static RunId Redrawn(ReadRun read, int attempt) =>
        RunId.Create(read.Run!.StartedAt, Convert.ToUInt32(read.Key.Substring(8 * (attempt % 8), 8), 16));
}
