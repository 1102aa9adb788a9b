using System.Text;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class SavedGroupTests
{
    private const string Groups = """
        {"ids":["1",2],
         "list":{"type":"list","attributeKey":"country","values":["US","CA"]},
         "loose":{"type":"list","values":["US"]},
         "pro":{"type":"condition","condition":{"plan":"pro"}},
         "both":{"type":"condition","condition":{"$and":[{"$savedGroup":{"id":"list"}},{"$savedGroup":{"id":"pro"}}]}},
         "round":{"type":"condition","condition":{"$or":[{"plan":"free"},{"$savedGroup":{"id":"round"}}]}},
         "notRound":{"type":"condition","condition":{"$not":{"$savedGroup":{"id":"notRound"}}}}}
        """;

    // What @growthbook/growthbook 1.8.0 says of each.
    [Theory]
    [InlineData("""{"$savedGroup":{"id":"list"}}""", """{"country":"US"}""", true)]
    [InlineData("""{"$savedGroup":{"id":"list"}}""", """{"country":"DE"}""", false)]
    [InlineData("""{"$savedGroup":{"id":"list"}}""", """{"country":["DE","CA"]}""", true)]
    [InlineData("""{"$savedGroup":{"id":"list","attributeKey":"address.country"}}""", """{"address":{"country":"US"}}""", true)]
    [InlineData("""{"$savedGroup":{"id":"list","attributeKey":"home"}}""", """{"country":"US"}""", false)]
    [InlineData("""{"$savedGroup":{"id":"list","attributeKey":null}}""", """{"country":"US"}""", false)]
    [InlineData("""{"$savedGroup":{"id":"loose"}}""", """{"country":"US"}""", false)]
    [InlineData("""{"$savedGroup":{"id":"loose","attributeKey":"country"}}""", """{"country":"US"}""", true)]
    [InlineData("""{"$savedGroup":{"id":"pro"}}""", """{"plan":"pro"}""", true)]
    [InlineData("""{"$savedGroup":{"id":"pro","attributeKey":"other"}}""", """{"plan":"pro"}""", true)]
    [InlineData("""{"$not":{"$savedGroup":{"id":"pro"}}}""", """{"plan":"free"}""", true)]
    [InlineData("""{"$savedGroup":{"id":"both"}}""", """{"plan":"pro","country":"CA"}""", true)]
    [InlineData("""{"$savedGroup":{"id":"both"}}""", """{"plan":"pro"}""", false)]
    [InlineData("""{"$savedGroup":{"id":"round"}}""", """{"plan":"free"}""", true)]
    [InlineData("""{"$savedGroup":{"id":"round"}}""", """{"plan":"pro"}""", false)]
    [InlineData("""{"$savedGroup":{"id":"notRound"}}""", "{}", true)]
    [InlineData("""{"$savedGroup":{"id":"ids","attributeKey":"id"}}""", """{"id":"1"}""", false)]
    [InlineData("""{"$savedGroup":{"id":"missing","attributeKey":"id"}}""", """{"id":"1"}""", false)]
    [InlineData("""{"$savedGroup":"pro"}""", """{"plan":"pro"}""", false)]
    [InlineData("""{"users":{"$elemMatch":{"a":1,"$savedGroup":{"id":"pro"}}}}""", """{"users":[{"a":1,"plan":"pro"}]}""", true)]
    [InlineData("""{"country":{"$inGroup":"list"}}""", """{"country":"US"}""", true)]
    [InlineData("""{"country":{"$notInGroup":"list"}}""", """{"country":"US"}""", false)]
    [InlineData("""{"country":{"$notInGroup":"list"}}""", """{"country":"DE"}""", true)]
    [InlineData("""{"plan":{"$inGroup":"pro"}}""", """{"plan":"pro"}""", false)]
    [InlineData("""{"plan":{"$notInGroup":"pro"}}""", """{"plan":"free"}""", false)]
    [InlineData("""{"id":{"$inGroup":"missing"}}""", """{"id":"1"}""", false)]
    [InlineData("""{"id":{"$notInGroup":"missing"}}""", """{"id":"1"}""", true)]
    public void Matches_ASavedGroup_IsReadAsTheSdkReadsIt(string condition, string attributes, bool expected) =>
        Assert.Equal(expected, Condition.Parse(Json.Parse(condition), Json.Parse(Groups)).Matches(AttributeValue.From(Json.Parse(attributes))));

    [Fact]
    public void Parse_GroupsThatNestTooDeep_AreBadInput()
    {
        var chain = string.Join(',', Enumerable.Range(0, Limits.SavedGroupDepth + 1).Select(i => $$$$"""
            "{{{{i}}}}":{"type":"condition","condition":{"$savedGroup":{"id":"{{{{i + 1}}}}"}}}
            """));
        var payload = """{"features":{"f":{"defaultValue":7,"rules":[{"force":1,"condition":{"$savedGroup":{"id":"0"}}}]}},"savedGroups":{CHAIN}}""".Replace("CHAIN", chain, StringComparison.Ordinal);

        var flags = FlagSet.Parse(Encoding.UTF8.GetBytes(payload));

        Assert.Contains("more than", Assert.Single(flags.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(FlagSource.Error, new FlagEvaluator(flags).Evaluate("f", new EvaluationContext()).Source);
    }
}
