using System.Globalization;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class BucketingTests
{
    private const int Units = 1_000_000;

    // Computed with node 20 by the specification's own steps: h ^= s.charCodeAt(i), then
    // h += (h << 1) + (h << 4) + (h << 7) + (h << 8) + (h << 24), and h >>> 0 in the end.
    [Theory]
    [InlineData("seed", "Jürgen", 0.914, 0.2549)]
    [InlineData("é", "e\u0301", 0.558, 0.6247)]
    [InlineData("emoji", "😀", 0.23, 0.2438)]
    [InlineData("漢字", "ユーザー", 0.262, 0.3704)]
    [InlineData("", "ÿĀ", 0.402, 0.2246)]
    public void Hash_TextsBeyondAscii_IsThatOfUtf16CodeUnits(string seed, string value, double first, double second)
    {
        Assert.Equal(first, Bucketing.Hash(seed, value, 1));
        Assert.Equal(second, Bucketing.Hash(seed, value, 2));
    }

    // As above; an attribute cannot carry half a pair.
    [Fact]
    public void Hash_HalfASurrogatePair_IsThatOfItsCodeUnit()
    {
        Assert.Equal(0.057, Bucketing.Hash("half", "\ud83d", 1));
        Assert.Equal(0.1552, Bucketing.Hash("half", "\ud83d", 2));
    }

    [Theory]
    [InlineData(3, "3")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(1e21, "1e+21")]
    [InlineData(1e15, "1000000000000000")]
    [InlineData(1e-7, "1e-7")]
    public void Hash_ANumber_IsThatOfTheTextJavaScriptWrites(double number, string text) =>
        Assert.Equal(Bucketing.Hash("seed", text, 2), Bucketing.Hash("seed", AttributeValue.From(number), 2));

    [Fact]
    public void Choose_AMillionUnitsOverRandomSplits_LiesWithinFourStandardErrors()
    {
        var random = new Random(11);
        for (var split = 0; split < LongRun.Scale(2, 20); split++)
        {
            var parts = Enumerable.Range(0, random.Next(2, 6)).Select(_ => random.NextDouble() + 0.05).ToArray();
            double[] weights = [.. parts.Select(p => p / parts.Sum())];
            var ranges = Bucketing.Ranges(weights.Length, 1, weights);
            var counts = new int[weights.Length];
            var seed = $"split-{split}";
            for (var unit = 0; unit < Units; unit++)
            {
                var variation = Bucketing.Choose(Bucketing.Hash(seed, unit.ToString(CultureInfo.InvariantCulture), 2)!.Value, ranges);
                if (variation >= 0) counts[variation]++;
            }

            for (var i = 0; i < weights.Length; i++)
            {
                // The hash has 10,000 steps, so the part of a range that it can meet is up to one step wider or narrower.
                var error = (4 * Math.Sqrt(Units * weights[i] * (1 - weights[i]))) + (Units / 10_000.0);
                Assert.InRange(counts[i], (Units * weights[i]) - error, (Units * weights[i]) + error);
            }
        }
    }

    [Fact]
    public void Choose_ARampOfCoverage_MovesNobodyBetweenVariations()
    {
        var random = new Random(12);
        for (var round = 0; round < 100; round++)
        {
            double[] weights = random.Next(2) == 0 ? [0.5, 0.5] : [0.2, 0.3, 0.5];
            var (low, high) = (random.NextDouble(), random.NextDouble());
            if (low > high) (low, high) = (high, low);
            var (before, after) = (Bucketing.Ranges(weights.Length, low, weights), Bucketing.Ranges(weights.Length, high, weights));
            var kept = 0;
            for (var hash = 0.0; hash < 1; hash += 0.0001)
            {
                var variation = Bucketing.Choose(hash, before);
                if (variation < 0) continue;
                kept++;
                Assert.Equal(variation, Bucketing.Choose(hash, after));
            }

            Assert.True(kept > 0 || low < 0.001);
        }
    }

    [Theory]
    [InlineData("http://a.com?x=1&x=0", 1)]
    [InlineData("http://a.com?x=9&x=0", null)]
    [InlineData("http://a.com?x= 1b", 1)]
    [InlineData("http://a.com?x=0x1", 1)]
    [InlineData("http://a.com?x=-1", null)]
    [InlineData("http://a.com?x", null)]
    [InlineData("http://a.com?y=1?x=1", null)]
    [InlineData("http://a.com#x=1", null)]
    [InlineData("http://a.com?x=1#f", 1)]
    [InlineData("?x=1=0", 1)]
    [InlineData(null, null)]
    public void QueryOverride_OddAddresses_ReadsThemAsParseIntDoes(string? url, int? expected) => Assert.Equal(expected, Bucketing.QueryOverride("x", url, 2));
}
