using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pawl.Ledger;

/// <summary>
/// The bytes that a receipt's leaf is made of: its canonical JSON (RFC 8785). Written from the receipt's fields each time, never stored,
/// so that no stored field can say anything else than what was hashed.
/// </summary>
public static class ReceiptEntry
{
    /// <summary>The entry of a receipt. Members that are null are left out.</summary>
    public static byte[] Of(Receipt receipt)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        Write(receipt, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The hash of a receipt's leaf.</summary>
    public static byte[] LeafHash(Receipt receipt) => LeafHash(receipt, new ArrayBufferWriter<byte>(512));

    /// <summary>The hash of a receipt's leaf, made in a buffer that many calls share.</summary>
    internal static byte[] LeafHash(Receipt receipt, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        scratch.Write([MerkleTree.LeafPrefix]);
        Write(receipt, scratch);
        return SHA256.HashData(scratch.WrittenSpan);
    }

    /// <summary>A receipt kind's word in entries, in the database and on the command line.</summary>
    public static string Word(ReceiptKind kind) => kind switch
    {
        ReceiptKind.Intent => "intent",
        ReceiptKind.Result => "result",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    // The members in the order of RFC 8785 §3.2.3, which is that of their names.
    internal static void Write(Receipt receipt, ArrayBufferWriter<byte> to)
    {
        Text("{\"actor\":"u8, receipt.Actor);
        Text(",\"args_digest\":"u8, receipt.ArgsDigest);
        Text(",\"at\":"u8, receipt.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture));
        if (receipt.Contract is { } contract) Text(",\"contract\":"u8, contract);
        if (receipt.Data is { } data)
        {
            to.Write(",\"data\":"u8);
            Encoding.UTF8.GetBytes(data, to);
        }

        if (receipt.DataDigest is { } digest) Text(",\"data_digest\":"u8, digest);
        Text(",\"key\":"u8, receipt.Key);
        Text(",\"kind\":"u8, Word(receipt.Kind));
        Text(",\"message\":"u8, receipt.Message);
        to.Write(receipt.Ok ? ",\"ok\":true"u8 : ",\"ok\":false"u8);
        Text(",\"ref\":"u8, receipt.Ref);
        to.Write(",\"seq\":"u8);
        var span = to.GetSpan(20);
        receipt.Seq.TryFormat(span, out var length, default, CultureInfo.InvariantCulture);
        to.Advance(length);
        Text(",\"subject\":"u8, receipt.Subject);
        Text(",\"tool\":"u8, receipt.Tool);
        to.Write("}"u8);

        void Text(ReadOnlySpan<byte> name, string value)
        {
            to.Write(name);
            CanonicalJson.WriteString(value, to);
        }
    }
}
