using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

public sealed class EffectTests
{
    // The worked example of the fixed test in Pawl's reference of methods: n, Σ, Σ² of a mean.
    private static readonly MeanStatistics A = Made.Mean(3407, 1396.87, 52377.9767), B = Made.Mean(3461, 2422.7, 134698.29);

    [Fact]
    public void Between_PublishedRelativeExample_GivesItsIntervalAndP()
    {
        var test = Assert.IsType<TwoSidedResult.Tested>(new FixedTest(0.05).TwoSided(Effect.Between(A, B, Difference.Relative)));

        Close.Absolute(0.70732, test.Estimate, 5e-6);
        Close.Absolute(-0.03526, test.Lower, 5e-6);
        Close.Absolute(1.44989, test.Upper, 5e-6);
        Close.Absolute(0.06191, test.P, 5e-6);
    }

    [Fact]
    public void Between_PublishedAbsoluteExample_GivesItsIntervalAndP()
    {
        var test = Assert.IsType<TwoSidedResult.Tested>(new FixedTest(0.05).TwoSided(Effect.Between(A, B, Difference.Absolute)));

        Close.Absolute(0.29, test.Estimate, 5e-6);
        Close.Absolute(0.04538, test.Lower, 5e-6);
        Close.Absolute(0.53462, test.Upper, 5e-6);
        Close.Absolute(0.02016, test.P, 5e-6);
    }

    [Fact]
    public void Between_ControlBelowZero_KeepsTheSignOfTheDifference()
    {
        var effect = Assert.IsType<Effect.Measured>(Effect.Between(Made.Mean([-4, -5, -6, -5]), Made.Mean([-3, -4, -5, -4]), Difference.Relative));

        Close.Relative(0.2, effect.Estimate);
    }

    public static TheoryData<string, ArmStatistics, Difference, Reason> Unmeasurable => new()
    {
        { "no units", Made.Mean(0, 0, 0), Difference.Absolute, Reason.NoUnits },
        { "no units of a proportion", new ProportionStatistics { Units = 0, Events = 0 }, Difference.Absolute, Reason.NoUnits },
        { "one unit", Made.Mean(1, 2, 4), Difference.Absolute, Reason.TooFewUnits },
        { "one unit of a proportion", new ProportionStatistics { Units = 1, Events = 1 }, Difference.Absolute, Reason.TooFewUnits },
        { "equal values", Made.Mean([.1, .1, .1, .1, .1, .1, .1]), Difference.Absolute, Reason.ZeroVariance },
        { "no events", new ProportionStatistics { Units = 1000, Events = 0 }, Difference.Absolute, Reason.ZeroVariance },
        { "all events", new ProportionStatistics { Units = 1000, Events = 1000 }, Difference.Relative, Reason.ZeroVariance },
        { "negative units", Made.Mean(-5, 2, 4), Difference.Absolute, Reason.Inconsistent },
        { "negative events", new ProportionStatistics { Units = 10, Events = -1 }, Difference.Absolute, Reason.Inconsistent },
        { "more events than units", new ProportionStatistics { Units = 10, Events = 11 }, Difference.Absolute, Reason.Inconsistent },
        { "squares below the sum's", Made.Mean(10, 100, 500), Difference.Absolute, Reason.Inconsistent },
        { "NaN", Made.Mean(10, double.NaN, 500), Difference.Absolute, Reason.NotFinite },
        { "infinity", Made.Mean(10, 3, double.PositiveInfinity), Difference.Absolute, Reason.NotFinite },
        { "overflow", Made.Mean(10, 1e200, 1e300), Difference.Absolute, Reason.NotFinite },
        { "control near zero", Made.Mean([-1, 1, -1, 1.1]), Difference.Relative, Reason.ControlMeanNearZero },
        { "control at zero", Made.Mean([-1, 1, -1, 1]), Difference.Relative, Reason.ControlMeanNearZero },
        { "ratio without denominator", Made.Ratio([(1, 0), (2, 0), (3, 0)]), Difference.Absolute, Reason.DenominatorNearZero },
        { "ratio with a denominator near zero", Made.Ratio([(1, -1), (2, 1), (3, 1)]), Difference.Absolute, Reason.DenominatorNearZero },
        { "ratio that is the same for all", Made.Ratio([(1, 2), (2, 4), (3, 6), (2, 4)]), Difference.Absolute, Reason.ZeroVariance },
        { "ratio with NaN", Made.Ratio([(1, 2), (double.NaN, 4)]), Difference.Absolute, Reason.NotFinite },
        { "products beyond the squares", Made.Ratio([(1, 2), (2, 4), (3, 5)]) with { SumOfProducts = 1e6 }, Difference.Absolute, Reason.Inconsistent },
        { "pre-period that explains all", Made.Cuped([(1, 2), (2, 4), (3, 6), (2, 4)]), Difference.Absolute, Reason.ZeroVariance },
        { "pre-period with NaN", Made.Cuped([(1, 2), (2, double.NaN), (3, 6)]), Difference.Absolute, Reason.NotFinite },
        { "quantile of nothing", Made.Quantile(0), Difference.Absolute, Reason.NoUnits },
        { "quantile of too few", Made.Quantile(70), Difference.Absolute, Reason.TooFewUnits },
        { "quantile without width", Made.Quantile(2000) with { QuantileLower = 2, QuantileUpper = 2 }, Difference.Absolute, Reason.ZeroVariance },
        { "quantile of level 1", Made.Quantile(2000) with { Level = 1 }, Difference.Absolute, Reason.Inconsistent },
        { "quantile with NaN", Made.Quantile(2000) with { Quantile = double.NaN }, Difference.Absolute, Reason.NotFinite },
        { "quantile with ends exchanged", Made.Quantile(2000) with { QuantileLower = 3, QuantileUpper = 1 }, Difference.Absolute, Reason.Inconsistent },
    };

    [Theory]
    [MemberData(nameof(Unmeasurable))]
    public void Between_NothingToSay_GivesTheReasonThroughEveryTest(string situation, ArmStatistics arm, Difference difference, Reason reason)
    {
        var effect = Effect.Between(arm, arm, difference);

        Assert.True(effect is Effect.Unmeasured unmeasured && unmeasured.Reason == reason, $"{situation}: {effect}");
        Assert.Equal(new TwoSidedResult.Untested(reason), new FixedTest(0.05).TwoSided(effect));
        Assert.Equal(new TwoSidedResult.Untested(reason), new SequentialTest(0.05, 5000).TwoSided(effect));
        Assert.Equal(new OneSidedResult.Unbounded(reason), new FixedTest(0.05).OneSided(effect, Side.Less));
        Assert.Equal(new OneSidedResult.Unbounded(reason), new SequentialTest(0.05, 5000).OneSided(effect, Side.Less));
        Assert.True(arm.Value is null or (> double.NegativeInfinity and < double.PositiveInfinity), $"{situation}: {arm.Value}");
    }

    [Fact]
    public void Between_ArmsOfDifferentKinds_IsMisuse()
    {
        Assert.Throws<ArgumentException>(() => Effect.Between(A, new ProportionStatistics { Units = 10, Events = 5 }, Difference.Absolute));
        Assert.Throws<ArgumentException>(() => Effect.Between(Made.Quantile(2000), Made.Quantile(2000) with { Level = 0.5 }, Difference.Absolute));
    }

    [Theory]
    [InlineData(1e-100)]
    [InlineData(1e-160)]
    [InlineData(1e140)]
    [InlineData(1e160)]
    public void Between_ExtremeScales_GivesFiniteNumbersOrAReason(double scale)
    {
        double[] c = [1, 2, 3, 4], t = [2, 3, 4, 6];
        var effect = Effect.Between(Made.Mean(c.Select(x => x * scale)), Made.Mean(t.Select(x => x * scale)), Difference.Relative);

        if (effect is Effect.Measured measured) Assert.True(double.IsFinite(measured.Estimate + measured.StandardError + measured.DegreesOfFreedom));
        else Assert.Contains(((Effect.Unmeasured)effect).Reason, new[] { Reason.NotFinite, Reason.ZeroVariance });
    }

    [Fact]
    public void Value_ArmsWithoutVariance_IsStillTheirMean()
    {
        Assert.Equal(2, Made.Mean(1, 2, 4).Value);
        Assert.Equal(1, new ProportionStatistics { Units = 1000, Events = 1000 }.Value);
        Assert.Null(Made.Mean(0, 0, 0).Value);
        Assert.Equal(0.5, Made.Ratio([(1, 2), (2, 4)]).Value);
    }
}
