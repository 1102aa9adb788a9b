using System.Text.Json;

namespace Pawl.Flags;

/// <summary>What an attribute's value is.</summary>
public enum AttributeKind
{
    /// <summary>Nothing: null, or an attribute that is not there.</summary>
    Null,

    /// <summary>False.</summary>
    False,

    /// <summary>True.</summary>
    True,

    /// <summary>An IEEE double, as in JavaScript.</summary>
    Number,

    /// <summary>A text of UTF-16 code units.</summary>
    Text,

    /// <summary>A list of values.</summary>
    List,

    /// <summary>Named values, in the order JavaScript keeps them.</summary>
    Object,
}

/// <summary>
/// A value that conditions and hashes read, immutable and read without allocating. <c>default</c> is null, which is also
/// what an attribute that is not there counts as.
/// </summary>
public readonly struct AttributeValue : IEquatable<AttributeValue>
{
    private readonly object? reference;
    private readonly double number;

    private AttributeValue(AttributeKind kind, object? reference = null, double number = 0)
    {
        Kind = kind;
        this.reference = reference;
        this.number = number;
    }

    /// <summary>What it is.</summary>
    public AttributeKind Kind { get; }

    /// <summary>The text; null where it is none.</summary>
    public string? Text => Kind == AttributeKind.Text ? (string?)reference : null;

    /// <summary>The number; NaN where it is none.</summary>
    public double Number => Kind == AttributeKind.Number ? number : double.NaN;

    internal static AttributeValue Empty { get; } = new(AttributeKind.Text, "");

    internal AttributeValue[] Items => (AttributeValue[])reference!;

    internal AttributeMembers Members => (AttributeMembers)reference!;

    /// <summary>A text; null for null.</summary>
    public static AttributeValue From(string? text) => text is null ? default : new AttributeValue(AttributeKind.Text, text);

    /// <summary>A number.</summary>
    /// <exception cref="ArgumentException">It is infinite or not a number.</exception>
    public static AttributeValue From(double number) =>
        double.IsFinite(number) ? new AttributeValue(AttributeKind.Number, null, number) : throw new ArgumentException($"{number} has no JSON.", nameof(number));

    /// <summary>A truth.</summary>
    public static AttributeValue From(bool truth) => new(truth ? AttributeKind.True : AttributeKind.False);

    /// <summary>The value of a JSON element. What happens to its document afterwards does not change it.</summary>
    /// <exception cref="BadInputException">It nests more than <see cref="Limits.JsonDepth"/> deep, or holds bytes that are not UTF-8.</exception>
    public static AttributeValue From(JsonElement json)
    {
        if (!Json.IsShallow(json)) throw new BadInputException($"The value nests more than {Limits.JsonDepth} levels deep.");
        try
        {
            return Read(Json.Whole(json));
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException("The value holds bytes that are not UTF-8.", e);
        }
    }

    /// <summary>Any value that System.Text.Json can write, as the JSON of it.</summary>
    /// <exception cref="ArgumentException">The value cannot be written as JSON, a NaN for instance.</exception>
    public static AttributeValue From(object? value) => value switch
    {
        null => default,
        AttributeValue attribute => attribute,
        string text => From(text),
        bool truth => From(truth),
        int or long or short or byte or uint or ulong or float or double or decimal =>
            From(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)),
        JsonElement json => From(json),
        _ => From(Json.From(value)),
    };

    /// <summary>The value as JSON.</summary>
    public JsonElement ToJson() => Json.Parse(JavaScript.Stringify(this));

    /// <summary>Whether both are written as the same JSON: members in the same order, numbers of the same value.</summary>
    public bool Equals(AttributeValue other)
    {
        if (Kind != other.Kind) return false;
        return Kind switch
        {
            AttributeKind.Number => number == other.number,
            AttributeKind.Text => string.Equals((string?)reference, (string?)other.reference, StringComparison.Ordinal),
            AttributeKind.List => Items.AsSpan().SequenceEqual(other.Items),
            AttributeKind.Object => Members.SameAs(other.Members),
            _ => true,
        };
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AttributeValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Kind switch
    {
        AttributeKind.Number => number.GetHashCode(),
        AttributeKind.Text => StringComparer.Ordinal.GetHashCode((string)reference!),
        AttributeKind.List => Items.Length,
        AttributeKind.Object => Members.Count,
        _ => (int)Kind,
    };

    /// <summary>Whether both are the same value; see <see cref="Equals(AttributeValue)"/>.</summary>
    public static bool operator ==(AttributeValue left, AttributeValue right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(AttributeValue left, AttributeValue right) => !left.Equals(right);

    /// <summary>The value as JSON text.</summary>
    public override string ToString() => JavaScript.Stringify(this);

    internal static AttributeValue From(AttributeMembers members) => new(AttributeKind.Object, members);

    private static AttributeValue Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => From(json.GetString()),
        JsonValueKind.Number => new AttributeValue(AttributeKind.Number, null, json.GetDouble()),
        JsonValueKind.True => From(true),
        JsonValueKind.False => From(false),
        JsonValueKind.Array => new AttributeValue(AttributeKind.List, json.EnumerateArray().Select(Read).ToArray()),
        JsonValueKind.Object => From(new AttributeMembers(json.EnumerateObject().Select(m => KeyValuePair.Create(m.Name, Read(m.Value))))),
        _ => default,
    };
}
