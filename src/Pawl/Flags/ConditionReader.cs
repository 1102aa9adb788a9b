using System.Text.Json;

namespace Pawl.Flags;

/// <summary>Compiles the conditions of one payload; whatever JavaScript's own reading makes of odd JSON, it makes as well.</summary>
internal sealed class ConditionReader(SavedGroups groups)
{
    // The groups whose conditions are being read, so that one that asks for itself is found.
    private readonly List<string> within = [];
    private int terms;

    /// <exception cref="BadInputException">See <see cref="Condition.Parse"/>.</exception>
    public Condition Read(JsonElement json)
    {
        terms = 0;
        within.Clear();
        if (!Json.IsShallow(json)) throw new BadInputException($"The condition nests more than {Limits.JsonDepth} levels deep.");
        try
        {
            return new Condition(Object(Json.Whole(json)), json.Clone());
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException("The condition holds bytes that are not UTF-8.", e);
        }
    }

    // evalCondition: each member is a logical operator or a path.
    private Predicate Object(JsonElement json)
    {
        Count();
        if (json.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) return new Constant(true);
        if (json.ValueKind != JsonValueKind.Object) throw new BadInputException($"A condition must be an object, not {Words(json)}.");
        var parts = new List<Predicate>();
        foreach (var member in json.EnumerateObject())
        {
            parts.Add(member.Name switch
            {
                "$or" => Any(member),
                "$nor" => new Not(Any(member), "$nor"),
                "$and" => member.Value.ValueKind == JsonValueKind.Array ? new All(Objects(member.Value)) : Truthy(member),
                "$not" => new Not(Object(member.Value)),
                "$savedGroup" => Saved(member.Value),
                _ => new AtPath(member.Name, Value(member.Value)),
            });
        }

        return parts.Count == 1 ? parts[0] : new All([.. parts]);
    }

    private Predicate Any(JsonProperty member) => member.Value.ValueKind == JsonValueKind.Array ? new Any(Objects(member.Value)) : Truthy(member);

    // JavaScript finds no length in what is no list, and so nothing that could be false.
    private static Constant Truthy(JsonProperty member) => member.Value.ValueKind is JsonValueKind.Null or JsonValueKind.String
        ? throw new BadInputException($"{member.Name} needs a list of conditions, not {Words(member.Value)}.")
        : new Constant(true);

    private Predicate[] Objects(JsonElement list) => [.. list.EnumerateArray().Select(Object)];

    // evalSavedGroup: what is no reference, or leads nowhere or back, matches nobody.
    private Predicate Saved(JsonElement reference)
    {
        if (reference.ValueKind != JsonValueKind.Object || !reference.TryGetProperty("id", out var name) || name.ValueKind != JsonValueKind.String)
            return new Constant(false, "$savedGroup");
        var (id, nobody) = (name.GetString()!, new Constant(false, "saved group " + name.GetString()));
        var isOverridden = reference.TryGetProperty("attributeKey", out var key);
        if (within.Contains(id) || (isOverridden && key.ValueKind != JsonValueKind.String)) return nobody;
        switch (groups.Find(id))
        {
            case SavedGroup.Listed { IsBare: false } list when (isOverridden ? key.GetString() : list.Attribute) is { } attribute:
                return new AtPath(attribute, new IsIn(list.Values));
            case SavedGroup.Conditional group:
                if (within.Count == Limits.SavedGroupDepth) throw new BadInputException($"The saved group {within[0]} leads through more than {Limits.SavedGroupDepth} others. Write their conditions into one.");
                within.Add(id);
                var condition = Object(group.Condition);
                within.RemoveAt(within.Count - 1);
                return condition;
            default:
                return nobody;
        }
    }

    // evalConditionValue: what a value is compared with.
    private Predicate Value(JsonElement json, bool anyCase = false)
    {
        Count();
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                return anyCase ? new IsTextInAnyCase(json.GetString()!) : new IsText(json.GetString()!);
            case JsonValueKind.Number:
                return new IsNumber(json.GetDouble());
            case JsonValueKind.True or JsonValueKind.False:
                return new IsTruth(json.GetBoolean());
            case JsonValueKind.Null:
                return new Exists(false);
            case JsonValueKind.Object when HoldsOperators(json):
                var parts = json.EnumerateObject().Select(Operator).ToArray();
                return parts.Length == 1 ? parts[0] : new All(parts);
            default:
                return new IsSameJson(AttributeValue.From(json));
        }
    }

    private static bool HoldsOperators(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.EnumerateObject().Any() && json.EnumerateObject().All(m => m.Name.StartsWith('$'));

    private Predicate Operator(JsonProperty member)
    {
        Count();
        var expected = member.Value;
        return member.Name switch
        {
            "$eq" => Strictly(expected),
            "$ne" => new Not(Strictly(expected)),
            "$lt" => new IsOrdered(Order.Less, AttributeValue.From(expected)),
            "$lte" => new IsOrdered(Order.LessOrEqual, AttributeValue.From(expected)),
            "$gt" => new IsOrdered(Order.Greater, AttributeValue.From(expected)),
            "$gte" => new IsOrdered(Order.GreaterOrEqual, AttributeValue.From(expected)),
            "$veq" => new IsSameVersion(AttributeValue.From(expected)),
            "$vne" => new Not(new IsSameVersion(AttributeValue.From(expected))),
            "$vlt" => new IsVersion(Order.Less, AttributeValue.From(expected)),
            "$vlte" => new IsVersion(Order.LessOrEqual, AttributeValue.From(expected)),
            "$vgt" => new IsVersion(Order.Greater, AttributeValue.From(expected)),
            "$vgte" => new IsVersion(Order.GreaterOrEqual, AttributeValue.From(expected)),
            "$exists" => new Exists(JavaScript.IsTruthy(expected)),
            "$type" => new IsOfType(expected.ValueKind == JsonValueKind.String ? expected.GetString()! : ""),
            "$not" => new Not(Value(expected)),
            "$size" => new HasSize(Value(expected)),
            "$elemMatch" => new HasItem(HoldsOperators(expected) ? Value(expected) : Object(expected)),
            _ => Listed(member),
        };
    }

    private Predicate Listed(JsonProperty member) => member.Name switch
    {
        "$inGroup" => Group(member.Value) is { } values ? new IsIn(values) : new Constant(false),
        "$notInGroup" => Group(member.Value) is { } values ? new Not(new IsIn(values)) : new Constant(false),
        "$regex" => Pattern(member.Value, anyCase: false, wanted: true),
        "$regexi" => Pattern(member.Value, anyCase: true, wanted: true),
        "$notRegex" => Pattern(member.Value, anyCase: false, wanted: false),
        "$notRegexi" => Pattern(member.Value, anyCase: true, wanted: false),
        _ when member.Value.ValueKind != JsonValueKind.Array => new Constant(false),
        "$in" => new IsIn(Set(member.Value)),
        "$nin" => new Not(new IsIn(Set(member.Value))),
        "$ini" => new IsIn(Set(member.Value, anyCase: true)),
        "$nini" => new Not(new IsIn(Set(member.Value, anyCase: true))),
        "$all" => new HasEach([.. member.Value.EnumerateArray().Select(item => Value(item))]),
        "$alli" => new HasEach([.. member.Value.EnumerateArray().Select(item => Value(item, anyCase: true))]),
        _ => new Constant(false),
    };

    // A list or an object is equal to no other in JavaScript, however alike they are.
    private static Predicate Strictly(JsonElement expected) =>
        expected.ValueKind is JsonValueKind.Array or JsonValueKind.Object ? new Constant(false) : new IsStrictly(AttributeValue.From(expected));

    private static ValueSet Set(JsonElement list, bool anyCase = false) => new(AttributeValue.From(list).Items, anyCase);

    private ValueSet? Group(JsonElement name) => groups.ValuesOf(JavaScript.ToText(AttributeValue.From(name)));

    private static Predicate Pattern(JsonElement pattern, bool anyCase, bool wanted) =>
        pattern.ValueKind == JsonValueKind.String ? new IsMatch(new JavaScriptPattern(pattern.GetString()!, anyCase), wanted) : new Constant(false);

    private void Count()
    {
        if (++terms > Limits.ConditionTerms) throw new BadInputException($"The condition has more than {Limits.ConditionTerms} terms; put long lists into a saved group.");
    }

    private static string Words(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Null or JsonValueKind.Undefined => "null",
        _ => "a value",
    };
}
