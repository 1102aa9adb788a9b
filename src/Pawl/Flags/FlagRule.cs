using System.Text;
using System.Text.Json;

namespace Pawl.Flags;

/// <summary>
/// Which units get which variants of a flag, under which condition: a rule of GrowthBook's SDK payload in which values go by their names.
/// <c>serve</c> stands in place of <c>force</c>, <c>variations</c> lists names in place of values. All other members are GrowthBook's;
/// those that Pawl does not know are kept.
/// </summary>
public sealed class FlagRule
{
    internal FlagRule(JsonElement document, string? id, string? serve, IReadOnlyList<string> variations, IReadOnlyList<FlagPrerequisite> prerequisites) =>
        (Document, Id, Serve, Variations, Prerequisites) = (document, id, serve, variations, prerequisites);

    /// <summary>The rule as it is stored; <c>where</c> has become part of <c>condition</c>.</summary>
    public JsonElement Document { get; }

    /// <summary>Its id among the flag's rules; null where it has none.</summary>
    public string? Id { get; }

    /// <summary>The variant for all units that the rule covers; null where it splits them, or serves none.</summary>
    public string? Serve { get; }

    /// <summary>The variants among which it splits units; none where it does not.</summary>
    public IReadOnlyList<string> Variations { get; }

    /// <summary>The flags it asks about.</summary>
    public IReadOnlyList<FlagPrerequisite> Prerequisites { get; }

    /// <summary>Whether it depends on a unit's hash: it splits, or serves a part.</summary>
    internal bool Hashes => Variations.Count > 0 || (Serve is not null && (Document.TryGetProperty("coverage", out _) || Document.TryGetProperty("range", out _)));

    /// <summary>Reads a rule. Whether its variants exist is seen when the flag is written.</summary>
    /// <exception cref="BadInputException">It is no rule; the message has the path to what is wrong.</exception>
    public static FlagRule Parse(string json) => FlagJson.Refusing("The rule", () => FlagRuleReader.Read(FlagJson.Parsed(Encoding.UTF8.GetBytes(json)), variants: null));
}

/// <summary>A flag that a rule asks about.</summary>
/// <param name="Flag">Its key.</param>
/// <param name="IsGate">Whether the answer "no" ends the whole flag without a value, instead of passing over the rule.</param>
public sealed record FlagPrerequisite(string Flag, bool IsGate);
