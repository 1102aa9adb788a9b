using System.Text.Json;

namespace Pawl.Changes.Reports;

/// <summary>What a run of SARIF says about its tool: its name, the default levels of its rules, and whether it succeeded.</summary>
internal sealed class SarifTool
{
    private readonly Dictionary<string, string> _levels = new(StringComparer.Ordinal);
    private readonly List<string> _ids = [];

    public string Name { get; private set; } = "tool";

    /// <summary>Why the run as a whole failed, null if it did not.</summary>
    public string? Fault { get; private set; }

    public void Take(JsonElement tool)
    {
        if (tool.Member("driver") is not { } driver) return;
        Name = driver.Text("name") is { Length: > 0 } name ? name : Name;
        foreach (var rule in driver.Items("rules"))
        {
            var id = rule.Text("id") ?? "";
            _ids.Add(id);
            if (rule.Member("defaultConfiguration")?.Text("level") is { } level) _levels.TryAdd(id, level);
        }
    }

    public void TakeInvocations(JsonElement invocations)
    {
        if (invocations.ValueKind != JsonValueKind.Array) return;
        foreach (var invocation in invocations.EnumerateArray())
        {
            var notices = invocation.Items("toolExecutionNotifications").Concat(invocation.Items("toolConfigurationNotifications"));
            var error = notices.Where(notice => notice.Text("level") == "error").Select(notice => notice.Member("message")?.Text("text") ?? "").FirstOrDefault();
            if (invocation.Member("executionSuccessful")?.ValueKind == JsonValueKind.False) Fault ??= error ?? invocation.Text("exitCodeDescription") ?? "The tool says that it did not succeed.";
            else if (error is not null) Fault ??= error;
        }
    }

    /// <summary>The id of the rule that a result names by id, by index, or in an object of its own.</summary>
    public string RuleOf(JsonElement result)
    {
        if ((result.Text("ruleId") ?? result.Member("rule")?.Text("id")) is { Length: > 0 } id) return id;
        var index = result.Member("ruleIndex") ?? result.Member("rule")?.Member("index");
        return index is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var at) && at >= 0 && at < _ids.Count ? _ids[at] : "(no rule)";
    }

    /// <summary>The level of a rule's results that have none of their own; <c>CA1000/sub</c> is a result of rule <c>CA1000</c> (§3.27.5).</summary>
    public string LevelOf(string rule)
    {
        if (_levels.TryGetValue(rule, out var level)) return level;
        var slash = rule.LastIndexOf('/');
        return slash > 0 && _levels.TryGetValue(rule[..slash], out level) ? level : "warning";
    }
}

/// <summary>One result of SARIF as a case.</summary>
internal static class SarifResult
{
    /// <summary>The case, or null for a result that is not there any more.</summary>
    public static TestCase? Of(JsonElement result, SarifTool tool)
    {
        if (result.ValueKind != JsonValueKind.Object) throw new ReportException("one of its results is no object.");
        if (result.Text("baselineState") == "absent") return null;
        var rule = tool.RuleOf(result);
        var place = result.Items("locations").Select(location => location.Member("physicalLocation")).FirstOrDefault(location => location is not null);
        var file = place?.Member("artifactLocation")?.Text("uri");
        var line = place?.Member("region")?.Member("startLine") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var at) && at > 0 ? at : (int?)null;
        return new TestCase
        {
            Id = string.Join(' ', new[] { rule, file, Fingerprint(result) }.Where(part => !string.IsNullOrEmpty(part))),
            Status = Status(result, rule, tool),
            Message = Message(result),
            File = file,
            Line = line,
        };
    }

    private static TestStatus Status(JsonElement result, string rule, SarifTool tool)
    {
        var fails = (result.Text("kind") ?? "fail") == "fail" && (result.Text("level") ?? tool.LevelOf(rule)) == "error";
        return IsSuppressed(result) ? TestStatus.Skipped : fails ? TestStatus.Failed : TestStatus.Passed;
    }

    private static bool IsSuppressed(JsonElement result)
    {
        var suppressions = result.Items("suppressions").ToList();
        return suppressions.Count > 0 && suppressions.TrueForAll(suppression => (suppression.Text("status") ?? "accepted") == "accepted");
    }

    private static string Message(JsonElement result)
    {
        var message = result.Member("message");
        return message?.Text("text") ?? message?.Text("markdown") ?? message?.Text("id") ?? "";
    }

    // Of several the first by name: one that another version of the tool adds does not change it as long as the name sorts behind.
    private static string? Fingerprint(JsonElement result)
    {
        foreach (var kind in (string[])["fingerprints", "partialFingerprints"])
        {
            if (result.Member(kind) is not { ValueKind: JsonValueKind.Object } prints) continue;
            var first = prints.EnumerateObject().Where(print => print.Value.ValueKind == JsonValueKind.String).OrderBy(print => print.Name, StringComparer.Ordinal).FirstOrDefault();
            if (first.Value.ValueKind == JsonValueKind.String) return $"[{first.Value.GetString()}]";
        }

        return null;
    }

    public static JsonElement? Member(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : null;

    public static string? Text(this JsonElement json, string name) => json.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public static IEnumerable<JsonElement> Items(this JsonElement json, string name) =>
        json.Member(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];
}
