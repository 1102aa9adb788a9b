namespace Pawl.Flags;

/// <summary>
/// The earlier assignments of one context's units, loaded ahead of evaluation, and the new ones that evaluation makes. For one
/// evaluation at a time.
/// </summary>
public sealed class StickyAssignments
{
    private readonly Dictionary<StickyKey, StickyDocument> documents = [];
    private readonly HashSet<StickyKey> changed = [];
    private readonly Action<StickyDocument>? assigned;

    /// <summary>Creates them.</summary>
    /// <param name="documents">What is stored; where two speak of the same unit, the first one's assignments stand.</param>
    /// <param name="assigned">Hears of each document that changed, on the thread that evaluates; null: nobody, see <see cref="Changed"/>.</param>
    public StickyAssignments(IEnumerable<StickyDocument> documents, Action<StickyDocument>? assigned = null)
    {
        ArgumentNullException.ThrowIfNull(documents);
        foreach (var document in documents)
            this.documents[document.Key] = this.documents.TryGetValue(document.Key, out var first) ? StickyDocument.Merge(first, document) : document;
        this.assigned = assigned;
    }

    /// <summary>All documents, with what was assigned since.</summary>
    public IReadOnlyCollection<StickyDocument> Documents => documents.Values;

    /// <summary>The documents that evaluation changed, to be saved.</summary>
    public IReadOnlyList<StickyDocument> Changed => [.. changed.Select(key => documents[key])];

    /// <summary>The documents to load before a flag set is evaluated for these attributes.</summary>
    public static IReadOnlyList<StickyKey> KeysFor(FlagSet flags, AttributeValue attributes)
    {
        ArgumentNullException.ThrowIfNull(flags);
        var keys = new List<StickyKey>();
        foreach (var attribute in flags.HashAttributes)
        {
            var value = attribute.Of(attributes);
            if (JavaScript.IsTruthy(value)) keys.Add(KeyOf(attribute.Name, value));
        }

        return keys;
    }

    /// <summary>The variation a unit was assigned; -1 where none is. Blocked: it was assigned under a version that no longer counts.</summary>
    internal (int Variation, bool IsBlocked) Find(FlagExperiment experiment, in AttributeValue attributes)
    {
        if (documents.Count == 0) return (-1, false);
        var plan = experiment.Planned;
        // Without a fallback the specification looks at the document of "id", so an assignment made by id is found.
        var fallback = Find(plan.FallbackTo ?? HashAttribute.Id, attributes);
        var own = Find(plan.HashBy, attributes);
        if (experiment.MinBucketVersion > 0 && (IsBlocked(own, experiment) || IsBlocked(fallback, experiment))) return (-1, true);
        var key = Variation(own, plan.StickyId) ?? Variation(fallback, plan.StickyId);
        if (key is null) return (-1, false);
        for (var i = 0; i < experiment.Meta.Count; i++)
        {
            if (experiment.Meta[i].Key == key) return (i, false);
        }

        return (-1, false);
    }

    internal void Add(FlagExperiment experiment, in ExperimentAssignment assignment)
    {
        var key = KeyOf(assignment.HashAttribute, assignment.HashValue);
        var document = documents.GetValueOrDefault(key);
        var id = experiment.Planned.StickyId;
        if (Variation(document, id) == assignment.VariationKey) return;
        var assignments = document is null ? new Dictionary<string, string>(StringComparer.Ordinal) : new(document.Assignments, StringComparer.Ordinal);
        assignments[id] = assignment.VariationKey;
        documents[key] = new StickyDocument(key, assignments);
        changed.Add(key);
        assigned?.Invoke(documents[key]);
    }

    /// <summary>What stands in the store now, which is what holds.</summary>
    internal void Kept(StickyDocument stored)
    {
        documents[stored.Key] = stored;
        changed.Remove(stored.Key);
    }

    private static StickyKey KeyOf(string attribute, in AttributeValue value) => new(attribute, value.Text ?? JavaScript.Stringify(value));

    private static string? Variation(StickyDocument? document, string id) => document?.Assignments.GetValueOrDefault(id);

    private StickyDocument? Find(HashAttribute attribute, in AttributeValue attributes)
    {
        var value = attribute.Of(attributes);
        return JavaScript.IsTruthy(value) ? documents.GetValueOrDefault(KeyOf(attribute.Name, value)) : null;
    }

    private static bool IsBlocked(StickyDocument? document, FlagExperiment experiment)
    {
        if (document is null) return false;
        foreach (var id in document.Assignments.Keys)
        {
            if (id.StartsWith(experiment.Key, StringComparison.Ordinal) && VersionIn(id.AsSpan(experiment.Key.Length)) is { } version
                && version < experiment.MinBucketVersion)
                return true;
        }

        return false;
    }

    // "__3" is version 3; a key that only begins like the experiment's says something else.
    private static long? VersionIn(ReadOnlySpan<char> rest) =>
        rest is ['_', '_', .. var digits] && long.TryParse(digits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var version)
            ? version
            : null;
}
