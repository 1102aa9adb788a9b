using System.Text.Json;

namespace Pawl.Flags;

/// <summary>Reads a rule of a flag and refuses what no SDK could follow. Members that nobody here knows are kept as they are.</summary>
internal static class FlagRuleReader
{
    private const double WeightTolerance = 0.01; // as in GrowthBook's SDKs, which fall back to equal weights beyond it

    /// <param name="rule">The rule.</param>
    /// <param name="variants">The names that exist; null where that cannot be said yet.</param>
    /// <param name="isStored">Whether its conditions were checked when it was written: trying patterns out takes time.</param>
    public static FlagRule Read(JsonElement rule, IReadOnlySet<string>? variants, bool isStored = false)
    {
        string? id = null, serve = null;
        List<string> variations = [];
        List<FlagPrerequisite> prerequisites = [];
        JsonElement where = default;
        JsonShape.Members(rule, (name, value) =>
        {
            switch (name)
            {
                case "id": id = JsonShape.Name(value); break;
                case "serve": serve = Variant(value, variants); break;
                case "variations": variations = Variations(value, variants, isStored); break;
                case "parentConditions": prerequisites = JsonShape.List(value, parent => Prerequisite(parent, isStored)); break;
                case "where": where = Where(value); break;
                case "force": throw new JsonShapeException("a stored rule names a variant: write serve with the variant's name");
                case "condition" when isStored: break;
                default: Check(name, value); break;
            }
        });
        if (serve is not null && variations.Count > 0) throw new JsonShapeException("a rule serves one variant or splits among variations, not both").Inside("serve");
        CheckCounts(rule, variations.Count);
        return new FlagRule(where.ValueKind == JsonValueKind.Undefined ? rule.Clone() : With(rule, where), id, serve, variations, prerequisites);
    }

    public static string Variant(JsonElement value, IReadOnlySet<string>? variants)
    {
        var name = FlagJson.Name(value);
        return variants is null || variants.Contains(name)
            ? name
            : throw new JsonShapeException($"there is no variant \"{name}\"; there are {ShortText.Start(string.Join(", ", variants), 200)}");
    }

    public static int HashVersion(JsonElement value) => JsonShape.Count(value) switch
    {
        1 => 1,
        2 => 2,
        var other => throw new JsonShapeException($"the hash has the versions 1 and 2, not {other}"),
    };

    // Experiments with fewer arms serve nobody, and no name tells two arms apart that share it.
    private static List<string> Variations(JsonElement value, IReadOnlySet<string>? variants, bool isStored)
    {
        var names = JsonShape.List(value, item => Variant(item, variants));
        if (isStored) return names;
        if (names.Count is < 2 or > Limits.FlagVariants)
            throw new JsonShapeException($"expected 2 to {Limits.FlagVariants} variants, found {names.Count}; to give all units one variant, write serve");
        var twice = Enumerable.Range(1, names.Count - 1).FirstOrDefault(n => names.IndexOf(names[n]) < n);
        return twice > 0 ? throw new JsonShapeException($"\"{names[twice]}\" stands here twice; give each variant once, with its whole weight").Inside(twice) : names;
    }

    private static void Check(string name, JsonElement value)
    {
        switch (name)
        {
            case "condition": ConditionCheck.Condition(value); break;
            case "coverage": JsonShape.Share(value); break;
            case "hashVersion": HashVersion(value); break;
            case "weights": Weights(value); break;
            case "range": Range(value); break;
            case "ranges": JsonShape.List(value, Range); break;
            case "namespace": Namespace(value); break;
            case "filters": JsonShape.List(value, Filter); break;
            case "meta": JsonShape.List(value, JsonShape.Object); break;
            case "bucketVersion" or "minBucketVersion": JsonShape.Count(value); break;
            case "disableStickyBucketing": JsonShape.Flag(value); break;
            case "hashAttribute" or "fallbackAttribute" or "seed" or "key": JsonShape.Name(value); break;
            case "name" or "phase": JsonShape.Text(value); break;
            default: break; // of a newer SDK: kept
        }
    }

    private static void CheckCounts(JsonElement rule, int variations)
    {
        if (rule.TryGetProperty("contextualVariations", out _)) return; // a bandit's arms, which Pawl passes on and does not name
        foreach (var member in new[] { "weights", "ranges", "meta" })
        {
            if (!rule.TryGetProperty(member, out var list) || (variations == 0 && member != "weights")) continue;
            if (list.GetArrayLength() != variations) throw new JsonShapeException($"{list.GetArrayLength()} do not fit {variations} variations: one each").Inside(member);
        }
    }

    private static void Weights(JsonElement value)
    {
        var weights = JsonShape.List(value, JsonShape.Share);
        var sum = weights.Sum();
        if (Math.Abs(sum - 1) > WeightTolerance) throw new JsonShapeException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the weights add up to {sum:0.####} instead of 1"));
    }

    private static bool Range(JsonElement value)
    {
        var bounds = JsonShape.List(value, JsonShape.Share);
        return bounds.Count == 2 && bounds[0] <= bounds[1] ? true : throw new JsonShapeException("expected the start and the end of a range, such as [0, 0.5]");
    }

    private static void Namespace(JsonElement value)
    {
        JsonShape.Expect(value, JsonValueKind.Array, "a namespace such as [\"pricing\", 0, 0.5]");
        if (value.GetArrayLength() != 3) throw new JsonShapeException("expected a namespace such as [\"pricing\", 0, 0.5]");
        JsonShape.Text(value[0]);
        if (JsonShape.Share(value[1]) > JsonShape.Share(value[2])) throw new JsonShapeException("the namespace ends before it starts");
    }

    private static bool Filter(JsonElement value)
    {
        var ranges = false;
        JsonShape.Members(value, (name, member) =>
        {
            switch (name)
            {
                case "seed" or "attribute": JsonShape.Text(member); break;
                case "hashVersion": HashVersion(member); break;
                case "ranges": ranges = JsonShape.List(member, Range) is not null; break;
                default: break;
            }
        });
        return ranges ? true : throw new JsonShapeException("a filter has ranges");
    }

    private static FlagPrerequisite Prerequisite(JsonElement value, bool isStored)
    {
        string? flag = null;
        var (isGate, hasCondition) = (false, false);
        JsonShape.Members(value, (name, member) =>
        {
            switch (name)
            {
                case "id": flag = JsonShape.Name(member); break;
                case "gate": isGate = JsonShape.Flag(member); break;
                case "condition":
                    if (!isStored) ConditionCheck.Condition(member);
                    hasCondition = true;
                    break;
                default: break;
            }
        });
        if (flag is null || !hasCondition) throw new JsonShapeException("a prerequisite has the id of a flag and a condition on its value, such as {\"value\": true}");
        return new FlagPrerequisite(flag, isGate);
    }

    private static JsonElement Where(JsonElement value)
    {
        var rules = value.ValueKind == JsonValueKind.Array ? JsonShape.List(value, JsonShape.Text) : [JsonShape.Text(value)];
        try
        {
            return ExposureRule.CompileAll(rules);
        }
        catch (BadInputException e)
        {
            throw new JsonShapeException(e.Message);
        }
    }

    // The rule with its expression compiled; a condition that stands beside it must hold as well.
    private static JsonElement With(JsonElement rule, JsonElement where) => Json.Object(to =>
    {
        foreach (var member in rule.EnumerateObject())
        {
            if (!member.NameEquals("where") && !member.NameEquals("condition")) member.WriteTo(to);
        }

        to.WritePropertyName("condition");
        if (!rule.TryGetProperty("condition", out var condition))
        {
            where.WriteTo(to);
            return;
        }

        to.WriteStartObject();
        to.WriteStartArray("$and");
        condition.WriteTo(to);
        where.WriteTo(to);
        to.WriteEndArray();
        to.WriteEndObject();
    });
}
