using System.Text.RegularExpressions;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

/// <summary>What the guide to flags shows is what comes out.</summary>
public sealed partial class FlagsGuideTests
{
    private static readonly string Guide = File.ReadAllText(Path.Combine(Repository.Root, "docs/guides/flags.md"));

    [Fact]
    public void Rules_OfTheGuide_CompileToTheConditionsBelowThem()
    {
        var lines = Block().Matches(Guide).Single(m => m.Groups["kind"].Value == "rules").Groups["text"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length >= 4 && lines.Length % 2 == 0, "The guide's rules were not found.");

        foreach (var pair in lines.Chunk(2)) Assert.Equal(pair[1].Trim(), ExposureRule.Compile(pair[0]).GetRawText());
    }

    [Fact]
    public void Error_OfTheGuide_IsTheOneThatItsRuleGives()
    {
        var shown = Block().Matches(Guide).Single(m => m.Groups["kind"].Value == "error").Groups["text"].Value.TrimEnd('\n');

        var error = Assert.Throws<BadInputException>(() => ExposureRule.Compile(shown.Split('\n')[1].Trim()));

        Assert.Equal(shown, error.Message);
    }

    [Theory]
    [InlineData("age == 18", """{"age":"18"}""", false)]
    [InlineData("age != 18", """{"age":"18"}""", true)]
    [InlineData("n < 2.9", """{"n":2.10}""", true)]
    [InlineData("v > 2.9.0", """{"v":"2.10.0"}""", true)]
    [InlineData("beta", """{"beta":"false"}""", true)]
    [InlineData("beta", """{"beta":""}""", false)]
    [InlineData("beta == true", """{"beta":"false"}""", false)]
    [InlineData("plan != 'free'", "{}", true)]
    [InlineData("plan not in ['free']", "{}", true)]
    public void Rules_WhatTheGuideSaysOfThem_IsHowTheyAreEvaluated(string rule, string attributes, bool matches) =>
        Assert.Equal(matches, Condition.Parse(ExposureRule.Compile(rule)).Matches(AttributeValue.From(Json.Parse(attributes))));

    [GeneratedRegex("^```(?<kind>[a-z]+)\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
