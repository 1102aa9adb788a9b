using System.Text.Json;

namespace Pawl.Runs.Formats;

/// <summary>
/// Says in which way a trajectory differs from what its task expected: calls that were never made, made with other arguments, or made
/// without being asked for. Calls that only look something up change nothing and are left out.
/// </summary>
internal static class TauExpectation
{
    private static readonly string[] LookUps = ["get_", "list_", "search_", "find_", "calculate", "think"];

    public static string? Difference(JsonElement task, IReadOnlyList<Decision> decisions, string said)
    {
        if (task.ValueKind != JsonValueKind.Object || !task.TryGetProperty("actions", out var actions) || actions.ValueKind != JsonValueKind.Array) return null;
        var made = decisions.Where(d => !IsLookUp(d.ChosenOptionId)).ToList();
        var expected = actions.EnumerateArray().Select(Expected).OfType<(string Tool, JsonElement Arguments)>().Where(e => !IsLookUp(e.Tool)).ToList();
        var differences = new List<string>();
        var unmatched = new List<(string Tool, JsonElement Arguments)>();
        foreach (var call in expected)
        {
            var same = made.FindIndex(d => d.WasSuccessful && d.ChosenOptionId == call.Tool && Same(d.ChosenOption!.ActionParams, call.Arguments));
            if (same >= 0) made.RemoveAt(same);
            else unmatched.Add(call);
        }

        foreach (var (tool, arguments) in unmatched)
        {
            var other = made.FindIndex(d => d.WasSuccessful && d.ChosenOptionId == tool);
            if (other < 0)
            {
                differences.Add(made.Exists(d => d.ChosenOptionId == tool) ? $"never got {tool} through" : $"never called {tool}");
                continue;
            }

            differences.Add($"called {tool} with other {Differing(made[other].ChosenOption!.ActionParams, arguments)}");
            made.RemoveAt(other);
        }

        differences.AddRange(made.Where(d => d.WasSuccessful).Select(d => $"called {d.ChosenOptionId} unasked"));
        differences.AddRange(Unsaid(task, said));
        return differences.Count == 0 ? null : string.Join("; ", differences.Distinct(StringComparer.Ordinal));
    }

    private static bool IsLookUp(string tool) => LookUps.Any(l => tool.StartsWith(l, StringComparison.Ordinal));

    private static (string Tool, JsonElement Arguments)? Expected(JsonElement action)
    {
        if (action.ValueKind != JsonValueKind.Object || !action.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String) return null;
        return (JsonShape.Text(name), action.TryGetProperty("kwargs", out var arguments) && arguments.ValueKind == JsonValueKind.Object ? arguments : Json.EmptyObject);
    }

    private static bool Same(JsonElement a, JsonElement b) => JsonElement.DeepEquals(a, b);

    private static string Differing(JsonElement made, JsonElement expected)
    {
        var names = made.EnumerateObject().Select(m => m.Name).Union(expected.EnumerateObject().Select(m => m.Name), StringComparer.Ordinal)
            .Where(n => !made.TryGetProperty(n, out var a) || !expected.TryGetProperty(n, out var b) || !Same(a, b));
        return string.Join(" and ", names.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Unsaid(JsonElement task, string said)
    {
        if (!task.TryGetProperty("outputs", out var outputs) || outputs.ValueKind != JsonValueKind.Array) return [];
        return outputs.EnumerateArray().Where(o => o.ValueKind == JsonValueKind.String).Select(JsonShape.Text)
            .Where(o => !said.Replace(",", "", StringComparison.Ordinal).Contains(o, StringComparison.OrdinalIgnoreCase))
            .Select(o => $"never told the user \"{o}\"");
    }
}
