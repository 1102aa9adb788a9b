using System.Globalization;
using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>The kinds of value that requests, policies and contracts are made of.</summary>
internal static class RequestShape
{
    /// <summary>A number that a double holds.</summary>
    public static double Finite(JsonElement value)
    {
        JsonShape.Expect(value, JsonValueKind.Number, "a number");
        return value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw JsonShape.Unexpected(value, "a finite number");
    }

    public static double Positive(JsonElement value, double max = double.MaxValue) => Between(value, double.Epsilon, max, max == double.MaxValue ? "a number above 0" : $"a number above 0, at most {Shown(max)}");

    public static double Days(JsonElement value) => Positive(value, Limits.ExperimentDays);

    public static double Hours(JsonElement value) =>
        Between(value, Limits.ExperimentHoursMin, Limits.ExperimentDays * 24, $"a number of hours from {Shown(Limits.ExperimentHoursMin)} to {Shown(Limits.ExperimentDays * 24)}");

    public static double Between(JsonElement value, double min, double max, string expected) =>
        Finite(value) is var number && number >= min && number <= max ? number : throw JsonShape.Unexpected(value, expected);

    /// <summary>A whole number; unlike a count of events it is never rounded.</summary>
    public static int Whole(JsonElement value, int min, int max)
    {
        var expected = $"a whole number from {Shown(min)} to {Shown(max)}";
        return Finite(value) is var number && number >= min && number <= max && number == Math.Floor(number) ? (int)number : throw JsonShape.Unexpected(value, expected);
    }

    public static string Line(JsonElement value, int characters)
    {
        var text = JsonShape.Text(value).Trim();
        if (text.Length > characters) throw new JsonShapeException($"{Shown(text.Length)} characters are more than the {Shown(characters)} allowed");
        return text.Contains('\0', StringComparison.Ordinal) ? throw new JsonShapeException("a text may not hold a NUL character") : text;
    }

    public static T OneOf<T>(JsonElement value, params (string Name, T Value)[] choices)
    {
        var text = JsonShape.Text(value);
        foreach (var (name, choice) in choices)
        {
            if (name == text) return choice;
        }

        throw new JsonShapeException($"there is no \"{ShortText.Start(text, 60)}\"; there are {string.Join(", ", choices.Select(c => c.Name))}");
    }

    /// <summary>The members of an object that are not null: null says as much as leaving it out.</summary>
    public static void Given(JsonElement value, Action<string, JsonElement> read) => JsonShape.Members(value, (name, member) =>
    {
        if (member.ValueKind != JsonValueKind.Null) read(name, member);
    });

    /// <summary>The members of a closed object: each of them is there, and no other.</summary>
    public static Dictionary<string, JsonElement> Parts(JsonElement value, string what, IReadOnlyList<string> names)
    {
        var parts = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        JsonShape.Members(value, (name, part) => parts[name] = names.Contains(name, StringComparer.Ordinal) ? part : throw Unknown(what, string.Join(", ", names)));
        return names.FirstOrDefault(name => !parts.ContainsKey(name)) is { } left ? throw new JsonShapeException($"{left} is missing") : parts;
    }

    public static JsonShapeException Unknown(string what, string members) => new($"no member of {what}; it has {members}");

    public static string Shown(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
