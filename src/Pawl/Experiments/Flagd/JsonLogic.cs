using System.Text.Json;

namespace Pawl.Experiments.Flagd;

/// <summary>Writes what an exposure rule compiles to, a condition of GrowthBook's, as the JsonLogic that flagd evaluates. What flagd cannot express is refused.</summary>
internal static class JsonLogic
{
    private static readonly Dictionary<string, string> Orders = new(StringComparer.Ordinal) { ["$lt"] = "<", ["$lte"] = "<=", ["$gt"] = ">", ["$gte"] = ">=" };

    private static readonly Dictionary<string, string> Versions = new(StringComparer.Ordinal) { ["$vlt"] = "<", ["$vlte"] = "<=", ["$vgt"] = ">", ["$vgte"] = ">=", ["$veq"] = "=" };

    /// <summary>Writes a condition: true where all of its members hold.</summary>
    /// <exception cref="BadInputException">flagd has nothing like it.</exception>
    public static void Write(Utf8JsonWriter to, JsonElement condition)
    {
        var members = condition.EnumerateObject().ToList();
        if (members.Count == 1) Write(to, members[0]);
        else Call(to, "and", () => members.ForEach(member => Write(to, member)));
    }

    /// <summary>Writes <c>{"name": [arguments]}</c>.</summary>
    public static void Call(Utf8JsonWriter to, string name, Action writeArguments)
    {
        to.WriteStartObject();
        to.WriteStartArray(name);
        writeArguments();
        to.WriteEndArray();
        to.WriteEndObject();
    }

    /// <summary>Writes <c>{"var": name}</c>.</summary>
    public static void Attribute(Utf8JsonWriter to, string name)
    {
        to.WriteStartObject();
        to.WriteString("var", name);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, JsonProperty member)
    {
        switch (member.Name)
        {
            case "$and" or "$or":
                Call(to, member.Name[1..], () =>
                {
                    foreach (var part in member.Value.EnumerateArray()) Write(to, part);
                });
                break;
            case "$not":
                Call(to, "!", () => Write(to, member.Value));
                break;
            case var name when name.StartsWith('$'): throw Unknown(name);
            case var attribute when member.Value.ValueKind == JsonValueKind.True:
                Call(to, "!!", () => Attribute(to, attribute));
                break;
            case var attribute when member.Value.ValueKind == JsonValueKind.Object:
                foreach (var comparison in member.Value.EnumerateObject().Take(1)) Comparison(to, attribute, comparison.Name, comparison.Value);
                break;
            default: throw Unknown(member.Name);
        }
    }

    private static void Comparison(Utf8JsonWriter to, string attribute, string comparison, JsonElement value)
    {
        switch (comparison)
        {
            case "$eq": Binary(to, "===", attribute, value); break;
            case "$ne": Binary(to, "!==", attribute, value); break;
            case "$in": Binary(to, "in", attribute, value); break;
            case "$nin": Call(to, "!", () => Binary(to, "in", attribute, value)); break;
            case "$vne": Call(to, "!", () => Version(to, "=", attribute, value)); break;
            case var order when Orders.TryGetValue(order, out var spelled):
                // JsonLogic takes a missing attribute for 0.
                Call(to, "and", () =>
                {
                    Binary(to, "!==", attribute, Json.Null);
                    Binary(to, spelled, attribute, value);
                });
                break;
            case var version when Versions.TryGetValue(version, out var spelled): Version(to, spelled, attribute, value); break;
            default: throw Unknown(comparison);
        }
    }

    private static void Binary(Utf8JsonWriter to, string operation, string attribute, JsonElement value) => Call(to, operation, () =>
    {
        Attribute(to, attribute);
        value.WriteTo(to);
    });

    private static void Version(Utf8JsonWriter to, string operation, string attribute, JsonElement value)
    {
        var version = value.GetString()!;
        var core = version.Split('-', '+')[0].Split('.');
        if (core.Length != 3 || core.Any(part => part.Length == 0 || !part.All(char.IsAsciiDigit) || (part.Length > 1 && part[0] == '0')))
            throw new BadInputException($"The exposure rule compares {attribute} with the version {ShortText.Start(version, 60)}; flagd knows semantic versions only, three numbers such as 2.3.0.");
        Call(to, "sem_ver", () =>
        {
            Attribute(to, attribute);
            to.WriteStringValue(operation);
            to.WriteStringValue(version);
        });
    }

    private static BadInputException Unknown(string what) => new($"flagd has nothing for {what} in an exposure rule. Serve the experiment by Pawl's own flags, or leave the rule out.");
}
