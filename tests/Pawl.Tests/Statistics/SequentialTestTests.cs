using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

public sealed class SequentialTestTests
{
    [Fact]
    public void Rho_AlphaFiveOverFiveThousand_IsThatOfTwoIndependentImplementations()
    {
        var test = new SequentialTest(0.05, 5000);

        Close.Absolute(0.0398401, test.Rho, 5e-8);
        Close.Absolute(0.0355777, test.OneSidedRho, 5e-8);
    }

    // R: half-width in standard errors at α = .05 and N* = 5000, by two independent implementations.
    [Theory]
    [InlineData(1_000, 3.3639, 3.1524)]
    [InlineData(5_000, 3.0352, 2.7791)]
    [InlineData(20_000, 3.1271, 2.8682)]
    [InlineData(100_000, 3.3369, 3.0897)]
    public void TwoSided_ReferenceSizes_ReachesAsFarAsTheReference(double units, double twoSided, double oneSided)
    {
        var (test, effect) = (new SequentialTest(0.05, 5000), new Effect.Measured(1, 2, 100, units));

        var interval = Assert.IsType<TwoSidedResult.Tested>(test.TwoSided(effect));
        Close.Absolute(twoSided, (interval.Upper - 1) / 2, 5e-5);
        Close.Absolute(oneSided, (1 - Assert.IsType<OneSidedResult.Bounded>(test.OneSided(effect, Side.Greater)).Bound) / 2, 5e-5);
        Close.Absolute(oneSided, (Assert.IsType<OneSidedResult.Bounded>(test.OneSided(effect, Side.Less)).Bound - 1) / 2, 5e-5);
    }

    // P: the worked example that accompanies the method in gbstats.
    [Fact]
    public void TwoSided_PublishedMeans_GivesTheirInterval()
    {
        var effect = Effect.Between(Made.Mean(3000, 1396.87, 52377.9767), Made.Mean(3461, 2422.7, 134698.29), Difference.Relative);

        var test = Assert.IsType<TwoSidedResult.Tested>(new SequentialTest(0.05, 1000).TwoSided(effect));

        Close.Absolute(0.50336, test.Estimate, 5e-6);
        Close.Absolute(-0.55844, test.Lower, 5e-6);
        Close.Absolute(1.56516, test.Upper, 5e-6);
    }

    // P: as above.
    [Fact]
    public void TwoSided_PublishedProportions_GivesTheirInterval()
    {
        var effect = Effect.Between(
            new ProportionStatistics { Units = 3000, Events = 1396 }, new ProportionStatistics { Units = 3461, Events = 2422 }, Difference.Relative);

        var test = Assert.IsType<TwoSidedResult.Tested>(new SequentialTest(0.05, 5000).TwoSided(effect));

        Close.Absolute(0.50386, test.Estimate, 5e-6);
        Close.Absolute(0.40098, test.Lower, 5e-6);
        Close.Absolute(0.60675, test.Upper, 5e-6);
    }

    // Robbins' mixture of likelihood ratios over δ ~ N(0, τ): √(V/(V + τ)) exp(z²τ/(2(V + τ))) with V = se², τ = ρ² se² N.
    [Fact]
    public void TwoSided_NormalMixture_IsTheMixtureSprt()
    {
        var test = new SequentialTest(0.05, 5000);
        for (var z = 2.5; z < 8; z += 0.5)
        {
            const double units = 7000, se = 0.3;
            double v = se * se, tau = test.Rho * test.Rho * v * units;
            var likelihoodRatio = Math.Sqrt(v / (v + tau)) * Math.Exp(z * z * tau / (2 * (v + tau)));

            var tested = Assert.IsType<TwoSidedResult.Tested>(test.TwoSided(new Effect.Measured(z * se, se, 100, units)));

            Close.Relative(Math.Min(1, 1 / likelihoodRatio), tested.P);
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1e10)]
    [InlineData(1e200)]
    public void TwoSided_OverwhelmingEffect_HasAPOfZeroAndNoOverflow(double z)
    {
        var effect = new Effect.Measured(z, 1, 100, 1e6);

        Assert.Equal(0, Assert.IsType<TwoSidedResult.Tested>(new SequentialTest(0.05, 5000).TwoSided(effect)).P, 1e-300);
        Assert.Equal(0, Assert.IsType<OneSidedResult.Bounded>(new SequentialTest(0.05, 5000).OneSided(effect, Side.Greater)).P, 1e-300);
        Assert.Equal(1, Assert.IsType<OneSidedResult.Bounded>(new SequentialTest(0.05, 5000).OneSided(effect, Side.Less)).P);
    }

    [Fact]
    public void OneSided_EffectOnTheOtherSideOrNone_HasAPOfOne()
    {
        foreach (var estimate in (double[])[0, -1, 1e-200])
            Assert.Equal(1, Assert.IsType<OneSidedResult.Bounded>(new SequentialTest(0.05, 5000).OneSided(new Effect.Measured(estimate, 1, 100, 1000), Side.Greater)).P);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(0.5, 100)]
    [InlineData(double.NaN, 100)]
    [InlineData(0.05, 0)]
    [InlineData(0.05, double.NaN)]
    [InlineData(0.05, double.PositiveInfinity)]
    public void SequentialTest_ParametersThatCannotBe_AreMisuse(double alpha, double planned) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialTest(alpha, planned));
}
