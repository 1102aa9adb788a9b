namespace Pawl.Flags;

/// <summary>The unit a sticky document speaks of: the attribute it was hashed by and that attribute's value. Both are compared ordinally.</summary>
/// <param name="Attribute">The attribute's name, <c>id</c> for instance.</param>
/// <param name="Value">The attribute's value; of what is no string, its JSON.</param>
public readonly record struct StickyKey(string Attribute, string Value)
{
    /// <summary>The form the GrowthBook SDKs store it under: <c>attribute||value</c>.</summary>
    public override string ToString() => $"{Attribute}||{Value}";
}

/// <summary>Which variations one unit got.</summary>
/// <param name="Key">The unit.</param>
/// <param name="Assignments">
/// From <c>experiment__bucketVersion</c> (<see cref="ExperimentKey"/>) to the key of the variation, compared ordinally.
/// </param>
public sealed record StickyDocument(StickyKey Key, IReadOnlyDictionary<string, string> Assignments)
{
    /// <summary>Under which key an assignment stands: <c>experiment__bucketVersion</c>.</summary>
    /// <param name="experiment">The experiment's key.</param>
    /// <param name="bucketVersion">The version of its buckets; a new version assigns anew.</param>
    public static string ExperimentKey(string experiment, long bucketVersion) => $"{experiment}__{bucketVersion}";

    /// <summary>All assignments of two documents of one unit; where both assign the same key, the first document's stands.</summary>
    /// <exception cref="ArgumentException">The documents speak of different units.</exception>
    public static StickyDocument Merge(StickyDocument first, StickyDocument second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Key != second.Key) throw new ArgumentException($"The documents of {first.Key} and of {second.Key} cannot be merged.", nameof(second));
        var merged = new Dictionary<string, string>(first.Assignments, StringComparer.Ordinal);
        foreach (var (key, variation) in second.Assignments) merged.TryAdd(key, variation);
        return new StickyDocument(first.Key, merged);
    }
}
