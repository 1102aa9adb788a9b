using System.Text.Json;

namespace Pawl.Flags;

/// <summary>A question whose answer decides what is live: its possible answers, and the rules by which a unit gets one of them.</summary>
public sealed record Flag
{
    /// <summary>Its name: at most <see cref="Limits.FlagKeyCharacters"/> letters, digits and <c>. _ : / | -</c>.</summary>
    public required string Key { get; init; }

    /// <summary>The answers it can give, in the order in which they are shown; at most <see cref="Limits.FlagVariants"/>.</summary>
    public required IReadOnlyList<Variant> Variants { get; init; }

    /// <summary>The variant for units that no rule serves; null: they get no value.</summary>
    public string? Default { get; init; }

    /// <summary>The rules; the first that serves a unit counts. At most <see cref="Limits.FlagRules"/>.</summary>
    public IReadOnlyList<FlagRule> Rules { get; init; } = [];

    /// <summary>What rules without a seed and an experiment key of their own hash with. Null: the key.</summary>
    public string? Seed { get; init; }

    /// <summary>The version of the hash, 1 or 2, for rules that name none. Default: 2.</summary>
    public int HashVersion { get; init; } = 2;

    /// <summary>What it is for; null where nobody said.</summary>
    public string? Description { get; init; }

    /// <summary>Whether it was put away: it keeps its history and stands in no payload.</summary>
    public bool IsArchived { get; init; }

    /// <summary>Further members of the feature in the GrowthBook payload that it came from, passed on as they were; undefined for none.</summary>
    public JsonElement Extra { get; init; }

    /// <summary>How often it was changed: 1 once created, 0 where it is not stored. Not part of its <see cref="Digest"/>.</summary>
    public long Version { get; init; }

    /// <summary>SHA-256 of the document's canonical JSON, 64 hex digits.</summary>
    /// <exception cref="BadInputException">A value has no canonical form.</exception>
    public string Digest => CanonicalJson.Digest(Json.Parse(FlagJson.Document(this)));

    /// <summary>The variant of a name; null where there is none.</summary>
    public Variant? Find(string? variant) => Variants.FirstOrDefault(v => v.Name == variant);

    /// <summary>The name of what a unit got: of the arm where it is in a split, else of the first variant of that value; null where there is none.</summary>
    public string? VariantOf(in FlagResult result)
    {
        if (result.Source == FlagSource.Experiment && Find(result.Assignment.VariationKey) is { } arm) return arm.Name;
        foreach (var variant in Variants)
        {
            if (JsonElement.DeepEquals(variant.Value, result.Value)) return variant.Name;
        }

        return null;
    }

    /// <summary>The keys of the flags that its rules ask about, each once.</summary>
    public IEnumerable<string> Prerequisites => Rules.SelectMany(rule => rule.Prerequisites).Select(p => p.Flag).Distinct(StringComparer.Ordinal);
}

/// <summary>One of the answers a flag can give.</summary>
/// <param name="Name">What people and receipts call it; the same characters as a flag's key.</param>
/// <param name="Value">What units get: any JSON.</param>
public sealed record Variant(string Name, JsonElement Value);
