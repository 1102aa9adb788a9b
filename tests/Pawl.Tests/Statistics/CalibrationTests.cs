using Pawl.Statistics;
using Pawl.Statistics.Simulation;
using Xunit;

namespace Pawl.Tests.Statistics;

/// <summary>Whether the tests keep their promises on simulated experiments, from fixed seeds: a few hundred, 10,000 at nightly size.</summary>
public sealed class CalibrationTests
{
    private const double Alpha = 0.05;

    private static readonly int Experiments = LongRun.Scale(200, 10_000);

    // α + 3 standard errors of the share of so many experiments.
    private static readonly double Most = Alpha + ThreeErrors(Alpha);

    public static TheoryData<SimulatedMetric, double, int, double, int> Worlds
    {
        get
        {
            var data = new TheoryData<SimulatedMetric, double, int, double, int>();
            (SimulatedMetric, double, int)[] metrics =
            [
                (SimulatedMetric.Normal, .5, 6_000), (SimulatedMetric.Bernoulli, .5, 6_000), (SimulatedMetric.Bernoulli, .05, 20_000), (SimulatedMetric.Bernoulli, .01, 40_000),
                (SimulatedMetric.Exponential, .5, 6_000), (SimulatedMetric.LogNormal, .5, 6_000), (SimulatedMetric.CappedSpend, .5, 40_000), (SimulatedMetric.Ratio, .5, 6_000),
                (SimulatedMetric.Cuped, .5, 6_000), (SimulatedMetric.Accruing, .5, 6_000),
            ];
            foreach (var (metric, rate, units) in metrics)
            {
                foreach (var share in (double[])[.5, .8, .9])
                {
                    data.Add(metric, rate, units, share, 14);
                    // Hourly looks take longest; the small run has them where they are hardest.
                    if (LongRun.Enabled || (share == .9 && metric is (SimulatedMetric.LogNormal or SimulatedMetric.Accruing))) data.Add(metric, rate, units, share, 336);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Measure_NoEffect_KeepsTypeOneErrorAndCoverage(SimulatedMetric metric, double rate, int units, double share, int looks)
    {
        var world = new SimulatedWorld { Metric = metric, Rate = rate, Units = units, ControlShare = share, Looks = looks };

        var measured = Measure(world, seed: 1);

        Assert.True(measured.EverReady > 0.5 * Experiments, $"ready in {measured.EverReady} of {Experiments}");
        AtMost(Most, measured.Sequential);
        AtLeast(1 - Most, measured.SequentialCovered);
        AtMost(Most, measured.OBrienFleming);
        AtMost(Most, measured.Pocock);
    }

    [Fact]
    public void Measure_GateOffWithRareHeavyValuesAndUnevenSplit_BreaksThePromise()
    {
        var measured = Measure(new SimulatedWorld { Metric = SimulatedMetric.CappedSpend, Units = 40_000, ControlShare = .9, Looks = 336 }, seed: 1);

        AtLeast(Most, measured.SequentialWithoutGate);
        AtMost(Most, measured.Sequential);
    }

    // R: .1934 for ten looks, .2479 for twenty.
    [Theory]
    [InlineData(10, 0.1934)]
    [InlineData(20, 0.2479)]
    public void Measure_PeekingWithAFixedTest_FindsEffectsThatAreNotThere(int looks, double expected)
    {
        var measured = Measure(new SimulatedWorld { Metric = SimulatedMetric.Normal, Units = 6_000, Looks = looks }, seed: 7);

        AtLeast(Most, measured.Peeking);
        Close.Absolute(expected, (double)measured.Peeking / Experiments, ThreeErrors(expected));
        AtMost(Most, measured.FixedAtTheEnd);
    }

    [Theory]
    [InlineData(SimulatedMetric.Normal, 0.1)]
    [InlineData(SimulatedMetric.Cuped, 0.1)]
    [InlineData(SimulatedMetric.Bernoulli, 0.03)]
    public void Measure_TrueEffect_IsCovered(SimulatedMetric metric, double effect)
    {
        var measured = Measure(new SimulatedWorld { Metric = metric, Rate = .1, Units = 8_000, Looks = 14, Effect = effect }, seed: 3);

        AtLeast(1 - Most, measured.SequentialCovered);
        AtLeast(1 - Most, measured.FixedCovered);
        Assert.True(measured.Sequential > measured.Experiments / 3);
    }

    [Theory]
    [InlineData(SimulatedMetric.Normal, 0.8)]
    [InlineData(SimulatedMetric.Normal, 0.9)]
    [InlineData(SimulatedMetric.Bernoulli, 0.8)]
    public void Measure_PlannedSize_HasThePlannedPower(SimulatedMetric metric, double power)
    {
        const double effect = 0.08;
        var target = metric == SimulatedMetric.Normal
            ? new PowerTarget { Effect = effect, ControlVariance = 1, TreatmentVariance = 1, Power = power }
            : PowerTarget.OfProportion(.3, effect) with { Power = power };
        var planned = Assert.IsType<SampleSizeResult.Planned>(SampleSize.Sequential(target, 14));
        var world = new SimulatedWorld { Metric = metric, Rate = .3, Units = (int)Math.Ceiling(planned.Total), Looks = 14, Effect = effect };
        const int experiments = 2_000;

        var measured = Calibration.Measure(world, Alpha, experiments, seed: 5);

        Close.Absolute(power, (double)measured.Sequential / experiments, 0.03);
    }

    // At the limit itself a guardrail that is not strict stops a healthy experiment with a chance of at most α.
    [Theory]
    [InlineData(SimulatedMetric.Bernoulli, .02, Side.Less, 336)]
    [InlineData(SimulatedMetric.Bernoulli, .98, Side.Greater, 336)]
    [InlineData(SimulatedMetric.Exponential, 1, Side.Less, 14)]
    [InlineData(SimulatedMetric.Exponential, 1, Side.Greater, 14)]
    public void Judge_MetricAtItsLimit_StopsNoMoreThanAlpha(SimulatedMetric metric, double limit, Side healthy, int looks)
    {
        var world = new SimulatedWorld { Metric = metric, Rate = metric == SimulatedMetric.Bernoulli ? limit : .5, Units = 10_000, Looks = looks };
        var guardrail = new AbsoluteGuardrail(healthy, limit, new SequentialTest(Alpha, world.Units / 2));
        var stops = 0;
        for (var i = 0; i < Experiments; i++)
        {
            var experiment = new SimulatedExperiment(world, 11 + i);
            var stopped = false;
            while (experiment.Look < looks) stopped |= Judge(experiment.Next().Treatment) is GuardrailResult.Breached;
            stops += stopped ? 1 : 0;
        }

        AtMost(Most, stops);

        GuardrailResult Judge(ArmStatistics arm) => arm is ProportionStatistics p ? guardrail.Judge(p) : guardrail.Judge((MeanStatistics)arm);
    }

    [Fact]
    public void Next_SameSeed_IsTheSameExperimentAndAnotherSeedIsAnother()
    {
        foreach (var metric in Enum.GetValues<SimulatedMetric>())
        {
            var world = new SimulatedWorld { Metric = metric, Units = 4_000, Looks = 3, Rate = .1 };
            Assert.Equal(Look(world, 1), Look(world, 1));
            Assert.NotEqual(Look(world, 1), Look(world, 2));
        }

        static (ArmStatistics, ArmStatistics) Look(SimulatedWorld world, long seed) => new SimulatedExperiment(world, seed).Next();
    }

    [Fact]
    public void Next_CappedSpend_HasNoValueAboveThePooledRank()
    {
        var world = new SimulatedWorld { Metric = SimulatedMetric.CappedSpend, Units = 40_000, Looks = 2 };
        var experiment = new SimulatedExperiment(world, 1);
        experiment.Next();
        var (control, treatment) = experiment.Next();

        // Forty units are above rank ⌈.999 n⌉; of 1,200 values with σ = 1.5 the cap is near the .967 quantile, exp(1.5 · 1.83) = 15.6.
        foreach (var arm in (ArmStatistics[])[control, treatment])
        {
            var mean = Assert.IsType<MeanStatistics>(arm);
            Assert.InRange(mean.SumOfSquares / mean.Sum, 3, 16);
            Assert.Equal(20_000, mean.Units);
        }
    }

    [Fact]
    public void SimulatedExperiment_WorldThatCannotBe_IsMisuse()
    {
        var world = new SimulatedWorld { Metric = SimulatedMetric.Bernoulli, Units = 100, Looks = 2 };
        foreach (var misuse in (SimulatedWorld[])[world with { Looks = 0 }, world with { Units = 1 }, world with { ControlShare = 1 }, world with { Rate = 0 }, world with { Effect = .6 }])
            Assert.Throws<ArgumentOutOfRangeException>(() => new SimulatedExperiment(misuse, 1));
        Assert.Throws<ArgumentException>(() => new SimulatedExperiment(world with { Metric = SimulatedMetric.Ratio, Effect = .1 }, 1));
    }

    private static Calibration Measure(SimulatedWorld world, long seed) => Calibration.Measure(world, Alpha, Experiments, seed);

    private static double ThreeErrors(double share) => 3 * Math.Sqrt(share * (1 - share) / Experiments);

    private static void AtMost(double share, int count) => Assert.True(count <= share * Experiments, $"{count} of {Experiments}, at most {share:0.0000}");

    private static void AtLeast(double share, int count) => Assert.True(count >= share * Experiments, $"{count} of {Experiments}, at least {share:0.0000}");
}
