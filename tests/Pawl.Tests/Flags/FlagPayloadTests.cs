using System.Text;
using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

/// <summary>Payloads in and out: what comes in comes out again meaning the same.</summary>
public sealed class FlagPayloadTests
{
    // Features that are refused on purpose: no evaluator serves them.
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["force rules - coverage with bad hash version"] = "hashVersion: the hash has the versions 1 and 2, not 99",
        ["Prerequisite cycle detected, break"] = "circle: flag1 → flag2 → flag1",
    };

    [Fact]
    public void Read_PayloadsOfTheReferenceSuite_ComeOutAgainAsTheyWere()
    {
        using var suite = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("flags/growthbook-cases.json")));
        var (same, refused) = (0, 0);
        foreach (var @case in suite.RootElement.GetProperty("feature").EnumerateArray().Where(c => c[1].TryGetProperty("features", out _)))
        {
            var payload = Encoding.UTF8.GetBytes(@case[1].GetRawText());
            if (Refused.TryGetValue(@case[0].GetString()!, out var reason))
            {
                Assert.Contains(reason, Assert.Throws<BadInputException>(() => FlagImport.Read(payload)).Message);
                refused++;
                continue;
            }

            Assert.Equal(Normal(@case[1], @case[1].GetProperty("features")), Normal(default, Exported(payload).GetProperty("features")));
            same++;
        }

        Assert.Equal((Refused.Count, true), (refused, same >= 20));
    }

    [Fact]
    public void Read_PayloadsOfTheReferenceSuite_AreAnsweredTheSameAfterwards()
    {
        using var suite = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("flags/growthbook-cases.json")));
        var random = new Random(7);
        var answered = 0;
        foreach (var @case in suite.RootElement.GetProperty("feature").EnumerateArray().Where(c => c[1].TryGetProperty("features", out _) && !Refused.ContainsKey(c[0].GetString()!)))
        {
            var payload = Encoding.UTF8.GetBytes(@case[1].GetRawText());
            var (before, after) = (new FlagEvaluator(FlagSet.Parse(payload)), new FlagEvaluator(FlagSet.Parse(Encoding.UTF8.GetBytes(Exported(payload).GetRawText()))));
            foreach (var key in @case[1].GetProperty("features").EnumerateObject().Select(f => f.Name))
            {
                // Bandits are passed on, but the leaves that they are weighted by stand outside of the features.
                if (@case[1].TryGetProperty("contextualBandits", out _)) continue;
                for (var n = 0; n < 200; n++)
                {
                    var context = new EvaluationContext(RandomAttributes(random));
                    var (was, now) = (before.Evaluate(key, context), after.Evaluate(key, context));
                    Assert.Equal((was.Value.GetRawText(), was.Source, was.Assignment.VariationId, was.Problem), (now.Value.GetRawText(), now.Source, now.Assignment.VariationId, now.Problem));
                    answered++;
                }
            }
        }

        Assert.True(answered > 3000, $"{answered} answers were compared.");
    }

    [Fact]
    public void Read_Values_GetTheNamesThatTheyHaveOrMayHave()
    {
        var flag = Assert.Single(FlagImport.Read("""
            {"status":200,"dateUpdated":"2026-11-21T00:00:00Z","experiments":[],"features":{"f":{"defaultValue":false,"tags":["a"],"rules":[
              {"force":true},
              {"variations":["a","b",1.0],"meta":[{"key":"0","name":"control"},{"key":"treatment"},{}]},
              {"variations":[1,"c"],"meta":[{"key":"0"},{"key":"treatment"}]},
              {"force":null},{"force":{"x":[1]}}]}}}
            """u8.ToArray()).Flags);

        Assert.Equal(
            ["control=\"a\"", "treatment=\"b\"", "off=false", "on=true", "v0=1.0", "v1=\"c\"", "v2=null", "v3={\"x\":[1]}"],
            flag.Variants.Select(v => $"{v.Name}={v.Value.GetRawText()}"));
        Assert.Equal(["control", "treatment", "v0"], flag.Rules[1].Variations);
        Assert.Equal(["v0", "v1"], flag.Rules[2].Variations);
        Assert.Equal(("off", 1, "{\"tags\":[\"a\"]}"), (flag.Default, flag.HashVersion, flag.Extra.GetRawText()));
    }

    [Fact]
    public void Read_MembersThatAreNotAboutFlags_AreNamed() =>
        Assert.Equal(["experiments"], FlagImport.Read("""{"features":{},"experiments":[],"status":200,"dateUpdated":"x"}"""u8.ToArray()).Ignored);

    [Fact]
    public void Read_SavedGroups_AreWrittenIntoConditions()
    {
        var flag = Assert.Single(FlagImport.Read("""
            {"features":{"f":{"rules":[{"condition":{"$or":[{"id":{"$inGroup":"g"}},{"id":{"$not":{"$notInGroup":"none"}}}]},"force":1}]}},"savedGroups":{"g":[1,"2"]}}
            """u8.ToArray()).Flags);

        Assert.Equal("""{"$or":[{"id":{"$in":[1,"2"]}},{"id":{"$not":{"$nin":[]}}}]}""", flag.Rules[0].Document.GetProperty("condition").GetRawText());
    }

    [Fact]
    public void Read_Children_ComeAfterTheirPrerequisites()
    {
        var flags = FlagImport.Read("""
            {"features":{"c":{"rules":[{"parentConditions":[{"id":"b","condition":{"value":1}},{"id":"elsewhere","condition":{"value":1}}],"force":1}]},
                         "b":{"defaultValue":1,"rules":[{"parentConditions":[{"id":"a","condition":{"value":1},"gate":true}]}]},"a":{"defaultValue":1}}}
            """u8.ToArray()).Flags;

        Assert.Equal(["a", "b", "c"], flags.Select(f => f.Key));
    }

    [Theory]
    [InlineData("[]", "$: expected an object, found an array")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{}", "a payload has features")]
    [InlineData("""{"features":[]}""", "$.features: expected an object")]
    [InlineData("""{"features":{"a b":{}}}""", "$.features.a b: \"a b\" is no name")]
    [InlineData("""{"features":{"f":{"rules":{}}}}""", "$.features.f.rules: expected an array")]
    [InlineData("""{"features":{"f":{"rules":[{"force":1},{"force":1,"condition":{"a":{"$near":1}}}]}}}""", "$.features.f.rules[1].condition.a.$near: no operator")]
    [InlineData("""{"features":{"f":{"rules":[{"serve":"on"}]}}}""", "$.features.f.rules[0].serve: no member of a rule in a payload")]
    [InlineData("""{"features":{"f":{"rules":[{"force":1,"condition":{"id":{"$in":[],"$inGroup":"g"}}}]}}}""", "stand in one object")]
    [InlineData("""{"features":{"f":{"defaultValue":1e999}}}""", "does not fit an IEEE double")]
    [InlineData("""{"features":{},"savedGroups":{"g":1}}""", "$.savedGroups.g: expected a list of values")]
    public void Read_ABadPayload_IsRefusedWithThePath(string payload, string message) =>
        Assert.Contains(message, Assert.Throws<BadInputException>(() => FlagImport.Read(Encoding.UTF8.GetBytes(payload))).Message);

    [Fact]
    public void Read_SeveralFlagsThatCannotBeUsed_AreAllNamed()
    {
        var message = Assert.Throws<BadInputException>(() => FlagImport.Read(
            """{"features":{"a b":{},"ok":{"defaultValue":1},"c":{"rules":[{"force":1,"hashVersion":9}]},"one":{"rules":[{"variations":[1]}]}}}"""u8.ToArray())).Message;

        Assert.StartsWith("3 of the payload's 4 flags cannot be used, so none is taken over:", message);
        Assert.Contains("\n  $.features.a b: \"a b\" is no name", message);
        Assert.Contains("\n  $.features.c.rules[0].hashVersion: the hash has", message);
        Assert.Contains("\n  $.features.one.rules[0].variations: expected 2 to 64", message);
    }

    [Theory]
    [InlineData("""{"features":{"f":{"defaultValue":null}}}""", """{"features":{"f":{}}}""")]
    [InlineData("""{"features":{"f":{"defaultValue":null,"rules":[{"parentConditions":[{"id":"p","condition":{"value":1},"gate":true}]}]}}}""", """{"features":{"f":{"rules":[{"parentConditions":[{"id":"p","condition":{"value":1},"gate":true}]}]}}}""")]
    public void Read_WhatFewFlagsHave_IsTakenOver(string payload, string exported)
    {
        var flag = Assert.Single(FlagImport.Read(Encoding.UTF8.GetBytes(payload)).Flags);

        Assert.Equal(flag.Digest, FlagJson.Read(FlagJson.Document(flag)).Digest);
        Assert.Equal(CanonicalJson.Digest(Json.Parse(exported)), CanonicalJson.Digest(Json.Parse(FlagPayload.Write([flag]))));
    }

    [Fact]
    public void Read_ArmsOfTheSameValue_GetANameEach() => Assert.Equal(
        ["v0", "v1", "v2"],
        Assert.Single(FlagImport.Read("""{"features":{"f":{"rules":[{"variations":[1,1,2],"weights":[0.3,0.3,0.4]}]}}}"""u8.ToArray()).Flags).Rules[0].Variations);

    [Fact]
    public void Read_FiftyMegabytes_AreRefused() =>
        Assert.Contains("more than the 33554432 allowed", Assert.Throws<BadInputException>(() => FlagImport.Read(new byte[50_000_000])).Message);

    [Fact]
    public void Write_ArchivedFlags_AreLeftOut()
    {
        var flag = FlagJson.Read("""{"key":"a","variants":{"v":1},"default":"v"}"""u8.ToArray());

        Assert.Equal(
            """{"features":{"a":{"defaultValue":1}},"dateUpdated":"2026-11-21T01:02:03.004Z"}""",
            Encoding.UTF8.GetString(FlagPayload.Write([flag with { Key = "b", IsArchived = true }, flag], new DateTimeOffset(2026, 11, 21, 2, 2, 3, 4, TimeSpan.FromHours(1)))));
    }

    [Fact]
    public void Write_RulesThatHash_GetTheFlagsSeedAndVersionWhereTheyHaveNone()
    {
        var flag = FlagJson.Read("""
            {"key":"a","seed":"s","variants":{"x":1,"y":2},"rules":[{"variations":["x","y"]},{"key":"k","variations":["x","y"],"hashVersion":1},{"serve":"x","coverage":0.5,"key":"k"},{"serve":"y"}]}
            """u8.ToArray());

        Assert.Equal(
            """{"features":{"a":{"rules":[{"variations":[1,2],"hashVersion":2,"seed":"s"},{"key":"k","variations":[1,2],"hashVersion":1},{"force":1,"coverage":0.5,"key":"k","hashVersion":2,"seed":"s"},{"force":2}]}}}""",
            Encoding.UTF8.GetString(FlagPayload.Write([flag])));
    }

    private static JsonElement Exported(byte[] payload) => Json.Parse(FlagPayload.Write(FlagImport.Read(payload).Flags));

    private static JsonElement RandomAttributes(Random random) => JsonSerializer.SerializeToElement(new Dictionary<string, object>
    {
        ["id"] = random.Next(2) == 0 ? random.Next(1000) : $"{random.Next(1000)}",
        ["country"] = new[] { "US", "USA", "CA", "Canada", "Mexico" }[random.Next(5)],
        ["memberType"] = new[] { "basic", "pro" }[random.Next(2)],
        ["browser"] = new[] { "firefox", "chrome", "safari" }[random.Next(3)],
    });

    // What an import takes out or spells anew: groups stand in the conditions, a default of null and a list of no rules are left out.
    private static string Normal(JsonElement payload, JsonElement features)
    {
        var text = features.GetRawText();
        if (payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty("savedGroups", out var groups))
        {
            foreach (var group in groups.EnumerateObject()) text = text.Replace($"\"$inGroup\": \"{group.Name}\"", $"\"$in\": {group.Value.GetRawText()}", StringComparison.Ordinal).Replace($"\"$inGroup\":\"{group.Name}\"", $"\"$in\": {group.Value.GetRawText()}", StringComparison.Ordinal);
        }

        return Encoding.UTF8.GetString(CanonicalJson.Serialize(Json.Parse(text)));
    }
}
