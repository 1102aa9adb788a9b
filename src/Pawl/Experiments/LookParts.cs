using System.Globalization;
using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>The members of a closed object of a look, and the kinds of value that looks are made of beyond those of a request.</summary>
internal sealed class LookParts
{
    private const string InstantForm = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    private readonly Dictionary<string, JsonElement> _members;

    private LookParts(Dictionary<string, JsonElement> members) => _members = members;

    /// <summary>The members: each of these is there, and no other.</summary>
    /// <exception cref="JsonShapeException">It is no such object.</exception>
    public static LookParts Of(JsonElement value, string what, params string[] names) => new(RequestShape.Parts(value, what, names));

    /// <summary>A member; what is wrong in it gets its name.</summary>
    public T Read<T>(string member, Func<JsonElement, T> read)
    {
        T result = default!;
        JsonShape.Within(member, () => result = read(_members[member]));
        return result;
    }

    public static T? OrNull<T>(JsonElement value, Func<JsonElement, T> read) where T : struct => value.ValueKind == JsonValueKind.Null ? null : read(value);

    public static int Whole(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole) && whole >= 0 ? whole : throw JsonShape.Unexpected(value, "a whole number of at least 0");

    /// <summary>A count. Unlike <see cref="JsonShape.Count"/> it is never rounded: only what Pawl wrote itself is read here.</summary>
    public static long Count(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var whole) && whole >= 0 ? whole : throw JsonShape.Unexpected(value, "a whole number of at least 0");

    /// <summary>An instant in the spelling of the ledger's entries.</summary>
    public static DateTimeOffset Instant(JsonElement value)
    {
        var text = JsonShape.Text(value);
        return DateTimeOffset.TryParseExact(text, InstantForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw JsonShape.Unexpected(value, "a time such as 2026-11-20T23:57:49.0000000Z");
    }

    public static string Spelled(DateTimeOffset at) => at.UtcDateTime.ToString(InstantForm, CultureInfo.InvariantCulture);

    /// <summary>Any double. What no JSON number can say is a string: an interval may be open to one side.</summary>
    public static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
        JsonValueKind.String when value.ValueEquals("Infinity") => double.PositiveInfinity,
        JsonValueKind.String when value.ValueEquals("-Infinity") => double.NegativeInfinity,
        JsonValueKind.String when value.ValueEquals("NaN") => double.NaN,
        _ => throw JsonShape.Unexpected(value, "a number, \"Infinity\", \"-Infinity\" or \"NaN\""),
    };

    public static double? NumberOrNull(JsonElement value) => OrNull(value, Number);

    public static void Write(Utf8JsonWriter to, string member, double? number)
    {
        to.WritePropertyName(member);
        WriteValue(to, number);
    }

    public static void WriteValue(Utf8JsonWriter to, double? number)
    {
        if (number is not { } value) to.WriteNullValue();
        else if (double.IsFinite(value)) to.WriteNumberValue(value);
        else to.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    public static void WriteList<T>(Utf8JsonWriter to, string member, IEnumerable<T> items, Action<T> write)
    {
        to.WriteStartArray(member);
        foreach (var item in items) write(item);
        to.WriteEndArray();
    }
}
