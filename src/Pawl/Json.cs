using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pawl;

/// <summary>JSON values as the product passes them: immutable <see cref="JsonElement"/>s, and how they are written.</summary>
public static partial class Json
{
    // Static fields are set in the order of the text: these come first, because Parse needs them.
    internal static readonly JsonDocumentOptions Strict = new() { MaxDepth = Limits.JsonDepth, AllowDuplicateProperties = false };
    // A value within the limit, inside the few levels of the record around it.
    internal static readonly JsonDocumentOptions Stored = new() { MaxDepth = Limits.JsonDepth + 8 };
    // Only what JSON itself demands is escaped: what people wrote stays readable in the database and in exports.
    internal static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    internal static readonly JsonWriterOptions Indented = Plain with { Indented = true };

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>The empty object, <c>{}</c>.</summary>
    public static JsonElement EmptyObject { get; } = Parse("{}");

    /// <summary>The value <c>null</c>.</summary>
    public static JsonElement Null { get; } = Parse("null");

    /// <summary>Takes a snapshot of any value as JSON; what happens to the value afterwards does not change it.</summary>
    /// <param name="value">Null, a <see cref="JsonElement"/>, or any object that System.Text.Json can write.</param>
    /// <exception cref="ArgumentException">The value cannot be written as JSON, a NaN in it for instance.</exception>
    public static JsonElement From(object? value)
    {
        try
        {
            return value switch
            {
                null => Null,
                JsonElement element => element.ValueKind == JsonValueKind.Undefined ? Null : element.Clone(),
                _ => JsonSerializer.SerializeToElement(value, value.GetType(), Web),
            };
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or ArgumentException or InvalidOperationException)
        {
            throw new ArgumentException($"A {value!.GetType().Name} cannot be written as JSON: {e.Message}", nameof(value), e);
        }
    }

    /// <summary>A snapshot of any value; where it has no JSON within the limits, of its text. Never throws: an agent's work was done already.</summary>
    internal static JsonElement FromAny(object? value)
    {
        try
        {
            var json = From(value);
            if (IsShallow(json)) return json;
        }
        catch (ArgumentException)
        {
            // Its text stands for it.
        }

        return From(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Reads one JSON value. Its members may not stand twice, and nest at most <see cref="Limits.JsonDepth"/> deep.</summary>
    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            return document.RootElement.Clone();
        }
        catch (InvalidOperationException e)
        {
            // Comparing members' names, the parser trips over one that holds half a surrogate pair.
            throw new JsonException("A member's name holds half of a surrogate pair.", e);
        }
    }

    /// <summary>An object of the members that are written.</summary>
    internal static JsonElement Object(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer, Plain))
        {
            to.WriteStartObject();
            writeMembers(to);
            to.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory, Stored);
        return document.RootElement.Clone();
    }

    internal static void WriteMember(Utf8JsonWriter to, string name, JsonElement value)
    {
        to.WritePropertyName(name);
        value.WriteTo(to);
    }

    internal static JsonElement Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    /// <summary>Whether a value nests at most <see cref="Limits.JsonDepth"/> deep.</summary>
    internal static bool IsShallow(JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) return true;
        var json = JsonMarshal.GetRawUtf8Value(value);
        if (json.Count((byte)'{') + json.Count((byte)'[') <= Limits.JsonDepth) return true;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        while (reader.Read())
        {
            if (reader.CurrentDepth > Limits.JsonDepth) return false;
        }

        return true;
    }

    /// <summary>
    /// The value with U+FFFD for each half of a surrogate pair, which no UTF-8 can spell: tools cut their output anywhere, also within an emoji.
    /// </summary>
    internal static JsonElement Whole(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Undefined) return value;
        var json = JsonMarshal.GetRawUtf8Value(value);
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0) return value;
        using var document = JsonDocument.Parse(HalfPair().Replace(Encoding.UTF8.GetString(json), @"\ufffd"), Stored);
        return document.RootElement.Clone();
    }

    [GeneratedRegex(@"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F][0-9a-fA-F]{2})", RegexOptions.CultureInvariant)]
    private static partial Regex HalfPair();
}
