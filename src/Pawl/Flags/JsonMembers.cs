using System.Text.Json;

namespace Pawl.Flags;

/// <summary>Reads the members of an object of a payload; what is of the wrong kind is refused with its place. Null counts as left out.</summary>
internal sealed class JsonMembers
{
    private readonly JsonElement json;

    /// <exception cref="BadInputException">It is no object.</exception>
    public JsonMembers(JsonElement json, string place)
    {
        this.json = json;
        Place = place;
        if (json.ValueKind != JsonValueKind.Object) throw new BadInputException($"{place} must be an object, not {Kind(json)}.");
    }

    public string Place { get; }

    /// <summary>The member, also where it is null; null where it is not there.</summary>
    public JsonElement? Value(string name) => json.TryGetProperty(name, out var value) ? value : null;

    /// <summary>A text; a number counts as its digits.</summary>
    public string? Text(string name) => Present(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        var other => throw Wrong(name, "a text", other.Value),
    };

    /// <summary>A text that is not empty; an empty one counts as left out.</summary>
    public string? Name(string name) => Text(name) is { Length: > 0 } text ? text : null;

    public double? Number(string name) => Present(name) is { } value ? Number(value, name) : null;

    public long? Whole(string name) => Present(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var whole) => whole,
        { ValueKind: JsonValueKind.Number } number when number.GetDouble() is var whole && whole == Math.Floor(whole) && Math.Abs(whole) < 1e15 => (long)whole,
        var other => throw Wrong(name, "a whole number", other.Value),
    };

    public bool Truth(string name) => Present(name) is { } value && JavaScript.IsTruthy(value);

    public IReadOnlyList<JsonElement>? List(string name) => Present(name) is { } value ? List(value, name) : null;

    public IReadOnlyList<double>? Numbers(string name) => List(name)?.Select(item => Number(item, name)).ToArray();

    public IReadOnlyList<BucketRange>? Ranges(string name) => List(name)?.Select(item => Range(item, name)).ToArray();

    public BucketRange? Range(string name) => Present(name) is { } value ? Range(value, name) : null;

    public JsonMembers? Object(string name) => Present(name) is { } value ? new JsonMembers(value, $"{Place}.{name}") : null;

    public IReadOnlyList<JsonMembers>? Objects(string name) => List(name)?.Select((item, i) => new JsonMembers(item, $"{Place}.{name}[{i}]")).ToArray();

    /// <summary>Compiles a condition, and says where it is where it is none.</summary>
    public Condition? Condition(string name, ConditionReader reader)
    {
        if (Present(name) is not { } value) return null;
        try
        {
            return reader.Read(value);
        }
        catch (BadInputException e)
        {
            throw new BadInputException($"{Place}.{name}: {e.Message}", e);
        }
    }

    public BadInputException Wrong(string name, string wanted, JsonElement seen) => new($"{Place}.{name} must be {wanted}, not {Kind(seen)}.");

    private JsonElement? Present(string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private double Number(JsonElement value, string name) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Wrong(name, "a number", value);

    private IReadOnlyList<JsonElement> List(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Wrong(name, "a list", value);

    private BucketRange Range(JsonElement value, string name) =>
        List(value, name) is [var start, var end] ? new BucketRange(Number(start, name), Number(end, name)) : throw Wrong(name, "a pair of numbers", value);

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {ShortText.Start(value.GetRawText(), 40)}",
        JsonValueKind.Undefined or JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };
}
