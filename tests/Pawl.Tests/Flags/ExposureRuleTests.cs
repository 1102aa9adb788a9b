using System.Text;
using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class ExposureRuleTests
{
    [Theory]
    [InlineData("logged_in==true", """{"logged_in":{"$eq":true}}""")]
    [InlineData("country in ['US','CA']", """{"country":{"$in":["US","CA"]}}""")]
    [InlineData("app_version >= 2.3.0", """{"app_version":{"$vgte":"2.3.0"}}""")]
    [InlineData("country not in [\"US\"]", """{"country":{"$nin":["US"]}}""")]
    [InlineData("plan != 'free'", """{"plan":{"$ne":"free"}}""")]
    [InlineData("age < 18", """{"age":{"$lt":18}}""")]
    [InlineData("age <= -1.5e3", """{"age":{"$lte":-1.5e3}}""")]
    [InlineData("age>0", """{"age":{"$gt":0}}""")]
    [InlineData("joined >= '2024-01-31'", """{"joined":{"$gte":"2024-01-31"}}""")]
    [InlineData("referrer == null", """{"referrer":{"$eq":null}}""")]
    [InlineData("x in [null, true, 1, 'a']", """{"x":{"$in":[null,true,1,"a"]}}""")]
    [InlineData("beta", """{"beta":true}""")]
    [InlineData("!beta", """{"$not":{"beta":true}}""")]
    [InlineData("!!beta", """{"$not":{"$not":{"beta":true}}}""")]
    [InlineData("!(age > 1)", """{"$not":{"age":{"$gt":1}}}""")]
    [InlineData("device.os-name == 'ios'", """{"device.os-name":{"$eq":"ios"}}""")]
    [InlineData("größe.0 == 1", """{"größe.0":{"$eq":1}}""")]
    [InlineData("trueish && nothing && in_eu", """{"$and":[{"trueish":true},{"nothing":true},{"in_eu":true}]}""")]
    [InlineData("a || b && c || d", """{"$or":[{"a":true},{"$and":[{"b":true},{"c":true}]},{"d":true}]}""")]
    [InlineData("(a || b) && !c", """{"$and":[{"$or":[{"a":true},{"b":true}]},{"$not":{"c":true}}]}""")]
    [InlineData("(a && b) && c", """{"$and":[{"$and":[{"a":true},{"b":true}]},{"c":true}]}""")]
    [InlineData("(( a ))", """{"a":true}""")]
    [InlineData("\t a\r\n&&\n b ", """{"$and":[{"a":true},{"b":true}]}""")]
    public void Compile_ARule_IsTheConditionOfGrowthBook(string rule, string condition) =>
        Assert.Equal(condition, ExposureRule.Compile(rule).GetRawText());

    [Theory]
    [InlineData("v == 2.3.0", """{"v":{"$veq":"2.3.0"}}""")]
    [InlineData("v != 2.3.0-beta.1", """{"v":{"$vne":"2.3.0-beta.1"}}""")]
    [InlineData("v > 1.2.3.4", """{"v":{"$vgt":"1.2.3.4"}}""")]
    [InlineData("v < 2.3-rc1+build.7", """{"v":{"$vlt":"2.3-rc1+build.7"}}""")]
    [InlineData("v <= 2-alpha", """{"v":{"$vlte":"2-alpha"}}""")]
    [InlineData("v >= 1.2.3-4", """{"v":{"$vgte":"1.2.3-4"}}""")]
    [InlineData("v >= v2.3.0-beta", """{"v":{"$vgte":"2.3.0-beta"}}""")]
    [InlineData("v >= v'2.3'", """{"v":{"$vgte":"2.3"}}""")]
    [InlineData("v >= v\"v2\"", """{"v":{"$vgte":"2"}}""")]
    [InlineData("v >= 2.3", """{"v":{"$gte":2.3}}""")]
    [InlineData("v >= '2.3.0'", """{"v":{"$gte":"2.3.0"}}""")]
    [InlineData("v2.score >= 2", """{"v2.score":{"$gte":2}}""")]
    public void Compile_AVersion_IsComparedAsOne(string rule, string condition) =>
        Assert.Equal(condition, ExposureRule.Compile(rule).GetRawText());

    [Theory]
    [InlineData("""x == 'it\'s'""", "it's")]
    [InlineData("""x == "say \"hi\"" """, "say \"hi\"")]
    [InlineData("""x == "it's" """, "it's")]
    [InlineData("""x == '\\ \/ \b\f\n\r\t'""", "\\ / \b\f\n\r\t")]
    [InlineData("""x == '\u00e9\ud83d\ude00'""", "é😀")]
    [InlineData("x == 'é😀 && ('", "é😀 && (")]
    [InlineData("x == ''", "")]
    public void Compile_AString_IsWhatWasMeant(string rule, string text) =>
        Assert.Equal(text, ExposureRule.Compile(rule).GetProperty("x").GetProperty("$eq").GetString());

    [Fact]
    public void CompileAll_SeveralRules_IsTheirConjunction() =>
        Assert.Equal(
            """{"$and":[{"logged_in":{"$eq":true}},{"country":{"$in":["US","CA"]}},{"app_version":{"$vgte":"2.3.0"}}]}""",
            ExposureRule.CompileAll(["logged_in==true", "country in ['US','CA']", "app_version >= 2.3.0"]).GetRawText());

    [Fact]
    public void CompileAll_OneRule_IsItsCondition() => Assert.Equal("""{"a":true}""", ExposureRule.CompileAll(["a"]).GetRawText());

    [Fact]
    public void CompileAll_NoRule_IsTheConditionThatAlwaysHolds() => Assert.Equal("{}", ExposureRule.CompileAll([]).GetRawText());

    [Fact]
    public void CompileAll_ABadRule_IsNamedByItsNumber()
    {
        var error = Assert.Throws<BadInputException>(() => ExposureRule.CompileAll(["a", "b = 1", "c"]));

        Assert.StartsWith("Exposure rule 2 of 3 cannot be read at column 3:", error.Message);
    }

    [Fact]
    public void CompileAll_AsManyRulesAsTheLimit_IsReadAndOneMoreRefused()
    {
        var rules = Enumerable.Repeat("a", Limits.ExposureRules).ToList();
        Assert.Equal(Limits.ExposureRules, ExposureRule.CompileAll(rules).GetProperty("$and").GetArrayLength());

        var error = Assert.Throws<BadInputException>(() => ExposureRule.CompileAll([.. rules, "a"]));
        Assert.Contains("65 exposure rules; at most 64", error.Message);
    }

    [Fact]
    public void Compile_AsLongAsTheLimit_IsReadAndOneMoreRefused()
    {
        var rule = "x == '" + new string('y', Limits.ExposureRuleCharacters - 7) + "'";
        Assert.Equal(Limits.ExposureRuleCharacters, rule.Length);
        Assert.Equal(Limits.ExposureRuleCharacters - 7, ExposureRule.Compile(rule).GetProperty("x").GetProperty("$eq").GetString()!.Length);

        var error = Assert.Throws<BadInputException>(() => ExposureRule.Compile(rule + " "));
        Assert.Contains("column 4097: expected the end; a rule has at most 4096 characters, this one has 4097.", error.Message);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("!", "")]
    public void Compile_AsDeepAsTheLimit_IsReadAndOneMoreRefused(string before, string after)
    {
        string Nested(int times) => new StringBuilder().Insert(0, before, times).Append('a').Insert(before.Length * times + 1, after, times).ToString();
        Assert.NotEmpty(ExposureRule.Compile(Nested(Limits.ExposureRuleNesting)).EnumerateObject());

        var error = Assert.Throws<BadInputException>(() => ExposureRule.Compile(Nested(Limits.ExposureRuleNesting + 1)));
        Assert.Contains("column 33: expected at most 32", error.Message);
    }

    [Fact]
    public void Compile_AConditionTooDeepForAPayload_IsRefused()
    {
        static string Mixed(int times) => string.Concat(Enumerable.Repeat("a || b && (", times)) + "c" + new string(')', times);
        var deepest = (Limits.ConditionDepth - 1) / 4;
        Assert.NotEmpty(ExposureRule.Compile(Mixed(deepest)).EnumerateObject());

        var error = Assert.Throws<BadInputException>(() => ExposureRule.Compile(Mixed(deepest + 1)));
        Assert.Contains("column 1: expected a condition of at most 48 levels of JSON", error.Message);
    }

    [Fact]
    public void CompileAll_TheDeepestConditions_StillFitAPayload()
    {
        var deepest = string.Concat(Enumerable.Repeat("a || b && (", 11)) + "c" + new string(')', 11);
        var condition = ExposureRule.CompileAll([deepest, deepest]).GetRawText();

        // Where a condition stands deepest: as a prerequisite of a rule of a feature.
        var payload = """{"features":{"f":{"rules":[{"parentConditions":[{"id":"p","condition":""" + condition + "}]}]}}}";
        Assert.Equal(JsonValueKind.Object, Json.Parse(payload).ValueKind);
    }
}
