using System.Globalization;
using System.Text.Json;

namespace Pawl;

/// <summary>A JSON value that is not what belongs in its place; knows the path to it, from the inside out.</summary>
internal sealed class JsonShapeException(string what, string path = "") : Exception(what)
{
    /// <summary>The path from the root, such as <c>$.options[2].confidence</c>.</summary>
    public string Path => "$" + path;

    public override string Message => $"{Path}: {base.Message}";

    public JsonShapeException Inside(string member) => new(base.Message, "." + member + path);

    public JsonShapeException Inside(int index) => new(base.Message, string.Create(CultureInfo.InvariantCulture, $"[{index}]") + path);
}

/// <summary>Reads single JSON values and says what was expected and what stood there.</summary>
internal static class JsonShape
{
    /// <summary>Reads the members of an object one by one; an error inside a member gets the member's name.</summary>
    public static void Members(JsonElement value, Action<string, JsonElement> read)
    {
        Expect(value, JsonValueKind.Object, "an object");
        foreach (var member in value.EnumerateObject())
        {
            var name = Decoded(member);
            try
            {
                read(name, member.Value);
            }
            catch (JsonShapeException e)
            {
                throw e.Inside(name);
            }
        }
    }

    /// <summary>An error in what is read gets the member's name.</summary>
    public static void Within(string member, Action read)
    {
        try
        {
            read();
        }
        catch (JsonShapeException e)
        {
            throw e.Inside(member);
        }
    }

    public static List<T> List<T>(JsonElement value, Func<JsonElement, T> read)
    {
        Expect(value, JsonValueKind.Array, "an array");
        var items = new List<T>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            try
            {
                items.Add(read(item));
            }
            catch (JsonShapeException e)
            {
                throw e.Inside(items.Count);
            }
        }

        return items;
    }

    public static string Text(JsonElement value)
    {
        Expect(value, JsonValueKind.String, "a string");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new JsonShapeException("expected Unicode text, found half of a surrogate pair");
        }
    }

    /// <summary>Refuses JSON in which any text holds half of a surrogate pair: no database, and no answer, could hold it.</summary>
    public static void ExpectUnicode(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0) return; // in UTF-8 only an escape can spell one
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Limits.JsonDepth });
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped) continue;
            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException e)
            {
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"the text at byte {reader.TokenStartIndex + 1} holds half of a surrogate pair"), e);
            }
        }
    }

    public static string? TextOrNull(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : Text(value);

    /// <summary>An id or a name: it becomes part of an index, so it is short and holds no NUL.</summary>
    public static string Name(JsonElement value)
    {
        var text = Text(value);
        if (text.Length == 0) throw new JsonShapeException("expected a name, found an empty string");
        return Names.Fault(text) is { } fault ? throw new JsonShapeException(fault) : text;
    }

    public static bool Flag(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Unexpected(value, "true or false"),
    };

    public static bool? FlagOrNull(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : Flag(value);

    /// <summary>A count: a whole number of at least 0. Writers in other languages put 12.0 for 12.</summary>
    public static long Count(JsonElement value)
    {
        Expect(value, JsonValueKind.Number, "a whole number of at least 0");
        if (value.TryGetInt64(out var whole) && whole >= 0) return whole;
        return value.TryGetDouble(out var number) && number is >= 0 and < long.MaxValue
            ? (long)Math.Round(number)
            : throw Unexpected(value, "a whole number of at least 0");
    }

    /// <summary>A share: a number from 0 to 1.</summary>
    public static double Share(JsonElement value)
    {
        Expect(value, JsonValueKind.Number, "a number from 0 to 1");
        return value.TryGetDouble(out var number) && number is >= 0 and <= 1 ? number : throw Unexpected(value, "a number from 0 to 1");
    }

    public static JsonElement Object(JsonElement value)
    {
        Expect(value, JsonValueKind.Object, "an object");
        return value.Clone();
    }

    public static void Expect(JsonElement value, JsonValueKind kind, string expected)
    {
        if (value.ValueKind != kind) throw Unexpected(value, expected);
    }

    public static JsonShapeException Unexpected(JsonElement value, string expected) => new($"expected {expected}, found {Found(value)}");

    private static string Decoded(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw new JsonShapeException("a member's name holds half of a surrogate pair");
        }
    }

    private static string Found(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Null => "null",
        JsonValueKind.Undefined => "nothing",
        _ when value.GetRawText() is { Length: <= 60 } shown => shown,
        _ => value.GetRawText()[..60] + "…",
    };
}

/// <summary>What ids and names may hold.</summary>
internal static class Names
{
    /// <summary>What is wrong with a name, or null.</summary>
    public static string? Fault(string name) =>
        name.Length > Limits.NameCharacters
            ? string.Create(CultureInfo.InvariantCulture, $"a name of {name.Length} characters is longer than the {Limits.NameCharacters} allowed")
            : name.Contains('\0', StringComparison.Ordinal) ? "a name may not hold a NUL character" : null;

    public static string Checked(string name, string parameter) =>
        string.IsNullOrEmpty(name) ? throw new ArgumentException("A name may not be empty.", parameter)
        : Fault(name) is { } fault ? throw new ArgumentException($"{fault}: \"{name[..Math.Min(name.Length, 60)]}\"", parameter)
        : name;
}
