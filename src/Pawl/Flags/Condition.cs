using System.Text.Json;

namespace Pawl.Flags;

/// <summary>
/// A targeting condition, compiled once and immutable: GrowthBook's MongoDB-like JSON, answered as the JavaScript SDK answers
/// it. Matching allocates nothing, except where a list or an object is compared with a text.
/// </summary>
public sealed class Condition
{
    private readonly Predicate predicate;

    internal Condition(Predicate predicate, JsonElement json)
    {
        this.predicate = predicate;
        Source = json;
    }

    /// <summary>The condition that everything matches: <c>{}</c>.</summary>
    public static Condition Always { get; } = new(new All([]), Json.EmptyObject);

    /// <summary>The condition as it was written.</summary>
    public JsonElement Source { get; }

    /// <summary>Compiles a condition.</summary>
    /// <param name="json">The object that is the condition.</param>
    /// <param name="savedGroups">The groups that <c>$inGroup</c>, <c>$notInGroup</c> and <c>$savedGroup</c> name; null for none. Nobody matches one that cannot be read.</param>
    /// <exception cref="BadInputException">It is no condition: the JavaScript SDK would throw on it, or it has more than
    /// <see cref="Limits.ConditionTerms"/> terms. An unknown operator and a bad regular expression are no errors; they are false.</exception>
    public static Condition Parse(JsonElement json, JsonElement? savedGroups = null) =>
        new ConditionReader(savedGroups is { } groups ? SavedGroups.Read(groups) : SavedGroups.None).Read(json);

    /// <summary>Whether an object matches, a unit's attributes for instance.</summary>
    public bool Matches(in AttributeValue value) => predicate.Matches(value);

    /// <summary>What stands in the way of a match, in words such as <c>country</c>; null where it matches.</summary>
    internal string? Obstacle(in AttributeValue value) => predicate.Obstacle(value);
}
