using System.Text.Json;
using System.Text.Json.Nodes;
using Pawl.Flags;

namespace Pawl.Tests.Flags;

/// <summary>Results as the SDK suite spells them.</summary>
internal static class SdkJson
{
    public static JsonElement Of(FlagResult result)
    {
        var json = new JsonObject
        {
            ["value"] = Node(result.Value),
            ["on"] = result.On,
            ["off"] = result.Off,
            ["source"] = result.Source.ToString() is var name ? char.ToLowerInvariant(name[0]) + name[1..] : null,
            ["ruleId"] = result.RuleId,
        };
        if (result.Experiment is not { } experiment) return Element(json);
        json["experiment"] = Of(experiment, result.Assignment);
        json["experimentResult"] = Node(Of(result.Assignment));
        return Element(json);
    }

    public static JsonElement Of(ExperimentAssignment assignment)
    {
        var json = new JsonObject
        {
            ["value"] = Node(assignment.Value),
            ["variationId"] = assignment.VariationId,
            ["key"] = assignment.VariationKey,
            ["inExperiment"] = assignment.InExperiment,
            ["hashUsed"] = assignment.HashUsed,
            ["hashAttribute"] = assignment.HashAttribute,
            ["hashValue"] = Node(assignment.HashValue.ToJson()),
            ["featureId"] = assignment.FlagKey,
            ["stickyBucketUsed"] = assignment.StickyBucketUsed,
        };
        if (assignment.VariationName is { } name) json["name"] = name;
        if (assignment.Bucket is { } bucket) json["bucket"] = bucket;
        if (assignment.Passthrough) json["passthrough"] = true;
        if (assignment.Leaf is { } leaf) Add(json, leaf);
        return Element(json);
    }

    public static JsonElement Of(IEnumerable<StickyDocument> documents) => Element(new JsonObject(documents.Select(d => KeyValuePair.Create(d.Key.ToString(), (JsonNode?)new JsonObject
    {
        ["attributeName"] = d.Key.Attribute,
        ["attributeValue"] = d.Key.Value,
        ["assignments"] = JsonSerializer.SerializeToNode(d.Assignments),
    }))));

    private static JsonObject Of(FlagExperiment experiment, ExperimentAssignment assignment)
    {
        var json = new JsonObject { ["key"] = experiment.Key, ["variations"] = JsonSerializer.SerializeToNode(experiment.Variations), ["hashVersion"] = experiment.HashVersion };
        if (experiment.Coverage is { } coverage) json["coverage"] = coverage;
        if (assignment.Weights is { } weights) json["weights"] = JsonSerializer.SerializeToNode(weights);
        if (experiment.HashAttribute is { } attribute) json["hashAttribute"] = attribute;
        if (experiment.FallbackAttribute is { } fallback) json["fallbackAttribute"] = fallback;
        if (experiment.Seed is { } seed) json["seed"] = seed;
        if (experiment.Name is { } name) json["name"] = name;
        if (experiment.Phase is { } phase) json["phase"] = phase;
        if (experiment.Condition is { } condition) json["condition"] = Node(condition.Source);
        if (experiment.Ranges is { } ranges) json["ranges"] = Of(ranges);
        if (experiment.Namespace is { } part) json["namespace"] = new JsonArray(part.Id, part.Part.Start, part.Part.End);
        if (experiment.Meta.Count > 0) json["meta"] = new JsonArray([.. experiment.Meta.Select(Of)]);
        if (experiment.Filters is { } filters) json["filters"] = new JsonArray([.. filters.Select(Of)]);
        if (experiment.BucketVersion > 0) json["bucketVersion"] = experiment.BucketVersion;
        if (experiment.MinBucketVersion > 0) json["minBucketVersion"] = experiment.MinBucketVersion;
        if (experiment.DisableStickyBucketing) json["disableStickyBucketing"] = true;
        if (assignment.Leaf is { } leaf) json["contextualBandit"] = Add(new JsonObject(), leaf);
        return json;
    }

    private static JsonNode Of(VariationMeta meta)
    {
        var json = new JsonObject();
        if (meta.Key is { } key) json["key"] = key;
        if (meta.Name is { } name) json["name"] = name;
        if (meta.Passthrough) json["passthrough"] = true;
        return json;
    }

    private static JsonNode Of(BucketFilter filter) => new JsonObject
    {
        ["seed"] = filter.Seed,
        ["ranges"] = Of(filter.Ranges),
        ["attribute"] = filter.Attribute,
        ["hashVersion"] = filter.HashVersion,
    };

    private static JsonArray Of(IEnumerable<BucketRange> ranges) => new([.. ranges.Select(r => new JsonArray(r.Start, r.End))]);

    private static JsonObject Add(JsonObject json, ContextualLeaf leaf)
    {
        json["leafId"] = leaf.LeafId;
        json["variationWeights"] = JsonSerializer.SerializeToNode(leaf.Weights);
        json["banditVersion"] = leaf.BanditVersion;
        return json;
    }

    private static JsonNode? Node(JsonElement element) => JsonNode.Parse(element.GetRawText());

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);
}
