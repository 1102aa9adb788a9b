using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

/// <summary>The GrowthBook SDK suite, specification 0.8: a row per case.</summary>
public sealed class ConformanceTests
{
    public static TheoryData<int, string> EvalCondition => GrowthBookCases.Section("evalCondition");

    public static TheoryData<int, string> Hash => GrowthBookCases.Section("hash");

    public static TheoryData<int, string> GetBucketRange => GrowthBookCases.Section("getBucketRange");

    public static TheoryData<int, string> Feature => GrowthBookCases.Section("feature");

    public static TheoryData<int, string> ContextualBandit => GrowthBookCases.Section("contextualBandit");

    public static TheoryData<int, string> Run => GrowthBookCases.Section("run");

    public static TheoryData<int, string> ChooseVariation => GrowthBookCases.Section("chooseVariation");

    public static TheoryData<int, string> GetQueryStringOverride => GrowthBookCases.Section("getQueryStringOverride");

    public static TheoryData<int, string> InNamespace => GrowthBookCases.Section("inNamespace");

    public static TheoryData<int, string> GetEqualWeights => GrowthBookCases.Section("getEqualWeights");

    public static TheoryData<int, string> StickyBucket => GrowthBookCases.Section("stickyBucket");

    [Theory]
    [MemberData(nameof(EvalCondition))]
    public void Matches_CaseOfEvalCondition_IsTheExpected(int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case("evalCondition", number);

        var condition = Condition.Parse(given[1], given.Length > 4 ? given[4] : null);

        Assert.Equal(given[3].GetBoolean(), condition.Matches(AttributeValue.From(given[2])));
        Assert.Equal(given[3].GetBoolean(), condition.Obstacle(AttributeValue.From(given[2])) is null);
    }

    [Theory]
    [MemberData(nameof(Hash))]
    public void Hash_CaseOfHash_IsTheExpected(int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case("hash", number);

        Assert.Equal(
            given[3].ValueKind == JsonValueKind.Null ? null : given[3].GetDouble(),
            Bucketing.Hash(given[0].GetString()!, given[1].GetString()!, given[2].GetInt32()));
    }

    [Theory]
    [MemberData(nameof(GetBucketRange))]
    public void Ranges_CaseOfGetBucketRange_AreTheExpected(int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case("getBucketRange", number);
        var weights = given[1][2].ValueKind == JsonValueKind.Null ? null : given[1][2].EnumerateArray().Select(w => w.GetDouble()).ToArray();

        var ranges = Bucketing.Ranges(given[1][0].GetInt32(), given[1][1].GetDouble(), weights);

        GrowthBookCases.AssertHolds(given[2], JsonSerializer.SerializeToElement(ranges.Select(r => new[] { r.Start, r.End })));
    }

    [Theory]
    [MemberData(nameof(Feature))]
    public void Evaluate_CaseOfFeature_IsTheExpected(int number, string name) => AssertFeature("feature", number, name);

    [Theory]
    [MemberData(nameof(ContextualBandit))]
    public void Evaluate_CaseOfContextualBandit_IsTheExpected(int number, string name) => AssertFeature("contextualBandit", number, name);

    [Theory]
    [MemberData(nameof(Run))]
    public void Run_CaseOfRun_IsTheExpected(int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case("run", number);
        var experiment = FlagExperiment.Parse(given[2], given[1].TryGetProperty("savedGroups", out var groups) ? groups : null);

        var result = new FlagEvaluator(GrowthBookCases.Flags(given[1])).Run(experiment, GrowthBookCases.Context(given[1]));

        GrowthBookCases.AssertHolds(given[3], result.Value);
        Assert.Equal(given[4].GetBoolean(), result.InExperiment);
        Assert.Equal(given[5].GetBoolean(), result.HashUsed);
    }

    [Theory]
    [MemberData(nameof(ChooseVariation))]
    public void Choose_CaseOfChooseVariation_IsTheExpected(int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case("chooseVariation", number);
        BucketRange[] ranges = [.. given[2].EnumerateArray().Select(r => new BucketRange(r[0].GetDouble(), r[1].GetDouble()))];

        Assert.Equal(given[3].GetInt32(), Bucketing.Choose(given[1].GetDouble(), ranges));
    }

    [Theory]
    [MemberData(nameof(GetQueryStringOverride))]
    public void QueryOverride_CaseOfGetQueryStringOverride_IsTheExpected(int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case("getQueryStringOverride", number);

        Assert.Equal(
            given[4].ValueKind == JsonValueKind.Null ? null : given[4].GetInt32(),
            Bucketing.QueryOverride(given[1].GetString()!, given[2].GetString(), given[3].GetInt32()));
    }

    [Theory]
    [MemberData(nameof(InNamespace))]
    public void InNamespace_CaseOfInNamespace_IsTheExpected(int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case("inNamespace", number);
        var part = new BucketRange(given[2][1].GetDouble(), given[2][2].GetDouble());

        Assert.Equal(given[3].GetBoolean(), Bucketing.InNamespace(given[1].GetString()!, given[2][0].GetString()!, part));
    }

    [Theory]
    [MemberData(nameof(GetEqualWeights))]
    public void EqualWeights_CaseOfGetEqualWeights_AreTheExpected(int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case("getEqualWeights", number);

        var weights = Bucketing.EqualWeights(given[0].GetInt32());

        Assert.Equal(given[1].GetArrayLength(), weights.Count);
        Assert.All(weights, (weight, i) => Assert.Equal(given[1][i].GetDouble(), weight, 1e-8));
    }

    [Theory]
    [MemberData(nameof(StickyBucket))]
    public void Evaluate_CaseOfStickyBucket_IsTheExpected(int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case("stickyBucket", number);
        var sticky = new StickyAssignments(given[2].EnumerateArray().Select(d => new StickyDocument(
            new StickyKey(d.GetProperty("attributeName").GetString()!, d.GetProperty("attributeValue").GetString()!),
            d.GetProperty("assignments").EnumerateObject().ToDictionary(a => a.Name, a => a.Value.GetString()!))));

        var result = new FlagEvaluator(GrowthBookCases.Flags(given[1])).Evaluate(given[3].GetString()!, GrowthBookCases.Context(given[1], sticky));

        if (given[4].ValueKind == JsonValueKind.Null) Assert.Null(result.Experiment);
        else GrowthBookCases.AssertHolds(given[4], SdkJson.Of(result.Assignment));
        var documents = SdkJson.Of(sticky.Documents);
        GrowthBookCases.AssertHolds(given[5], documents);
        Assert.Equal(given[5].EnumerateObject().Count(), documents.EnumerateObject().Count());
    }

    private static void AssertFeature(string section, int number, string name)
    {
        Assert.NotEmpty(name);
        var given = GrowthBookCases.Case(section, number);
        var evaluator = new FlagEvaluator(GrowthBookCases.Flags(given[1]));
        var context = GrowthBookCases.Context(given[1]);

        var result = evaluator.Evaluate(given[2].GetString()!, context);

        GrowthBookCases.AssertHolds(given[3], SdkJson.Of(result));
        Assert.Equal(given[3].TryGetProperty("experiment", out _), result.Experiment is not null);
        Assert.Equal(SdkJson.Of(result).GetRawText(), SdkJson.Of(evaluator.Explain(given[2].GetString()!, context).Result).GetRawText());
    }
}
