using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

public sealed class GuardrailTests
{
    private static readonly SequentialTest Test = new(0.05, 10_000);

    [Theory]
    [InlineData(5_000, 5_000, "Holds")]
    [InlineData(5_000, 6_000, "Holds")]
    [InlineData(5_000, 4_000, "Breached")]
    [InlineData(5_000, 4_730, "Undecided")]
    public void Judge_HarmWhereMoreIsBetter_ComparesTheBoundsWithTheMargin(long control, long treatment, string expected)
    {
        var (c, t) = (Proportion(10_000, control), Proportion(10_000, treatment));

        Assert.Equal(expected, new HarmGuardrail(Side.Greater, 0.06, Test).Judge(c, t).GetType().Name);
        // Of the units without the property the same harm is a rise.
        var rise = new HarmGuardrail(Side.Less, 0.06, Test).Judge(Proportion(10_000, 10_000 - control), Proportion(10_000, 10_000 - treatment));
        Assert.Equal(expected, rise.GetType().Name);
    }

    [Fact]
    public void Judge_HarmBeforeTheTestIsReady_IsUndecided()
    {
        Assert.Equal(new GuardrailResult.Undecided(Reason.TooFewUnits), new HarmGuardrail(Side.Less, 0.01, Test).Judge(Proportion(99, 50), Proportion(99, 50)));
        Assert.Equal(new GuardrailResult.Undecided(Reason.ZeroVariance), new HarmGuardrail(Side.Less, 0.01, Test).Judge(Proportion(9999, 0), Proportion(9999, 0)));
    }

    [Theory]
    [InlineData(10_000, 100, "Holds")]
    [InlineData(10_000, 200, "Undecided")]
    [InlineData(10_000, 400, "Breached")]
    public void Judge_RateBelowALimit_IsTheSameForEveryKindOfMetric(long units, long events, string expected)
    {
        var below = new AbsoluteGuardrail(Side.Less, 0.02, Test);
        var mean = new MeanStatistics { Units = units, Sum = events, SumOfSquares = events, Shape = new ValueShape(events, events) };
        var ratio = new RatioStatistics
        {
            Units = units,
            NumeratorSum = events,
            NumeratorSumOfSquares = events,
            DenominatorSum = units,
            DenominatorSumOfSquares = units,
            SumOfProducts = events,
            Shape = mean.Shape,
        };
        // The .98 quantile of one observation a unit is below the limit when fewer than 2% of them are above it.
        var excess = new MeanStatistics { Units = units, Sum = events - (0.02 * units), SumOfSquares = (0.9604 * events) + (0.0004 * (units - events)) };

        Assert.Equal(expected, below.Judge(Proportion(units, events)).GetType().Name);
        Assert.Equal(expected, below.Judge(mean).GetType().Name);
        Assert.Equal(expected, below.Judge(ratio).GetType().Name);
        Assert.Equal(expected, below.JudgeQuantile(excess, events).GetType().Name);
        Assert.Equal(expected, new AbsoluteGuardrail(Side.Greater, 0.98, Test).Judge(Proportion(units, units - events)).GetType().Name);
    }

    [Fact]
    public void Judge_AbsoluteWithoutEnough_SaysWhatIsMissing()
    {
        var below = new AbsoluteGuardrail(Side.Less, 0.02, Test);

        Assert.Equal(new GuardrailResult.Undecided(Reason.ZeroVariance), below.Judge(Proportion(10_000, 0)));
        Assert.Equal(new GuardrailResult.Undecided(Reason.TooFewEvents), below.Judge(Proportion(10_000, 19)));
        Assert.Equal(new GuardrailResult.Undecided(Reason.TooFewUnits), below.Judge(Proportion(99, 90)));
        Assert.Equal(new GuardrailResult.Undecided(Reason.NoUnits), below.Judge(Proportion(0, 0)));
        Assert.Equal(new GuardrailResult.Undecided(Reason.NotFinite), below.Judge(Made.Mean(1000, double.NaN, 5)));
        Assert.Equal(new GuardrailResult.Undecided(Reason.ShapeUnknown), below.Judge(Made.Mean(10_000, 20, 20)));
        Assert.Equal(new GuardrailResult.Undecided(Reason.NotFinite), below.Judge(Made.Ratio([(1, 2), (2, 3)]) with { SumOfProducts = double.NaN }));
    }

    // At the limit of .01 a thousand units have ten events; none of them is two chances in 10,000, and seven is nothing.
    [Theory]
    [InlineData(1_000, 7, "Undecided")]
    [InlineData(1_000, 1, "Undecided")]
    [InlineData(10_000, 0, "Breached")]
    [InlineData(10_000, 40, "Breached")]
    public void Judge_RateThatMustStayAbove_RestsOnTheVarianceAtTheLimit(long units, long events, string expected) =>
        Assert.Equal(expected, new AbsoluteGuardrail(Side.Greater, 0.01, Test).Judge(Proportion(units, events)).GetType().Name);

    // 2,000 units of which a few have all of the value: the mean's skewness is above .15, so that its being low shows nothing, and its being high does.
    [Fact]
    public void Judge_MeanOfALongTail_ConcludesNothingFromTheTailsAbsence()
    {
        var heavy = new MeanStatistics { Units = 2_000, Sum = 400, SumOfSquares = 4_000, Shape = new ValueShape(100, 80_000) };

        Assert.Equal(new GuardrailResult.Undecided(Reason.TooSkewed), new AbsoluteGuardrail(Side.Greater, 1, Test).Judge(heavy));
        Assert.Equal(new GuardrailResult.Undecided(Reason.TooSkewed), new AbsoluteGuardrail(Side.Less, 1, Test).Judge(heavy));
        Assert.IsType<GuardrailResult.Breached>(new AbsoluteGuardrail(Side.Less, 0.05, Test).Judge(heavy));
        Assert.IsType<GuardrailResult.Holds>(new AbsoluteGuardrail(Side.Greater, 0.05, Test).Judge(heavy));
    }

    [Fact]
    public void Judge_Strict_BreachesAtTheSecondLookInARow()
    {
        var strict = new StrictGuardrail(Side.Less, 2.5);

        Assert.Equal(new GuardrailResult.Holds(2.4, 2.4), strict.Judge(2.4, 1_000, true));
        Assert.Equal(new GuardrailResult.Undecided(null), strict.Judge(2.6, 1_000, false));
        Assert.Equal(new GuardrailResult.Breached(2.6, 2.6), strict.Judge(2.6, 1_000, true));
        Assert.Equal(new GuardrailResult.Undecided(Reason.TooFewUnits), strict.Judge(2.6, 999, true));
        Assert.Equal(new GuardrailResult.Undecided(Reason.NotFinite), strict.Judge(double.NaN, 1_000, true));
        Assert.Equal(new GuardrailResult.Undecided(Reason.Inconsistent), strict.Judge(2.6, -1, true));
        Assert.True(new StrictGuardrail(Side.Greater, 0.9).IsBeyond(0.9, 1_000));
        Assert.False(strict.IsBeyond(2.6, 999));
    }

    [Fact]
    public void Guardrail_LimitThatCannotBe_IsMisuse()
    {
        foreach (var bad in (double[])[double.NaN, double.PositiveInfinity])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new HarmGuardrail(Side.Less, bad, Test));
            Assert.Throws<ArgumentOutOfRangeException>(() => new AbsoluteGuardrail(Side.Less, bad, Test));
            Assert.Throws<ArgumentOutOfRangeException>(() => new StrictGuardrail(Side.Less, bad));
        }
    }

    private static ProportionStatistics Proportion(long units, long events) => new() { Units = units, Events = events };
}
