using System.Text;
using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class FlagJsonTests
{
    private const string Whole = """
        {"key":"checkout","version":3,"description":"The new checkout","variants":{"on":true,"off":false,"slow":{"wait":1.5}},"default":"off",
         "rules":[{"id":"gate","parentConditions":[{"id":"shop","condition":{"value":true},"gate":true}]},
                  {"id":"staff","serve":"on","condition":{"email":{"$regex":"@example\\.com$"}},"tracks":[{"x":1}]},
                  {"id":"split","key":"exp","variations":["off","on"],"weights":[0.25,0.75],"coverage":0.5,"ranges":[[0,0.1],[0.5,0.6]],"namespace":["n",0,0.5],
                   "filters":[{"seed":"s","ranges":[[0,1]],"hashVersion":2,"attribute":"id"}],"meta":[{"key":"off"},{"key":"on"}],"bucketVersion":1,"minBucketVersion":0,
                   "disableStickyBucketing":false,"hashAttribute":"id","fallbackAttribute":"device","hashVersion":2,"seed":"x","name":"n","phase":"0","later":[null]}],
         "seed":"own","hashVersion":1,"archived":true,"extra":{"tags":["a"]}}
        """;

    [Fact]
    public void Read_EveryMember_IsWrittenAgainTheSame()
    {
        var flag = Read(Whole);

        Assert.Equal(3, flag.Version);
        Assert.Equal(["shop"], flag.Prerequisites);
        Assert.Equal(CanonicalJson.Digest(Json.Parse(Whole)), CanonicalJson.Digest(Written(flag)));
        Assert.Equal(flag.Digest, (Read(Written(flag).GetRawText()) with { Version = 9 }).Digest);
    }

    [Fact]
    public void Read_AMinimalFlag_HasTheDefaults()
    {
        var flag = Read("""{"key":"a","variants":{"v":null}}""");

        Assert.Equal((null, null, 2, 0L, false), (flag.Default, flag.Seed, flag.HashVersion, flag.Version, flag.IsArchived));
        Assert.Empty(flag.Rules);
    }

    [Theory]
    [InlineData("""{"where":"beta == true && age >= 18","serve":"on"}""", """{"serve":"on","condition":{"$and":[{"beta":{"$eq":true}},{"age":{"$gte":18}}]}}""")]
    [InlineData("""{"where":"beta","condition":{"a":1},"serve":"on"}""", """{"serve":"on","condition":{"$and":[{"a":1},{"beta":true}]}}""")]
    [InlineData("""{"where":["a","b"],"serve":"on"}""", """{"serve":"on","condition":{"$and":[{"a":true},{"b":true}]}}""")]
    public void Read_AnExpression_IsCompiledIntoTheCondition(string rule, string stored) =>
        Assert.Equal(CanonicalJson.Digest(Json.Parse(stored)), CanonicalJson.Digest(Rule(rule).Document));

    [Theory]
    [InlineData("""{"variants":{"a":1}}""", "no key")]
    [InlineData("""{"key":"a b","variants":{"a":1}}""", "$.key: \"a b\" is no name")]
    [InlineData("""{"key":"","variants":{"a":1}}""", "$.key")]
    [InlineData("""{"key":"a"}""", "$.variants")]
    [InlineData("""{"key":"a","variants":{}}""", "$.variants: expected 1 to 64 variants, found 0")]
    [InlineData("""{"key":"a","variants":{"-":1}}""", "$.variants.-: \"-\" is no name")]
    [InlineData("""{"key":"a","variants":{"x":1},"default":"y"}""", "$.default: there is no variant \"y\"; there are x")]
    [InlineData("""{"key":"a","variants":{"x":1},"rules":{}}""", "$.rules: expected an array")]
    [InlineData("""{"key":"a","variants":{"x":1},"hashVersion":3}""", "$.hashVersion: the hash has the versions 1 and 2, not 3")]
    [InlineData("""{"key":"a","variants":{"x":1},"colour":1}""", "$.colour: no member of a flag")]
    [InlineData("""{"key":"a","variants":{"x":1},"variants":{"x":1}}""", "not valid JSON")]
    [InlineData("""{"key":"a","variants":{"x":"\ud800"}}""", "half of a surrogate pair")]
    [InlineData("[]", "$: expected an object, found an array")]
    public void Read_ABadFlag_IsRefusedWithThePath(string document, string message) =>
        Assert.Contains(message, Assert.Throws<BadInputException>(() => Read(document)).Message);

    [Theory]
    [InlineData("""{"serve":"no"}""", "$.rules[0].serve: there is no variant \"no\"")]
    [InlineData("""{"serve":"on","variations":["on","off"]}""", "$.rules[0].serve: a rule serves one variant or splits")]
    [InlineData("""{"force":true}""", "$.rules[0].force: a stored rule names a variant")]
    [InlineData("""{"variations":["on","nö"]}""", "$.rules[0].variations[1]")]
    [InlineData("""{"variations":[]}""", "$.rules[0].variations: expected 2 to 64 variants, found 0")]
    [InlineData("""{"variations":["on"],"weights":[1]}""", "$.rules[0].variations: expected 2 to 64 variants, found 1; to give all units one variant, write serve")]
    [InlineData("""{"variations":["on","off","on"]}""", "$.rules[0].variations[2]: \"on\" stands here twice; give each variant once, with its whole weight")]
    [InlineData("""{"variations":["on","off"],"weights":[0.5,0.4]}""", "$.rules[0].weights: the weights add up to 0.9 instead of 1")]
    [InlineData("""{"variations":["on","off"],"weights":[1.5,-0.5]}""", "$.rules[0].weights[0]: expected a number from 0 to 1")]
    [InlineData("""{"variations":["on","off"],"weights":[1]}""", "$.rules[0].weights: 1 do not fit 2 variations")]
    [InlineData("""{"serve":"on","weights":[1]}""", "$.rules[0].weights: 1 do not fit 0 variations")]
    [InlineData("""{"variations":["on","off"],"ranges":[[0,1]]}""", "$.rules[0].ranges: 1 do not fit 2 variations")]
    [InlineData("""{"serve":"on","coverage":1.01}""", "$.rules[0].coverage: expected a number from 0 to 1, found 1.01")]
    [InlineData("""{"serve":"on","range":[0.5,0.4]}""", "$.rules[0].range: expected the start and the end")]
    [InlineData("""{"serve":"on","namespace":["n",0]}""", "$.rules[0].namespace")]
    [InlineData("""{"serve":"on","filters":[{"seed":"s"}]}""", "$.rules[0].filters[0]: a filter has ranges")]
    [InlineData("""{"serve":"on","hashVersion":99}""", "$.rules[0].hashVersion")]
    [InlineData("""{"serve":"on","hashAttribute":7}""", "$.rules[0].hashAttribute: expected a string, found 7")]
    [InlineData("""{"parentConditions":[{"id":"p"}]}""", "$.rules[0].parentConditions[0]: a prerequisite has the id")]
    [InlineData("""{"serve":"on","condition":[]}""", "$.rules[0].condition: expected an object")]
    [InlineData("""{"serve":"on","condition":{"a":{"$near":1}}}""", "$.rules[0].condition.a.$near: no operator that conditions have")]
    [InlineData("""{"serve":"on","condition":{"$xor":[]}}""", "$.rules[0].condition.$xor: no operator between conditions")]
    [InlineData("""{"serve":"on","condition":{"$or":[{"a":{"$not":{"$in":1}}}]}}""", "$.rules[0].condition.$or[0].a.$not.$in: expected a list of values, found 1")]
    [InlineData("""{"serve":"on","condition":{"a":{"$type":"date"}}}""", "$.rules[0].condition.a.$type: expected string, number")]
    [InlineData("""{"serve":"on","condition":{"a":{"$regex":"("}}}""", "$.rules[0].condition.a.$regex: no regular expression")]
    [InlineData("""{"serve":"on","condition":{"a":{"$regex":"^(a+)+$"}}}""", "backtracks without end")]
    [InlineData("""{"serve":"on","condition":{"a":{"$regexi":"^(\\w+\\s?)*$"}}}""", "backtracks without end")]
    [InlineData("""{"serve":"on","condition":{"a":{"$regex":"^(=+)+$"}}}""", "backtracks without end")]
    [InlineData("""{"serve":"on","where":"a ="}""", "$.rules[0].where: The exposure rule cannot be read at column 3")]
    [InlineData("""{"serve":"on","where":1}""", "$.rules[0].where: expected a string")]
    public void Read_ABadRule_IsRefusedWithThePath(string rule, string message) =>
        Assert.Contains(message, Assert.Throws<BadInputException>(() => Rule(rule)).Message);

    [Fact]
    public void Read_ConditionsOfTheReferenceSuite_AreTakenWhereTheirOperatorsExist()
    {
        using var cases = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("flags/growthbook-cases.json")));
        var refused = new List<string>();
        foreach (var @case in cases.RootElement.GetProperty("evalCondition").EnumerateArray())
        {
            var error = Xunit.Record.Exception(() => FlagRule.Parse($$$"""{"condition":{{{@case[1].GetRawText()}}}}"""));
            if (error is not null) refused.Add($"{@case[0].GetString()}: {Assert.IsType<BadInputException>(error).Message}");
        }

        // What the suite has to show that evaluators take for "no".
        Assert.All(refused, message => Assert.Matches("no operator|regular expression|list of values|expected", message));
        Assert.True(refused.Count <= 8, string.Join('\n', refused));
    }

    [Fact]
    public void Read_MoreThanAMebibyte_IsRefused() => Assert.Contains(
        "more than the 1048576 allowed", Assert.Throws<BadInputException>(() => Read($$$"""{"key":"a","variants":{"x":"{{{new string('x', Limits.FlagDocumentBytes)}}}"}}""")).Message);

    [Fact]
    public void Read_MoreRulesOrVariantsThanAllowed_IsRefused()
    {
        var rules = string.Join(',', Enumerable.Repeat("{}", Limits.FlagRules + 1));
        var variants = string.Join(',', Enumerable.Range(0, Limits.FlagVariants + 1).Select(n => $"\"v{n}\":{n}"));
        Assert.Contains("$.rules: 257 rules", Assert.Throws<BadInputException>(() => Read($$"""{"key":"a","variants":{"x":1},"rules":[{{rules}}]}""")).Message);
        Assert.Contains("found 65", Assert.Throws<BadInputException>(() => Read($$$"""{"key":"a","variants":{{{{variants}}}}}""")).Message);
    }

    private static Flag Read(string document) => FlagJson.Read(Encoding.UTF8.GetBytes(document));

    private static FlagRule Rule(string rule) => Read($$"""{"key":"a","variants":{"on":true,"off":false},"rules":[{{rule}}]}""").Rules[0];

    private static JsonElement Written(Flag flag)
    {
        using var buffer = new MemoryStream();
        using (var to = new Utf8JsonWriter(buffer)) FlagJson.Write(to, flag);
        return Json.Parse(buffer.ToArray());
    }
}
