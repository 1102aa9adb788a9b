using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Pawl.Runs;

/// <summary>Brings spilled events into the store. Bringing the same file in twice changes nothing: events carry their number.</summary>
internal static partial class SpillReplay
{
    private const int BatchLines = 2048;

    /// <summary>Replays this process's own file and removes it.</summary>
    public static async Task OwnAsync(Spill spill, IStore store, IRunStore runs, TimeProvider time, ILogger log)
    {
        await ReplayAsync(spill.Lines(), spill.Path, store, runs, time, log).ConfigureAwait(false);
        spill.Clear();
    }

    /// <summary>Replays the files of processes that are gone and removes them.</summary>
    /// <returns>How many events were brought in.</returns>
    public static async Task<int> OthersAsync(Spill spill, IStore store, IRunStore runs, TimeProvider time, ILogger log)
    {
        if (!Directory.Exists(spill.Directory)) return 0;
        var events = 0;
        foreach (var path in Directory.EnumerateFiles(spill.Directory, "*.jsonl"))
        {
            if (path == spill.Path) continue;
            FileStream file;
            try
            {
                file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                continue; // its process lives and holds it, or somebody else is replaying it
            }
            catch (UnauthorizedAccessException e)
            {
                LogForeign(log, e, path); // another user's; what it holds does not keep this one from recording
                continue;
            }

            using (file)
            {
                var (taken, unreadable) = await ReplayAsync(SpillFile.Lines(file), path, store, runs, time, log).ConfigureAwait(false);
                events += taken;
                if (unreadable == 0) File.Delete(path);
                else File.Move(path, path + ".unreadable", overwrite: true); // for a person to look at
            }
        }

        return events;
    }

    private static async Task<(int Taken, int Unreadable)> ReplayAsync(IEnumerable<string> lines, string path, IStore store, IRunStore runs, TimeProvider time, ILogger log)
    {
        RunOwner? owner = null;
        var batch = new List<string>(BatchLines);
        var refused = new List<string>();
        var (taken, unreadable) = (0, 0);
        foreach (var line in lines)
        {
            if (owner is null)
            {
                owner = Owner(line);
                if (owner is null)
                {
                    unreadable++;
                    break;
                }

                continue;
            }

            if (!IsEvent(line))
            {
                unreadable++;
                continue;
            }

            batch.Add(line);
            if (batch.Count == BatchLines) await TakeAsync().ConfigureAwait(false);
        }

        await TakeAsync().ConfigureAwait(false);
        if (refused.Count > 0) SetAside(refused, path, log);
        if (unreadable > 0) LogUnreadable(log, unreadable, path);
        if (taken > 0) LogReplayed(log, taken, path);
        return (taken, unreadable);

        async Task TakeAsync()
        {
            if (batch.Count == 0) return;
            var others = await store.WriteAsync(tx => Take(tx, owner!, batch)).ConfigureAwait(false);
            taken += batch.Count - others.Count;
            refused.AddRange(others);
            batch.Clear();
        }

        List<string> Take(ITransaction tx, RunOwner from, List<string> events)
        {
            runs.Register(tx, from, time.GetUtcNow());
            var notTaken = new List<string>();
            foreach (var line in events)
            {
                var fields = EventFields.Read(Encoding.UTF8.GetBytes(line));
                var isTaken = fields.Event == "start_run"
                    ? runs.TryStart(tx, from, RunAssembler.Started(line), line + "\n")
                    : runs.AppendSpilled(tx, from.Id, fields.RunId, line + "\n");
                if (!isTaken) notTaken.Add(line);
            }

            return notTaken;
        }
    }

    // Acknowledged events of a run that somebody else took over meanwhile: they cannot join it, and they are not thrown away.
    private static void SetAside(List<string> lines, string path, ILogger log)
    {
        var aside = path + ".refused";
        using (var file = new FileStream(aside, FileMode.Append, FileAccess.Write, FileShare.None))
        {
            foreach (var line in lines) file.Write(Encoding.UTF8.GetBytes(line + "\n"));
            file.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(aside, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        LogRefused(log, lines.Count, aside);
    }

    private static RunOwner? Owner(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RunsJsonContext.Default.RunOwner) is { Id: not null, Host: not null, Boot: not null } owner ? owner : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // One line that nobody can read would keep the store from reading all others.
    private static bool IsEvent(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line, Json.Stored);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} lines in {Path} are no events and were passed over; the file is kept as {Path}.unreadable")]
    private static partial void LogUnreadable(ILogger log, int count, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The spilled events in {Path} are another user's and stay there")]
    private static partial void LogForeign(ILogger log, Exception e, string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "Brought in {Count} events from {Path}")]
    private static partial void LogReplayed(ILogger log, int count, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events belong to runs that somebody else took over; they are kept in {Path}")]
    private static partial void LogRefused(ILogger log, int count, string path);
}
