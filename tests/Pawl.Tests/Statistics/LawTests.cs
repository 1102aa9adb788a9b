using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

/// <summary>What must hold for whatever data; each law over 300 random data sets from fixed seeds.</summary>
public sealed class LawTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 300));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Between_ArmsSwapped_NegatesTheAbsoluteEffect(int seed)
    {
        foreach (var (control, treatment) in Pairs(seed))
        {
            Effect.Measured forth = Absolute(control, treatment), back = Absolute(treatment, control);

            Close.Relative(-forth.Estimate, back.Estimate);
            Close.Relative(forth.StandardError, back.StandardError);
            Close.Relative(forth.DegreesOfFreedom, back.DegreesOfFreedom);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Add_PartsOfTheData_EqualsPoolingTheData(int seed)
    {
        var units = Units(seed, 0.7);
        var cut = units.Count / 3;
        var (first, second) = (units.Take(cut).ToList(), units.Skip(cut).ToList());

        Same(Made.Mean(units.Select(u => u.Post)), Made.Mean(first.Select(u => u.Post)) + Made.Mean(second.Select(u => u.Post)));
        Same(Made.Cuped(units), Made.Cuped(first) + Made.Cuped(second));
        Same(Made.Ratio(units), Made.Ratio(first) + Made.Ratio(second));
        Same(Events(units), Events(first) + Events(second));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Between_MetricScaled_ScalesTheAbsoluteEffectAndLeavesZAlone(int seed)
    {
        const double factor = 37.5;
        var (c, t) = (Units(seed, 1), Units(seed + 1000, 1.2));
        foreach (var (plain, scaled) in ((Effect.Measured, Effect.Measured)[])[
            (Absolute(Made.Mean(c.Select(u => u.Post)), Made.Mean(t.Select(u => u.Post))),
             Absolute(Made.Mean(c.Select(u => factor * u.Post)), Made.Mean(t.Select(u => factor * u.Post)))),
            (Absolute(Made.Cuped(c), Made.Cuped(t)), Absolute(Made.Cuped(Scaled(c)), Made.Cuped(Scaled(t)))),
            (Absolute(Made.Ratio(c), Made.Ratio(t)), Absolute(Made.Ratio(Scaled(c)), Made.Ratio(Scaled(t))))])
        {
            Close.Relative(factor * plain.Estimate, scaled.Estimate);
            Close.Relative(plain.Z, scaled.Z);
        }

        static List<(double, double)> Scaled(List<(double Post, double Pre)> units) => [.. units.Select(u => (factor * u.Post, u.Pre))];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void TwoSided_SmallerAlpha_GivesAWiderInterval(int seed)
    {
        foreach (var effect in Effects(seed))
        {
            double[] alphas = [0.4, 0.2, 0.1, 0.05, 0.01, 0.001, 1e-6];
            foreach (var test in (Func<double, TwoSidedResult>[])[a => new FixedTest(a).TwoSided(effect), a => new SequentialTest(0.05, 500).TwoSided(effect, a)])
            {
                var widths = alphas.Select(a => Tested(test(a))).Select(r => r.Upper - r.Lower).ToList();
                Assert.Equal(widths.Order(), widths);
                Assert.Equal(widths.Count, widths.Distinct().Count());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void TwoSided_Fixed_LiesInsideTheSequentialInterval(int seed)
    {
        foreach (var effect in Effects(seed).Where(e => e.DegreesOfFreedom >= 30))
        {
            foreach (var alpha in (double[])[0.001, 0.01, 0.05, 0.1])
            {
                foreach (var planned in (double[])[50, effect.Units, 1e6])
                {
                    TwoSidedResult.Tested once = Tested(new FixedTest(alpha).TwoSided(effect)), always = Tested(new SequentialTest(alpha, planned).TwoSided(effect));
                    Assert.True(always.Lower < once.Lower && once.Upper < always.Upper, $"α {alpha}, N* {planned}: {once} in {always}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Between_CupedWithoutCorrelation_IsThePlainMean(int seed)
    {
        var (c, t) = (Units(seed, 1), Units(seed + 1000, 1.2));
        foreach (var difference in (Difference[])[Difference.Absolute, Difference.Relative])
        {
            var plain = Effect.Between(Made.Mean(c.Select(u => u.Post)), Made.Mean(t.Select(u => u.Post)), difference);
            var adjusted = Effect.Between(Made.Cuped([.. c.Select(u => (u.Post, 0.0))]), Made.Cuped([.. t.Select(u => (u.Post, 0.0))]), difference);

            if (plain is not Effect.Measured expected)
            {
                Assert.Equal(plain, adjusted);
                continue;
            }

            var actual = Assert.IsType<Effect.Measured>(adjusted);
            Close.Relative(expected.Estimate, actual.Estimate);
            Close.Relative(expected.StandardError, actual.StandardError);
            Close.Relative(expected.DegreesOfFreedom, actual.DegreesOfFreedom);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void TwoSided_Interval_ExcludesZeroExactlyWhenPIsBelowAlpha(int seed)
    {
        const double alpha = 0.05;
        foreach (var effect in Effects(seed))
        {
            foreach (var result in (TwoSidedResult[])[new FixedTest(alpha).TwoSided(effect), new SequentialTest(alpha, 300).TwoSided(effect)])
                Assert.Equal(Tested(result).P < alpha, Tested(result).IsSignificant);
            foreach (var result in (OneSidedResult[])[new FixedTest(alpha).OneSided(effect, Side.Greater), new SequentialTest(alpha, 300).OneSided(effect, Side.Greater)])
            {
                var bound = Assert.IsType<OneSidedResult.Bounded>(result);
                Assert.Equal(bound.P < alpha, bound.Bound > 0);
            }
        }
    }

    private static List<(double Post, double Pre)> Units(int seed, double level)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 10 + random.Next(100)).Select(_ =>
        {
            var pre = 1 + random.NextDouble();
            return (level * (pre + (2 * random.NextDouble())), pre);
        })];
    }

    private static ProportionStatistics Events(IReadOnlyList<(double Post, double Pre)> units) => new() { Units = units.Count, Events = units.Count(u => u.Post > 1.8) };

    private static IEnumerable<(ArmStatistics Control, ArmStatistics Treatment)> Pairs(int seed)
    {
        var (c, t) = (Units(seed, 1), Units(seed + 1000, 1 + (seed % 7 / 10.0)));
        yield return (Made.Mean(c.Select(u => u.Post)), Made.Mean(t.Select(u => u.Post)));
        yield return (Made.Ratio(c), Made.Ratio(t));
        yield return (Made.Cuped(c), Made.Cuped(t));
        yield return (Made.Quantile(2000 + seed), Made.Quantile(3000) with { Quantile = 2.1, QuantileLower = 2.05, QuantileUpper = 2.2 });
        ProportionStatistics first = Events(c), second = Events(t);
        if (first.Events > 0 && first.Events < first.Units && second.Events > 0 && second.Events < second.Units) yield return (first, second);
    }

    private static IEnumerable<Effect.Measured> Effects(int seed) => Pairs(seed).Select(pair => Absolute(pair.Control, pair.Treatment));

    private static Effect.Measured Absolute(ArmStatistics control, ArmStatistics treatment) =>
        Assert.IsType<Effect.Measured>(Effect.Between(control, treatment, Difference.Absolute));

    private static TwoSidedResult.Tested Tested(TwoSidedResult result) => Assert.IsType<TwoSidedResult.Tested>(result);

    private static void Same(ArmStatistics whole, ArmStatistics sum)
    {
        Assert.Equal(whole.Units, sum.Units);
        var control = whole.Describe(out var expected);
        Assert.Equal(control, sum.Describe(out var actual));
        Close.Relative(expected.Variance, actual.Variance);
        Close.Absolute(expected.ThirdMoment, actual.ThirdMoment, 1e-9);
        Assert.Equal(expected.Events, actual.Events);
        Close.Relative(whole.Value!.Value, sum.Value!.Value);
        whole.Measure(out var w);
        sum.Measure(out var s);
        Close.Relative(w.Variance, s.Variance);
    }
}
