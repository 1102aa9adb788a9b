using Pawl.Experiments.Files;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments.Files;

/// <summary>The known answer of Cookie Cats: 90,189 players of a mobile game, a gate at level 30 against one at level 40.</summary>
public sealed class CookieCatsTests
{
    [Fact]
    public void Run_CookieCats_GivesTheKnownAnswer()
    {
        var report = Run(AnalysisMethod.Fixed, "retention_7:proportion", "retention_1:proportion", "sum_gamerounds:mean:cap=0.999", "sum_gamerounds:mean");

        Assert.Equal((90_189, 0), (report.Units, report.Crossovers));
        Assert.Equal([("gate_30", 44_700), ("gate_40", 45_489)], report.Metrics[0].Arms.Select(a => (a.Arm, a.Units)));
        Assert.Equal(0.0086, report.SplitP, 4);
        Assert.False(report.IsMismatch);
        AssertMeans(report.Metrics[0], 0.1902, 0.1820, 4);
        AssertMeans(report.Metrics[1], 0.4482, 0.4423, 4);
        AssertMeans(report.Metrics[2], 51.031, 50.936, 3);
        Assert.Equal((1074.0, null), (report.Metrics[2].CappedAt, report.Metrics[3].CappedAt));
        Assert.Equal([0.0016, 0.074, 0.883, 0.376], report.Metrics.Zip([4, 3, 3, 3], (m, digits) => Math.Round(Effect(m, Difference.Absolute).P!.Value, digits)));
        Assert.Equal(0.00122, Effect(report.Metrics[0], Difference.Relative).P!.Value, 5);
        Assert.True(Effect(report.Metrics[0], Difference.Absolute).Upper < 0);
    }

    [Theory]
    [InlineData(5000, 0.083)]
    [InlineData(90_189, 0.035)]
    public void Run_CookieCatsSequentially_GivesTheKnownAnswer(double plannedUnits, double p)
    {
        var report = Run(AnalysisMethod.Sequential, plannedUnits, "retention_7:proportion");

        Assert.Equal(p, Effect(report.Metrics[0], Difference.Absolute).P!.Value, 3);
    }

    private static AnalysisReport Run(AnalysisMethod method, params string[] metrics) => Run(method, 5000, metrics);

    private static AnalysisReport Run(AnalysisMethod method, double plannedUnits, params string[] metrics)
    {
        var path = SharedData.Require("experiments/cookie_cats.csv");
        var analysis = new FileAnalysis
        {
            Unit = "userid",
            Arm = "version",
            Control = "gate_30",
            Metrics = [.. metrics.Select(MetricColumn.Parse)],
            Rule = new AnalysisRule { Method = method, PlannedUnits = plannedUnits },
        };
        return analysis.Run(File.OpenRead(path), path);
    }

    private static void AssertMeans(MetricReport metric, double control, double treatment, int digits)
    {
        Assert.Equal(control, metric.Arms[0].Mean!.Value, digits);
        Assert.Equal(treatment, metric.Arms[1].Mean!.Value, digits);
    }

    private static EffectReport Effect(MetricReport metric, Difference difference) => metric.Effects.Single(e => e.Difference == difference);
}
