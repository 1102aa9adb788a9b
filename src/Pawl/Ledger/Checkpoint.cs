using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pawl.Ledger;

/// <summary>
/// The signed size and root of the ledger at a moment: a C2SP tlog-checkpoint in a C2SP signed note
/// (https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note), signatures of type 0x02, ECDSA over SHA-256 of the text.
/// </summary>
public sealed record Checkpoint
{
    private const int SignatureLines = 16;
    private const int LineIdBytes = 4;
    private const string LineStart = "— ";
    private const string OriginStart = "pawl.ledger/";

    private Checkpoint(string origin, long size, byte[] root, IReadOnlyList<CheckpointSignature> signatures) =>
        (Origin, Size, Root, Signatures) = (origin, size, root, signatures);

    /// <summary>Which ledger: <c>pawl.ledger/</c> and the first 32 hex digits of its first leaf's hash.</summary>
    public string Origin { get; }

    /// <summary>How many receipts.</summary>
    public long Size { get; }

    /// <summary>The root over them.</summary>
    public ReadOnlyMemory<byte> Root { get; }

    /// <summary>Who signed it.</summary>
    public IReadOnlyList<CheckpointSignature> Signatures { get; }

    /// <summary>What is signed.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root.Span)}\n");

    /// <summary>The origin of the ledger that begins with a leaf.</summary>
    public static string OriginOf(ReadOnlySpan<byte> firstLeaf) => OriginStart + Convert.ToHexStringLower(firstLeaf[..16]);

    /// <summary>The origin of a ledger; null where it is empty, or its first receipt has no hash.</summary>
    public static string? OriginOf(ILedgerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.Stored(0)?.Nodes is { Length: >= MerkleTree.HashBytes } nodes ? OriginOf(nodes.AsSpan(0, MerkleTree.HashBytes)) : null;
    }

    /// <summary>Signs a size and root.</summary>
    public static Checkpoint Sign(string origin, long size, byte[] root, LedgerKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var unsigned = new Checkpoint(origin, size, root, []);
        var signature = key.Sign(Encoding.UTF8.GetBytes(unsigned.Text), DSASignatureFormat.Rfc3279DerSequence);
        return new Checkpoint(origin, size, root, [new CheckpointSignature(key.Signer.Name, key.PublicKey.LineId, signature)]);
    }

    /// <summary>Reads a signed note. Only the one spelling that <see cref="ToString"/> writes is read; false for any other.</summary>
    public static bool TryParse(string note, out Checkpoint checkpoint)
    {
        checkpoint = null!;
        if (note is null || note.Length > Limits.CheckpointBytes) return false;
        var lines = note.Split('\n');
        if (lines.Length is < 6 or > 5 + SignatureLines || lines[3].Length != 0 || lines[^1].Length != 0) return false;
        if (!lines[0].StartsWith(OriginStart, StringComparison.Ordinal)
            || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || !TryBase64(lines[2], out var root) || root.Length != MerkleTree.HashBytes) return false;
        var signatures = new List<CheckpointSignature>();
        foreach (var line in lines[4..^1])
        {
            if (!TryParseSignature(line, out var signature)) return false;
            signatures.Add(signature);
        }

        checkpoint = new Checkpoint(lines[0], size, root, signatures);
        return checkpoint.ToString() == note;
    }

    /// <summary>Whether one of the signatures is a key's.</summary>
    public bool IsSignedBy(LedgerPublicKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var text = Encoding.UTF8.GetBytes(Text);
        return Signatures.Any(s => s.KeyId == key.LineId && key.Verify(text, s.Value.Span, DSASignatureFormat.Rfc3279DerSequence));
    }

    /// <summary>The signed note.</summary>
    public override string ToString() => Text + "\n" + string.Concat(Signatures.Select(s => s.ToString()));

    private static bool TryParseSignature(string line, out CheckpointSignature signature)
    {
        signature = null!;
        var parts = line.Split(' ');
        if (parts is not ["—", { Length: > 0 } name, var value] || name.Any(c => c == '+' || char.IsWhiteSpace(c) || char.IsControl(c))) return false;
        if (!TryBase64(value, out var bytes) || bytes.Length <= LineIdBytes) return false;
        signature = new CheckpointSignature(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[LineIdBytes..]);
        return true;
    }

    private static bool TryBase64(string text, out byte[] bytes)
    {
        bytes = new byte[(text.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(text, bytes, out var length)) return false;
        bytes = bytes[..length];
        return true;
    }

    /// <summary>Whether a text may be the start of a note that was not written to its end.</summary>
    internal static bool IsStart(string text) =>
        text.Length < OriginStart.Length ? OriginStart.StartsWith(text, StringComparison.Ordinal) : text.StartsWith(OriginStart, StringComparison.Ordinal);

    /// <summary>Whether a line of a file of notes is a signature's.</summary>
    internal static bool IsSignatureLine(string line) => line.StartsWith(LineStart, StringComparison.Ordinal);
}

/// <summary>One signature of a checkpoint.</summary>
/// <param name="Name">The signer's name.</param>
/// <param name="KeyId">The first four bytes of SHA-256 of the key's SubjectPublicKeyInfo.</param>
/// <param name="Value">The signature, ASN.1 DER.</param>
public sealed record CheckpointSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Value)
{
    /// <summary>The signature's line, with its line feed.</summary>
    public override string ToString()
    {
        var bytes = new byte[sizeof(uint) + Value.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Value.Span.CopyTo(bytes.AsSpan(sizeof(uint)));
        return $"— {Name} {Convert.ToBase64String(bytes)}\n";
    }
}
