using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Whether whatever <c>experiment show --json</c> says of an experiment that has ended stands in the ledger, and the ledger holds.</summary>
internal static class ExperimentClaims
{
    public static async Task<JsonElement> AssertClaimsAsync(this Cli cli, string id)
    {
        var shown = await cli.JsonAsync("experiment", "show", id);
        // The receipts as the ledger itself gives them, and not as the experiment quotes them.
        var ledger = (await cli.JsonAsync("ledger", "list", "--limit", "1000")).EnumerateArray().ToList();
        var receipts = shown.GetProperty("receipts").EnumerateArray().ToList();
        Assert.NotEmpty(receipts);
        foreach (var receipt in receipts) Assert.Contains(ledger, other => Text(other, "leaf") == Text(receipt, "leaf"));
        var run = Text(shown, "run_id");
        Assert.Equal(Text(shown, "contract"), Only("RegisterExperiment", id) is var registered && registered.TryGetProperty("data_digest", out var aside) ? aside.GetString() : Digest(registered.GetProperty("data")));
        Assert.Equal(Text(shown, "contract"), Digest(shown.GetProperty("contract_document")));
        Assert.Equal(("EXP-" + Text(shown, "contract")![..8], Text(registered, "actor")), (id, Text(shown, "registered_by")));
        AssertAt("registered_at", registered);
        AssertAt("started_at", Only("StartRun", run!));
        AssertAt("stopped_at", Only("StopRun", "STOP-" + run));
        var looks = shown.GetProperty("look_history").EnumerateArray().ToList();
        Assert.Equal((shown.GetProperty("looks").GetInt32(), receipts.Count(receipt => Text(receipt, "tool") == "CheckMetrics")), (looks.Count, looks.Count));
        foreach (var look in looks)
        {
            var receipt = Only("CheckMetrics", $"MET-{run}-{look.GetProperty("number").GetInt32()}");
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(look))), Text(receipt.GetProperty("data"), "report"));
            Assert.True(JsonElement.DeepEquals(look.GetProperty("verdict"), receipt.GetProperty("data").GetProperty("verdict")));
        }

        if (Text(shown, "ticket") is { } ticket) Only("OpenTicket", ticket);
        Assert.Contains(receipts, receipt => Text(receipt, "tool") == "SnapshotDashboard" && Text(receipt, "message")!.Contains(Text(shown, "snapshot")!, StringComparison.Ordinal));
        Assert.Equal(0, (await cli.RunAsync("ledger", "verify")).ExitCode);
        return shown;

        JsonElement Only(string tool, string reference) => Assert.Single(receipts, receipt => Text(receipt, "tool") == tool && Text(receipt, "ref") == reference && receipt.GetProperty("ok").GetBoolean());

        void AssertAt(string member, JsonElement receipt) => Assert.Equal(shown.GetProperty(member).GetDateTimeOffset(), receipt.GetProperty("at").GetDateTimeOffset());
    }

    /// <summary>The receipts of an experiment, oldest first, as their tools.</summary>
    public static List<string> Tools(this JsonElement shown) => [.. shown.GetProperty("receipts").EnumerateArray().Select(receipt => Text(receipt, "tool")!)];

    public static string? Text(this JsonElement json, string member) => json.GetProperty(member).GetString();

    // RFC 8785 for what contracts hold: names in their order, and numbers as .NET and ECMAScript spell them alike.
    private static string Digest(JsonElement json) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(Sorted(json), Plain)));

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static object? Sorted(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => new SortedDictionary<string, object?>(json.EnumerateObject().ToDictionary(member => member.Name, member => Sorted(member.Value)), StringComparer.Ordinal),
        JsonValueKind.Array => json.EnumerateArray().Select(Sorted).ToList(),
        JsonValueKind.Number => json.GetDouble(),
        _ => json,
    };
}
