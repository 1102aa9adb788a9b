using System.Text.Json;

namespace Pawl.Flags;

/// <summary>Reads the rules of one flag, and experiments written as JSON.</summary>
internal sealed class RuleReader(string flag, ConditionReader conditions, IReadOnlyDictionary<string, ContextualBandit> bandits)
{
    public CompiledRule Rule(JsonMembers rule)
    {
        var force = rule.Value("force");
        return new CompiledRule
        {
            Id = rule.Text("id") ?? "",
            Requirements = [.. Prerequisites(rule).Select(p => new Requirement(p))],
            Filters = [.. Filters(rule) ?? []],
            Force = force is { } value ? new FlagValue(value) : null,
            Condition = force is null ? null : rule.Condition("condition", conditions),
            Rollout = force is null ? null : Rollout(rule),
            Tracks = force is null ? [] : [.. (rule.Objects("tracks") ?? []).Select(Track).OfType<Exposure>()],
            Experiment = force is null ? Experiment(rule) : null,
        };
    }

    /// <summary>An experiment, with the members that only one written by itself has; null where it has no variations.</summary>
    public FlagExperiment? Experiment(JsonMembers json, bool byItself = false)
    {
        if ((json.List("contextualVariations") ?? json.List("variations")) is not { } variations) return null;
        return new FlagExperiment
        {
            Key = json.Name("key") ?? flag,
            Variations = variations,
            Seed = json.Text("seed"),
            HashVersion = HashVersion(json, 1),
            HashAttribute = json.Text("hashAttribute"),
            FallbackAttribute = json.Text("fallbackAttribute"),
            Coverage = Coverage(json),
            Weights = json.Numbers("weights"),
            Ranges = json.Ranges("ranges"),
            Meta = [.. (json.Objects("meta") ?? []).Select(m => new VariationMeta(m.Name("key"), m.Name("name"), m.Truth("passthrough")))],
            Filters = Filters(json),
            Namespace = Namespace(json),
            Condition = json.Condition("condition", conditions),
            DisableStickyBucketing = json.Truth("disableStickyBucketing"),
            BucketVersion = json.Whole("bucketVersion") ?? 0,
            MinBucketVersion = json.Whole("minBucketVersion") ?? 0,
            Name = json.Text("name"),
            Phase = json.Text("phase"),
            Active = !byItself || json.Value("active") is not { ValueKind: JsonValueKind.False },
            Status = byItself ? json.Text("status") : null,
            Force = byItself && json.Whole("force") is { } force ? (int)Math.Clamp(force, -1, int.MaxValue) : null,
            Groups = byItself ? json.List("groups")?.Select(g => g.ToString()).ToArray() : null,
            UrlPattern = byItself ? json.Name("url") : null,
            UrlTargets = byItself ? UrlTargets(json) : null,
            Prerequisites = byItself ? Prerequisites(json) : [],
            Bandit = json.Name("contextualBanditRef") is { } bandit ? bandits.GetValueOrDefault(bandit) : null,
        };
    }

    public IReadOnlyList<Prerequisite> Prerequisites(JsonMembers json) =>
        [.. (json.Objects("parentConditions") ?? []).Select(p => new Prerequisite(
            p.Text("id") ?? throw new BadInputException($"{p.Place}.id must name a flag."),
            p.Condition("condition", conditions) ?? Condition.Always,
            p.Truth("gate")))];

    public static ContextualBandit Bandit(JsonMembers json, ConditionReader conditions)
    {
        var version = json.Whole("banditVersion");
        return new ContextualBandit(version, [.. (json.Objects("contexts") ?? []).Select(leaf => new ContextualLeaf(
            leaf.Whole("leafId") ?? throw new BadInputException($"{leaf.Place}.leafId is missing."),
            leaf.Condition("condition", conditions) ?? Condition.Always,
            leaf.Numbers("weights") ?? throw new BadInputException($"{leaf.Place}.weights are missing.")) { BanditVersion = version })]);
    }

    private static IReadOnlyList<BucketFilter>? Filters(JsonMembers json) => json.Objects("filters")?.Select(f => new BucketFilter(
        f.Text("seed") ?? "",
        f.Ranges("ranges") ?? throw new BadInputException($"{f.Place}.ranges are missing."),
        f.Text("attribute"),
        HashVersion(f, 2))).ToArray();

    private static NamespacePart? Namespace(JsonMembers json)
    {
        if (json.List("namespace") is not { } parts) return null;
        if (parts is [{ ValueKind: JsonValueKind.String } id, { ValueKind: JsonValueKind.Number } start, { ValueKind: JsonValueKind.Number } end])
            return new NamespacePart(id.GetString()!, new BucketRange(start.GetDouble(), end.GetDouble()));
        throw new BadInputException($"{json.Place}.namespace must be a list of a name, a start and an end.");
    }

    private static IReadOnlyList<UrlTarget>? UrlTargets(JsonMembers json) => json.Objects("urlPatterns")?.Select(t => new UrlTarget(
        t.Text("pattern") ?? "",
        t.Text("type") == "regex",
        t.Value("include") is not { ValueKind: JsonValueKind.False })).ToArray();

    private Rollout? Rollout(JsonMembers rule)
    {
        var (range, coverage) = (rule.Range("range"), Coverage(rule));
        if (range is null && coverage is null) return null;
        var fallback = rule.Truth("disableStickyBucketing") ? null : rule.Name("fallbackAttribute");
        return new Rollout(
            rule.Name("seed") ?? flag, new HashAttribute(rule.Text("hashAttribute")), fallback is null ? null : new HashAttribute(fallback), HashVersion(rule, 1), range, coverage ?? 1);
    }

    // JavaScript takes a null for "nobody"; whoever wrote it may have meant "everybody".
    private static double? Coverage(JsonMembers json) =>
        json.Value("coverage") is { ValueKind: JsonValueKind.Null } nothing ? throw json.Wrong("coverage", "a number", nothing) : json.Number("coverage");

    // 0 is the default, as everything JavaScript takes for false; a version that no hash has keeps everybody out.
    private static int HashVersion(JsonMembers json, int fallback) => json.Number("hashVersion") switch
    {
        null or 0 => fallback,
        1 => 1,
        2 => 2,
        _ => -1,
    };

    private Exposure? Track(JsonMembers track)
    {
        if (track.Object("experiment") is not { } experiment || track.Object("result") is not { } result) return null;
        var variation = (int)Math.Clamp(result.Whole("variationId") ?? 0, 0, int.MaxValue);
        return new Exposure(
            experiment.Text("key") ?? flag,
            variation,
            result.Name("key") ?? variation.ToString(System.Globalization.CultureInfo.InvariantCulture),
            result.Name("hashAttribute") ?? "id",
            result.Value("hashValue") is { } value ? AttributeValue.From(value) : default,
            flag)
        { Reported = track.Value("result")!.Value };
    }
}
