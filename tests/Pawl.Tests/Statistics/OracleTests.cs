using System.Text.Json;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

/// <summary>Every case of oracle.json: 1e-9 relative; p-values 1e-9 relative or 1e-12 absolute.</summary>
public sealed class OracleTests
{
    public static TheoryData<int> Tests => new(Oracle.Indices("tests"));

    public static TheoryData<int> Splits => new(Oracle.Indices("srm"));

    [Theory]
    [MemberData(nameof(Tests))]
    public void TwoSided_OracleCase_AgreesWithTheIndependentEngine(int index)
    {
        var (test, effect, expected) = Read(index);
        double alpha = Oracle.Number(test, "alpha"), planned = Oracle.Number(test, "tuning");
        JsonElement onceExpected = expected.GetProperty("fixed"), alwaysExpected = expected.GetProperty("sequential");

        Close.Relative(Oracle.Number(expected, "estimate"), effect.Estimate);
        Close.Relative(Oracle.Number(expected, "standard_error"), effect.StandardError);
        Close.Relative(Oracle.Number(onceExpected, "dof"), effect.DegreesOfFreedom);
        var once = Assert.IsType<TwoSidedResult.Tested>(new FixedTest(alpha).TwoSided(effect));
        Close.Interval(onceExpected, once);
        var always = Assert.IsType<TwoSidedResult.Tested>(new SequentialTest(alpha, planned).TwoSided(effect));
        Close.Interval(alwaysExpected, always);
    }

    [Theory]
    [MemberData(nameof(Tests))]
    public void OneSided_OracleCase_AgreesWithTheIndependentEngine(int index)
    {
        var (test, effect, expected) = Read(index);
        double alpha = Oracle.Number(test, "alpha"), planned = Oracle.Number(test, "tuning");

        var once = Assert.IsType<OneSidedResult.Bounded>(new FixedTest(alpha).OneSided(effect, Side.Greater));
        Close.Probability(Oracle.Number(expected.GetProperty("fixed"), "p_greater"), once.P);
        var always = Assert.IsType<OneSidedResult.Bounded>(new SequentialTest(alpha, planned).OneSided(effect, Side.Greater));
        Close.Relative(Oracle.Number(expected.GetProperty("sequential"), "one_sided_lower"), always.Bound);
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void Test_OracleSplit_AgreesWithTheIndependentEngine(int index)
    {
        var split = Oracle.Case("srm", index);
        long[] counts = [.. split.GetProperty("counts").EnumerateArray().Select(count => (long)count.GetDouble())];
        double[] weights = [.. split.GetProperty("weights").EnumerateArray().Select(weight => weight.GetDouble())];

        var tested = Assert.IsType<SplitResult.Tested>(new SampleRatioTest(weights).Fixed(counts));

        Close.Probability(Oracle.Number(split, "p"), tested.P);
    }

    private static (JsonElement Test, Effect.Measured Effect, JsonElement Expected) Read(int index)
    {
        var test = Oracle.Case("tests", index);
        var metric = test.GetProperty("metric").GetString()!;
        var difference = test.GetProperty("difference").GetString() == "relative" ? Difference.Relative : Difference.Absolute;
        var effect = Effect.Between(Oracle.Arm(metric, test.GetProperty("control")), Oracle.Arm(metric, test.GetProperty("treatment")), difference);
        return (test, Assert.IsType<Effect.Measured>(effect), test.GetProperty("expected"));
    }
}
