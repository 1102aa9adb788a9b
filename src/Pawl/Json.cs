using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pawl;

/// <summary>JSON values as the product passes them: immutable <see cref="JsonElement"/>s, and how they are written.</summary>
public static class Json
{
    // Static fields are set in the order of the text: these come first, because Parse needs them.
    internal static readonly JsonDocumentOptions Strict = new() { MaxDepth = Limits.JsonDepth, AllowDuplicateProperties = false };
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

    /// <summary>Reads one JSON value. Its members may not stand twice, and nest at most <see cref="Limits.JsonDepth"/> deep.</summary>
    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8, Strict);
        return document.RootElement.Clone();
    }

    internal static JsonElement Parse(string text) => Parse(System.Text.Encoding.UTF8.GetBytes(text));
}
