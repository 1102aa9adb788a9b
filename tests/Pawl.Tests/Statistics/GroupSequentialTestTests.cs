using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

public sealed class GroupSequentialTestTests
{
    // R: K = 5 equal looks, two-sided .05, by two independent implementations.
    [Theory]
    [InlineData(Spending.OBrienFleming, new[] { 4.87688, 3.35701, 2.68028, 2.28982, 2.03103 })]
    [InlineData(Spending.Pocock, new[] { 2.43798, 2.42681, 2.41019, 2.39665, 2.38598 })]
    public void Boundary_FiveEqualLooks_IsThatOfTheReference(Spending spending, double[] expected) =>
        AllClose(expected, Critical(new GroupSequentialTest(0.05, spending), [.2, .4, .6, .8, 1]), 6e-6);

    // R: as above. P: O'Brien–Fleming for K = 4 (Jennison and Turnbull 2000, table 2.3).
    [Fact]
    public void ClassicalBoundary_ReferenceDesigns_AreMet()
    {
        AllClose([4.56174, 3.22564, 2.63372, 2.28087, 2.04007], ClassicalBoundary.OBrienFleming(5, 0.05), 6e-6);
        AllClose([2.41318, 2.41318, 2.41318, 2.41318, 2.41318], ClassicalBoundary.Pocock(5, 0.05), 6e-6);
        AllClose([4.05, 2.86, 2.34, 2.02], ClassicalBoundary.OBrienFleming(4, 0.05), 6e-3);
    }

    // R: the negative control, peeking with 1.96 again and again.
    [Theory]
    [InlineData(1, 0.05)]
    [InlineData(2, 0.0831)]
    [InlineData(5, 0.1417)]
    [InlineData(10, 0.1934)]
    [InlineData(20, 0.2479)]
    public void Crossed_PeekingAtFixedCriticalValue_FindsEffectsThatAreNotThere(int looks, double typeOne) =>
        Close.Absolute(typeOne, BrownianCrossing.Crossed(ClassicalBoundary.Equal(looks), [.. Enumerable.Repeat(1.959963984540054, looks)]), 6e-5);

    [Theory]
    [InlineData(Spending.OBrienFleming)]
    [InlineData(Spending.Pocock)]
    public void Boundary_UnequalLooks_SpendsExactlyAlpha(Spending spending)
    {
        foreach (var looks in (double[][])[[.3, .35, .9, 1], [.05, .0501, .7, 1], [.5, 1.3], [1], [2.5], ClassicalBoundary.Equal(60)])
            Close.Absolute(0.05, BrownianCrossing.Crossed(looks, Critical(new GroupSequentialTest(0.05, spending), looks)), 1e-6);
    }

    [Fact]
    public void Boundary_NextLook_LeavesEarlierOnesAlone()
    {
        var test = new GroupSequentialTest(0.05, Spending.OBrienFleming);

        AllClose(Critical(test, [.2, .5]), Critical(test, [.2, .5, .8]).Take(2).ToList(), 1e-6);
    }

    [Fact]
    public void TwoSided_Interval_ExcludesZeroExactlyWhenPIsBelowAlpha()
    {
        foreach (var spending in Enum.GetValues<Spending>())
        {
            var test = new GroupSequentialTest(0.05, spending);
            foreach (var z in (double[])[0, 1, 1.9, 2.3, 2.4, 2.7, 2.9, 3.4, 6, 40, -2.8])
            {
                var result = Assert.IsType<TwoSidedResult.Tested>(test.TwoSided(new Effect.Measured(z, 1, 150, 500), [.3, .6]));
                Assert.Equal(result.P < 0.05, result.IsSignificant);
                Assert.InRange(result.P, 0, 1);
            }
        }
    }

    [Fact]
    public void TwoSided_FewDegreesOfFreedom_ComparesOnTheNormalScale()
    {
        var test = new GroupSequentialTest(0.05, Spending.Pocock);
        var critical = Critical(test, [.5])[^1];

        var few = Assert.IsType<TwoSidedResult.Tested>(test.TwoSided(new Effect.Measured(5, 1, 3, 6), [.5]));
        var many = Assert.IsType<TwoSidedResult.Tested>(test.TwoSided(new Effect.Measured(5, 1, 1e9, 6), [.5]));

        Close.Relative(critical, many.Upper - 5, 1e-8);
        Assert.True(few.Upper - 5 > critical && few.P > many.P);
    }

    [Theory]
    [InlineData(new[] { .5, .5 }, Reason.InformationNotIncreasing)]
    [InlineData(new[] { .5, .4 }, Reason.InformationNotIncreasing)]
    [InlineData(new[] { 0.0 }, Reason.InformationNotIncreasing)]
    [InlineData(new[] { -.5 }, Reason.InformationNotIncreasing)]
    [InlineData(new[] { .5, .50001 }, Reason.InformationNotIncreasing)]
    [InlineData(new[] { .5, 1, 1.1 }, Reason.AlphaSpent)]
    [InlineData(new[] { double.NaN }, Reason.NotFinite)]
    [InlineData(new[] { double.PositiveInfinity }, Reason.NotFinite)]
    public void Boundary_InformationThatCannotBe_GivesTheReason(double[] information, Reason reason)
    {
        var test = new GroupSequentialTest(0.05, Spending.Pocock);

        Assert.Equal(new BoundaryResult.Uncomputable(reason), test.Boundary(information));
        Assert.Equal(new TwoSidedResult.Untested(reason), test.TwoSided(new Effect.Measured(1, 1, 100, 200), information));
    }

    [Fact]
    public void TwoSided_NoEffectOrNoLook_GivesTheReasonOrIsMisuse()
    {
        var test = new GroupSequentialTest(0.05, Spending.Pocock);

        Assert.Equal(new TwoSidedResult.Untested(Reason.NoUnits), test.TwoSided(new Effect.Unmeasured(Reason.NoUnits), [.5]));
        Assert.Throws<ArgumentException>(() => test.Boundary([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GroupSequentialTest(0.05, (Spending)7));
    }

    private static IReadOnlyList<double> Critical(GroupSequentialTest test, double[] information) =>
        Assert.IsType<BoundaryResult.Computed>(test.Boundary(information)).CriticalValues;

    private static void AllClose(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++) Close.Absolute(expected[i], actual[i], tolerance);
    }
}
