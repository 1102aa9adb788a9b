using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pawl.Ledger;

/// <summary>
/// That a receipt is in the ledger a checkpoint speaks of, in one file that is verified without the database: the entry, its place, the
/// inclusion proof, the checkpoint and the key that signed it.
/// </summary>
public sealed record ReceiptProof
{
    private const int Hashes = 64;

    /// <summary>The receipt's entry, canonical JSON.</summary>
    public required string Entry { get; init; }

    /// <summary>The leaf's index, from 0.</summary>
    public required long Index { get; init; }

    /// <summary>The size of the tree: the checkpoint's.</summary>
    public required long Size { get; init; }

    /// <summary>The inclusion proof, from the leaf up.</summary>
    public required IReadOnlyList<byte[]> Proof { get; init; }

    /// <summary>The checkpoint, a signed note.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The public key of its signer, PEM.</summary>
    public required string PublicKey { get; init; }

    /// <summary>Proves a receipt under a checkpoint that covers it.</summary>
    /// <exception cref="LedgerDamagedException">The receipt or a node is not there as it was written.</exception>
    public static ReceiptProof Of(ILedgerView view, Receipt receipt, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(receipt);
        ArgumentNullException.ThrowIfNull(checkpoint);
        var signer = view.Signers().FirstOrDefault(s => LedgerPublicKey.TryParse(s.PublicKey, out var key) && checkpoint.IsSignedBy(key))
            ?? throw new LedgerDamagedException($"The key that signed the checkpoint of {checkpoint.Size} receipts is missing.");
        return new ReceiptProof
        {
            Entry = Encoding.UTF8.GetString(ReceiptEntry.Of(receipt)),
            Index = receipt.Seq,
            Size = checkpoint.Size,
            Proof = MerkleTree.ProveInclusion(receipt.Seq, checkpoint.Size, view.Node),
            Checkpoint = checkpoint.ToString(),
            PublicKey = signer.PublicKey,
        };
    }

    /// <summary>Reads a proof's file.</summary>
    /// <exception cref="BadInputException">It is not what <see cref="WriteTo"/> writes.</exception>
    public static ReceiptProof Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            var json = Json.Parse(utf8);
            if (json.ValueKind != JsonValueKind.Object || json.GetPropertyCount() != 6) throw new FormatException("it is no object of the six members entry, index, size, proof, checkpoint and public_key");
            var proof = new ReceiptProof
            {
                Entry = Text(json, "entry"),
                Index = Number(json, "index"),
                Size = Number(json, "size"),
                Proof = [.. Member(json, "proof", JsonValueKind.Array).EnumerateArray().Take(Hashes + 1).Select(Hash)],
                Checkpoint = Text(json, "checkpoint"),
                PublicKey = Text(json, "public_key"),
            };
            return proof.Proof.Count <= Hashes ? proof : throw new FormatException($"its proof has more than {Hashes} hashes");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new BadInputException($"The file is no proof of a receipt: {e.Message.TrimEnd('.')}. Make one with `pawl ledger prove REF --out FILE`.", e);
        }
    }

    /// <summary>Whether the proof holds, and by which key.</summary>
    /// <param name="trusted">Keys from outside, one of which must have signed; empty to go by the key in the file, which shows no more than that the file fits itself.</param>
    public ProofOutcome Verify(IReadOnlyList<LedgerPublicKey> trusted)
    {
        ArgumentNullException.ThrowIfNull(trusted);
        if (!Ledger.Checkpoint.TryParse(Checkpoint, out var checkpoint)) return new ProofOutcome.Broken("its checkpoint is no signed note");
        if (checkpoint.Size != Size) return new ProofOutcome.Broken($"it speaks of {Size} receipts, its checkpoint of {checkpoint.Size}");
        if (!LedgerPublicKey.TryParse(PublicKey, out var named) || named.Pem != PublicKey) return new ProofOutcome.Broken("its public key cannot be read");
        if (!checkpoint.IsSignedBy(named)) return new ProofOutcome.Broken("its checkpoint is not signed by the key in the file");
        if (trusted.Count > 0 && !trusted.Any(checkpoint.IsSignedBy)) return new ProofOutcome.Broken($"its checkpoint is signed by the key {named.Id}, which is not among the trusted ones");
        if (!IsEntry(out var reference)) return new ProofOutcome.Broken($"its entry is not that of receipt {Index} in canonical JSON");
        if (Index < 0 || !MerkleTree.VerifyInclusion(MerkleTree.HashLeaf(Encoding.UTF8.GetBytes(Entry)), (ulong)Index, (ulong)Size, Proof, checkpoint.Root.Span))
            return new ProofOutcome.Broken("its entry is not in the ledger that the checkpoint was signed for");
        return new ProofOutcome.Holds(checkpoint, named, reference, IsTrusted: trusted.Count > 0);
    }

    /// <summary>Writes the file's JSON.</summary>
    public void WriteTo(Utf8JsonWriter to)
    {
        ArgumentNullException.ThrowIfNull(to);
        to.WriteStartObject();
        to.WriteString("entry", Entry);
        to.WriteNumber("index", Index);
        to.WriteNumber("size", Size);
        to.WriteStartArray("proof");
        foreach (var hash in Proof) to.WriteBase64StringValue(hash);
        to.WriteEndArray();
        to.WriteString("checkpoint", Checkpoint);
        to.WriteString("public_key", PublicKey);
        to.WriteEndObject();
    }

    private bool IsEntry(out string reference)
    {
        reference = "";
        try
        {
            var entry = Json.Parse(Encoding.UTF8.GetBytes(Entry));
            reference = Text(entry, "ref");
            return Number(entry, "seq") == Index && Encoding.UTF8.GetString(CanonicalJson.Serialize(entry)) == Entry;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or BadInputException)
        {
            return false;
        }
    }

    // Base64 has spellings that differ in bits which mean nothing.
    private static byte[] Hash(JsonElement json) =>
        json.GetBytesFromBase64() is { Length: MerkleTree.HashBytes } hash && Convert.ToBase64String(hash) == json.GetString() ? hash : throw new FormatException("its proof holds something else than hashes");

    private static string Text(JsonElement json, string name) => Member(json, name, JsonValueKind.String).GetString()!;

    private static long Number(JsonElement json, string name) =>
        Member(json, name, JsonValueKind.Number).TryGetInt64(out var number) ? number : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"its {name} is no whole number"));

    private static JsonElement Member(JsonElement json, string name, JsonValueKind kind) =>
        json.TryGetProperty(name, out var member) && member.ValueKind == kind ? member : throw new FormatException($"its {name} is missing or of another type");
}

/// <summary>What verifying a proof came to.</summary>
public abstract record ProofOutcome
{
    private ProofOutcome()
    {
    }

    /// <summary>The receipt is in the ledger that the checkpoint was signed for.</summary>
    /// <param name="Checkpoint">The checkpoint.</param>
    /// <param name="Key">The key in the file, which signed it.</param>
    /// <param name="Ref">The receipt's name.</param>
    /// <param name="IsTrusted">Whether a trusted key signed; else only the file says whose the key is.</param>
    public sealed record Holds(Checkpoint Checkpoint, LedgerPublicKey Key, string Ref, bool IsTrusted) : ProofOutcome;

    /// <summary>It does not hold.</summary>
    /// <param name="Why">Why, as the end of a sentence about the proof.</param>
    public sealed record Broken(string Why) : ProofOutcome;
}
