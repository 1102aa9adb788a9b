using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

public sealed class SampleRatioTestTests
{
    // R: by two independent implementations.
    [Theory]
    [InlineData(new long[] { 5000, 5200 }, new[] { .5, .5 }, 0.04767, 5e-6)]
    [InlineData(new long[] { 500, 501, 600 }, new[] { .34, .33, .33 }, 6.274e-4, 5e-8)]
    public void Fixed_ReferenceSplits_HaveTheirP(long[] counts, double[] weights, double p, double tolerance) =>
        Close.Absolute(p, Assert.IsType<SplitResult.Tested>(new SampleRatioTest(weights).Fixed(counts)).P, tolerance);

    // The critical values of χ² at .001: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4.
    [Theory]
    [InlineData(10.8276, 2)]
    [InlineData(13.8155, 3)]
    public void Fixed_AroundTheCriticalValue_ChangesItsMind(double critical, int arms)
    {
        // Moving d units from the first arm to the second of n each makes χ² 2d²/n.
        const long n = 1_000_000_000;
        var d = (long)Math.Sqrt(critical * n / 2);
        Assert.False(Tested(d - 100).IsMismatch);
        Assert.True(Tested(d + 100).IsMismatch);

        SplitResult.Tested Tested(long moved)
        {
            long[] counts = [.. Enumerable.Repeat(n, arms)];
            (counts[0], counts[1]) = (n - moved, n + moved);
            return Assert.IsType<SplitResult.Tested>(new SampleRatioTest([.. Enumerable.Repeat(1.0, arms)]).Fixed(counts));
        }
    }

    // R: as above.
    [Fact]
    public void Sequential_ReferenceSplit_HasItsBayesFactor()
    {
        var test = new SampleRatioTest([.5, .5]);

        Close.Absolute(3.30111, test.LogBayesFactor([50_000, 51_000]), 5e-6);
        Close.Absolute(0.03684, Assert.IsType<SplitResult.Tested>(test.Sequential([50_000, 51_000])).P, 5e-6);
    }

    [Fact]
    public void Sequential_SplitAsAgreed_IsNoMismatch() =>
        Assert.Equal(1, Assert.IsType<SplitResult.Tested>(new SampleRatioTest([1, 9]).Sequential([1_000, 9_000])).P);

    [Fact]
    public void Test_CountsThatCannotBe_GiveTheReason()
    {
        var test = new SampleRatioTest([.5, .5]);

        Assert.Equal(new SplitResult.Untested(Reason.NoUnits), test.Fixed([0, 0]));
        Assert.Equal(new SplitResult.Untested(Reason.NoUnits), test.Sequential([0, 0]));
        Assert.Equal(new SplitResult.Untested(Reason.Inconsistent), test.Fixed([-1, 5]));
        Assert.Equal(new SplitResult.Untested(Reason.Inconsistent), test.Sequential([-1, 5]));
        Assert.True(Assert.IsType<SplitResult.Tested>(test.Fixed([0, 1_000])).IsMismatch);
        Assert.True(Assert.IsType<SplitResult.Tested>(test.Sequential([0, long.MaxValue])).IsMismatch);
    }

    [Fact]
    public void SampleRatioTest_SplitThatCannotBe_IsMisuse()
    {
        Assert.Throws<ArgumentException>(() => new SampleRatioTest([1]));
        Assert.Throws<ArgumentException>(() => new SampleRatioTest([.5, .5]).Fixed([1, 2, 3]));
        foreach (var bad in (double[])[0, -1, double.NaN, double.PositiveInfinity]) Assert.Throws<ArgumentOutOfRangeException>(() => new SampleRatioTest([1, bad]));
    }
}
