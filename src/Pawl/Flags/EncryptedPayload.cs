using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pawl.Flags;

/// <summary>
/// A GrowthBook payload whose <c>features</c>, <c>savedGroups</c> and <c>experiments</c> travel as <c>encryptedFeatures</c>,
/// <c>encryptedSavedGroups</c> and <c>encryptedExperiments</c>, each in the form of <see cref="PayloadEncryption"/>. All other members stay as they are.
/// </summary>
public static class EncryptedPayload
{
    private static readonly (string Plain, string Encrypted)[] Members =
        [("features", "encryptedFeatures"), ("savedGroups", "encryptedSavedGroups"), ("experiments", "encryptedExperiments")];

    /// <summary>The payload with what can be encrypted encrypted, each member with its own initialization vector.</summary>
    /// <exception cref="BadInputException">The key is not 16 bytes in base64.</exception>
    /// <exception cref="ArgumentException">The payload is not an object.</exception>
    public static JsonElement Encrypt(JsonElement payload, string key, RandomNumberGenerator random)
    {
        if (payload.ValueKind != JsonValueKind.Object) throw new ArgumentException("A payload is a JSON object.", nameof(payload));
        return Written(writer =>
        {
            foreach (var member in payload.EnumerateObject())
            {
                var name = Members.FirstOrDefault(m => m.Plain == member.Name).Encrypted;
                if (name is null) member.WriteTo(writer);
                else writer.WriteString(name, PayloadEncryption.Encrypt(Encoding.UTF8.GetBytes(member.Value.GetRawText()), key, random));
            }
        });
    }

    /// <summary>Decrypts a payload. Nothing that can be wrong with it throws; a payload with nothing encrypted in it is its own answer.</summary>
    /// <param name="payload">The payload as it came. An encrypted member that is null or empty counts as absent; otherwise it replaces its plain one.</param>
    /// <param name="key">The key: 16 bytes in base64.</param>
    /// <param name="decrypted">The payload in plain; undefined when the answer is false.</param>
    /// <param name="reason">When the answer is false, which member could not be read and why.</param>
    public static bool TryDecrypt(JsonElement payload, string? key, out JsonElement decrypted, [NotNullWhen(false)] out string? reason)
    {
        decrypted = default;
        if (payload.ValueKind != JsonValueKind.Object)
        {
            reason = "A payload is a JSON object; this is not one.";
            return false;
        }

        try
        {
            var plain = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            foreach (var (name, encrypted) in Members)
            {
                if (!TryDecryptMember(payload, encrypted, key, out var value, out reason)) return false;
                if (value is { } found) plain.Add(name, found);
            }

            decrypted = Written(writer => WritePlain(writer, payload, plain));
            reason = null;
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            reason = $"The payload cannot be read: {e.Message}";
            return false;
        }
    }

    private static bool TryDecryptMember(JsonElement payload, string name, string? key, out JsonElement? value, [NotNullWhen(false)] out string? reason)
    {
        (value, reason) = (null, null);
        if (!payload.TryGetProperty(name, out var member) || member.ValueKind == JsonValueKind.Null) return true;
        if (member.ValueKind != JsonValueKind.String)
        {
            reason = $"{name} is not a string.";
            return false;
        }

        var text = member.GetString()!;
        if (text.Length == 0) return true;
        if (!PayloadEncryption.TryDecrypt(text, key, out var utf8, out var why))
        {
            reason = $"{name} cannot be decrypted. {why}";
            return false;
        }

        try
        {
            value = Json.Parse(utf8);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is what a name with half a surrogate pair gives. The parser's message would quote the plain text.
            reason = $"{name} decrypts to something that is not one JSON value.";
            return false;
        }
    }

    private static void WritePlain(Utf8JsonWriter writer, JsonElement payload, Dictionary<string, JsonElement> plain)
    {
        foreach (var member in payload.EnumerateObject())
        {
            if (!plain.ContainsKey(member.Name) && !Members.Any(m => m.Encrypted == member.Name)) member.WriteTo(writer);
        }

        foreach (var (name, value) in plain)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
    }

    private static JsonElement Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Json.Plain))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Json.Parse(buffer.WrittenMemory);
    }
}
