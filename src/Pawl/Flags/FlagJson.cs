using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Pawl.Flags;

/// <summary>
/// The JSON form of a flag: what is stored, shown, and read from people. Reading is strict: each refusal names the path to what is wrong.
/// </summary>
public static class FlagJson
{
    /// <summary>Reads a flag's document. A <c>version</c> in it is the version it was read at.</summary>
    /// <exception cref="BadInputException">It is no flag; the message has the path to what is wrong.</exception>
    public static Flag Read(ReadOnlyMemory<byte> utf8) => Refusing("The flag's document", () =>
    {
        if (utf8.Length > Limits.FlagDocumentBytes) throw new JsonShapeException($"{utf8.Length} bytes are more than the {Limits.FlagDocumentBytes} allowed");
        return Read(Parsed(utf8), isStored: false);
    });

    /// <summary>Reads what <see cref="Document"/> wrote of a flag that was checked then.</summary>
    internal static Flag ReadStored(ReadOnlyMemory<byte> utf8) => Refusing("The flag's document", () => Read(Parsed(utf8), isStored: true));

    /// <summary>Reads the variants of a flag alone: an object of names and values.</summary>
    /// <exception cref="BadInputException">They are no variants; the message has the path to what is wrong.</exception>
    public static IReadOnlyList<Variant> ReadVariants(ReadOnlyMemory<byte> utf8) => Refusing("The variants", () => Variants(Parsed(utf8)));

    /// <summary>Writes a flag's document with its version.</summary>
    public static void Write(Utf8JsonWriter to, Flag flag) => Write(to, flag, withVersion: true);

    /// <summary>The document as it is stored and hashed: without the version.</summary>
    internal static byte[] Document(Flag flag)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer, Json.Plain)) Write(to, flag, withVersion: false);
        return buffer.WrittenSpan.ToArray();
    }

    internal static JsonElement Parsed(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span)) throw new JsonShapeException("not UTF-8");
        try
        {
            JsonShape.ExpectUnicode(utf8.Span);
            return Json.Parse(utf8);
        }
        catch (JsonException e)
        {
            throw new JsonShapeException($"not valid JSON: {e.Message}");
        }
        catch (BadInputException e)
        {
            throw new JsonShapeException(e.Message);
        }
    }

    /// <summary>Turns what is wrong with the shape of an input into the refusal of it.</summary>
    internal static T Refusing<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"{what} cannot be used: {e.Message}", e);
        }
    }

    internal static string Name(JsonElement value)
    {
        var text = JsonShape.Text(value);
        return NameFault(text) is { } fault ? throw new JsonShapeException(fault) : text;
    }

    /// <summary>What is wrong with a flag's key or a variant's name, or null.</summary>
    internal static string? NameFault(string name)
    {
        if (name.Length is > 0 and <= Limits.FlagKeyCharacters && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '/' or '|' or '-')) return null;
        return $"\"{ShortText.Start(name, 60)}\" is no name: 1 to {Limits.FlagKeyCharacters} of A-Z a-z 0-9 . _ : / | -, a letter or digit in front";
    }

    private static Flag Read(JsonElement document, bool isStored)
    {
        var flag = new Flag { Key = "", Variants = [] };
        JsonElement rules = default, fallback = default;
        JsonShape.Members(document, (name, value) =>
        {
            switch (name)
            {
                case "key": flag = flag with { Key = Name(value) }; break;
                case "description": flag = flag with { Description = JsonShape.TextOrNull(value) }; break;
                case "variants": flag = flag with { Variants = Variants(value) }; break;
                case "default": fallback = value; break;
                case "rules": rules = value; break;
                case "seed": flag = flag with { Seed = value.ValueKind == JsonValueKind.Null ? null : JsonShape.Name(value) }; break;
                case "hashVersion": flag = flag with { HashVersion = FlagRuleReader.HashVersion(value) }; break;
                case "archived": flag = flag with { IsArchived = JsonShape.Flag(value) }; break;
                case "version": flag = flag with { Version = JsonShape.Count(value) }; break;
                case "extra": flag = flag with { Extra = JsonShape.Object(value) }; break;
                default: throw new JsonShapeException("no member of a flag; it has key, description, variants, default, rules, seed, hashVersion, archived, version, extra");
            }
        });
        if (flag.Key.Length == 0) throw new JsonShapeException("the flag has no key");
        if (flag.Variants.Count == 0) throw new JsonShapeException("the flag has no variants").Inside("variants");
        return Completed(flag, fallback, rules, isStored);
    }

    // Default and rules name variants, which may stand after them.
    private static Flag Completed(Flag flag, JsonElement fallback, JsonElement rules, bool isStored)
    {
        var names = flag.Variants.Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
        JsonShape.Within("default", () =>
        {
            if (fallback.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null)) flag = flag with { Default = FlagRuleReader.Variant(fallback, names) };
        });
        JsonShape.Within("rules", () =>
        {
            if (rules.ValueKind == JsonValueKind.Undefined) return;
            JsonShape.Expect(rules, JsonValueKind.Array, "an array");
            if (rules.GetArrayLength() > Limits.FlagRules) throw new JsonShapeException($"{rules.GetArrayLength()} rules are more than the {Limits.FlagRules} allowed");
            if (!isStored) PatternCheck.ExpectFew(rules.EnumerateArray());
            flag = flag with { Rules = JsonShape.List(rules, rule => FlagRuleReader.Read(rule, names, isStored)) };
        });
        return flag;
    }

    private static List<Variant> Variants(JsonElement value)
    {
        var variants = new List<Variant>();
        JsonShape.Members(value, (name, given) =>
        {
            if (NameFault(name) is { } fault) throw new JsonShapeException(fault);
            variants.Add(new Variant(name, given.Clone()));
        });
        return variants.Count is 0 or > Limits.FlagVariants
            ? throw new JsonShapeException($"expected 1 to {Limits.FlagVariants} variants, found {variants.Count}")
            : variants;
    }

    private static void Write(Utf8JsonWriter to, Flag flag, bool withVersion)
    {
        to.WriteStartObject();
        to.WriteString("key", flag.Key);
        if (withVersion) to.WriteNumber("version", flag.Version);
        if (flag.Description is not null) to.WriteString("description", flag.Description);
        to.WriteStartObject("variants");
        foreach (var variant in flag.Variants)
        {
            to.WritePropertyName(variant.Name);
            variant.Value.WriteTo(to);
        }

        to.WriteEndObject();
        to.WriteString("default", flag.Default);
        to.WriteStartArray("rules");
        foreach (var rule in flag.Rules) rule.Document.WriteTo(to);
        to.WriteEndArray();
        if (flag.Seed is not null && flag.Seed != flag.Key) to.WriteString("seed", flag.Seed);
        to.WriteNumber("hashVersion", flag.HashVersion);
        if (flag.IsArchived) to.WriteBoolean("archived", true);
        if (flag.Extra.ValueKind == JsonValueKind.Object)
        {
            to.WritePropertyName("extra");
            flag.Extra.WriteTo(to);
        }

        to.WriteEndObject();
    }
}
