using Pawl.Statistics;
using Pawl.Statistics.Simulation;
using Xunit;

namespace Pawl.Tests.Statistics;

/// <summary>Whether guardrails keep their promise where the truth is exactly at the limit: a hundred experiments, 10,000 at nightly size.</summary>
public sealed class GuardrailCalibrationTests
{
    private const double Alpha = 0.05;

    private static readonly int Experiments = LongRun.Scale(100, 10_000);

    private static readonly double Most = Experiments * (Alpha + (3 * Math.Sqrt(Alpha * (1 - Alpha) / Experiments)));

    public static TheoryData<SimulatedMetric, double, int, double, int> Worlds
    {
        get
        {
            var data = new TheoryData<SimulatedMetric, double, int, double, int>();
            (SimulatedMetric, double, int)[] metrics =
            [
                (SimulatedMetric.Normal, .5, 6_000), (SimulatedMetric.Bernoulli, .5, 6_000), (SimulatedMetric.Bernoulli, .02, 20_000), (SimulatedMetric.Bernoulli, .98, 20_000),
                (SimulatedMetric.Exponential, .5, 6_000), (SimulatedMetric.LogNormal, .5, 6_000), (SimulatedMetric.CappedSpend, .5, 40_000), (SimulatedMetric.Spend, .5, 40_000),
                (SimulatedMetric.Ratio, .5, 6_000), (SimulatedMetric.RareRatio, .02, 20_000), (SimulatedMetric.Cuped, .5, 6_000), (SimulatedMetric.Accruing, .5, 6_000),
                (SimulatedMetric.Quantile, .5, 12_000),
            ];
            foreach (var (metric, rate, units) in metrics)
            {
                foreach (var share in (double[])[.5, .9])
                {
                    data.Add(metric, rate, units, share, 14);
                    if (LongRun.Enabled) data.Add(metric, rate, units, share, 336);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void OfHarm_TruthAtTheMargin_IsWrongNoMoreThanAlpha(SimulatedMetric metric, double rate, int units, double share, int looks)
    {
        var world = new SimulatedWorld { Metric = metric, Rate = rate, Units = units, ControlShare = share, Looks = looks };
        foreach (var margin in (double[])[-.02, .02])
            IsRarelyWrong(GuardrailCalibration.OfHarm(world with { Lift = margin }, Alpha, Experiments, seed: 21));
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void OfLimit_TruthAtTheLimit_IsWrongNoMoreThanAlpha(SimulatedMetric metric, double rate, int units, double share, int looks)
    {
        // Accruing values have no true value to set a limit at, and an arm by itself is not adjusted.
        if (metric is SimulatedMetric.Accruing or SimulatedMetric.Cuped) return;
        var world = new SimulatedWorld { Metric = metric, Rate = rate, Units = units, ControlShare = share, Looks = looks };
        foreach (var healthy in (Side[])[Side.Less, Side.Greater])
            IsRarelyWrong(GuardrailCalibration.OfLimit(world, healthy, Alpha, Experiments, seed: 21));
    }

    [Theory]
    [InlineData(SimulatedMetric.Normal, .5)]
    [InlineData(SimulatedMetric.Bernoulli, .02)]
    [InlineData(SimulatedMetric.RareRatio, .02)]
    [InlineData(SimulatedMetric.Exponential, .5)]
    [InlineData(SimulatedMetric.Quantile, .5)]
    public void OfHarm_TruthFarBeyondTheMargin_IsBreached(SimulatedMetric metric, double rate)
    {
        var world = new SimulatedWorld { Metric = metric, Rate = rate, Units = 20_000, Looks = 14, Lift = 0.5 };
        var guardrail = new HarmGuardrail(Side.Less, 0.05, new SequentialTest(Alpha, world.Units));
        var experiment = new SimulatedExperiment(world, 1);
        var breached = false;
        while (experiment.Look < world.Looks && experiment.Next() is var (control, treatment)) breached |= guardrail.Judge(control, treatment) is GuardrailResult.Breached;

        Assert.True(breached);
    }

    private static void IsRarelyWrong(GuardrailCalibration measured)
    {
        Assert.True(measured.Breached <= Most, $"breached in {measured.Breached} of {Experiments}");
        Assert.True(measured.Held <= Most, $"held in {measured.Held} of {Experiments}");
    }
}
