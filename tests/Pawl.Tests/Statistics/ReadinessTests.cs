using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

public sealed class ReadinessTests
{
    [Theory]
    [InlineData(99, 1000, 50, 500, Reason.TooFewUnits)]
    [InlineData(1000, 1000, 19, 500, Reason.TooFewEvents)]
    [InlineData(1000, 1000, 500, 981, Reason.TooFewEvents)]
    [InlineData(1000, 1000, 0, 500, Reason.ZeroVariance)]
    [InlineData(0, 1000, 0, 500, Reason.TooFewUnits)]
    [InlineData(-1, 1000, 0, 500, Reason.Inconsistent)]
    public void Of_ProportionsThatAreNotReady_SaysWhatIsMissing(long nC, long nT, long eventsC, long eventsT, Reason reason) =>
        Assert.Equal(new Readiness.Undecided(reason), Readiness.Of(Proportion(nC, eventsC), Proportion(nT, eventsT), Difference.Absolute));

    [Fact]
    public void Of_RareHugeValuesAndUnequalArms_IsTooSkewed()
    {
        // One unit in fifty has a value, one in a thousand has fifty.
        static MeanStatistics Heavy(long n) => Mean(n, n / 50) with
        {
            Sum = (n / 50) + (n / 1000 * 49),
            SumOfSquares = (n / 50) + (n / 1000 * 2_499),
            Shape = new ValueShape(n / 50, (n / 50) + (n / 1000 * 124_999)),
        };

        Assert.Equal(new Readiness.Undecided(Reason.TooSkewed), Readiness.Of(Heavy(20_000), Heavy(1_000), Difference.Absolute));
        Assert.IsType<Readiness.Ready>(Readiness.Of(Heavy(20_000), Heavy(20_000), Difference.Absolute));
    }

    [Fact]
    public void Of_EqualArms_HasNoSkewness() =>
        Assert.Equal(0, Assert.IsType<Readiness.Ready>(Readiness.Of(Proportion(1000, 20), Proportion(1000, 30), Difference.Absolute)).Skewness, 1e-12);

    [Fact]
    public void Of_ProportionOrTheSameUnitsAsAMean_HasTheSameSkewness()
    {
        var asProportion = Assert.IsType<Readiness.Ready>(Readiness.Of(Proportion(2000, 300), Proportion(700, 90), Difference.Absolute));
        var asMean = Assert.IsType<Readiness.Ready>(Readiness.Of(Mean(2000, 300), Mean(700, 90), Difference.Absolute));

        Close.Relative(asProportion.Skewness, asMean.Skewness, 5e-3);
        Assert.True(asProportion.Skewness > 0);
    }

    [Fact]
    public void Of_SkewnessByHand_IsTheFormula()
    {
        // Every control unit is 0 or 1 and every treatment unit 0 or 3, so that the moments are those of scaled Bernoulli values.
        double p = 0.1, q = 0.2, nC = 900, nT = 300;
        double varC = p * (1 - p) * nC / (nC - 1), varT = 9 * q * (1 - q) * nT / (nT - 1);
        var third = ((nC * p * (1 - p) * (1 - (2 * p))) + (nT * 27 * q * (1 - q) * (1 - (2 * q)))) / (nC + nT);
        var expected = third * ((1 / (nT * nT)) - (1 / (nC * nC))) / Math.Pow((varT / nT) + (varC / nC), 1.5);
        var treatment = new MeanStatistics { Units = 300, Sum = 180, SumOfSquares = 540, Shape = new ValueShape(60, 60 * 27) };

        Close.Relative(expected, Assert.IsType<Readiness.Ready>(Readiness.Of(Mean(900, 90), treatment, Difference.Absolute)).Skewness);
    }

    [Fact]
    public void Of_StatementWithoutCubes_IsNeverReady()
    {
        var arm = Mean(1000, 500) with { Shape = null };

        Assert.Equal(new Readiness.Undecided(Reason.ShapeUnknown), Readiness.Of(arm, arm, Difference.Absolute));
        Assert.Null((arm + Mean(1000, 500)).Shape);
    }

    [Fact]
    public void Of_QuantileOverFewClusters_IsNotReady()
    {
        Assert.IsType<Readiness.Ready>(Readiness.Of(Made.Quantile(2000), Made.Quantile(2000), Difference.Absolute));
        Assert.Equal(new Readiness.Undecided(Reason.TooFewUnits), Readiness.Of(Made.Quantile(2000) with { Clusters = 99 }, Made.Quantile(2000), Difference.Absolute));
        Assert.Equal(new Readiness.Undecided(Reason.TooFewEvents), Readiness.Of(Made.Quantile(1900), Made.Quantile(2000), Difference.Absolute));
    }

    // γ of a relative effect in equal arms is 3·v/(√(2v)·μ) = 2.12 √v/μ with √v/μ = 1/√events of the control.
    [Fact]
    public void Of_RelativeEffectOfFewEvents_IsNotReadyWhereTheAbsoluteOneIs()
    {
        var (few, many) = (Proportion(100_000, 40), Proportion(100_000, 60));

        Assert.IsType<Readiness.Ready>(Readiness.Of(few, few, Difference.Absolute));
        Assert.Equal(new Readiness.Undecided(Reason.TooSkewed), Readiness.Of(few, few, Difference.Relative));
        Close.Relative(3 / Math.Sqrt(120), Assert.IsType<Readiness.Ready>(Readiness.Of(many, many, Difference.Relative)).Skewness, 1e-3);
    }

    [Fact]
    public void Of_CubesThatAreNotFinite_IsUndecided()
    {
        var arm = Mean(1000, 500) with { Shape = new ValueShape(500, double.NaN) };

        Assert.Equal(new Readiness.Undecided(Reason.NotFinite), Readiness.Of(arm, arm, Difference.Absolute));
        Assert.Equal(new Readiness.Undecided(Reason.Inconsistent), Readiness.Of(Mean(1000, 500) with { Shape = new ValueShape(1001, 1) }, Mean(1000, 500), Difference.Absolute));
    }

    [Fact]
    public void Of_ArmsOfDifferentKinds_IsMisuse() => Assert.Throws<ArgumentException>(() => Readiness.Of(Mean(1000, 500), Proportion(1000, 500), Difference.Absolute));

    private static ProportionStatistics Proportion(long units, long events) => new() { Units = units, Events = events };

    private static MeanStatistics Mean(long units, long events) =>
        new() { Units = units, Sum = events, SumOfSquares = events, Shape = new ValueShape(events, events) };
}
