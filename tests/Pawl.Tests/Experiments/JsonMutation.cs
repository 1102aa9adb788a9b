using System.Text.Json.Nodes;

namespace Pawl.Tests.Experiments;

/// <summary>Every document that differs from one in a single place: a value of another kind, a member or item less, a member of another name, one more.</summary>
internal static class JsonMutation
{
    private static readonly string[] Values = ["\"text\"", "\"running\"", "\"StopRun\"", "7", "-0.5", "true", "null", "[]", "[\"text\"]", "[1]", "{}", "{\"run_id\":\"RUN-1\"}", "{\"text\":1}"];

    public static IEnumerable<string> Of(string json)
    {
        var places = Places(JsonNode.Parse(json)!, []).ToList();
        foreach (var place in places)
        {
            foreach (var value in Values) yield return Changed(json, place, (parent, step) => Set(parent, step, JsonNode.Parse(value)));
            yield return Changed(json, place, Remove);
            yield return Changed(json, place, (parent, step) => Set(parent, step is string name ? name + "_2" : step, parent is JsonObject o ? o[(string)step]?.DeepClone() : null));
        }
    }

    private static IEnumerable<object[]> Places(JsonNode node, object[] path)
    {
        IEnumerable<(object Step, JsonNode? Value)> children = node switch
        {
            JsonObject members => members.Select(member => ((object)member.Key, member.Value)),
            JsonArray items => items.Select((item, i) => ((object)i, item)),
            _ => [],
        };
        foreach (var (step, value) in children)
        {
            object[] here = [.. path, step];
            yield return here;
            if (value is null) continue;
            foreach (var below in Places(value, here)) yield return below;
        }
    }

    private static string Changed(string json, object[] place, Action<JsonNode, object> change)
    {
        var root = JsonNode.Parse(json)!;
        var parent = place[..^1].Aggregate(root, (node, step) => (step is string name ? node[name] : node[(int)step])!);
        change(parent, place[^1]);
        return root.ToJsonString();
    }

    private static void Set(JsonNode parent, object step, JsonNode? value)
    {
        if (step is string name) parent[name] = value;
        else parent[(int)step] = value;
    }

    private static void Remove(JsonNode parent, object step)
    {
        if (parent is JsonObject members) members.Remove((string)step);
        else parent.AsArray().RemoveAt((int)step);
    }
}
