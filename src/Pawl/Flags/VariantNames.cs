using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pawl.Flags;

/// <summary>The names that the values of one imported feature get: each value one, and two only where an experiment has two arms of the same value.</summary>
internal sealed class VariantNames
{
    private readonly List<Variant> _variants = [];
    private readonly Dictionary<string, string> _valueOfName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _nameOfValue = new(StringComparer.Ordinal);

    public IReadOnlyList<Variant> Variants => _variants;

    /// <summary>Takes the names that an experiment gives its variations.</summary>
    public void AddNamed(JsonElement rule)
    {
        if (!rule.TryGetProperty("variations", out var variations) || variations.ValueKind != JsonValueKind.Array) return;
        for (var n = 0; n < variations.GetArrayLength(); n++)
        {
            if (GivenName(rule, n) is { } name && !_valueOfName.ContainsKey(name)) Add(name, variations[n], Spelling(variations[n]));
        }
    }

    /// <summary>The name of a value.</summary>
    public string Of(JsonElement value)
    {
        var spelling = Spelling(value);
        return _nameOfValue.TryGetValue(spelling, out var name) ? name : Add(Invented(value), value, spelling);
    }

    /// <summary>The names of an experiment's variations.</summary>
    public List<string> OfVariations(JsonElement rule, JsonElement variations)
    {
        var names = new List<string>();
        for (var n = 0; n < variations.GetArrayLength(); n++)
        {
            var given = GivenName(rule, n);
            var name = given is not null && _valueOfName[given] == Spelling(variations[n]) ? given : Of(variations[n]);
            names.Add(names.Contains(name) ? Another(names, variations[n]) : name);
        }

        return names;
    }

    // An arm of its own that has the value of one before it, as in an A/A test.
    private string Another(List<string> taken, JsonElement value)
    {
        var spelling = Spelling(value);
        return _variants.Find(v => _valueOfName[v.Name] == spelling && !taken.Contains(v.Name))?.Name ?? Add(Invented(value), value, spelling);
    }

    // A bare number is the place among the variations, not a name.
    private static string? GivenName(JsonElement rule, int n)
    {
        if (!rule.TryGetProperty("meta", out var meta) || meta.ValueKind != JsonValueKind.Array || n >= meta.GetArrayLength() || meta[n].ValueKind != JsonValueKind.Object) return null;
        return new[] { "key", "name" }
            .Select(member => meta[n].TryGetProperty(member, out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null)
            .FirstOrDefault(name => name is not null && FlagJson.NameFault(name) is null && !name.All(char.IsAsciiDigit));
    }

    private string Invented(JsonElement value)
    {
        var name = value.ValueKind switch { JsonValueKind.True => "on", JsonValueKind.False => "off", _ => null };
        if (name is not null && !_valueOfName.ContainsKey(name)) return name;
        for (var n = 0; ; n++)
        {
            name = "v" + n.ToString(CultureInfo.InvariantCulture);
            if (!_valueOfName.ContainsKey(name)) return name;
        }
    }

    private string Add(string name, JsonElement value, string spelling)
    {
        if (_variants.Count == Limits.FlagVariants) throw new JsonShapeException($"the flag has more than the {Limits.FlagVariants} different values allowed");
        _variants.Add(new Variant(name, value.Clone()));
        _valueOfName.Add(name, spelling);
        _nameOfValue.TryAdd(spelling, name);
        return name;
    }

    private static string Spelling(JsonElement value)
    {
        try
        {
            return Encoding.UTF8.GetString(CanonicalJson.Serialize(value));
        }
        catch (BadInputException e)
        {
            throw new JsonShapeException(e.Message);
        }
    }
}
