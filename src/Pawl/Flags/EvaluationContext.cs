using System.Collections.Frozen;
using System.Text.Json;

namespace Pawl.Flags;

/// <summary>
/// For whom flags are evaluated, and with which exceptions. Immutable, except for what <see cref="Sticky"/> collects: with that,
/// one context is for one evaluation at a time.
/// </summary>
public sealed class EvaluationContext
{
    private FrozenDictionary<string, FlagValue> forced = FrozenDictionary<string, FlagValue>.Empty;

    /// <summary>A context without attributes.</summary>
    public EvaluationContext() => Attributes = AttributeValue.From(AttributeMembers.None);

    /// <summary>A context with the members of a JSON object as attributes.</summary>
    /// <exception cref="BadInputException">It is no object, or nests more than <see cref="Limits.JsonDepth"/> levels deep.</exception>
    public EvaluationContext(JsonElement attributes)
    {
        if (attributes.ValueKind != JsonValueKind.Object)
            throw new BadInputException($"The attributes must be a JSON object such as {{\"id\": \"7\"}}, not {attributes.ValueKind}.");
        Attributes = AttributeValue.From(attributes);
    }

    /// <summary>A context with attributes from code; see <see cref="AttributeValue.From(object?)"/>.</summary>
    /// <exception cref="ArgumentException">A value cannot be written as JSON.</exception>
    public EvaluationContext(IReadOnlyDictionary<string, object?> attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        Attributes = AttributeValue.From(new AttributeMembers(attributes.Select(a => KeyValuePair.Create(a.Key, AttributeValue.From(a.Value)))));
    }

    /// <summary>A context with typed attributes.</summary>
    public EvaluationContext(IReadOnlyDictionary<string, AttributeValue> attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        Attributes = AttributeValue.From(new AttributeMembers(attributes));
    }

    private EvaluationContext(AttributeValue attributes) => Attributes = attributes;

    /// <summary>What is known of the unit: an object.</summary>
    public AttributeValue Attributes { get; }

    /// <summary>The address that is shown; null where there is none.</summary>
    public string? Url { get; init; }

    /// <summary>False: nobody is in any experiment. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>True: units are in experiments only where they are forced. Default false.</summary>
    public bool QaMode { get; init; }

    /// <summary>By experiment key, the variation to give without counting it.</summary>
    public IReadOnlyDictionary<string, int> ForcedVariations { get; init; } = FrozenDictionary<string, int>.Empty;

    /// <summary>By flag key, the value to give whatever the rules say, also to flags that are not there.</summary>
    public IReadOnlyDictionary<string, JsonElement> ForcedValues
    {
        get => forced.ToDictionary(f => f.Key, f => f.Value.Json, StringComparer.Ordinal);
        init => forced = value.ToFrozenDictionary(f => f.Key, f => new FlagValue(f.Value.Clone()), StringComparer.Ordinal);
    }

    /// <summary>The groups the context is in; see <see cref="FlagExperiment.Groups"/>.</summary>
    public IReadOnlySet<string> Groups { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Earlier assignments of the unit, and where new ones go; null: assignments are not sticky.</summary>
    public StickyAssignments? Sticky { get; init; }

    /// <summary>Who hears of exposures; null: nobody.</summary>
    public ExposureTracker? Exposures { get; init; }

    // The same, but what an explanation finds out is not reported and not kept.
    internal EvaluationContext ForExplanation() => Copy(Sticky is null ? null : new StickyAssignments(Sticky.Documents), exposures: null);

    internal EvaluationContext With(StickyAssignments sticky) => Copy(sticky, Exposures);

    private EvaluationContext Copy(StickyAssignments? sticky, ExposureTracker? exposures) => new(Attributes)
    {
        Url = Url,
        Enabled = Enabled,
        QaMode = QaMode,
        ForcedVariations = ForcedVariations,
        forced = forced,
        Groups = Groups,
        Sticky = sticky,
        Exposures = exposures,
    };

    internal FlagValue? ForcedValue(string key) => forced.Count == 0 ? null : forced.GetValueOrDefault(key);
}

/// <summary>A value a flag can have, as JSON and as what prerequisites read.</summary>
internal sealed class FlagValue(JsonElement json)
{
    // Made on first use: few flags are a prerequisite. Two threads at worst make the same twice.
    private AttributeMembers? asParent;

    public static FlagValue Null { get; } = new(Pawl.Json.Null);

    public JsonElement Json => json;

    /// <summary>The object that a prerequisite's condition reads: <c>{"value": …}</c>.</summary>
    public AttributeValue AsParent =>
        AttributeValue.From(asParent ??= new AttributeMembers([KeyValuePair.Create("value", AttributeValue.From(json))]));
}
