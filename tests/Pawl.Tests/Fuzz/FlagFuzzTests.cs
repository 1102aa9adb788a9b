using System.Text;
using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Fuzz;

/// <summary>Broken payloads, conditions and attributes: each is answered, or refused with a reason.</summary>
public sealed class FlagFuzzTests
{
    private const string Payload = """
        {"features":{"a":{"defaultValue":true,"rules":[{"id":"r","force":false,"condition":{"country":{"$in":["US",1,null]},"$or":[{"v":{"$vgt":"1.2.3-rc.1+b"}},{"x.y.0":{"$regex":"^(a|b)+\\d$"}}]},"coverage":0.5,"hashVersion":2,"seed":"s","hashAttribute":"id","range":[0,0.5],"tracks":[{"experiment":{"key":"t"},"result":{"variationId":1,"hashValue":"1"}}]}]},
        "b":{"rules":[{"key":"e","variations":[1,"two",{"k":[3]}],"contextualVariations":[1,2,3],"contextualBanditRef":"cb","weights":[0.2,0.3,0.5],"coverage":0.9,"ranges":[[0,0.2],[0.2,0.5],[0.5,1]],"meta":[{"key":"k","name":"n","passthrough":true},{}],"filters":[{"seed":"f","ranges":[[0,1]],"attribute":"id","hashVersion":2}],"namespace":["n",0,1],"fallbackAttribute":"device","bucketVersion":2,"minBucketVersion":1}]},
        "c":{"defaultValue":"d","rules":[{"parentConditions":[{"id":"a","condition":{"value":true},"gate":true},{"id":"b"},{"id":"c"}],"force":{"x":1}}]}},
        "savedGroups":{"g":["1",2]},"contextualBandits":{"cb":{"banditVersion":1,"contexts":[{"leafId":1,"condition":{"country":"US"},"weights":[1,0,0]}]}},"dateUpdated":"2026-11-20T00:00:00Z"}
        """;

    private const string Condition = """
        {"$and":[{"a.b":{"$gt":5,"$lt":"10"}},{"$nor":[{"c":null},{"d":{"$elemMatch":{"$eq":"x","$not":{"$size":{"$gt":1}}}}}]}],"$not":{"e":[1,{"f":2}]},"g":{"$all":["1",2],"$alli":["X"],"$ini":["é"],"$nin":[1]},"h":{"$inGroup":"g","$notInGroup":"q","$exists":true,"$type":"string","$regexi":"(x+x+)+y","$notRegex":"[z"},"i":{"$veq":"1.0","$vne":2,"$vlte":"3"},"j":true,"k":1e3,"l":"é 😀"}
        """;

    private const string Attributes = """{"id":"1","device":5,"country":"US","v":"1.2.4","x":{"y":["ab1"]},"a":{"b":7},"c":0,"d":["x",0],"e":[1,{"f":2}],"g":["1","2","x"],"h":"xxxxxxxxxxxxxxxxxxxxxxxxxxxx","i":1.5,"j":true,"k":"1000","l":"é 😀"}""";

    [Fact]
    public void Parse_BrokenPayloads_AreAnsweredOrRefusedWithAReason()
    {
        var mutator = new Mutator(31);
        var (read, refused, problems) = (0, 0, 0);
        for (var n = 0; n < LongRun.Scale(2000, 100_000); n++)
        {
            try
            {
                var flags = FlagSet.Parse(mutator.Mutate(Encoding.UTF8.GetBytes(Payload)));
                problems += flags.Problems.Count;
                var evaluator = new FlagEvaluator(flags);
                var context = new EvaluationContext(Json.Parse(Attributes))
                {
                    Url = n % 2 == 0 ? "http://a.com?e=1" : null,
                    Sticky = n % 3 == 0 ? new StickyAssignments([]) : null,
                    Exposures = new ExposureTracker(_ => { }),
                };
                foreach (var key in flags.Keys)
                {
                    var result = evaluator.Evaluate(key, context);
                    Assert.Equal(result.Source == FlagSource.Error, result.Problem is not null);
                    Assert.NotEqual(result.On, result.Off);
                    Assert.NotEmpty(evaluator.Explain(key, context).Reason);
                }

                read++;
            }
            catch (BadInputException e)
            {
                Assert.False(string.IsNullOrWhiteSpace(e.Message));
                refused++;
            }
        }

        Assert.True(read > 100 && refused > 100 && problems > 20, $"{read} were read, {refused} refused, {problems} flags had problems.");
    }

    [Fact]
    public void Matches_BrokenConditionsAndAttributes_IsYesOrNoOrBadInput()
    {
        var mutator = new Mutator(32);
        var groups = Json.Parse("""{"g":["1",2]}""");
        var (answered, refused) = (0, 0);
        for (var n = 0; n < LongRun.Scale(2000, 100_000); n++)
        {
            if (Parsed(mutator.Mutate(Encoding.UTF8.GetBytes(Condition))) is not { } json || Parsed(mutator.Mutate(Encoding.UTF8.GetBytes(Attributes))) is not { } attributes) continue;
            try
            {
                var condition = Pawl.Flags.Condition.Parse(json, groups);
                var value = AttributeValue.From(attributes);
                Assert.Equal(condition.Matches(value), condition.Obstacle(value) is null);
                answered++;
            }
            catch (BadInputException e)
            {
                Assert.False(string.IsNullOrWhiteSpace(e.Message));
                refused++;
            }
        }

        Assert.True(answered > 100 && refused > 10, $"{answered} were answered, {refused} refused.");
    }

    // Without the strict reading of Json.Parse: what other readers let through arrives here too.
    private static JsonElement? Parsed(byte[] json)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 200 }).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
