using System.Globalization;
using System.Text.Json;

namespace Pawl.Metrics;

/// <summary>The members of an object by name; those that are not known are refused, and every error knows the member it is in.</summary>
internal sealed class MetricMembers
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);

    public MetricMembers(JsonElement value, params string[] known) => JsonShape.Members(value, (name, member) =>
    {
        if (!known.Contains(name, StringComparer.Ordinal)) throw new JsonShapeException($"is unknown: there are {string.Join(", ", known)}");
        _members.Add(name, member);
    });

    public bool Has(string name) => _members.ContainsKey(name);

    /// <summary>Reads a member where it stands.</summary>
    public void Read(string name, Action<JsonElement> read)
    {
        if (_members.TryGetValue(name, out var value)) JsonShape.Within(name, () => read(value));
    }

    public JsonShapeException Fault(string name, string what) => new JsonShapeException(what).Inside(name);

    public void Refuse(string name, string why)
    {
        if (Has(name)) throw Fault(name, why);
    }

    public string? Text(string name, bool required = false)
    {
        string? text = null;
        Read(name, value => text = JsonShape.Text(value) is { Length: > 0 } given ? given : throw new JsonShapeException("expected a text, found an empty one"));
        return text ?? (required ? throw new JsonShapeException($"\"{name}\" is missing") : null);
    }

    /// <summary>The user's SQL.</summary>
    public string Select(string name)
    {
        var sql = Text(name, required: true)!;
        return SelectText.Fault(sql) is { } fault ? throw Fault(name, fault) : sql;
    }

    /// <summary>A number in a range that its lower end does not belong to; null where it does not stand.</summary>
    public double? Number(string name, double above, double upTo, bool upToIsIn = true)
    {
        double? number = null;
        Read(name, value =>
        {
            var expected = double.IsInfinity(above) ? "a finite number" : string.Create(CultureInfo.InvariantCulture, $"a number above {above} and {(upToIsIn ? "at most" : "below")} {upTo}");
            JsonShape.Expect(value, JsonValueKind.Number, expected);
            number = value.TryGetDouble(out var given) && given > above && (given < upTo || (upToIsIn && given <= upTo))
                ? given
                : throw JsonShape.Unexpected(value, expected);
        });
        return number;
    }
}
