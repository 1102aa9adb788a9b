using System.Text.Json;

namespace Pawl.Flags;

/// <summary>One kind of change of a flag: how the next version comes of the one before, and what its receipt is called.</summary>
/// <param name="Tool">The tool's name in receipts.</param>
/// <param name="Target">What is to be reached: with tool, flag and version it makes the idempotency key.</param>
/// <param name="Args">Writes the arguments that the receipt's digest is of.</param>
/// <param name="Reference">The receipt's name, from the new version.</param>
/// <param name="Next">The flag after the change. A <see cref="BadInputException"/> refuses it.</param>
internal sealed record FlagChange(string Tool, string Target, Action<Utf8JsonWriter> Args, Func<long, string> Reference, Func<Flag, Flag> Next)
{
    /// <summary>From the flag before and after: what people should know of the change, as a sentence; null for nothing.</summary>
    public Func<Flag, Flag, string?> Note { get; init; } = static (_, _) => null;
}

/// <summary>How rules change when a variant is split, forced or promoted.</summary>
internal static class FlagRules
{
    /// <summary>The id of the rule that a split is.</summary>
    public const string SplitId = "split";

    private const string ForceId = "force";

    /// <summary>
    /// The split in place of the one before it, or after all other rules. Where it has the variants of the one before, they keep their order:
    /// it says which buckets are whose, so that units would change variants with it.
    /// </summary>
    public static Flag Allocate(Flag flag, Allocation allocation)
    {
        var rules = flag.Rules.ToList();
        var at = rules.FindIndex(IsSplit);
        var arms = at < 0 ? allocation.Split : InOrder(allocation.Split, rules[at].Variations);
        var split = Rule(to =>
        {
            to.WriteString("id", SplitId);
            to.WriteString("key", flag.Key);
            WriteCondition(to, allocation.Condition);
            WriteArms(to, arms);
            to.WriteNumber("coverage", allocation.Coverage);
            to.WriteString("hashAttribute", allocation.HashAttribute);
            to.WriteNumber("hashVersion", flag.HashVersion);
            to.WriteString("seed", allocation.Seed ?? flag.Seed ?? flag.Key);
        });
        if (at < 0) rules.Add(split);
        else rules[at] = split;
        return flag with { Rules = rules };
    }

    /// <summary>What a new split does to the units of the one before it; null where nothing, or where there was none.</summary>
    public static string? Moves(Flag before, Flag after) =>
        before.Rules.FirstOrDefault(IsSplit) is { Variations.Count: > 0 } old ? SplitMoves.Note(old, after.Rules.First(IsSplit)) : null;

    /// <summary>A variant before all other rules, in place of what was forced on the same condition; without one, of all that was forced.</summary>
    public static Flag Force(Flag flag, string variant, JsonElement condition)
    {
        var forced = Rule(to =>
        {
            to.WriteString("id", ForceId);
            WriteCondition(to, condition);
            to.WriteString("serve", variant);
        });
        var others = flag.Rules.Where(rule => rule.Id != ForceId || (condition.ValueKind != JsonValueKind.Undefined && !IsOn(rule, condition)));
        return flag with { Rules = [forced, .. others] };
    }

    /// <summary>The variant as the answer for everyone: of the rules only the prerequisites stay that gate the whole flag.</summary>
    public static Flag Promote(Flag flag, string variant)
    {
        if (flag.Find(variant) is null) throw new BadInputException($"The flag {flag.Key} has no variant \"{variant}\"; it has {ShortText.Start(string.Join(", ", flag.Variants.Select(v => v.Name)), 200)}.");
        return flag with { Default = variant, Rules = [.. flag.Rules.Where(rule => rule.Prerequisites.Any(p => p.IsGate)).Select(GateOf)] };
    }

    private static bool IsSplit(FlagRule rule) => rule.Id == SplitId;

    private static IReadOnlyList<(string Variant, double Weight)> InOrder(IReadOnlyList<(string Variant, double Weight)> split, IReadOnlyList<string> order)
    {
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        var isSame = split.Count == order.Count && split.All(arm => order.Contains(arm.Variant, StringComparer.Ordinal) && weights.TryAdd(arm.Variant, arm.Weight));
        return isSame ? [.. order.Select(variant => (variant, weights[variant]))] : split;
    }

    private static FlagRule GateOf(FlagRule rule) => Rule(to =>
    {
        if (rule.Id is { } id) to.WriteString("id", id);
        to.WriteStartArray("parentConditions");
        foreach (var parent in rule.Document.GetProperty("parentConditions").EnumerateArray())
        {
            if (parent.TryGetProperty("gate", out var gate) && gate.ValueKind == JsonValueKind.True) parent.WriteTo(to);
        }

        to.WriteEndArray();
    });

    private static void WriteArms(Utf8JsonWriter to, IReadOnlyList<(string Variant, double Weight)> split)
    {
        to.WriteStartArray("variations");
        foreach (var (variant, _) in split) to.WriteStringValue(variant);
        to.WriteEndArray();
        to.WriteStartArray("weights");
        foreach (var (_, weight) in split) to.WriteNumberValue(weight);
        to.WriteEndArray();
        to.WriteStartArray("meta");
        foreach (var (variant, _) in split)
        {
            to.WriteStartObject();
            to.WriteString("key", variant);
            to.WriteEndObject();
        }

        to.WriteEndArray();
    }

    private static void WriteCondition(Utf8JsonWriter to, JsonElement condition)
    {
        if (condition.ValueKind != JsonValueKind.Undefined) Json.WriteMember(to, "condition", condition);
    }

    private static bool IsOn(FlagRule rule, JsonElement condition) =>
        rule.Document.TryGetProperty("condition", out var its) && CanonicalJson.Digest(its) == CanonicalJson.Digest(condition);

    private static FlagRule Rule(Action<Utf8JsonWriter> members) =>
        FlagJson.Refusing("The rule", () => FlagRuleReader.Read(Json.Object(members), variants: null));
}
