using System.Text;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class StickyAssignmentsTests
{
    private const string Rule = """{"features":{"f":{"defaultValue":"none","rules":[{"key":"exp","variations":["a","b"],"meta":[{"key":"0"},{"key":"1"}],"fallbackAttribute":"device","condition":{"country":"US"}MORE}]}}}""";

    private static readonly StickyKey Unit = new("id", "1");

    [Fact]
    public void Evaluate_AnAssignedUnit_KeepsItsVariationThoughTheConditionNoLongerHolds()
    {
        var sticky = new StickyAssignments([Document("exp__0", "0")]);

        var result = Evaluate("", sticky, "DE");

        Assert.Equal(("a", true), (result.Value.GetString(), result.Assignment.StickyBucketUsed));
        Assert.Empty(sticky.Changed);
    }

    [Fact]
    public void Evaluate_ANewUnit_IsReportedForSaving()
    {
        var heard = new List<StickyDocument>();
        var sticky = new StickyAssignments([], heard.Add);

        var result = Evaluate("", sticky, "US");

        var document = Assert.Single(sticky.Changed);
        Assert.Same(document, Assert.Single(heard));
        Assert.Equal(Unit, document.Key);
        Assert.Equal(result.Assignment.VariationKey, document.Assignments["exp__0"]);
    }

    [Theory]
    [InlineData("exp__2", false)]
    [InlineData("exp__1", true)]
    [InlineData("exp__x", false)]
    [InlineData("expo__0", false)]
    public void Evaluate_AssignedUnderAnOlderVersionThanTheLeast_IsKeptOut(string key, bool isOut)
    {
        var result = Evaluate(""","bucketVersion":3,"minBucketVersion":2""", new StickyAssignments([Document(key, "0")]), "US");

        Assert.Equal(isOut, result.Source == FlagSource.DefaultValue);
    }

    [Fact]
    public void KeysFor_AFlagSet_AreTheUnitsItsExperimentsTellApart()
    {
        var context = new EvaluationContext(new Dictionary<string, object?> { ["id"] = 7, ["device"] = "d", ["other"] = "x" });

        Assert.Equal(["device||d", "id||7"], StickyAssignments.KeysFor(Flags(""), context.Attributes).Select(k => k.ToString()).Order());
    }

    // JSON.stringify escapes quotes, backslashes and control characters, and nothing else.
    [Theory]
    [InlineData("""["😀"]""", """["😀"]""")]
    [InlineData("""{"a b":"\u2028\u007f<é\"\\"}""", "{\"a b\":\"\u2028\u007f<é\\\"\\\\\"}")]
    [InlineData("""["\u0001\b\t\n\f\r/"]""", """["\u0001\b\t\n\f\r/"]""")]
    [InlineData("[1.50,-0,1e21,true,null]", "[1.5,0,1e+21,true,null]")]
    public void KeysFor_AListOrAnObject_AreSpeltAsJavaScriptSpellsThem(string id, string key)
    {
        var attributes = AttributeValue.From(Json.Parse($$"""{"id":{{id}}}"""));

        Assert.Equal("id||" + key, Assert.Single(StickyAssignments.KeysFor(Flags(""), attributes)).ToString());
    }

    private static FlagResult Evaluate(string more, StickyAssignments sticky, string country) => new FlagEvaluator(Flags(more)).Evaluate(
        "f", new EvaluationContext(new Dictionary<string, object?> { ["id"] = "1", ["country"] = country }) { Sticky = sticky });

    private static FlagSet Flags(string more) => FlagSet.Parse(Encoding.UTF8.GetBytes(Rule.Replace("MORE", more)));

    private static StickyDocument Document(string key, string variation) => new(Unit, new Dictionary<string, string> { [key] = variation });
}
