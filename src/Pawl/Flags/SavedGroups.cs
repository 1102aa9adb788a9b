using System.Text.Json;

namespace Pawl.Flags;

/// <summary>A saved group: units that many conditions ask for by one name.</summary>
internal abstract record SavedGroup
{
    private SavedGroup()
    {
    }

    /// <summary>Values of an attribute.</summary>
    /// <param name="Values">The values.</param>
    /// <param name="Attribute">The attribute a <c>$savedGroup</c> compares that names none itself; null: none.</param>
    /// <param name="IsBare">Written as nothing but a list, which <c>$savedGroup</c> does not look into.</param>
    public sealed record Listed(ValueSet Values, string? Attribute, bool IsBare) : SavedGroup;

    /// <summary>Whoever a condition holds for.</summary>
    /// <param name="Condition">The condition, an object.</param>
    public sealed record Conditional(JsonElement Condition) : SavedGroup;

    /// <summary>What could not be read; nobody is in it, and nobody is known not to be.</summary>
    public sealed record Unreadable : SavedGroup;
}

/// <summary>
/// The saved groups of a payload: a list of values, or <c>{"type": "list", "values": […], "attributeKey": …}</c>, or
/// <c>{"type": "condition", "condition": {…}}</c>.
/// </summary>
internal sealed class SavedGroups
{
    private readonly Dictionary<string, SavedGroup> groups = new(StringComparer.Ordinal);
    private readonly List<FlagProblem> problems = [];

    public static SavedGroups None { get; } = new();

    /// <summary>The groups that could not be read. The flags that ask for them match nobody there, as in the SDKs.</summary>
    public IReadOnlyList<FlagProblem> Problems => problems;

    /// <exception cref="BadInputException">It is no object.</exception>
    public static SavedGroups Read(JsonElement json)
    {
        var saved = new SavedGroups();
        if (json.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return saved;
        if (json.ValueKind != JsonValueKind.Object) throw new BadInputException($"savedGroups must be an object of groups, not {json.ValueKind}.");
        foreach (var group in json.EnumerateObject()) saved.groups[group.Name] = saved.Group(group);
        return saved;
    }

    public SavedGroup? Find(string name) => groups.GetValueOrDefault(name);

    /// <summary>The values of a group, for a condition that names the attribute. A group that is not there is empty; null where it is no list.</summary>
    public ValueSet? ValuesOf(string name) => Find(name) switch
    {
        null => ValueSet.Empty,
        SavedGroup.Listed list => list.Values,
        _ => null,
    };

    private SavedGroup Group(JsonProperty group)
    {
        try
        {
            var place = "savedGroups." + group.Name;
            return group.Value.ValueKind == JsonValueKind.Array
                ? new SavedGroup.Listed(Values(group.Value), null, IsBare: true)
                : Group(new JsonMembers(group.Value, place), place);
        }
        catch (BadInputException e)
        {
            problems.Add(new FlagProblem(group.Name, e.Message));
            return new SavedGroup.Unreadable();
        }
    }

    private static SavedGroup Group(JsonMembers group, string place) => group.Text("type") switch
    {
        "list" when group.Value("values") is { ValueKind: JsonValueKind.Array } values =>
            new SavedGroup.Listed(Values(values), group.Value("attributeKey") is { ValueKind: JsonValueKind.String } key ? key.GetString() : null, IsBare: false),
        "list" => throw new BadInputException($"{place}.values must be a list."),
        "condition" when group.Value("condition") is { ValueKind: JsonValueKind.Object } condition => new SavedGroup.Conditional(condition.Clone()),
        "condition" => throw new BadInputException($"{place}.condition must be an object."),
        _ => throw new BadInputException($"{place} is neither a list nor a group of type list or condition. Until it is one, no condition that asks for it holds."),
    };

    private static ValueSet Values(JsonElement list) => new(AttributeValue.From(list).Items);
}
