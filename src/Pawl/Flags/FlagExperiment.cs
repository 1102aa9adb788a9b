using System.Text.Json;

namespace Pawl.Flags;

/// <summary>
/// An experiment as an evaluator runs it: a rule of a flag, or one written in code. Immutable; members that are left out mean
/// what they mean in a GrowthBook payload.
/// </summary>
public sealed class FlagExperiment
{
    private Plan? plan;

    /// <summary>Its key, which is also the seed of its hash where no other is given.</summary>
    public required string Key { get; init; }

    /// <summary>What the variations answer. With fewer than two nobody is in the experiment.</summary>
    public required IReadOnlyList<JsonElement> Variations { get; init; }

    /// <summary>The seed of the hash; null or empty: the key.</summary>
    public string? Seed { get; init; }

    /// <summary>1 or 2; with any other version nobody is in the experiment. Default 1, as in the payload; Pawl itself writes 2.</summary>
    public int HashVersion { get; init; } = 1;

    /// <summary>The attribute units are told apart by; null: <c>id</c>. A dotted path leads into objects.</summary>
    public string? HashAttribute { get; init; }

    /// <summary>The attribute used where a unit lacks the other; only with sticky assignments.</summary>
    public string? FallbackAttribute { get; init; }

    /// <summary>The part of all units that takes part, 0 to 1; null: 1.</summary>
    public double? Coverage { get; init; }

    /// <summary>The share of each variation; null: equal. See <see cref="Bucketing.Ranges"/>.</summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>The range of each variation, instead of coverage and weights.</summary>
    public IReadOnlyList<BucketRange>? Ranges { get; init; }

    /// <summary>What is known of each variation; may be shorter than the variations.</summary>
    public IReadOnlyList<VariationMeta> Meta { get; init; } = [];

    /// <summary>Further hashes a unit must pass; with any, the namespace does not count. Null: none.</summary>
    public IReadOnlyList<BucketFilter>? Filters { get; init; }

    /// <summary>The part of a namespace the experiment has; null: all units.</summary>
    public NamespacePart? Namespace { get; init; }

    /// <summary>Which units take part; null: all.</summary>
    public Condition? Condition { get; init; }

    /// <summary>Flags that must have certain values; empty: none.</summary>
    public IReadOnlyList<Prerequisite> Prerequisites { get; init; } = [];

    /// <summary>Groups of which the context must have one; null: any context.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Addresses the experiment runs on; null: all.</summary>
    public IReadOnlyList<UrlTarget>? UrlTargets { get; init; }

    /// <summary>A regular expression found in the address or its path; null: all.</summary>
    public string? UrlPattern { get; init; }

    /// <summary>A last question to the program; null: yes. Must not throw.</summary>
    public Func<bool>? Include { get; init; }

    /// <summary>The variation everyone in the experiment gets, without being counted; null: none.</summary>
    public int? Force { get; init; }

    /// <summary>False: nobody takes part. Default true.</summary>
    public bool Active { get; init; } = true;

    /// <summary><c>draft</c> and <c>stopped</c> let nobody take part; anything else does.</summary>
    public string? Status { get; init; }

    /// <summary>True: sticky assignments are neither read nor made.</summary>
    public bool DisableStickyBucketing { get; init; }

    /// <summary>The version of its buckets; a new one assigns anew. Default 0.</summary>
    public long BucketVersion { get; init; }

    /// <summary>Units assigned under an older version than this take no longer part. Default 0.</summary>
    public long MinBucketVersion { get; init; }

    /// <summary>The experiment's name, for people.</summary>
    public string? Name { get; init; }

    /// <summary>Its phase, for people.</summary>
    public string? Phase { get; init; }

    /// <summary>Weights by context; null: the same for all units.</summary>
    public ContextualBandit? Bandit { get; init; }

    /// <summary>Reads an experiment written as JSON, as the SDKs' <c>run</c> takes it.</summary>
    /// <param name="json">The object, with at least <c>key</c> and <c>variations</c>.</param>
    /// <param name="savedGroups">The groups its conditions refer to; null for none.</param>
    /// <exception cref="BadInputException">It cannot be read; the message says what is wrong, and where.</exception>
    public static FlagExperiment Parse(JsonElement json, JsonElement? savedGroups = null)
    {
        var conditions = new ConditionReader(savedGroups is { } groups ? SavedGroups.Read(groups) : SavedGroups.None);
        var members = new JsonMembers(json.ValueKind == JsonValueKind.Undefined ? Json.Null : Json.Whole(json.Clone()), "experiment");
        return new RuleReader("", conditions, new Dictionary<string, ContextualBandit>(StringComparer.Ordinal)).Experiment(members, byItself: true)
            ?? throw new BadInputException("experiment.variations must be a list of values, and is missing.");
    }

    internal string EffectiveSeed => string.IsNullOrEmpty(Seed) ? Key : Seed;

    /// <summary>What follows from the members, worked out once.</summary>
    internal Plan Planned => plan ??= new Plan(this);

    internal VariationMeta MetaOf(int variation) => variation < Meta.Count ? Meta[variation] : VariationMeta.None;

    internal sealed class Plan
    {
        public Plan(FlagExperiment experiment)
        {
            var count = experiment.Variations.Count;
            Ranges = experiment.Ranges is { } ranges ? [.. ranges] : RangesOf(experiment, experiment.Weights);
            Keys = [.. Enumerable.Range(0, count).Select(i => experiment.MetaOf(i).Key ?? i.ToString(System.Globalization.CultureInfo.InvariantCulture))];
            Values = [.. experiment.Variations.Select(v => new FlagValue(v))];
            StickyId = StickyDocument.ExperimentKey(experiment.Key, experiment.BucketVersion);
            HashBy = new HashAttribute(experiment.HashAttribute);
            FallbackTo = experiment.FallbackAttribute is { Length: > 0 } fallback ? new HashAttribute(fallback) : null;
            Url = experiment.UrlPattern is { } pattern ? new JavaScriptPattern(pattern, anyCase: false) : null;
            if (experiment.Bandit is not { } bandit) return;
            Leaves = [.. bandit.Leaves.Select(leaf => new PlannedLeaf(leaf, experiment.Ranges is null ? RangesOf(experiment, leaf.Weights) : Ranges))];
            NoLeaf = new PlannedLeaf(
                new ContextualLeaf(ContextualLeaf.NoLeafId, Condition.Always, experiment.Weights ?? Bucketing.EqualWeights(count)) { BanditVersion = bandit.Version },
                Ranges);
        }

        public BucketRange[] Ranges { get; }

        public string[] Keys { get; }

        public FlagValue[] Values { get; }

        public string StickyId { get; }

        public HashAttribute HashBy { get; }

        public HashAttribute? FallbackTo { get; }

        public JavaScriptPattern? Url { get; }

        public PlannedLeaf[] Leaves { get; } = [];

        public PlannedLeaf? NoLeaf { get; }

        private static BucketRange[] RangesOf(FlagExperiment experiment, IReadOnlyList<double>? weights) =>
            [.. Bucketing.Ranges(experiment.Variations.Count, experiment.Coverage ?? 1, weights)];
    }

    internal sealed record PlannedLeaf(ContextualLeaf Leaf, BucketRange[] Ranges);
}
