using System.Globalization;

namespace Pawl.Flags;

/// <summary>The members of an object in the order JavaScript keeps them: array indices first and by size, then as they came.</summary>
internal sealed class AttributeMembers
{
    private readonly Dictionary<string, AttributeValue> values = new(StringComparer.Ordinal);
    private readonly string[] names;

    /// <summary>Where a name stands twice, its last value counts.</summary>
    public AttributeMembers(IEnumerable<KeyValuePair<string, AttributeValue>> members)
    {
        foreach (var (name, value) in members) values[name] = value;
        names = [.. values.Keys];
        if (Array.Exists(names, name => Index(name) is not null)) names = [.. names.OrderBy(name => Index(name) ?? uint.MaxValue)];
    }

    public static AttributeMembers None { get; } = new([]);

    public int Count => names.Length;

    public IReadOnlyList<string> Names => names;

    public AttributeValue this[string name] => values[name];

    public bool TryGet(string name, out AttributeValue value) => values.TryGetValue(name, out value);

    public bool SameAs(AttributeMembers other)
    {
        if (!names.AsSpan().SequenceEqual(other.names)) return false;
        foreach (var name in names)
        {
            if (values[name] != other.values[name]) return false;
        }

        return true;
    }

    /// <summary>The array index a name spells, as ECMA-262 §6.1.7 defines it; null for any other name.</summary>
    public static uint? Index(string name) =>
        name.Length is > 0 and < 11 && char.IsAsciiDigit(name[0]) && (name[0] != '0' || name.Length == 1)
        && uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < uint.MaxValue
            ? index
            : null;
}
