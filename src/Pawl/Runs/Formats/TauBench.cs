using System.Globalization;
using System.Text.Json;

namespace Pawl.Runs.Formats;

/// <summary>The tau-bench format: one JSON array of trajectories. A trajectory is a run, each of its tool calls a decision.</summary>
internal static class TauBench
{
    /// <summary>Reads the trajectories one by one. The options of every decision are the tools that the file uses anywhere.</summary>
    public static IEnumerable<ReadRun> Read(string path, string? goalId, DateTimeOffset importedAt)
    {
        if (Directory.Exists(path)) throw new BadInputException($"{path} is a directory. Give one file of trajectories, as tau-bench writes them: a JSON array.");
        if (!File.Exists(path)) throw new BadInputException($"There is no file {path}.");
        return Trajectories(path, goalId ?? Path.GetFileNameWithoutExtension(path), importedAt);
    }

    private static IEnumerable<ReadRun> Trajectories(string path, string goalId, DateTimeOffset importedAt)
    {
        var name = Path.GetFileName(path);
        var tools = Tools(path);
        using var file = File.OpenRead(path);
        using var elements = JsonArrayFile.Elements(file).GetEnumerator();
        for (var index = 0; ; index++)
        {
            ReadRun? stop = null;
            try
            {
                if (!elements.MoveNext()) yield break;
            }
            catch (BadInputException e)
            {
                stop = ReadRun.Refused(index == 0 ? name : Place(name, index), e.Message);
            }

            if (stop is not null)
            {
                yield return stop;
                yield break;
            }

            yield return One(elements.Current, Place(name, index), goalId, tools, importedAt);
        }
    }

    private static ReadRun One(ReadOnlyMemory<byte> json, string place, string goalId, IReadOnlyCollection<string> tools, DateTimeOffset importedAt)
    {
        try
        {
            using var document = JsonGuard.Parse(json, derivedMayRepeat: false);
            var key = CanonicalJson.Digest(document.RootElement);
            var id = RunId.Create(importedAt, Convert.ToUInt32(key[..8], 16));
            var run = new TauTrajectory(id, goalId, tools, importedAt).Read(SecretRedactor.Default.Redact(document.RootElement));
            return new ReadRun(place, run, key, null, IdIsGiven: false);
        }
        catch (BadInputException e)
        {
            return ReadRun.Refused(place, e.Message);
        }
        catch (JsonShapeException e)
        {
            return ReadRun.Refused(place, e.Message);
        }
    }

    /// <summary>The names of the tools that the file calls, in alphabetical order, as far as it can be read.</summary>
    private static SortedSet<string> Tools(string path)
    {
        var tools = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            using var file = File.OpenRead(path);
            foreach (var element in JsonArrayFile.Elements(file)) ToolNames(element, tools);
        }
        catch (BadInputException)
        {
            // What is wrong with the file is said when the reading comes to that place.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} cannot be read: {e.Message}", e);
        }

        return tools;
    }

    private static void ToolNames(ReadOnlyMemory<byte> element, SortedSet<string> tools)
    {
        try
        {
            using var document = JsonDocument.Parse(element);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("traj", out var messages)) return;
            foreach (var call in messages.EnumerateArray().Where(m => m.TryGetProperty("tool_calls", out var c) && c.ValueKind == JsonValueKind.Array)
                .SelectMany(m => m.GetProperty("tool_calls").EnumerateArray()))
            {
                if (call.GetProperty("function").GetProperty("name").GetString() is { Length: > 0 } name && Names.Fault(name) is null && tools.Count < Limits.OptionsPerDecision)
                    tools.Add(name);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // What is wrong with this element is said when its turn comes.
        }
    }

    private static string Place(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}[{index}]");
}
