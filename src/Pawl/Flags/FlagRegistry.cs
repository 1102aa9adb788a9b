using System.Globalization;
using System.Text.Json;
using Pawl.Ledger;

namespace Pawl.Flags;

/// <summary>
/// All that changes flags. Each operation is a compare-and-swap on the flag's version, read back and compared, in one transaction with its
/// receipt: afterwards both are there, or neither. The same operation on the same version is done once; A → B → A is three changes.
/// </summary>
/// <param name="flags">Where flags are kept.</param>
/// <param name="ledger">Where the receipts go.</param>
public sealed class FlagRegistry(IFlagStore flags, ReceiptLedger ledger)
{
    /// <summary>Makes a flag, version 1. <see cref="FlagAct.ExpectedVersion"/> is 0. Receipt: <c>CreateFlag</c>, <c>FLAG-{key}</c>.</summary>
    public FlagOutcome Create(ITransaction transaction, Flag flag, FlagAct act) =>
        Whole(transaction, flag, act, "CreateFlag", _ => $"FLAG-{flag.Key}");

    /// <summary>Puts a whole document in place of a flag's. Receipt: <c>SetFlag</c>, <c>SET-{key}@{version}</c>.</summary>
    public FlagOutcome Set(ITransaction transaction, Flag flag, FlagAct act) =>
        Whole(transaction, flag, act, "SetFlag", version => At("SET", flag.Key, version));

    /// <summary>
    /// Splits units among variants: in place of the split made this way before, whose order of variants stays where they are the same, else
    /// after the flag's other rules. Where units lose their variant by it, the receipt says how many. Receipt: <c>AllocateTraffic</c>,
    /// <c>ALLOC-{key}@{version}</c>.
    /// </summary>
    public FlagOutcome Allocate(ITransaction transaction, string key, Allocation allocation, FlagAct act)
    {
        ArgumentNullException.ThrowIfNull(allocation);
        return Change(transaction, key, act, new FlagChange(
            "AllocateTraffic", CanonicalJson.Digest(Json.Object(to => WriteArgs(to, allocation))), to => WriteArgs(to, allocation),
            version => At("ALLOC", key, version), flag => FlagRules.Allocate(flag, allocation))
        { Note = FlagRules.Moves });
    }

    /// <summary>
    /// Serves a variant before all other rules, gates too: to everyone, or where a condition holds (undefined: everyone). Receipt:
    /// <c>ForceVariant</c>, <c>FORCE-{variant}@{version}</c>.
    /// </summary>
    public FlagOutcome Force(ITransaction transaction, string key, string variant, JsonElement condition, FlagAct act) =>
        Change(transaction, key, act, new FlagChange(
            "ForceVariant", variant + "\n" + (condition.ValueKind == JsonValueKind.Undefined ? "" : condition.GetRawText()), to => WriteForce(to, variant, condition),
            version => At("FORCE", variant, version), flag => FlagRules.Force(flag, variant, condition)));

    /// <summary>
    /// Makes a variant everyone's: it becomes the default and all rules go, but for prerequisites that gate the whole flag. Receipt:
    /// <c>PromoteVariant</c>, <c>PROM-{variant}@{version}</c>.
    /// </summary>
    public FlagOutcome Promote(ITransaction transaction, string key, string variant, FlagAct act) =>
        Change(transaction, key, act, new FlagChange(
            "PromoteVariant", variant, to => to.WriteString("variant", variant), version => At("PROM", variant, version), flag => FlagRules.Promote(flag, variant)));

    /// <summary>Makes what was live before live again: a variant for everyone, as in promoting it. Receipt: <c>RollbackVariant</c>, <c>RB-{variant}@{version}</c>.</summary>
    public FlagOutcome RollBack(ITransaction transaction, string key, string variant, FlagAct act) =>
        Change(transaction, key, act, new FlagChange(
            "RollbackVariant", variant, to => to.WriteString("to_variant", variant), version => At("RB", variant, version), flag => FlagRules.Promote(flag, variant)));

    /// <summary>Makes an earlier version's document the new version's. Receipt: <c>RollbackFlag</c>, <c>RB-{key}@{version}</c>.</summary>
    public FlagOutcome RollBack(ITransaction transaction, string key, long toVersion, FlagAct act) =>
        Change(transaction, key, act, new FlagChange(
            "RollbackFlag", toVersion.ToString(CultureInfo.InvariantCulture), to => to.WriteNumber("to_version", toVersion), version => At("RB", key, version),
            _ => flags.View(transaction).Find(key, toVersion)?.Flag
                ?? throw new BadInputException($"The flag {key} has no version {toVersion}. `pawl flag history {key}` lists those it has.")));

    /// <summary>Puts a flag away, or takes it back. Receipt: <c>ArchiveFlag</c>, <c>ARCH-{key}@{version}</c>, or <c>RestoreFlag</c>, <c>REST-{key}@{version}</c>.</summary>
    public FlagOutcome Archive(ITransaction transaction, string key, bool archived, FlagAct act) =>
        Change(transaction, key, act, new FlagChange(
            archived ? "ArchiveFlag" : "RestoreFlag", archived ? "archived" : "restored", to => to.WriteBoolean("archived", archived),
            version => At(archived ? "ARCH" : "REST", key, version), flag => flag with { IsArchived = archived }));

    private FlagOutcome Whole(ITransaction transaction, Flag flag, FlagAct act, string tool, Func<long, string> reference)
    {
        ArgumentNullException.ThrowIfNull(flag);
        string digest;
        try
        {
            digest = flag.Digest;
        }
        catch (BadInputException e)
        {
            return new FlagOutcome.Refused(e.Message);
        }

        return Change(transaction, flag.Key, act, new FlagChange(tool, digest, to => to.WriteString("document", digest), reference, _ => flag));
    }

    private FlagOutcome Change(ITransaction transaction, string key, FlagAct act, FlagChange change)
    {
        ArgumentNullException.ThrowIfNull(act);
        if (Fault(key, act) is { } fault) return new FlagOutcome.Refused(fault);
        var view = flags.View(transaction);
        var idempotency = act.Key ?? IdempotencyKey.Derive(change.Tool, "flag:" + key, act.ExpectedVersion.ToString(CultureInfo.InvariantCulture), change.Target);
        var args = act.Args.ValueKind == JsonValueKind.Undefined ? Args(key, act, change) : act.Args;
        switch (ledger.Earlier(transaction, idempotency, args))
        {
            case AppendOutcome.Repeated(var receipt): return Repeated(view, key, receipt);
            case AppendOutcome.Refused refused: return new FlagOutcome.Refused(refused.Message);
            default: break;
        }

        var current = view.Find(key);
        if (current is null && change.Tool != "CreateFlag") return new FlagOutcome.NotFound(key);
        if ((current?.Version ?? 0) != act.ExpectedVersion) return new FlagOutcome.Conflict(key, act.ExpectedVersion, current?.Version ?? 0);
        return Apply(transaction, act, change, current, new ReceiptDraft
        {
            Tool = change.Tool,
            Ref = change.Reference(act.ExpectedVersion + 1),
            Key = idempotency,
            Args = args,
            Actor = act.Actor,
            Subject = "flag:" + key,
            Contract = act.Contract,
        });
    }

    private FlagOutcome Apply(ITransaction transaction, FlagAct act, FlagChange change, Flag? current, ReceiptDraft draft)
    {
        Flag next;
        try
        {
            next = Checked(change.Next(current!) with { Version = act.ExpectedVersion + 1 });
            PrerequisiteCheck.Check(flags.View(transaction), current, next);
            PayloadRoom.Check(flags.View(transaction), current, next);
        }
        catch (BadInputException e)
        {
            return new FlagOutcome.Refused(e.Message);
        }

        var digest = next.Digest;
        if (!flags.TryPut(transaction, next)) return new FlagOutcome.Conflict(next.Key, act.ExpectedVersion, flags.View(transaction).Find(next.Key)?.Version ?? 0);
        var stored = flags.View(transaction).Find(next.Key);
        if (stored?.Digest != digest || stored.Version != next.Version)
            throw new InvalidOperationException($"The flag {next.Key} was read back as version {stored?.Version} with digest {stored?.Digest}, not {next.Version} with {digest}.");
        var note = current is null ? null : change.Note(current, next);
        var receipt = ((AppendOutcome.Appended)ledger.Append(transaction, draft with
        {
            Message = $"{next.Key} is at version {next.Version}." + (note is null ? "" : " " + note) + (act.Why.Length > 0 ? " " + act.Why : ""),
            Data = Data(current, next, digest, act.Why),
        })).Receipt;
        flags.Record(transaction, new FlagVersion(stored, receipt.At, act.Actor, act.Why, receipt.Seq, receipt.Ref));
        return new FlagOutcome.Changed(stored, receipt) { Note = note };
    }

    // A key that the caller derived need not say which version it was done at.
    private static FlagOutcome Repeated(IFlagView view, string key, Receipt receipt) =>
        view.History(key).FirstOrDefault(version => version.Receipt == receipt.Seq) is { } made
            ? new FlagOutcome.Repeated(made.Flag, receipt)
            : new FlagOutcome.Refused($"The key {receipt.Key} was completed by receipt {receipt.Seq} ({receipt.Ref}), which did not change the flag {key}. Derive a new key for a new act.");

    // Reading it as it will be stored is the check: there is only one set of rules for what a flag may be.
    private static Flag Checked(Flag flag) => FlagJson.Read(FlagJson.Document(flag)) with { Version = flag.Version };

    private static string? Fault(string key, FlagAct act)
    {
        if (FlagJson.NameFault(key) is { } fault) return $"The flag's key cannot be used: {fault}.";
        if (string.IsNullOrEmpty(act.Actor) || Names.Fault(act.Actor) is not null) return $"Who acts is a name of 1 to {Limits.NameCharacters} characters without NUL.";
        if (act.Why.Length > Limits.FlagReasonCharacters || act.Why.Contains('\0', StringComparison.Ordinal)) return $"The reason has at most {Limits.FlagReasonCharacters} characters, and no NUL.";
        return act.ExpectedVersion < 0 ? "A version is 0 (none) or more." : null;
    }

    private static string At(string prefix, string name, long version) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{name}@{version}");

    private static JsonElement Args(string key, FlagAct act, FlagChange change) => Json.Object(to =>
    {
        to.WriteString("flag", key);
        to.WriteNumber("expected_version", act.ExpectedVersion);
        change.Args(to);
    });

    private static JsonElement Data(Flag? current, Flag next, string digest, string why) => Json.Object(to =>
    {
        to.WriteNumber("from_version", current?.Version ?? 0);
        to.WriteNumber("to_version", next.Version);
        to.WriteString("document", digest);
        to.WriteString("why", why);
    });

    private static void WriteArgs(Utf8JsonWriter to, Allocation allocation)
    {
        to.WriteStartArray("split");
        foreach (var (variant, weight) in allocation.Split)
        {
            to.WriteStartArray();
            to.WriteStringValue(variant);
            to.WriteNumberValue(weight);
            to.WriteEndArray();
        }

        to.WriteEndArray();
        to.WriteNumber("coverage", allocation.Coverage);
        to.WriteString("hash_attribute", allocation.HashAttribute);
        if (allocation.Seed is { } seed) to.WriteString("seed", seed);
        if (allocation.Condition.ValueKind != JsonValueKind.Undefined) Json.WriteMember(to, "condition", allocation.Condition);
    }

    private static void WriteForce(Utf8JsonWriter to, string variant, JsonElement condition)
    {
        to.WriteString("variant", variant);
        if (condition.ValueKind != JsonValueKind.Undefined) Json.WriteMember(to, "condition", condition);
    }
}
