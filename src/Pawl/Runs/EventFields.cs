using System.Text.Json;

namespace Pawl.Runs;

/// <summary>What the fold needs of an event, read in one pass without building the rest.</summary>
internal sealed class EventFields
{
    public string Event { get; private set; } = "";

    public string RunId { get; private set; } = "";

    public long Number { get; private set; }

    public string DecisionId { get; private set; } = "";

    public string ProblemId { get; private set; } = "";

    public string NodeId { get; private set; } = "";

    public string EdgeId { get; private set; } = "";

    public string Intent { get; private set; } = "";

    public string DecisionType { get; private set; } = "";

    public string ChosenOptionId { get; private set; } = "";

    public IReadOnlyList<string> OptionIds { get; private set; } = [];

    public bool Success { get; private set; }

    public string? Error { get; private set; }

    public string Summary { get; private set; } = "";

    public string Severity { get; private set; } = "";

    public string Description { get; private set; } = "";

    public string? RootCause { get; private set; }

    public string Status { get; private set; } = "";

    public DateTimeOffset? CompletedAt { get; private set; }

    public static EventFields Read(ReadOnlySpan<byte> line)
    {
        var fields = new EventFields();
        var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = Json.Stored.MaxDepth });
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName) fields.Member(ref json);
        return fields;
    }

    private void Member(ref Utf8JsonReader json)
    {
        // What names the event comes first; a member of the same name further back is one that Pawl does not know.
        if (Event.Length == 0 && json.ValueTextEquals("n"u8)) Number = Whole(ref json);
        else if (Event.Length == 0 && json.ValueTextEquals("event"u8)) Event = Text(ref json);
        else if (RunId.Length == 0 && json.ValueTextEquals("run_id"u8)) RunId = Text(ref json);
        else if (DecisionId.Length == 0 && json.ValueTextEquals("decision_id"u8)) DecisionId = Text(ref json);
        else if (ProblemId.Length == 0 && json.ValueTextEquals("problem_id"u8)) ProblemId = Text(ref json);
        else if (json.ValueTextEquals("node_id"u8)) NodeId = Text(ref json);
        else if (json.ValueTextEquals("edge_id"u8)) EdgeId = Text(ref json);
        else if (json.ValueTextEquals("intent"u8)) Intent = Text(ref json);
        else if (json.ValueTextEquals("decision_type"u8)) DecisionType = Text(ref json);
        else if (json.ValueTextEquals("chosen_option_id"u8)) ChosenOptionId = Text(ref json);
        else if (json.ValueTextEquals("options"u8)) OptionIds = Ids(ref json);
        else if (json.ValueTextEquals("success"u8)) Success = Flag(ref json);
        else if (json.ValueTextEquals("error"u8)) Error = TextOrNull(ref json);
        else if (json.ValueTextEquals("summary"u8)) Summary = Text(ref json);
        else if (json.ValueTextEquals("severity"u8)) Severity = Text(ref json);
        else if (json.ValueTextEquals("description"u8)) Description = Text(ref json);
        else if (json.ValueTextEquals("root_cause"u8)) RootCause = TextOrNull(ref json);
        else if (json.ValueTextEquals("status"u8)) Status = Text(ref json);
        else if (json.ValueTextEquals("completed_at"u8)) CompletedAt = Instant(ref json);
        else json.Skip();
    }

    // A member that a later release gave another kind is passed over, as an unknown one is.
    private static string Text(ref Utf8JsonReader json) => TextOrNull(ref json) ?? "";

    private static string? TextOrNull(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String) return json.GetString();
        json.Skip();
        return null;
    }

    private static long Whole(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number)) return number;
        json.Skip();
        return 0;
    }

    private static bool Flag(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType is JsonTokenType.True or JsonTokenType.False) return json.GetBoolean();
        json.Skip();
        return false;
    }

    private static DateTimeOffset? Instant(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out var at)) return at;
        json.Skip();
        return null;
    }

    private static List<string> Ids(ref Utf8JsonReader json)
    {
        var ids = new List<string>(16);
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return ids;
        }

        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("id"u8)) ids.Add(Text(ref json));
                else json.Skip();
            }
        }

        return ids;
    }
}
