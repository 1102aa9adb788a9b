using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pawl.Ledger;

/// <summary>
/// A receipt in a form that other tools verify: an in-toto Statement v1 (https://in-toto.io/Statement/v1) in a DSSE envelope
/// (https://github.com/secure-systems-lab/dsse). The subject is the receipt's entry, by name and SHA-256; the predicate is the receipt.
/// </summary>
public static class Attestation
{
    /// <summary>The payload type of in-toto statements.</summary>
    public const string PayloadType = "application/vnd.in-toto+json";

    /// <summary>The predicate type of receipts.</summary>
    public const string PredicateType = "urn:pawl:receipt:v1";

    /// <summary>The statement about a receipt.</summary>
    public static byte[] Statement(Receipt receipt)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        var entry = ReceiptEntry.Of(receipt);
        var buffer = new ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer, Json.Plain))
        {
            to.WriteStartObject();
            to.WriteString("_type", "https://in-toto.io/Statement/v1");
            to.WriteStartArray("subject");
            to.WriteStartObject();
            to.WriteString("name", receipt.Ref);
            to.WriteStartObject("digest");
            to.WriteString("sha256", Convert.ToHexStringLower(SHA256.HashData(entry)));
            to.WriteEndObject();
            to.WriteEndObject();
            to.WriteEndArray();
            to.WriteString("predicateType", PredicateType);
            to.WritePropertyName("predicate");
            to.WriteRawValue(entry, skipInputValidation: true);
            to.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The envelope around a receipt's statement, one line of JSON.</summary>
    public static byte[] Envelope(Receipt receipt, LedgerKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var payload = Statement(receipt);
        var buffer = new ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer, Json.Plain))
        {
            to.WriteStartObject();
            to.WriteBase64String("payload", payload);
            to.WriteString("payloadType", PayloadType);
            to.WriteStartArray("signatures");
            to.WriteStartObject();
            to.WriteString("keyid", key.PublicKey.Id);
            to.WriteBase64String("sig", key.Sign(Authenticated(PayloadType, payload), DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
            to.WriteEndObject();
            to.WriteEndArray();
            to.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads an envelope and verifies it; false where it is none, or has no signature by the key. Nothing of it counts before.</summary>
    public static bool TryVerify(ReadOnlyMemory<byte> envelope, LedgerPublicKey key, out byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(key);
        payload = [];
        try
        {
            var json = Json.Parse(envelope);
            var type = json.GetProperty("payloadType").GetString()!;
            var body = json.GetProperty("payload").GetBytesFromBase64();
            var signed = Authenticated(type, body);
            if (!json.GetProperty("signatures").EnumerateArray().Any(s => key.Verify(signed, s.GetProperty("sig").GetBytesFromBase64(), DSASignatureFormat.IeeeP1363FixedFieldConcatenation)))
                return false;
            payload = body;
            return type == PayloadType;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or ArgumentNullException)
        {
            return false;
        }
    }

    /// <summary>What DSSE signs: the pre-authentication encoding (PAE) of type and body.</summary>
    public static byte[] Authenticated(string type, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(type);
        return [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {body.Length} "), .. body];
    }
}
