using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pawl.Runs.Formats;

/// <summary>The hive format: a directory with one JSON file a run, their summaries, and indexes by goal, status and node.</summary>
internal static class HiveDirectory
{
    /// <summary>Reads the runs of a directory one by one, in the order of their names. The indexes are not looked at: they can be stale.</summary>
    public static IEnumerable<ReadRun> Read(string path, string? goalId, TimeZoneInfo naiveZone)
    {
        if (File.Exists(path)) return [ReadFile(path, Path.GetFileName(path), goalId, naiveZone)];
        if (!Directory.Exists(path)) throw new BadInputException($"There is no directory or file {path}.");
        var runs = Path.Combine(path, "runs");
        if (!Directory.Exists(runs))
        {
            runs = path;
            if (!Directory.EnumerateFiles(path, "*.json").Any())
                throw new BadInputException($"{path} is no hive directory: it holds neither a folder \"runs\" nor run files (*.json).");
        }

        var files = Directory.GetFiles(runs, "*.json");
        Array.Sort(files, StringComparer.Ordinal);
        return files.Select(f => ReadFile(f, Path.GetRelativePath(path, f).Replace('\\', '/'), goalId, naiveZone));
    }

    /// <summary>Writes runs into a directory; what is there is kept, files of the same runs are replaced.</summary>
    public static async Task<int> WriteAsync(string directory, IAsyncEnumerable<Run> runs)
    {
        var indexes = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var count = 0;
        await foreach (var run in runs.ConfigureAwait(false))
        {
            Replace(Path.Combine(directory, "runs", run.Id + ".json"), to => RunJsonWriter.Run(to, run, JsonDetail.Hive));
            Replace(Path.Combine(directory, "summaries", run.Id + ".json"), to => RunJsonWriter.Summary(to, RunSummary.Of(run)));
            Index("by_goal", run.GoalId, run);
            Index("by_status", RunText.Word(run.Status), run);
            foreach (var node in run.NodesExecuted) Index("by_node", node, run);
            count++;
        }

        foreach (var (file, ids) in indexes)
        {
            Replace(Path.Combine(directory, "indexes", file), to =>
            {
                to.WriteStartArray();
                foreach (var id in ids) to.WriteStringValue(id);
                to.WriteEndArray();
            });
        }

        return count;

        void Index(string folder, string key, Run run)
        {
            var file = Path.Combine(folder, FileName(key) + ".json");
            if (!indexes.TryGetValue(file, out var ids)) indexes.Add(file, ids = []);
            ids.Add(run.Id.Value);
        }
    }

    private static ReadRun ReadFile(string path, string shown, string? goalId, TimeZoneInfo naiveZone)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length > Limits.ImportedRunBytes)
                return ReadRun.Refused(shown, string.Create(CultureInfo.InvariantCulture, $"the file holds {length:N0} bytes, more than the {Limits.ImportedRunBytes:N0} allowed for one run"));
            var bytes = File.ReadAllBytes(path);
            using var checkedJson = JsonGuard.Parse(bytes, derivedMayRepeat: true);
            var run = Parse(checkedJson.RootElement, goalId, naiveZone);
            return new ReadRun(shown, run, RunImporter.Digest(run), null);
        }
        catch (BadInputException e)
        {
            return ReadRun.Refused(shown, e.Message);
        }
        catch (JsonShapeException e)
        {
            return ReadRun.Refused(shown, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ReadRun.Refused(shown, "it cannot be read: " + e.Message);
        }
    }

    private static Run Parse(JsonElement json, string? goalId, TimeZoneInfo naiveZone)
    {
        var run = new RunJsonReader(new Instants(naiveZone)).Run(SecretRedactor.Default.Redact(json));
        return goalId is null ? run : run with { GoalId = goalId };
    }

    // Whoever reads meanwhile sees the old file or the new one, never half of one.
    private static void Replace(string path, Action<Utf8JsonWriter> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + ".tmp";
        using (var file = File.Create(temporary))
        using (var to = new Utf8JsonWriter(file, Json.Indented))
            write(to);
        File.Move(temporary, path, overwrite: true);
    }

    // Goals and nodes are anybody's text: what is no plain file name is escaped, so that no key leads out of its folder.
    private static string FileName(string key)
    {
        var name = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(key))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '-' || (c == '.' && name.Length > 0)) name.Append(c);
            else name.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return name.Length <= 200 ? name.ToString() : name.ToString(0, 150) + "~" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 8));
    }
}
