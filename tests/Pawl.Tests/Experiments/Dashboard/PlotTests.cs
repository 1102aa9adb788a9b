using System.Xml.Linq;
using Pawl.Experiments;
using Pawl.Experiments.Dashboard;
using Pawl.Metrics;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments.Dashboard;

public sealed class PlotTests
{
    private static readonly KnownMetric Csat = new("CSAT", MetricKind.Mean, Side.Greater);
    private static readonly DateTimeOffset At = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Row_AnInterval_LiesOnAnAxisWithZeroInItsMiddle()
    {
        var effect = Effect(0.25, 0, 0.5);
        var row = XElement.Parse(new ForestPlot([effect], Csat, Measure.Plain, 0.5).Row(effect, "CSAT").Markup);

        // The axis reaches 12% beyond 0.5 on either side: 0.5 lies at 50 + 50/1.12.
        Assert.Equal(["50%", "94.64%"], Class(row, "interval").Elements("line").Take(1).SelectMany(line => new[] { line.Attribute("x1")!.Value, line.Attribute("x2")!.Value }));
        Assert.Equal("72.32%", row.Element("svg")!.Attribute("x")!.Value);
        Assert.Equal("50%", Class(row, "zero").Attribute("x1")!.Value);
        Assert.Equal("94.64%", Class(row, "mde").Attribute("x1")!.Value);
        Assert.Equal("treatmentA on CSAT: undecided", row.Element("title")!.Value);
        Assert.Equal("+0.25, interval 0.00 to +0.50", row.Element("desc")!.Value);
    }

    [Theory]
    [InlineData(0.1, 0.3, Side.Greater, "better")]
    [InlineData(0.1, 0.3, Side.Less, "worse")]
    [InlineData(-0.3, -0.1, Side.Greater, "worse")]
    [InlineData(-0.3, -0.1, Side.Less, "better")]
    [InlineData(-0.1, 0.3, Side.Greater, "undecided")]
    [InlineData(0.0, 0.3, Side.Greater, "undecided")]
    [InlineData(null, 0.3, Side.Greater, "not tested")]
    public void Of_AnInterval_IsReadByTheSideThatIsBetter(double? lower, double? upper, Side better, string word) =>
        Assert.Equal(word, Standing.Of(Effect(0.2, lower, upper), Csat with { Better = better }).Word);

    [Fact]
    public void Draw_TwoLooks_PutsThemAtTheirTimesAndEffects()
    {
        var plot = new IntervalPlot("treatmentA", [Look(1, 24, Effect(1, 0, 2)), Look(2, 48, Effect(1, 0.5, 1.5))], Measure.Plain, 2, null);
        var drawn = XElement.Parse(plot.Draw().Markup);

        // Two days and 3% more; from 0 to 2 and 8% more on either side.
        Assert.Equal((0, 2.06), (plot.Time.Low, plot.Time.High));
        Assert.Equal((-0.16, 2.16), (plot.Effect.Low, plot.Effect.High));
        Assert.Equal("M48.54 6.9L97.09 28.45L97.09 71.55L48.54 93.1Z", Class(drawn, "band").Attribute("d")!.Value);
        Assert.Equal("M48.54 50L97.09 50", Class(drawn, "line").Attribute("d")!.Value);
        // 10 above, 220 high: the middle is at 120.
        Assert.All(drawn.Descendants("circle"), circle => Assert.Equal("120", circle.Attribute("cy")!.Value));
        Assert.Equal("214.83", Class(drawn, "zero").Attribute("y1")!.Value);
        Assert.Equal("25.17", Class(drawn, "mde").Attribute("y1")!.Value);
        Assert.False(plot.IsCut);
    }

    [Fact]
    public void Draw_AVerdict_MarksItsLook()
    {
        var last = Look(2, 48, Effect(1, 0.5, 1.5)) with { Verdict = new Verdict.Promote("treatmentA", []) };
        var drawn = XElement.Parse(new IntervalPlot("treatmentA", [Look(1, 24, Effect(1, 0, 2)), last], Measure.Plain, null, last).Draw().Markup);

        Assert.Equal("97.09%", Class(drawn, "verdict").Attribute("x1")!.Value);
        Assert.Equal("Promoted", Class(drawn, "said").Value);
        Assert.DoesNotContain(drawn.Descendants(), element => element.Attribute("class")?.Value == "mde");
    }

    [Fact]
    public void Draw_AThousandLooks_KeepsTheLastAmongFew()
    {
        LookReport[] looks = [.. Enumerable.Range(1, 1000).Select(number => Look(number, number, Effect(1, 0, 2)))];
        var drawn = XElement.Parse(new IntervalPlot("treatmentA", looks, Measure.Plain, null, null).Draw().Markup);
        var points = Class(drawn, "line").Attribute("d")!.Value[1..].Split('L');

        Assert.InRange(points.Length, 200, IntervalPlot.PointsMax);
        Assert.StartsWith("97.09 ", points[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e300, -1e300, 1e300)]
    [InlineData(double.MaxValue, double.MinValue, double.MaxValue)]
    [InlineData(0.0, 0.0, 0.0)]
    [InlineData(double.Epsilon, 0.0, double.Epsilon)]
    [InlineData(0.5, double.NegativeInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN, double.NaN)]
    public void Draw_ExtremeEffects_StayOnThePaper(double estimate, double lower, double upper)
    {
        var effect = Effect(estimate, lower, upper);
        var forest = new ForestPlot([effect], Csat, Measure.Plain, 0.01);
        XElement[] drawings = [XElement.Parse(forest.Row(effect, "CSAT").Markup), XElement.Parse(forest.Scale().Markup), XElement.Parse(new IntervalPlot("treatmentA", [Look(1, 24, effect), Look(2, 48, effect)], Measure.Plain, 0.01, null).Draw().Markup)];

        var places = drawings.SelectMany(drawing => drawing.DescendantsAndSelf().Attributes()).Where(attribute => attribute.Name.LocalName is "x" or "y" or "x1" or "x2" or "y1" or "y2" or "cx" or "cy").ToList();
        Assert.NotEmpty(places);
        Assert.All(places, place => Assert.InRange(double.Parse(place.Value.TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture), -500, 1000));
    }

    [Theory]
    [InlineData(-1, 1, 4, new[] { -1, -0.5, 0, 0.5, 1 })]
    [InlineData(-0.03, 0.03, 3, new[] { -0.02, 0, 0.02 })]
    public void Ticks_AnAxis_AreRound(double low, double high, int about, double[] expected) =>
        Assert.Equal(expected.Select(tick => tick / 1.12 * 1.12), Axis.AroundZero([low / 1.12, high / 1.12]).Ticks(about), (a, b) => Math.Abs(a - b) < 1e-9);

    [Theory]
    [InlineData(0.0123, 0.004, "+1.23 pp")]
    [InlineData(-0.0123, 0.04, "−1.2 pp")]
    [InlineData(-0.00001, 0.04, "0.0 pp")]
    [InlineData(1e300, 1e299, "+1.00e+302 pp")]
    [InlineData(double.MaxValue, 1, "+1.80e+308")]
    [InlineData(double.PositiveInfinity, 1, "+∞")]
    [InlineData(double.NaN, 1, "no number")]
    public void Signed_APointDifference_HasTheDigitsItsSpreadAllows(double number, double spread, string shown) =>
        Assert.Equal(shown, Measure.Points.Signed(number, Measure.Points.Decimals(spread)));

    [Fact]
    public void Decimals_AnEndCloseToZero_DoesNotReadAsZero()
    {
        var effect = Effect(0.0152, 0.0003, 0.0301);

        Assert.Equal("+0.0003", Measure.Plain.Signed(0.0003, Measure.Plain.Decimals(effect)).TrimEnd('0'));
    }

    private static XElement Class(XElement drawn, string name) => drawn.DescendantsAndSelf().First(element => element.Attribute("class")?.Value.Split(' ')[0] == name);

    private static LookEffect Effect(double estimate, double? lower, double? upper) => new() { Arm = "treatmentA", Difference = Difference.Absolute, Estimate = estimate, Lower = lower, Upper = upper };

    private static LookReport Look(int number, double hours, LookEffect effect) => new()
    {
        Number = number,
        At = At.AddHours(hours),
        Watermark = At.AddHours(hours),
        ElapsedHours = hours,
        MayDecide = true,
        Arms = [],
        Metrics = [new LookMetric { Name = "CSAT", IsPrimary = true, Values = [], Effects = [effect] }],
        Verdict = new Verdict.Running([]),
    };
}
