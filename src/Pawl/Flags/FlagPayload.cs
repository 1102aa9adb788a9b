using System.Buffers;
using System.Text.Json;

namespace Pawl.Flags;

/// <summary>
/// Flags as the payload that the GrowthBook SDKs read: names become values again, archived flags are left out. A rule that hashes gets the
/// flag's seed and hash version where it has none and the SDKs' own defaults (the key, version 1) would differ.
/// </summary>
public static class FlagPayload
{
    /// <summary>Writes the payload, its features in the order of their keys.</summary>
    /// <param name="flags">The flags.</param>
    /// <param name="updatedAt">When the newest of them changed; null leaves <c>dateUpdated</c> out.</param>
    public static byte[] Write(IEnumerable<Flag> flags, DateTimeOffset? updatedAt = null)
    {
        ArgumentNullException.ThrowIfNull(flags);
        var buffer = new ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer, Json.Plain))
        {
            to.WriteStartObject();
            WriteFeatures(to, flags);
            if (updatedAt is { } at) to.WriteString("dateUpdated", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
            to.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteFeatures(Utf8JsonWriter to, IEnumerable<Flag> flags)
    {
        to.WriteStartObject("features");
        foreach (var flag in flags.Where(f => !f.IsArchived).OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            to.WriteStartObject(flag.Key);
            WriteFeature(to, flag);
            to.WriteEndObject();
        }

        to.WriteEndObject();
    }

    private static void WriteFeature(Utf8JsonWriter to, Flag flag)
    {
        var values = flag.Variants.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);
        if (flag.Default is { } name)
        {
            to.WritePropertyName("defaultValue");
            values[name].WriteTo(to);
        }

        if (flag.Rules.Count > 0)
        {
            to.WriteStartArray("rules");
            foreach (var rule in flag.Rules) WriteRule(to, flag, rule, values);
            to.WriteEndArray();
        }

        if (flag.Extra.ValueKind != JsonValueKind.Object) return;
        foreach (var member in flag.Extra.EnumerateObject()) member.WriteTo(to);
    }

    private static void WriteRule(Utf8JsonWriter to, Flag flag, FlagRule rule, Dictionary<string, JsonElement> values)
    {
        to.WriteStartObject();
        foreach (var member in rule.Document.EnumerateObject())
        {
            if (member.NameEquals("serve"))
            {
                to.WritePropertyName("force");
                values[rule.Serve!].WriteTo(to);
            }
            else if (member.NameEquals("variations"))
            {
                to.WriteStartArray("variations");
                foreach (var variation in rule.Variations) values[variation].WriteTo(to);
                to.WriteEndArray();
            }
            else
            {
                member.WriteTo(to);
            }
        }

        WriteHashing(to, flag, rule);
        to.WriteEndObject();
    }

    private static void WriteHashing(Utf8JsonWriter to, Flag flag, FlagRule rule)
    {
        if (!rule.Hashes) return;
        var document = rule.Document;
        if (flag.HashVersion != 1 && !document.TryGetProperty("hashVersion", out _)) to.WriteNumber("hashVersion", flag.HashVersion);
        var isSeeded = document.TryGetProperty("seed", out _) || (rule.Variations.Count > 0 && document.TryGetProperty("key", out _));
        if (!isSeeded && flag.Seed is { } seed && seed != flag.Key) to.WriteString("seed", seed);
    }
}
