using Pawl.Experiments.Files;
using Xunit;

namespace Pawl.Tests.Experiments.Files;

public sealed class ReplayTests
{
    private const string Heading = "experiment_id,variant_id,metric_id,time_since_start,count_c,count_t,mean_c,mean_t,variance_c,variance_t\n";

    // With variances of 1 and 5,000 units an arm, a difference of .04 is two standard errors, one of .1 five.
    private const string Nothing = "5000,5000,1,1.01,1,1\n";
    private const string Slight = "5000,5000,1,1.04,1,1\n";
    private const string Clear = "5000,5000,1,1.1,1,1\n";

    [Theory]
    [InlineData(AnalysisMethod.Fixed, 54, 0)]
    [InlineData(AnalysisMethod.Peeking, 111, 57)]
    [InlineData(AnalysisMethod.Sequential, 33, 5)]
    public void Run_TheAsosFile_GivesTheKnownFigures(AnalysisMethod method, int ever, int notConfirmed)
    {
        var path = SharedData.Require("experiments/asos.csv");

        var report = new Replay { Rule = new AnalysisRule { Method = method } }.Run(File.OpenRead(path), path);

        Assert.Equal((191, 547, 9), (report.Series.Count, report.SkippedRows, report.SkippedSeries));
        Assert.Equal((ever, 54, notConfirmed), (report.SignificantEver, report.SignificantAtLastRow, report.NotConfirmed));
    }

    [Theory]
    [InlineData(AnalysisMethod.Fixed, null)]
    [InlineData(AnalysisMethod.Peeking, 1.0)]
    [InlineData(AnalysisMethod.Sequential, 2.0)]
    public void Run_AnEffectThatFades_IsFoundWhenTheMethodSays(AnalysisMethod method, double? at)
    {
        var series = Assert.Single(Analyzed.Checkpoints(Heading + "e,1,m,1," + Slight + "e,1,m,2," + Clear + "e,1,m,3," + Nothing, method).Series);

        Assert.Equal((3, at, false), (series.Rows, series.FirstSignificantAt, series.IsSignificantAtLastRow));
        Assert.Equal(1, series.SplitP, 9);
    }

    [Fact]
    public void Run_RowsOfSeriesInAnyOrder_GivesTheSame()
    {
        string[] rows = ["e,1,m,1," + Nothing, "e,1,m,2," + Clear, "e,1,m,10," + Nothing, "e,2,m,1," + Clear];

        var sorted = Analyzed.Checkpoints(Heading + string.Concat(rows));
        var mixed = Analyzed.Checkpoints(Heading + string.Concat(rows.Reverse()));

        Assert.Equal(sorted.Series.OrderBy(s => s.VariantId, StringComparer.Ordinal), mixed.Series.OrderBy(s => s.VariantId, StringComparer.Ordinal));
        Assert.Equal((2, 1, 1), (mixed.SignificantEver, mixed.SignificantAtLastRow, mixed.NotConfirmed));
    }

    [Theory]
    [InlineData("50,50", null, 2.0)]
    [InlineData("control=1,treatment=1", null, 2.0)]
    [InlineData("6/5", null, 1.0)]
    [InlineData(null, 3.0, null)]
    public void Run_WithASplit_EndsASeriesWhereItIsBroken(string? split, double? significantAt, double? mismatchAt)
    {
        var rows = Heading + "e,1,m,1," + Nothing + "e,1,m,2,6000,5000,1,1.01,1,1\n" + "e,1,m,3,6000,5000,1,1.1,1,1\n";

        var series = Assert.Single(Analyzed.Checkpoints(rows, AnalysisMethod.Sequential, split).Series);

        Assert.Equal((significantAt, mismatchAt), (series.FirstSignificantAt, series.MismatchAt));
        Assert.True(series.IsSignificantAtLastRow);
    }

    [Fact]
    public void Run_AnEffectBeforeTheSplitBroke_Stands()
    {
        var series = Assert.Single(Analyzed.Checkpoints(Heading + "e,1,m,1," + Clear + "e,1,m,2,6000,5000,1,1.1,1,1\n", AnalysisMethod.Sequential, "50/50").Series);

        Assert.Equal((1.0, 2.0), (series.FirstSignificantAt, series.MismatchAt));
    }

    [Fact]
    public void Run_RowsThatLackANumberOrUnits_AreSkippedAndCounted()
    {
        var report = Analyzed.Checkpoints(Heading + "e,1,m,1," + Clear + "e,1,m,2,5000,5000,1,1.1,,\n" + "e,1,m,3,0,0,0,0,0,0\n" + "e,1,m,4,1,9,1,1,0,1\n" + "e,2,m,1,5000,5000,1,1.1,1,\n");

        Assert.Equal((4, 1, 1), (report.SkippedRows, report.SkippedSeries, report.Series[0].Rows));
    }

    [Fact]
    public void Run_MeansFarFromZeroAndNoVariance_LosesNoDigitsAndFindsNothing()
    {
        var report = Analyzed.Checkpoints(Heading + "e,1,m,1,5000,5000,1e12,1000000000000.1,1,1\n" + "e,2,m,1,5000,5000,1,2,0,0\n");

        Assert.Equal([1.0, null], report.Series.Select(s => s.FirstSignificantAt));
    }

    [Theory]
    [InlineData("", "data.csv is empty")]
    [InlineData("experiment_id,variant_id\n", "data.csv has no column \"metric_id\". It has \"experiment_id\", \"variant_id\".")]
    [InlineData(Heading, "data.csv has no rows below its heading")]
    [InlineData(Heading + "e,1,m,1,5,5,1,NaN,1,1\n", "data.csv line 2, column mean_t, is no finite number: \"NaN\"")]
    [InlineData(Heading + "e,1,m,1,5,5,1,much,1,1\n", "data.csv line 2, column mean_t, is no number: \"much\"")]
    [InlineData(Heading + "e,1,m,,5,5,1,1,1,1\n", "data.csv line 2, column time_since_start, is empty")]
    [InlineData(Heading + ",1,m,1,5,5,1,1,1,1\n", "data.csv line 2, column experiment_id, is empty")]
    [InlineData(Heading + "e,1,m,1,5.5,5,1,1,1,1\n", "data.csv line 2, column count_c, is no whole number of at least 0: \"5.5\"")]
    [InlineData(Heading + "e,1,m,1,5,-5,1,1,1,1\n", "data.csv line 2, column count_t, is no whole number")]
    [InlineData(Heading + "e,1,m,1,5,5,1,1,1,-1\n", "data.csv line 2, column variance_t, is no variance")]
    [InlineData(Heading + "e,1,m,1,5,5,1,1,1,1\ne,1,m,1.0,5,5,1,1,1,1\n", "two rows of experiment e, variant 1, metric m at time 1; the second is at line 3")]
    public void Run_ABadFile_IsRefusedWithTheLine(string csv, string message) =>
        Assert.Contains(message, Assert.Throws<BadInputException>(() => Analyzed.Checkpoints(csv)).Message);

    [Fact]
    public void Run_WithACommaForDecimals_ReadsTheSame() => Locales.InDecimalComma(() =>
    {
        Assert.Equal(1.5, Analyzed.Checkpoints(Heading + "e,1,m,1.5," + Clear).Series[0].FirstSignificantAt);
    });
}
