using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Pawl.Insights;
using Xunit;

namespace Pawl.Tests.Insights;

public sealed class FisherExactTests
{
    // Fisher, The Design of Experiments (1935), the lady tasting tea; the two-sided value is 34/70.
    [Fact]
    public void TwoSided_TeaTasting_Is34Of70() => Assert.Equal(34.0 / 70, FisherExact.TwoSided(3, 1, 1, 3), 1e-12);

    [Theory]
    [InlineData(1, 9, 11, 3)]
    [InlineData(0, 5, 5, 0)]
    [InlineData(8, 2, 1, 5)]
    [InlineData(120, 380, 90, 410)]
    [InlineData(1500, 500, 1400, 700)]
    public void TwoSided_SmallAndLargeTables_EqualExactArithmetic(long a, long b, long c, long d) =>
        Assert.Equal(Exact(a, b, c, d), FisherExact.TwoSided(a, b, c, d), 1e-9);

    [Fact]
    public void TwoSided_AnySmallTable_EqualsExactArithmetic() => Prop.ForAll<(byte, byte), (byte, byte)>((x, y) =>
    {
        var (a, b, c, d) = (x.Item1 % 40, x.Item2 % 40, y.Item1 % 40, y.Item2 % 40);
        return Math.Abs(Exact(a, b, c, d) - FisherExact.TwoSided(a, b, c, d)) < 1e-9;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TwoSided_AMarginOfZero_IsOne()
    {
        Assert.Equal(1, FisherExact.TwoSided(0, 0, 3, 4));
        Assert.Equal(1, FisherExact.TwoSided(0, 5, 0, 4));
        Assert.Equal(1, FisherExact.TwoSided(0, 0, 0, 0));
    }

    [Fact]
    public void TwoSided_MillionsOfRuns_IsFiniteAndTellsApart()
    {
        Assert.InRange(FisherExact.TwoSided(1_000_000, 1_000_000, 1_000_000, 1_000_000), 0.999, 1);
        Assert.InRange(FisherExact.TwoSided(1_000_000, 1_000_000, 900_000, 1_100_000), 0, 1e-300);
    }

    // Every table with the same margins, in whole numbers: the sum of those no likelier than the observed one.
    private static double Exact(long a, long b, long c, long d)
    {
        var (row, column, total) = (a + b, a + c, a + b + c + d);
        var (sum, all) = (BigInteger.Zero, BigInteger.Zero);
        var observed = Ways(row, a) * Ways(total - row, column - a);
        for (var x = Math.Max(0, row + column - total); x <= Math.Min(row, column); x++)
        {
            var ways = Ways(row, x) * Ways(total - row, column - x);
            all += ways;
            if (ways <= observed) sum += ways;
        }

        return (double)(sum * BigInteger.Pow(10, 30) / all) / 1e30;
    }

    private static BigInteger Ways(long n, long k)
    {
        var ways = BigInteger.One;
        for (long i = 1; i <= Math.Min(k, n - k); i++) ways = ways * (n - i + 1) / i;
        return ways;
    }
}
