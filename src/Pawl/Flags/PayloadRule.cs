using System.Text.Json;

namespace Pawl.Flags;

/// <summary>A rule of a payload, rewritten into a flag's.</summary>
internal static class PayloadRule
{
    public static JsonElement Named(JsonElement rule, VariantNames names, ImportedGroups groups) => Json.Object(to =>
    {
        JsonShape.Members(rule, (name, value) =>
        {
            switch (name)
            {
                case "serve" or "where":
                    throw new JsonShapeException("no member of a rule in a payload");
                case "force":
                    to.WriteString("serve", names.Of(value));
                    break;
                case "variations":
                    JsonShape.Expect(value, JsonValueKind.Array, "an array");
                    to.WriteStartArray("variations");
                    foreach (var variation in names.OfVariations(rule, value)) to.WriteStringValue(variation);
                    to.WriteEndArray();
                    break;
                case "condition" or "parentConditions":
                    to.WritePropertyName(name);
                    groups.Write(to, value);
                    break;
                default:
                    Json.WriteMember(to, name, value);
                    break;
            }
        });
    });
}

/// <summary>The groups of ids of a payload.</summary>
internal sealed class ImportedGroups
{
    private readonly JsonElement _groups;

    /// <param name="groups">An object of lists; undefined or null for none.</param>
    public ImportedGroups(JsonElement groups)
    {
        _groups = groups.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? Json.EmptyObject : groups;
        JsonShape.Within("savedGroups", () => JsonShape.Members(_groups, (_, list) => JsonShape.Expect(list, JsonValueKind.Array, "a list of values")));
    }

    /// <summary>Writes a condition with the groups it asks for in it. A group that is not there is empty, as in the SDKs.</summary>
    public void Write(Utf8JsonWriter to, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                to.WriteStartObject();
                foreach (var member in value.EnumerateObject()) Write(to, value, member);
                to.WriteEndObject();
                break;
            case JsonValueKind.Array:
                to.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(to, item);
                to.WriteEndArray();
                break;
            default:
                value.WriteTo(to);
                break;
        }
    }

    private void Write(Utf8JsonWriter to, JsonElement around, JsonProperty member)
    {
        var list = member.Name switch { "$inGroup" => "$in", "$notInGroup" => "$nin", _ => null };
        if (list is null || member.Value.ValueKind != JsonValueKind.String)
        {
            to.WritePropertyName(member.Name);
            Write(to, member.Value);
            return;
        }

        if (around.TryGetProperty(list, out _)) throw new JsonShapeException($"{member.Name} and {list} stand in one object; join them with $and");
        to.WritePropertyName(list);
        if (_groups.TryGetProperty(member.Value.GetString()!, out var group)) group.WriteTo(to);
        else to.WriteRawValue("[]");
    }
}
