using FsCheck;
using FsCheck.Fluent;
using Pawl.Insights;
using Xunit;

namespace Pawl.Tests.Insights;

public sealed class ProportionTests
{
    // Newcombe (1998), Statistics in Medicine 17, 857–872, table I, method 3; the last is 1/(1 + z²/n) by hand.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(29, 29, 0.8830, 1.0000)]
    public void Wilson_NewcombesExamples_AreAsPublished(long count, long n, double low, double high)
    {
        var interval = new Proportion(count, n).Wilson!.Value;

        Assert.Equal(low, interval.Low, 0.00005);
        Assert.Equal(high, interval.High, 0.00005);
    }

    [Fact]
    public void Wilson_NoData_IsNullAndSoIsTheRate()
    {
        Assert.Null(new Proportion(0, 0).Wilson);
        Assert.Null(new Proportion(0, 0).Rate);
        Assert.Null(ProportionDifference.Between(new Proportion(0, 0), new Proportion(1, 2)));
        Assert.Null(ProportionDifference.Between(new Proportion(1, 2), new Proportion(0, 0)));
    }

    [Fact]
    public void Wilson_AnyCounts_HoldsTheRateWithinZeroAndOne() => Prop.ForAll<NonNegativeInt, PositiveInt>((count, n) =>
    {
        var p = new Proportion(Math.Min(count.Get, n.Get), n.Get);
        var w = p.Wilson!.Value;
        return w.Low >= 0 && w.Low <= p.Rate && p.Rate <= w.High && w.High <= 1;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(3, 2)]
    public void Constructor_CountOutsideItsRange_Throws(long count, long n) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Proportion(count, n));

    // Newcombe (1998), Statistics in Medicine 17, 873–890, table II, method 10.
    [Theory]
    [InlineData(56, 70, 48, 80, 0.0524, 0.3339)]
    [InlineData(9, 10, 3, 10, 0.1705, 0.8090)]
    [InlineData(6, 7, 2, 7, 0.0582, 0.8062)]
    [InlineData(5, 56, 0, 29, -0.0381, 0.1926)]
    [InlineData(0, 10, 0, 20, -0.1611, 0.2775)]
    [InlineData(10, 10, 0, 20, 0.6791, 1.0000)]
    public void Between_NewcombesExamples_AreAsPublished(long a, long m, long b, long n, double low, double high)
    {
        var difference = ProportionDifference.Between(new Proportion(a, m), new Proportion(b, n))!;

        Assert.Equal(low, difference.Low, 0.00005);
        Assert.Equal(high, difference.High, 0.00005);
    }

    [Fact]
    public void IsClear_IntervalWithoutZeroButATestThatDoesNotReject_IsFalse()
    {
        Assert.True(ProportionDifference.Between(new Proportion(56, 70), new Proportion(48, 80))!.IsClear);
        Assert.False(ProportionDifference.Between(new Proportion(6, 7), new Proportion(2, 7))!.IsClear); // Fisher's p is 0.103
    }

    [Fact]
    public void Between_TheOtherWayRound_IsTheSameWithTheOtherSign() => Prop.ForAll<(byte, byte), (byte, byte)>((x, y) =>
    {
        var (a, b) = (Of(x), Of(y));
        var (ab, ba) = (ProportionDifference.Between(a, b)!, ProportionDifference.Between(b, a)!);
        return Near(ab.Difference, -ba.Difference) && Near(ab.Low, -ba.High) && Near(ab.High, -ba.Low) && Near(ab.P, ba.P)
            && ab.Low <= ab.Difference && ab.Difference <= ab.High;
    }).QuickCheckThrowOnFailure();

    private static Proportion Of((byte, byte) pair) => new(Math.Min(pair.Item1, pair.Item2), Math.Max(1, (int)Math.Max(pair.Item1, pair.Item2)));

    private static bool Near(double a, double b) => Math.Abs(a - b) < 1e-9;
}
