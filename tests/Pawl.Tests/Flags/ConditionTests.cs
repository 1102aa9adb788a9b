using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class ConditionTests
{
    [Theory]
    [InlineData("""{"a":"null"}""", "{}", true)]
    [InlineData("""{"a":0}""", "{}", true)]
    [InlineData("""{"a":""}""", """{"a":[]}""", true)]
    [InlineData("""{"a":"1,2"}""", """{"a":[1,2]}""", true)]
    [InlineData("""{"a":"[object Object]"}""", """{"a":{}}""", true)]
    [InlineData("""{"a":16}""", """{"a":"0x10"}""", true)]
    [InlineData("""{"a":1}""", """{"a":true}""", true)]
    [InlineData("""{"a":"1e+21"}""", """{"a":1e21}""", true)]
    [InlineData("""{"a":{"$eq":1}}""", """{"a":"1"}""", false)]
    [InlineData("""{"a":{"$ne":[]}}""", """{"a":[]}""", true)]
    [InlineData("""{"a":{"$lt":1}}""", "{}", true)]
    [InlineData("""{"a":{"$lt":"b"}}""", """{"a":5}""", false)]
    [InlineData("""{"a":{"$gt":"10"}}""", """{"a":"9"}""", true)]
    [InlineData("""{"a.length":2}""", """{"a":["x","y"]}""", true)]
    [InlineData("""{"a.1":"y"}""", """{"a":["x","y"]}""", true)]
    [InlineData("""{"a":{"1":1,"b":2}}""", """{"a":{"b":2,"1":1}}""", true)]
    [InlineData("""{"a":{"b":2,"c":1}}""", """{"a":{"c":1,"b":2}}""", false)]
    [InlineData("""{"a":{"$all":[1]}}""", """{"a":["1"]}""", true)]
    [InlineData("""{"a":{"$elemMatch":{"$eq":0}}}""", """{"a":[0]}""", true)]
    [InlineData("""{"a":{"$elemMatch":{"$eq":""}}}""", """{"a":[""]}""", true)]
    [InlineData("""{"a":{"$elemMatch":{"$eq":false}}}""", """{"a":[false]}""", true)]
    [InlineData("""{"a":{"$elemMatch":{"$eq":null}}}""", """{"a":[null]}""", false)]
    [InlineData("""{"a":{"$in":[null]}}""", "{}", true)]
    [InlineData("""{"a":{"$ini":["ÄÖ"]}}""", """{"a":"äö"}""", true)]
    [InlineData("""{"a":{"$ini":["k"]}}""", """{"a":"\u212a"}""", true)]
    [InlineData("""{"a":{"$ini":["s"]}}""", """{"a":"\u017f"}""", false)]
    [InlineData("""{"a":{"$near":1}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"$not":{"$near":1}}}""", """{"a":1}""", true)]
    [InlineData("""{"a":{"$size":{"$gte":2}}}""", """{"a":"ab"}""", false)]
    [InlineData("""{"a":{"$type":"null"}}""", "{}", true)]
    [InlineData("""{"$and":{}}""", "{}", true)]
    public void Matches_WhatOnlyJavaScriptWouldSay_SaysTheSame(string condition, string attributes, bool expected) =>
        Assert.Equal(expected, Of(condition).Matches(Value(attributes)));

    [Theory]
    [InlineData("^a$", "a\\n", false)]
    [InlineData("a.b", "a\\rb", false)]
    [InlineData("^\\\\d$", "\u0663", false)]
    [InlineData("^\\\\w+$", "é", false)]
    [InlineData("^[\\\\W]$", "é", true)]
    [InlineData("[^]", "\\n", true)]
    [InlineData("[]", "a", false)]
    [InlineData("^[a[]$", "[", true)]
    [InlineData("a/b", "a/b", true)]
    [InlineData("\\\\A", "A", true)]
    [InlineData("(?i)a", "A", false)]
    [InlineData("(?<n>a)\\\\k<n>", "aa", true)]
    [InlineData("(?=b)b", "b", true)]
    [InlineData("(", "(", false)]
    [InlineData("null", "", false)]
    public void Regex_PatternsOfJavaScript_AreReadAsThere(string pattern, string text, bool expected)
    {
        Assert.Equal(expected, Of($$$"""{"a":{"$regex":"{{{pattern}}}"}}""").Matches(Value($$"""{"a":"{{text}}"}""")));
    }

    // Without the Unicode flag JavaScript folds case by toUpperCase, and never from beyond ASCII into it.
    [Theory]
    [InlineData("^\\\\w$", "\u212a", false)]
    [InlineData("^[\\\\w]$", "\u212a", false)]
    [InlineData("^\\\\W$", "\u212a", true)]
    [InlineData("^k$", "\u212a", false)]
    [InlineData("^[a-z]$", "\u017f", false)]
    [InlineData("^[a-k]$", "K", true)]
    [InlineData("^[^a-k]$", "K", false)]
    [InlineData("^\\\\x6b[\\\\u006a-\\\\u006c]$", "KL", true)]
    [InlineData("^äÖ$", "Äö", true)]
    [InlineData("^å$", "\u212b", false)]
    [InlineData("^µ$", "\u03bc", true)]
    [InlineData("^ς$", "Σ", true)]
    [InlineData("^ß$", "\u1e9e", false)]
    [InlineData("^(?<Name>a)b\\\\k<Name>$", "aBA", true)]
    [InlineData("^(a)b\\\\1$", "aBA", true)]
    public void Regexi_LettersOfOtherCase_AreTakenForTheSameAsThere(string pattern, string text, bool expected) =>
        Assert.Equal(expected, Of($$$"""{"a":{"$regexi":"{{{pattern}}}"}}""").Matches(Value($$"""{"a":"{{text}}"}""")));

    [Theory]
    [InlineData("(")]
    [InlineData("(?>a)")]
    [InlineData("(?<n>a)(?<n>a)")]
    public void NotRegex_ABadPattern_IsFalseAsWell(string pattern) =>
        Assert.False(Of($$$"""{"a":{"$notRegex":"{{{pattern}}}"}}""").Matches(Value("""{"a":"x"}""")));

    // Each takes a backtracking engine for ever: on these texts, or on any.
    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|aa)*b")]
    [InlineData("(?=(a+)+b)x")]
    [InlineData("(a*)*\\\\1b")]
    [InlineData("(?:(?:a{0,999}){0,999}){0,999}b")]
    [InlineData("(a?){30}a{30}b")]
    public void Regex_APatternThatExplodes_IsAnsweredOrCutOff(string pattern)
    {
        var condition = Of($$$"""{"a":{"$regex":"{{{pattern}}}"}}""");
        var watch = Stopwatch.StartNew();

        Assert.False(condition.Matches(Value($$"""{"a":"{{new string('a', 5000)}}!"}""")));

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }

    [Fact]
    public void Regex_APatternThatIsTooLong_IsFalse() =>
        Assert.False(Of($$$"""{"a":{"$regex":"{{{new string('a', Limits.PatternCharacters + 1)}}}"}}""").Matches(Value($$"""{"a":"{{new string('a', 2000)}}"}""")));

    [Fact]
    public void Parse_MoreTermsThanTheLimit_SaysSo()
    {
        var many = "{\"$or\":[" + string.Join(',', Enumerable.Repeat("{\"a\":1}", Limits.ConditionTerms)) + "]}";

        Assert.Contains("terms", Assert.Throws<BadInputException>(() => Of(many)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"a\"")]
    [InlineData("""{"$or":null}""")]
    [InlineData("""{"$and":[null]}""")]
    public void Parse_WhatIsNoCondition_IsBadInput(string condition) => Assert.Throws<BadInputException>(() => Of(condition));

    [Fact]
    public void Versions_AnyTwo_CompareAsTheirPaddedTextsDo()
    {
        var random = new Random(13);
        var outcomes = new HashSet<int>();
        for (var round = 0; round < LongRun.Scale(20_000, 1_000_000); round++)
        {
            var (left, right) = (Version(random), Version(random));
            var expected = string.CompareOrdinal(Padded(left), Padded(right));
            var actual = PaddedVersion.Compare(AttributeValue.From(left), PaddedVersion.Of(AttributeValue.From(right)));
            Assert.True(Math.Sign(expected) == Math.Sign(actual), $"{left} and {right}: {expected} is expected, not {actual}");
            outcomes.Add(Math.Sign(actual));
        }

        Assert.Equal(3, outcomes.Count);
    }

    [Theory]
    [InlineData("", "0")]
    [InlineData("v1.2.3+b\n4", "    1-    2-3+b\n4-~")]
    [InlineData("vv1", "v1")]
    public void Padded_OddVersions_AreThoseOfTheSpecification(string version, string padded)
    {
        Assert.Equal(padded.TrimStart('0') == "" ? "    0" : padded, PaddedVersion.Of(AttributeValue.From(version)));
        Assert.Equal(Padded(version), PaddedVersion.Of(AttributeValue.From(version)));
    }

    // The specification's steps, one after the other.
    private static string Padded(string version)
    {
        if (version.Length == 0) version = "0";
        version = Regex.Replace(version, @"(^v|\+[^\n\r\u2028\u2029]*\z)", "", RegexOptions.ExplicitCapture);
        var parts = version.Split('.', '-').ToList();
        if (parts.Count == 3) parts.Add("~");
        return string.Join('-', parts.Select(p => Regex.IsMatch(p, @"^[0-9]+\z") ? p.PadLeft(5) : p));
    }

    private static string Version(Random random)
    {
        const string Characters = "0123456789..--v+aZ~ \n";
        var text = new StringBuilder(random.Next(3) == 0 ? "1.2.3" : "");
        for (var n = random.Next(6); n > 0; n--) text.Append(Characters[random.Next(Characters.Length)]);
        return text.ToString();
    }

    private static Condition Of(string json) => Condition.Parse(Json.Parse(json));

    private static AttributeValue Value(string json) => AttributeValue.From(Json.Parse(json));
}
