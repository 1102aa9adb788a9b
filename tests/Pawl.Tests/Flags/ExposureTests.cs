using System.Text;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class ExposureTests
{
    private readonly FlagEvaluator evaluator = new(FlagSet.Parse(Encoding.UTF8.GetBytes("""
        {"features":{
          "f":{"rules":[{"key":"exp","variations":[1,2],"meta":[{"key":"a"},{"key":"b"}]}]},
          "g":{"rules":[{"force":1,"tracks":[{"experiment":{"key":"remote","variations":[0,1]},"result":{"variationId":1,"key":"v1","hashAttribute":"id","hashValue":"u"}}]}]},
          "h":{"rules":[{"key":"outside","variations":[1,2],"coverage":0}]}}}
        """)));

    [Fact]
    public void Report_TheSameUnitAgain_IsHeardOnce()
    {
        var heard = new List<Exposure>();
        var tracker = new ExposureTracker(heard.Add);

        foreach (var unit in (string[])["1", "2", "1", "1"]) evaluator.Evaluate("f", Unit(unit, tracker));

        Assert.Equal(["1", "2"], heard.Select(e => e.HashValue.Text!));
        Assert.All(heard, e => Assert.Equal(("exp", "id", "f"), (e.Experiment, e.HashAttribute, e.FlagKey)));
        Assert.All(heard, e => Assert.Equal(e.VariationId == 0 ? "a" : "b", e.VariationKey));
    }

    [Fact]
    public void Report_AUnitThatIsNotInTheExperimentOrForced_IsNotHeard()
    {
        var heard = new List<Exposure>();
        var tracker = new ExposureTracker(heard.Add);

        evaluator.Evaluate("h", Unit("1", tracker));
        evaluator.Evaluate("f", new EvaluationContext { Exposures = tracker, ForcedVariations = new Dictionary<string, int> { ["exp"] = 1 } });

        Assert.Empty(heard);
    }

    [Fact]
    public void Report_ARuleThatReportsAnExperimentRunElsewhere_IsHeard()
    {
        var heard = new List<Exposure>();

        evaluator.Evaluate("g", Unit("1", new ExposureTracker(heard.Add)));

        var exposure = Assert.Single(heard);
        Assert.Equal(("remote", 1, "v1", "u"), (exposure.Experiment, exposure.VariationId, exposure.VariationKey, exposure.HashValue.Text));
    }

    [Fact]
    public void Report_MoreThanIsRemembered_ForgetsTheOldest()
    {
        var heard = 0;
        var tracker = new ExposureTracker(_ => heard++, remembered: 10);

        for (var unit = 0; unit < 100; unit++) evaluator.Evaluate("f", Unit($"{unit}", tracker));
        Assert.Equal(100, heard);
        evaluator.Evaluate("f", Unit("99", tracker));
        Assert.Equal(100, heard);
        evaluator.Evaluate("f", Unit("0", tracker));
        Assert.Equal(101, heard);
    }

    [Fact]
    public void Report_ACallbackThatThrows_IsCountedAndTheFlagAnswered()
    {
        var tracker = new ExposureTracker(_ => throw new InvalidOperationException("down"));

        Assert.Equal(FlagSource.Experiment, evaluator.Evaluate("f", Unit("1", tracker)).Source);
        Assert.Equal(1, tracker.Failures);
    }

    private static EvaluationContext Unit(string id, ExposureTracker tracker) => new(new Dictionary<string, object?> { ["id"] = id }) { Exposures = tracker };
}
