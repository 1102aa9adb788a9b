using System.Text;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class FlagSetTests
{
    [Theory]
    [InlineData("""{"rules":[{"force":1,"coverage":"half"}],"defaultValue":7}""", "features.bad.rules[0].coverage")]
    [InlineData("""{"rules":[{"force":1},{"variations":[1,2],"weights":[0.5,"x"]}],"defaultValue":7}""", "features.bad.rules[1].weights")]
    [InlineData("""{"rules":[{"force":1,"condition":{"$or":null}}],"defaultValue":7}""", "features.bad.rules[0].condition")]
    [InlineData("""{"rules":{},"defaultValue":7}""", "features.bad.rules")]
    [InlineData("""{"rules":[null],"defaultValue":7}""", "features.bad.rules[0]")]
    [InlineData("""{"rules":[{"variations":[1,2],"namespace":["a",0]}],"defaultValue":7}""", "features.bad.rules[0].namespace")]
    public void Parse_OneMalformedFlag_AnswersItsDefaultAndLeavesTheOthersAlone(string flag, string place)
    {
        var flags = Parse($$"""{"features":{"bad":{{flag}},"good":{"defaultValue":1} } }""");
        var evaluator = new FlagEvaluator(flags);

        var bad = evaluator.Evaluate("bad", new EvaluationContext());

        Assert.Equal(FlagSource.Error, bad.Source);
        Assert.Equal(7, bad.Value.GetInt32());
        Assert.Contains(place, bad.Problem, StringComparison.Ordinal);
        Assert.Equal(bad.Problem, Assert.Single(flags.Problems).Message);
        Assert.Equal(1, evaluator.Evaluate("good", new EvaluationContext()).Value.GetInt32());
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("{\n\"features\":{},\n", "line 3")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("{}", "no object \"features\"")]
    [InlineData("""{"features":[]}""", "no object \"features\"")]
    [InlineData("""{"encryptedFeatures":"x.y"}""", "decrypt")]
    [InlineData("""{"features":{},"savedGroups":[]}""", "savedGroups")]
    [InlineData("""{"features":{"a":{},"a":{}}}""", "damaged")]
    [InlineData("""{"features":{"\udc00":{}}}""", "half of a surrogate pair")]
    public void Parse_ADamagedPayload_IsBadInputThatSaysWhere(string payload, string words) =>
        Assert.Contains(words, Assert.Throws<BadInputException>(() => Parse(payload)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_BytesThatAreNotUtf8_SaysFromWhichOn()
    {
        byte[] payload = [.. "{\"features\":{\"a"u8, 0xFF, .. "\":{}}}"u8];

        Assert.Contains("byte 15", Assert.Throws<BadInputException>(() => FlagSet.Parse(payload)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_MoreThanTheLimit_IsRefusedUnread() =>
        Assert.Contains("more than", Assert.Throws<BadInputException>(() => FlagSet.Parse(new byte[Limits.FlagPayloadBytes + 1])).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_AByteOrderMarkAndUnknownMembers_PassesOverThem()
    {
        var flags = Parse("\uFEFF" + """{"status":200,"features":{"a":{"defaultValue":true,"colour":"blue"}},"dateUpdated":"2026-01-01T00:00:00Z","x":[]}""");

        Assert.Equal(["a"], flags.Keys);
        Assert.Equal("2026-01-01T00:00:00Z", flags.DateUpdated);
    }

    [Fact]
    public void Parse_AMalformedBandit_KeepsTheExperimentsOwnWeights()
    {
        var flags = Parse("""{"features":{"f":{"rules":[{"contextualVariations":["a","b"],"weights":[0,1],"contextualBanditRef":"b"}]}},"contextualBandits":{"b":{"contexts":[{"leafId":"x"}]}}}""");

        var result = new FlagEvaluator(flags).Evaluate("f", Unit("1"));

        Assert.Equal("b", Assert.Single(flags.Problems).Flag);
        Assert.Equal("b", result.Value.GetString());
        Assert.Null(result.Assignment.Leaf);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("""{"type":"list","values":"US"}""")]
    [InlineData("""{"type":"condition","condition":null}""")]
    [InlineData("""{"type":"segment"}""")]
    public void Parse_ASavedGroupThatCannotBeRead_IsAProblemAndMatchesNobody(string group)
    {
        var flags = Parse("""
            {"features":{"in":{"defaultValue":0,"rules":[{"force":1,"condition":{"id":{"$inGroup":"g"}}}]},
              "out":{"defaultValue":0,"rules":[{"force":1,"condition":{"id":{"$notInGroup":"g"}}}]},
              "ref":{"defaultValue":0,"rules":[{"force":1,"condition":{"$savedGroup":{"id":"g","attributeKey":"id"}}}]},
              "other":{"defaultValue":0,"rules":[{"force":1,"condition":{"id":{"$inGroup":"h"}}}]}},
             "savedGroups":{"g":GROUP,"h":["1"]}}
            """.Replace("GROUP", group, StringComparison.Ordinal));
        var evaluator = new FlagEvaluator(flags);

        Assert.Equal([0, 0, 0, 1], ((string[])["in", "out", "ref", "other"]).Select(key => evaluator.Evaluate(key, Unit("1")).Value.GetInt32()));
        Assert.Contains("savedGroups.g", Assert.Single(flags.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["US"]""")]
    [InlineData("""{"type":"list","attributeKey":"country","values":["US"]}""")]
    public void Evaluate_APrerequisiteInASavedGroup_Holds(string group)
    {
        var flags = Parse("""
            {"features":{"parent":{"defaultValue":"US"},
              "child":{"defaultValue":"no","rules":[{"force":"yes","parentConditions":[{"id":"parent","condition":{"value":{"$inGroup":"g"}}}]}]}},
             "savedGroups":{"g":GROUP}}
            """.Replace("GROUP", group, StringComparison.Ordinal));

        Assert.Equal("yes", new FlagEvaluator(flags).Evaluate("child", Unit("1")).Value.GetString());
    }

    private static EvaluationContext Unit(string id) => new(new Dictionary<string, object?> { ["id"] = id });

    private static FlagSet Parse(string json) => FlagSet.Parse(Encoding.UTF8.GetBytes(json));
}
