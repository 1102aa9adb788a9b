using System.Text.Json;

namespace Pawl.Ledger;

/// <summary>Whether a receipt says what is about to be done, or what came of it.</summary>
public enum ReceiptKind
{
    /// <summary>An effect outside the database is about to be made. Says nothing about success, and claims no key.</summary>
    Intent,

    /// <summary>Something was done, or was tried and not done.</summary>
    Result,
}

/// <summary>What is to be put on record; the ledger adds the number and the time.</summary>
public sealed record ReceiptDraft
{
    /// <summary>Intent or result. Default: result.</summary>
    public ReceiptKind Kind { get; init; } = ReceiptKind.Result;

    /// <summary>What acted: <c>PromoteVariant</c>, <c>CreateFlag</c>. At most 256 characters.</summary>
    public required string Tool { get; init; }

    /// <summary>Whether it was done and read back. A result with <c>true</c> claims the key; an intent is never ok.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The name by which people and other receipts speak of it: <c>PROM-treatmentA@4</c>. At most 256 characters.</summary>
    public required string Ref { get; init; }

    /// <summary>The idempotency key; see <see cref="IdempotencyKey"/>. At most 256 characters.</summary>
    public required string Key { get; init; }

    /// <summary>The arguments. Only the SHA-256 of their canonical JSON is kept.</summary>
    public required JsonElement Args { get; init; }

    /// <summary>Who acted: <c>os:mara</c>, <c>agent:tidy</c>. At most 256 characters.</summary>
    public required string Actor { get; init; }

    /// <summary>What was changed: <c>flag:checkout</c>. At most 512 characters.</summary>
    public required string Subject { get; init; }

    /// <summary>The hash of the contract under which it was done; null where there is none.</summary>
    public string? Contract { get; init; }

    /// <summary>What happened, in a sentence or two. At most 4,096 characters.</summary>
    public string Message { get; init; } = "";

    /// <summary>What else belongs to it, as JSON; undefined for nothing. Beyond <see cref="Limits.ReceiptDataBytes"/> it stands aside, by digest.</summary>
    public JsonElement Data { get; init; }
}

/// <summary>
/// The record that something was intended or done: by whom, on what, with which arguments and result. Once appended it never changes.
/// </summary>
public sealed record Receipt
{
    /// <summary>Its place in the ledger: the index of its leaf, from 0.</summary>
    public required long Seq { get; init; }

    /// <inheritdoc cref="ReceiptDraft.Kind"/>
    public required ReceiptKind Kind { get; init; }

    /// <inheritdoc cref="ReceiptDraft.Tool"/>
    public required string Tool { get; init; }

    /// <inheritdoc cref="ReceiptDraft.Ok"/>
    public required bool Ok { get; init; }

    /// <inheritdoc cref="ReceiptDraft.Ref"/>
    public required string Ref { get; init; }

    /// <inheritdoc cref="ReceiptDraft.Key"/>
    public required string Key { get; init; }

    /// <summary>SHA-256 of the arguments' canonical JSON, 64 hex digits.</summary>
    public required string ArgsDigest { get; init; }

    /// <inheritdoc cref="ReceiptDraft.Actor"/>
    public required string Actor { get; init; }

    /// <summary>When it was appended, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <inheritdoc cref="ReceiptDraft.Subject"/>
    public required string Subject { get; init; }

    /// <inheritdoc cref="ReceiptDraft.Contract"/>
    public string? Contract { get; init; }

    /// <inheritdoc cref="ReceiptDraft.Message"/>
    public required string Message { get; init; }

    /// <summary>The data as canonical JSON; null where there is none, or where it stands aside.</summary>
    public string? Data { get; init; }

    /// <summary>SHA-256 of the data's canonical JSON, 64 hex digits, where it stands aside; else null.</summary>
    public string? DataDigest { get; init; }
}
