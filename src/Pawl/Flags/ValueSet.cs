namespace Pawl.Flags;

/// <summary>A list of values to look one up in, as <c>Array.includes</c> compares: strictly, so a list or an object is never found.</summary>
internal sealed class ValueSet
{
    // Comparing with a few texts is faster than hashing one.
    private const int FewTexts = 4;

    private readonly string[] few;
    private readonly HashSet<string>? many;
    private readonly HashSet<double> numbers = [];
    private readonly HashSet<AttributeKind> others = [];

    public ValueSet(IEnumerable<AttributeValue> values, bool anyCase = false)
    {
        var texts = new HashSet<string>(anyCase ? LowerCase.Comparer : StringComparer.Ordinal);
        foreach (var value in values)
        {
            if (value.Kind == AttributeKind.Text) texts.Add(value.Text!);
            else if (value.Kind == AttributeKind.Number) numbers.Add(value.Number);
            else if (value.Kind < AttributeKind.Number) others.Add(value.Kind);
        }

        var byHash = anyCase || texts.Count > FewTexts;
        many = byHash ? texts : null;
        few = byHash ? [] : [.. texts];
    }

    public static ValueSet Empty { get; } = new([]);

    public bool Contains(in AttributeValue value)
    {
        switch (value.Kind)
        {
            case AttributeKind.Text:
                return many?.Contains(value.Text!) ?? ContainsFew(value.Text!);
            case AttributeKind.Number:
                return numbers.Contains(value.Number);
            case AttributeKind.List or AttributeKind.Object:
                return false;
            default:
                return others.Contains(value.Kind);
        }
    }

    private bool ContainsFew(string text)
    {
        foreach (var candidate in few)
        {
            if (candidate == text) return true;
        }

        return false;
    }
}
