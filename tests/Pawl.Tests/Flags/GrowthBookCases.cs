using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

/// <summary>The cases of the GrowthBook SDK suite, read where they are; where they are not, each section is one test that is skipped.</summary>
internal static class GrowthBookCases
{
    private const string File = "flags/growthbook-cases.json";

    private static readonly Lazy<JsonElement?> Suite = new(() =>
        SharedData.Find(File) is { } path ? JsonDocument.Parse(System.IO.File.ReadAllBytes(path)).RootElement : null);

    /// <summary>A row per case, named by the case; numbered, because names stand twice.</summary>
    public static TheoryData<int, string> Section(string section)
    {
        var rows = new TheoryData<int, string>();
        if (Suite.Value is not { } suite) rows.Add(-1, "the suite is not there");
        else foreach (var (i, item) in suite.GetProperty(section).EnumerateArray().Index()) rows.Add(i, NameOf(item));
        return rows;
    }

    public static JsonElement[] Case(string section, int number)
    {
        SharedData.Require(File);
        return [.. Suite.Value!.Value.GetProperty(section)[number].EnumerateArray()];
    }

    public static EvaluationContext Context(JsonElement json, StickyAssignments? sticky = null) =>
        new(json.TryGetProperty("attributes", out var attributes) ? attributes : Json.EmptyObject)
        {
            Url = json.TryGetProperty("url", out var url) ? url.GetString() : null,
            Enabled = !json.TryGetProperty("enabled", out var enabled) || enabled.GetBoolean(),
            QaMode = json.TryGetProperty("qaMode", out var qa) && qa.GetBoolean(),
            ForcedVariations = json.TryGetProperty("forcedVariations", out var forced) ? forced.EnumerateObject().ToDictionary(f => f.Name, f => f.Value.GetInt32()) : [],
            ForcedValues = json.TryGetProperty("forcedFeatureValues", out var values) ? values.EnumerateObject().ToDictionary(f => f.Name, f => f.Value) : [],
            Groups = json.TryGetProperty("groups", out var groups) ? groups.EnumerateObject().Where(g => g.Value.GetBoolean()).Select(g => g.Name).ToHashSet() : [],
            Sticky = sticky,
        };

    public static FlagSet Flags(JsonElement context)
    {
        var payload = new Dictionary<string, object> { ["features"] = Json.EmptyObject };
        foreach (var name in (string[])["features", "savedGroups", "contextualBandits"])
        {
            if (context.TryGetProperty(name, out var value)) payload[name] = value;
        }

        var flags = FlagSet.Parse(JsonSerializer.SerializeToUtf8Bytes(payload));
        Assert.Empty(flags.Problems);
        return flags;
    }

    /// <summary>Each member that is expected is there and equal, numbers to seven digits.</summary>
    public static void AssertHolds(JsonElement expected, JsonElement actual, string place = "")
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.True(actual.ValueKind == JsonValueKind.Object, $"{place}: {actual}");
                foreach (var member in expected.EnumerateObject())
                {
                    Assert.True(actual.TryGetProperty(member.Name, out var value), $"{place}.{member.Name} is missing in {actual}");
                    AssertHolds(member.Value, value, $"{place}.{member.Name}");
                }

                break;
            case JsonValueKind.Array:
                Assert.True(actual.ValueKind == JsonValueKind.Array && expected.GetArrayLength() == actual.GetArrayLength(), $"{place}: {expected} is expected, not {actual}");
                for (var i = 0; i < expected.GetArrayLength(); i++) AssertHolds(expected[i], actual[i], $"{place}[{i}]");
                break;
            case JsonValueKind.Number:
                Assert.True(actual.ValueKind == JsonValueKind.Number && Math.Abs(expected.GetDouble() - actual.GetDouble()) < 1e-7, $"{place}: {expected} is expected, not {actual}");
                break;
            default:
                Assert.True(JsonElement.DeepEquals(expected, actual), $"{place}: {expected.GetRawText()} is expected, not {actual}");
                break;
        }
    }

    private static string NameOf(JsonElement item) => item[0].ValueKind == JsonValueKind.String && item.GetArrayLength() > 2 && item[1].ValueKind != JsonValueKind.String
        ? item[0].GetString()!
        : item.GetRawText();
}
