using System.Text.Json;

namespace Pawl.Flags;

/// <summary>Refuses conditions that would never hold by mistake: an evaluator takes an unknown operator, or a bad pattern, for "no".</summary>
internal static class ConditionCheck
{
    private static readonly string[] Types = ["string", "number", "boolean", "array", "object", "null", "undefined"];

    /// <summary>A condition on attributes: paths, <c>$and $or $nor $not</c>.</summary>
    public static void Condition(JsonElement condition) => JsonShape.Members(condition, (name, value) =>
    {
        switch (name)
        {
            case "$and" or "$or" or "$nor":
                JsonShape.List(value, part =>
                {
                    Condition(part);
                    return true;
                });
                break;
            case "$not":
                Condition(value);
                break;
            case "$groups": // an attribute that old versions of the SDKs set
                Value(value);
                break;
            case ['$', ..]:
                throw new JsonShapeException("no operator between conditions; there are $and $or $nor $not");
            default:
                Value(value);
                break;
        }
    });

    // What stands beside a path, or in $elemMatch, $not and $size: operators, or a value to be equal to.
    private static void Value(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.EnumerateObject().Any(m => m.Name.StartsWith('$'))) return;
        JsonShape.Members(value, Operator);
    }

    private static void Operator(string name, JsonElement operand)
    {
        switch (name)
        {
            case "$eq" or "$ne" or "$lt" or "$lte" or "$gt" or "$gte" or "$exists":
                break;
            case "$veq" or "$vne" or "$vlt" or "$vlte" or "$vgt" or "$vgte":
                if (operand.ValueKind is not (JsonValueKind.String or JsonValueKind.Number)) throw JsonShape.Unexpected(operand, "a version such as \"2.3.0\"");
                break;
            case "$in" or "$nin" or "$ini" or "$nini":
                JsonShape.Expect(operand, JsonValueKind.Array, "a list of values");
                break;
            case "$all" or "$alli":
                JsonShape.List(operand, Each);
                break;
            case "$inGroup" or "$notInGroup":
                JsonShape.Text(operand);
                break;
            case "$size" or "$not":
                Value(operand);
                break;
            case "$elemMatch":
                if (operand.ValueKind == JsonValueKind.Object && operand.EnumerateObject().All(m => m.Name.StartsWith('$') && m.Name is not ("$and" or "$or" or "$nor"))) Value(operand);
                else Condition(operand);
                break;
            case "$type":
                if (!Types.Contains(JsonShape.Text(operand))) throw JsonShape.Unexpected(operand, string.Join(", ", Types));
                break;
            case "$regex" or "$regexi" or "$notRegex" or "$notRegexi":
                if (PatternCheck.Fault(JsonShape.Text(operand), anyCase: name is "$regexi" or "$notRegexi") is { } fault) throw new JsonShapeException(fault);
                break;
            default:
                throw new JsonShapeException("no operator that conditions have");
        }
    }

    private static bool Each(JsonElement item)
    {
        Value(item);
        return true;
    }
}
