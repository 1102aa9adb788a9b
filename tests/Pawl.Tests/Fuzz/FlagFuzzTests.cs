using System.Text;
using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Fuzz;

/// <summary>Broken flags and payloads: each is refused with words, or taken, and then it can be written, read and evaluated.</summary>
public sealed class FlagFuzzTests
{
    private static readonly byte[] Document = """
        {"key":"f","version":3,"description":"d é","variants":{"on":true,"off":false,"obj":{"n":1.50}},"default":"off","seed":"s","hashVersion":1,"archived":false,"extra":{"t":[1]},
         "rules":[{"id":"g","parentConditions":[{"id":"p","condition":{"value":{"$gt":1}},"gate":true}]},
          {"id":"r","serve":"on","where":"a == 1 && b in ['x']","condition":{"$or":[{"a.b":{"$regex":"^x+$"}},{"$not":{"v":{"$vgte":"2.3"}}},{"t":{"$type":"string","$exists":true}},{"l":{"$elemMatch":{"$in":[1,"2"]},"$size":{"$gt":0},"$all":["a"]}}]}},
          {"id":"s","variations":["on","off"],"weights":[0.4,0.6],"coverage":0.5,"ranges":[[0,0.4],[0.5,0.9]],"meta":[{"key":"on"},{"key":"off"}],"namespace":["n",0,1],
           "filters":[{"seed":"s","ranges":[[0,1]],"hashVersion":2}],"hashVersion":2,"bucketVersion":1,"hashAttribute":"id","unknown":{"deep":[null]}}]}
        """u8.ToArray();

    private static readonly byte[] Payload = """
        {"features":{"p":{"defaultValue":2},"f":{"defaultValue":false,"x":1,"rules":[{"id":"g","parentConditions":[{"id":"p","condition":{"value":{"$gt":1}},"gate":true}]},
          {"force":true,"condition":{"id":{"$inGroup":"g"},"c":{"$ini":["us"]}},"coverage":0.5,"hashVersion":2},{"force":null},
          {"key":"e","variations":[false,true,{"a":[1]}],"weights":[0.3,0.3,0.4],"meta":[{"key":"0","name":"control"},{"key":"b"},{"passthrough":true}],"hashVersion":2,"seed":"s"}]}},
         "savedGroups":{"g":[1,"2"]},"dateUpdated":"2026-11-21T00:00:00Z","experiments":[]}
        """u8.ToArray();

    private static readonly EvaluationContext Unit = new(Json.Parse("""{"id":"7","a":1,"b":"x","c":"US","l":["a",1],"t":"t","v":"2.4","a.b":"xx"}"""));

    [Fact]
    public void Read_BrokenDocuments_AreRefusedWithWordsOrWrittenBackTheSame()
    {
        var (mutator, taken, refused) = (new Mutator(11), 0, 0);
        for (var n = 0; n < LongRun.Scale(3000, 200_000); n++)
        {
            var bytes = mutator.Mutate(Document);
            if (Refused(() => FlagJson.Read(bytes)) is not { } flag)
            {
                refused++;
                continue;
            }

            taken++;
            if (Refused(() => flag.Digest) is not { } digest) continue; // numbers beyond a double have no digest, and the registry refuses them
            Assert.Equal(digest, FlagJson.Read(FlagJson.Document(flag)).Digest);
            var set = FlagSet.Parse(FlagPayload.Write([flag]));
            _ = new FlagEvaluator(set).Evaluate(flag.Key, Unit);
        }

        Assert.True(taken > 100 && refused > 500, $"{taken} were taken, {refused} were refused.");
    }

    [Fact]
    public void Import_BrokenPayloads_AreRefusedWithWordsOrComeOutAgain()
    {
        var (mutator, taken, refused) = (new Mutator(12), 0, 0);
        for (var n = 0; n < LongRun.Scale(3000, 200_000); n++)
        {
            var bytes = mutator.Mutate(Payload);
            if (Refused(() => FlagImport.Read(bytes)) is not { } import)
            {
                refused++;
                continue;
            }

            taken++;
            var written = FlagPayload.Write(import.Flags);
            Assert.Equal(Encoding.UTF8.GetString(written), Encoding.UTF8.GetString(FlagPayload.Write(FlagImport.Read(written).Flags)));
            var (before, after) = (new FlagEvaluator(FlagSet.Parse(bytes)), new FlagEvaluator(FlagSet.Parse(written)));
            foreach (var flag in import.Flags) Assert.True(JsonElement.DeepEquals(before.Evaluate(flag.Key, Unit).Value, after.Evaluate(flag.Key, Unit).Value), Encoding.UTF8.GetString(bytes));
        }

        Assert.True(taken > 100 && refused > 500, $"{taken} were taken, {refused} were refused.");
    }

    private static T? Refused<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (BadInputException e)
        {
            Assert.False(string.IsNullOrWhiteSpace(e.Message));
            return null;
        }
    }
}
