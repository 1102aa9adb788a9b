using System.Text;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class FlagEvaluatorTests
{
    private const string ThreeRules = """
        {"features":{
          "bool":{"defaultValue":true},
          "split":{"rules":[{"key":"split","variations":[false,true],"hashVersion":2,"meta":[{"key":"control"},{"key":"treatment"}]}]},
          "rules":{"defaultValue":0,"rules":[
            {"force":1,"condition":{"country":{"$in":["US","CA"]}}},
            {"force":2,"condition":{"plan":"pro","age":{"$gt":30}}},
            {"force":3,"condition":{"version":{"$vgte":"2.3.0"}}}]},
          "rollout":{"defaultValue":0,"rules":[{"force":1,"coverage":0.9999,"hashVersion":2}]},
          "child":{"defaultValue":0,"rules":[{"parentConditions":[{"id":"rules","condition":{"value":3},"gate":true}]},{"force":1,"condition":{"email":{"$regex":"@example\\.com$"}}}]}
        }}
        """;

    private static readonly string[] Keys = ["bool", "split", "rules", "rollout", "child", "missing"];

    [Fact]
    public void Evaluate_WithoutACallback_AllocatesNothing()
    {
        var evaluator = Of(ThreeRules);
        var context = Unit();
        foreach (var key in Keys) evaluator.Evaluate(key, context);
        var sum = 0;

        var allocated = Allocated(() =>
        {
            foreach (var key in Keys) sum += (int)evaluator.Evaluate(key, context).Source;
        });

        Assert.Equal(0, allocated);
        Assert.True(sum > 0);
        Assert.Equal(3, evaluator.Evaluate("rules", context).Value.GetInt32());
        Assert.Equal(1, evaluator.Evaluate("child", context).Value.GetInt32());
    }

    [Fact]
    public void Evaluate_AnExposureThatWasReported_AllocatesNothing()
    {
        var evaluator = Of(ThreeRules);
        var context = Unit(new ExposureTracker(_ => { }));
        evaluator.Evaluate("split", context);

        Assert.Equal(0, Allocated(() => evaluator.Evaluate("split", context)));
    }

    [Fact]
    public async Task Replace_WhileOthersEvaluate_GivesEachEvaluationOneSet()
    {
        // In each set both flags have the same value, so a mixture of two sets would show.
        FlagSet[] sets = [.. Enumerable.Range(0, 4).Select(n => Set(
            $$$"""{"features":{"parent":{"defaultValue":{{{n}}} },"child":{"defaultValue":"no","rules":[{"parentConditions":[{"id":"parent","condition":{"value":{{{n}}} },"gate":true}]},{"force":"yes"}]} } }"""))];
        var evaluator = new FlagEvaluator(sets[0]);
        var readers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var context = new EvaluationContext();
            for (var n = 0; n < LongRun.Scale(50_000, 5_000_000); n++) Assert.Equal("yes", evaluator.Evaluate("child", context).Value.GetString());
        })));

        var replaced = 0;
        do Assert.Same(sets[replaced % 4], evaluator.Replace(sets[++replaced % 4]));
        while (!readers.IsCompleted);

        await readers;
        Assert.True(replaced > 0);
    }

    [Fact]
    public void Evaluate_PrerequisitesThatMultiply_EndsAtTheLimit()
    {
        // Twice the next one at each of 30 levels: 2^30 evaluations if nobody counted.
        var flags = string.Join(',', Enumerable.Range(0, 30).Select(n =>
            $$"""
            "f{{n}}":{"defaultValue":true,"rules":[{"parentConditions":[{"id":"f{{n + 1}}","condition":{"value":true} },{"id":"f{{n + 1}}","condition":{"value":true} }],"force":true}]}
            """));
        var evaluator = Of($$"""{"features":{ {{flags}},"f30":{"defaultValue":true} } }""");

        var result = evaluator.Evaluate("f0", new EvaluationContext());

        Assert.Equal(FlagSource.Error, result.Source);
        Assert.Contains("prerequisites", result.Problem, StringComparison.Ordinal);
        Assert.Equal(FlagSource.Force, evaluator.Evaluate("f25", new EvaluationContext()).Source);
    }

    [Fact]
    public void Evaluate_AChainOfPrerequisitesThatIsTooDeep_IsAnError()
    {
        var flags = string.Join(',', Enumerable.Range(0, 60).Select(n =>
            $$"""
            "f{{n}}":{"rules":[{"parentConditions":[{"id":"f{{n + 1}}"}],"force":1}]}
            """));

        Assert.Equal(FlagSource.Error, Of($$"""{"features":{ {{flags}} } }""").Evaluate("f0", new EvaluationContext()).Source);
    }

    [Fact]
    public void Evaluate_FlagsThatWaitForEachOther_SaysSo()
    {
        var evaluator = Of("""{"features":{"a":{"rules":[{"parentConditions":[{"id":"b"}]}]},"b":{"rules":[{"parentConditions":[{"id":"a"}]}]}}}""");

        var result = evaluator.Evaluate("a", Unit());

        Assert.Equal(FlagSource.CyclicPrerequisite, result.Source);
        Assert.Equal("features.a waits for itself: its prerequisites go round in a circle. Take one of them away.", result.Problem);
    }

    [Theory]
    [InlineData("""{"address":{"zip":"1"}}""", 0)]
    [InlineData("""{"address.zip":"1"}""", 1)]
    public void Evaluate_AHashAttributeWithADot_IsANameAndNoPath(string attributes, int expected)
    {
        var evaluator = Of("""{"features":{"f":{"defaultValue":0,"rules":[{"force":1,"coverage":1,"hashAttribute":"address.zip"}]}}}""");

        Assert.Equal(expected, evaluator.Evaluate("f", new EvaluationContext(Json.Parse(attributes))).Value.GetInt32());
    }

    [Fact]
    public void Evaluate_AForcedValue_OverridesRulesAndPrerequisites()
    {
        var context = new EvaluationContext(new Dictionary<string, object?> { ["email"] = "a@example.com" })
        {
            ForcedValues = new Dictionary<string, System.Text.Json.JsonElement> { ["rules"] = Json.From(3), ["missing"] = Json.From("x") },
        };

        Assert.Equal(FlagSource.Override, Of(ThreeRules).Evaluate("missing", context).Source);
        Assert.Equal(1, Of(ThreeRules).Evaluate("child", context).Value.GetInt32());
    }

    [Fact]
    public void Explain_RulesThatDoNotApply_SaysWhyEachDoesNot()
    {
        var evaluator = Of("""
            {"features":{"f":{"defaultValue":0,"rules":[
              {"id":"r1","force":1,"condition":{"country":"US"}},
              {"id":"r2","force":1,"hashAttribute":"company","coverage":0.5},
              {"id":"r3","force":1,"range":[0,0.1],"hashVersion":2},
              {"id":"r4","variations":[1,2],"key":"exp","hashVersion":2,"coverage":0}]}}}
            """);

        var explanation = evaluator.Explain("f", new EvaluationContext(new Dictionary<string, object?> { ["id"] = "1" }));

        Assert.Equal(FlagSource.DefaultValue, explanation.Result.Source);
        Assert.Equal(["r1", "r2", "r3", "r4"], explanation.Rules.Select(r => r.Id));
        Assert.Equal(["condition on country is false"], explanation.Rules[0].Reasons);
        Assert.Equal(["no value for hash attribute company"], explanation.Rules[1].Reasons);
        var hash = Bucketing.Hash("f", "1", 2);
        Assert.Equal(hash, explanation.Rules[2].Bucket);
        Assert.Equal([FormattableString.Invariant($"bucket {hash} is outside [0, 0.1)")], explanation.Rules[2].Reasons);
        Assert.StartsWith("bucket ", Assert.Single(explanation.Rules[3].Reasons), StringComparison.Ordinal);
        Assert.DoesNotContain(explanation.Rules, r => r.Applied);
    }

    [Fact]
    public void Explain_AnExperiment_NamesTheVariationAndReportsNothing()
    {
        var reported = new List<Exposure>();
        var sticky = new StickyAssignments([]);
        var context = new EvaluationContext(new Dictionary<string, object?> { ["id"] = "1" }) { Exposures = new ExposureTracker(reported.Add), Sticky = sticky };

        var explanation = Of(ThreeRules).Explain("split", context);

        Assert.True(Assert.Single(explanation.Rules).Applied);
        Assert.Contains(explanation.Result.Assignment.VariationKey, explanation.Reason, StringComparison.Ordinal);
        Assert.Empty(reported);
        Assert.Empty(sticky.Documents);
    }

    private static EvaluationContext Unit(ExposureTracker? exposures = null) => new(new Dictionary<string, object?>
    {
        ["id"] = "user-12345",
        ["country"] = "DE",
        ["plan"] = "free",
        ["age"] = 40,
        ["version"] = "2.10.1",
        ["email"] = "a@example.com",
    })
    { Exposures = exposures };

    private static FlagEvaluator Of(string json) => new(Set(json));

    private static FlagSet Set(string json) => FlagSet.Parse(Encoding.UTF8.GetBytes(json));

    // The least of several thousands: the runtime itself allocates now and then, while it compiles what runs often.
    private static long Allocated(Action evaluate) => Enumerable.Range(0, 5).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++) evaluate();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}
