using System.Globalization;
using System.Text;
using Pawl.Experiments.Files;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments.Files;

public sealed class FileAnalysisTests
{
    private const string Few = "unit,arm,x\n1,c,1\n2,c,0\n3,t,2\n4,t,4\n";

    [Fact]
    public void Run_FewUnits_GivesMeansAndTheEffectButNoTest()
    {
        var metric = Analyzed.Text(Few, "x:mean").Metrics[0];

        Assert.Equal([new ArmReport("c", 2, 0.5), new ArmReport("t", 2, 3)], metric.Arms);
        Assert.Equal(new EffectReport { Arm = "t", Difference = Difference.Absolute, Estimate = 2.5, Reason = Reason.TooFewUnits }, metric.Effects[0]);
        Assert.Equal(new EffectReport { Arm = "t", Difference = Difference.Relative, Reason = Reason.ControlMeanNearZero }, metric.Effects[1]);
    }

    [Fact]
    public void Run_SeveralRowsOfAUnit_AddsUpMeansAndTakesAnyOfAProportion()
    {
        var report = Analyzed.Text("unit,arm,x,y\n1,c,1,1\n1,c,2,0\n2,c,5,FALSE\n3,t,1,False\n3,t,1,true\n3,t,1,0.0\n", "x:mean", "y:proportion");

        Assert.Equal(3, report.Units);
        Assert.Equal([4.0, 3.0, 0.5, 1.0], report.Metrics.SelectMany(m => m.Arms).Select(a => a.Mean!.Value));
    }

    [Fact]
    public void Run_AUnitInTwoArms_IsCountedAndLeftOutButNotOfTheSplit()
    {
        var rows = string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i},{(i < 500 ? "c" : "t")},1\n"));

        var report = Analyzed.Text("unit,arm,x\n" + rows + "0,t,100\n0,c,100\n", "x:mean");

        Assert.Equal((999, 1, 1.0, false), (report.Units, report.Crossovers, report.SplitP, report.HasManyCrossovers));
        Assert.Equal([new ArmReport("c", 499, 1), new ArmReport("t", 500, 1)], report.Metrics[0].Arms);
        Assert.Equal(Reason.ZeroVariance, report.Metrics[0].Effects[0].Reason);
        Assert.True(Analyzed.Text(Few + "1,t,1\n", "x:mean").HasManyCrossovers);
    }

    [Theory]
    [InlineData("0.75", 2)]
    [InlineData("0.76", 4)]
    [InlineData("0.5", 1)]
    [InlineData("0.01", 0)]
    public void Run_Capped_TakesTheTotalOfRankNuNRoundedUpOverAllArms(string percentile, double cappedAt)
    {
        var metric = Analyzed.Text(Few, $"x:mean:cap={percentile}").Metrics[0];

        Assert.Equal(cappedAt, metric.CappedAt);
        Assert.Equal((Math.Min(2, cappedAt) + Math.Min(4, cappedAt)) / 2, metric.Arms[1].Mean);
    }

    [Fact]
    public void Run_ThreeArms_CorrectsByHolmAndWidensIntervals()
    {
        var three = Analyzed.Text(Made("c", "a", "b"), "x:mean").Metrics[0];
        double[] alone = [.. new[] { "a", "b" }.Select(arm => Analyzed.Text(Made("c", "a", "b", only: arm), "x:mean").Metrics[0].Effects[0].P!.Value)];

        Assert.Equal(["c", "a", "b"], three.Arms.Select(a => a.Arm));
        Assert.Equal(["a", "a", "b", "b"], three.Effects.Select(e => e.Arm));
        Assert.Equal(Holm.Adjust(alone), three.Effects.Where(e => e.Difference == Difference.Absolute).Select(e => e.P!.Value));
        var effect = Effect.Between(Sums(0), Sums(1), Difference.Absolute);
        var expected = Assert.IsType<TwoSidedResult.Tested>(new FixedTest(0.05).TwoSided(effect, 0.025));
        Assert.Equal(expected.Lower, three.Effects[0].Lower!.Value, 9);
        Assert.Equal(expected.Upper, three.Effects[0].Upper!.Value, 9);
    }

    [Theory]
    [InlineData("c=25,t=75", 1)]
    [InlineData("t=75,c=25", 1)]
    [InlineData("1,3", 1)]
    [InlineData("1/1", 0.0455002638963584)] // χ² = 4: two standard deviations
    [InlineData(null, 0.0455002638963584)]
    public void Run_FourUnitsOfSixteenInTheControl_TestsTheSharesAgreedOn(string? split, double p)
    {
        var csv = "unit,arm,x\n" + string.Concat(Enumerable.Range(0, 16).Select(i => $"{i},{(i < 4 ? "c" : "t")},1\n"));
        var analysis = Analyzed.Request("x:mean") with { Split = split is null ? null : ArmSplit.Parse(split) };

        Assert.Equal(p, analysis.Run(new MemoryStream(Encoding.UTF8.GetBytes(csv)), Analyzed.File).SplitP, 9);
    }

    [Fact]
    public void Run_ByteOrderMarkQuotesAndCarriageReturns_ReadsThem()
    {
        var report = Analyzed.Bytes([.. Encoding.UTF8.Preamble, .. "\"unit\",arm,\"x\"\r\n\"a \"\"b\"\", c\",c,\"1\"\r\n\"two\nlines\",t,3"u8], "x:mean");

        Assert.Equal([1.0, 3.0], report.Metrics[0].Arms.Select(a => a.Mean!.Value));
    }

    [Fact]
    public void Run_WithACommaForDecimals_ReadsTheSame() => Locales.InDecimalComma(() =>
    {
        var report = Analyzed.Text("unit,arm,x,retention_i\n1,c,1.5,TRUE\n2,t,-2.5e1,false\n", "x:mean", "retention_i:proportion", "x:mean:cap=0.5");
        Assert.Equal([1.5, -25, 1, 0, -25, -25], report.Metrics.SelectMany(m => m.Arms).Select(a => a.Mean!.Value));
    });

    // 200 units an arm, whose values are 0 to 9 and a little more from arm to arm.
    private static string Made(string control, string a, string b, string? only = null)
    {
        string[] arms = [control, a, b];
        var rows = arms.SelectMany((arm, k) => Enumerable.Range(0, 200).Select(i => (arm, Row: string.Create(CultureInfo.InvariantCulture, $"{arm}{i},{arm},{Value(i, k)}\n"))));
        return "unit,arm,x\n" + string.Concat(rows.Where(r => only is null || r.arm == control || r.arm == only).Select(r => r.Row));
    }

    private static double Value(int i, int arm) => (i % 10) + (arm * 0.5);

    private static MeanStatistics Sums(int k)
    {
        double[] values = [.. Enumerable.Range(0, 200).Select(i => Value(i, k))];
        return new MeanStatistics { Units = values.Length, Sum = values.Sum(), SumOfSquares = values.Sum(x => x * x) };
    }
}
