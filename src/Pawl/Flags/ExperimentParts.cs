namespace Pawl.Flags;

/// <summary>What is known of a variation.</summary>
/// <param name="Key">Its key in what is tracked; null: its index.</param>
/// <param name="Name">Its name, for people.</param>
/// <param name="Passthrough">Its units are counted, but go on to the next rule: a holdout's way of letting them through.</param>
public sealed record VariationMeta(string? Key = null, string? Name = null, bool Passthrough = false)
{
    internal static VariationMeta None { get; } = new();
}

/// <summary>A hash a unit must pass.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Ranges">The ranges, in one of which the hash must be.</param>
/// <param name="Attribute">The attribute that is hashed; null: <c>id</c>.</param>
/// <param name="HashVersion">1 or 2, default 2; nobody passes any other.</param>
public sealed record BucketFilter(string Seed, IReadOnlyList<BucketRange> Ranges, string? Attribute = null, int HashVersion = 2)
{
    internal HashAttribute HashBy { get; } = new(Attribute);

    internal BucketRange[] Planned { get; } = [.. Ranges];
}

/// <summary>A part of a namespace.</summary>
/// <param name="Id">The namespace.</param>
/// <param name="Part">The units in it.</param>
public sealed record NamespacePart(string Id, BucketRange Part)
{
    internal string Seed { get; } = "__" + Id;
}

/// <summary>A flag that must have a certain value.</summary>
/// <param name="Flag">The flag's key.</param>
/// <param name="Condition">What must hold of <c>{"value": …}</c>.</param>
/// <param name="Gate">Where it does not hold: true, the flag that asks is off; false, only the rule is passed over.</param>
public sealed record Prerequisite(string Flag, Condition Condition, bool Gate = false);

/// <summary>Addresses.</summary>
/// <param name="Pattern">A regular expression, or an address in which <c>*</c> stands for anything.</param>
/// <param name="IsRegex">Which of both.</param>
/// <param name="Include">False: these addresses are left out.</param>
public sealed record UrlTarget(string Pattern, bool IsRegex, bool Include = true);

/// <summary>An experiment whose weights depend on what a unit is like: the first leaf whose condition matches gives them.</summary>
/// <param name="Version">The version of the model that made the weights.</param>
/// <param name="Leaves">The leaves; where none matches, the experiment's own weights hold.</param>
public sealed record ContextualBandit(long? Version, IReadOnlyList<ContextualLeaf> Leaves);

/// <summary>One leaf of a contextual bandit.</summary>
/// <param name="LeafId">Its number; <see cref="NoLeafId"/> where no leaf matched.</param>
/// <param name="Condition">Which units are like that.</param>
/// <param name="Weights">The share of each variation.</param>
public sealed record ContextualLeaf(long LeafId, Condition Condition, IReadOnlyList<double> Weights)
{
    /// <summary>The number that stands for no leaf: -1.</summary>
    public const long NoLeafId = -1;

    /// <summary>The version of the bandit it belongs to.</summary>
    public long? BanditVersion { get; init; }
}

/// <summary>The name of an attribute that is hashed. A dot in it is a dot: unlike the paths of conditions it leads into no object.</summary>
internal sealed class HashAttribute
{
    public HashAttribute(string? name)
    {
        Name = string.IsNullOrEmpty(name) ? "id" : name;
    }

    public static HashAttribute Id { get; } = new(null);

    public string Name { get; }

    /// <summary>The value, the empty text where there is none that is truthy.</summary>
    public AttributeValue Of(in AttributeValue attributes) =>
        attributes.Members.TryGet(Name, out var value) && JavaScript.IsTruthy(value) ? value : AttributeValue.Empty;
}
