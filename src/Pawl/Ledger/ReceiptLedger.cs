using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pawl.Ledger;

/// <summary>
/// The append-only sequence of all receipts, each one a leaf of a Merkle tree. A receipt shares the transaction of the effect it speaks
/// of: both are there, or neither.
/// </summary>
/// <param name="store">Where it is kept.</param>
/// <param name="time">The clock of <see cref="Receipt.At"/>.</param>
public sealed class ReceiptLedger(ILedgerStore store, TimeProvider time)
{
    private const int SubjectCharacters = 512;

    /// <summary>
    /// What an earlier completed receipt says about doing this: null where the key is free, else <see cref="AppendOutcome.Repeated"/> or
    /// <see cref="AppendOutcome.Refused"/>. Ask before making the effect.
    /// </summary>
    public AppendOutcome? Earlier(ITransaction transaction, string key, JsonElement args) =>
        Earlier(store.FindCompleted(transaction, key), CanonicalJson.Digest(args));

    /// <summary>Appends a receipt, unless its key was completed before. It is valid once the transaction commits.</summary>
    /// <exception cref="ArgumentException">A text is empty, too long, or holds NUL or half a surrogate pair; an intent is ok; or the data is too large.</exception>
    public AppendOutcome Append(ITransaction transaction, ReceiptDraft draft)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return Append(transaction, draft, CanonicalJson.Digest(draft.Args));
    }

    /// <summary>
    /// Appends the result of an intent: with its tool, key, arguments, subject and contract. An effect that was made is always put on record,
    /// whatever was thought of it meanwhile, unless its key is completed already. That it was not made is said only while the intent is open:
    /// a younger intent of the same key is a new try, about which this says nothing. Null where nothing was appended.
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="intent">The intent.</param>
    /// <param name="actor">Who says what came of it.</param>
    /// <param name="result">Whether it was done, and what is known of it.</param>
    public Receipt? Close(ITransaction transaction, Receipt intent, string actor, IntentResult result)
    {
        ArgumentNullException.ThrowIfNull(intent);
        ArgumentNullException.ThrowIfNull(result);
        if (!result.Ok && !store.View(transaction).IsOpen(intent)) return null;
        var draft = new ReceiptDraft
        {
            Tool = intent.Tool,
            Ok = result.Ok,
            Ref = result.Ref,
            Key = intent.Key,
            Args = Json.Null,
            Actor = actor,
            Subject = intent.Subject,
            Contract = intent.Contract,
            Message = result.Message,
            Data = result.Data,
        };
        return (Append(transaction, draft, intent.ArgsDigest) as AppendOutcome.Appended)?.Receipt;
    }

    private AppendOutcome Append(ITransaction transaction, ReceiptDraft draft, string digest)
    {
        Check(draft);
        var (completed, frontier) = store.Next(transaction, draft.Key);
        if (Earlier(completed, digest) is { } earlier) return earlier;
        var (data, dataDigest, body) = Placed(draft.Data);
        var receipt = new Receipt
        {
            Seq = frontier.Size,
            Kind = draft.Kind,
            Tool = draft.Tool,
            Ok = draft.Ok,
            Ref = draft.Ref,
            Key = draft.Key,
            ArgsDigest = digest,
            Actor = draft.Actor,
            At = time.GetUtcNow().ToUniversalTime(),
            Subject = draft.Subject,
            Contract = draft.Contract,
            Message = draft.Message,
            Data = data,
            DataDigest = dataDigest,
        };
        var nodes = frontier.Append(ReceiptEntry.LeafHash(receipt));
        store.Append(transaction, receipt, nodes, frontier, body);
        return new AppendOutcome.Appended(receipt);
    }

    private static AppendOutcome? Earlier(Receipt? completed, string digest) => completed switch
    {
        null => null,
        { } receipt when receipt.ArgsDigest == digest => new AppendOutcome.Repeated(receipt),
        { } receipt => new AppendOutcome.Refused(receipt, digest),
    };

    private static (string? Data, string? Digest, string? Body) Placed(JsonElement data)
    {
        if (data.ValueKind == JsonValueKind.Undefined) return default;
        var canonical = CanonicalJson.Serialize(data);
        if (canonical.Length > Limits.ReceiptBodyBytes)
            throw new ArgumentException($"A receipt's Data has {canonical.Length} bytes; at most {Limits.ReceiptBodyBytes} are kept.", nameof(data));
        var text = Encoding.UTF8.GetString(canonical);
        return canonical.Length <= Limits.ReceiptDataBytes ? (text, null, null) : (null, Convert.ToHexStringLower(SHA256.HashData(canonical)), text);
    }

    private static void Check(ReceiptDraft draft)
    {
        if (draft is { Kind: ReceiptKind.Intent, Ok: true }) throw new ArgumentException("An intent says nothing about success: set Ok to false.", nameof(draft));
        Check(draft.Tool, nameof(draft.Tool), Limits.NameCharacters);
        Check(draft.Ref, nameof(draft.Ref), Limits.NameCharacters);
        Check(draft.Key, nameof(draft.Key), Limits.NameCharacters);
        Check(draft.Actor, nameof(draft.Actor), Limits.NameCharacters);
        Check(draft.Subject, nameof(draft.Subject), SubjectCharacters);
        Check(draft.Message, nameof(draft.Message), Limits.ReceiptMessageCharacters, mayBeEmpty: true);
        if (draft.Contract is { } contract) Check(contract, nameof(draft.Contract), Limits.NameCharacters);
    }

    private static void Check(string text, string name, int longest, bool mayBeEmpty = false)
    {
        if (text is null || (text.Length == 0 && !mayBeEmpty)) throw new ArgumentException($"A receipt's {name} is empty.", name);
        if (text.Length > longest) throw new ArgumentException($"A receipt's {name} has {text.Length} characters; at most {longest} are kept.", name);
        if (text.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException($"A receipt's {name} holds a NUL character.", name);
        if (text.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar) && !IsWhole(text))
            throw new ArgumentException($"A receipt's {name} holds half a surrogate pair.", name);
    }

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }

        return true;
    }
}

/// <summary>What came of an intent.</summary>
/// <param name="Ok">Whether it was done and read back.</param>
/// <param name="Ref">The receipt's name.</param>
/// <param name="Message">In a sentence or two.</param>
/// <param name="Data">What else belongs to it; undefined for nothing.</param>
public sealed record IntentResult(bool Ok, string Ref, string Message, JsonElement Data = default);
