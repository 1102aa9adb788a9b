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
                (SimulatedMetric.RareRatio, .02, 20_000), (SimulatedMetric.Cuped, .5, 6_000), (SimulatedMetric.Accruing, .5, 6_000), (SimulatedMetric.Quantile, .5, 12_000),
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
    public void Measure_NoEffect_IsFoundNoMoreThanAlpha(SimulatedMetric metric, double rate, int units, double share, int looks)
    {
        var world = new SimulatedWorld { Metric = metric, Rate = rate, Units = units, ControlShare = share, Looks = looks };
        var mostAtTheEnd = MostAtTheEnd(metric);

        foreach (var difference in (Difference[])[Difference.Absolute, Difference.Relative])
        {
            var measured = Measure(world, seed: 1, difference);

            if (difference == Difference.Absolute) Assert.True(measured.EverReady > 0.5 * Experiments, $"ready in {measured.EverReady} of {Experiments}");
            AtMost(Most, measured.Sequential);
            AtMost(mostAtTheEnd, measured.OBrienFleming);
            AtMost(mostAtTheEnd, measured.Pocock);
            AtMost(mostAtTheEnd, measured.FixedAtTheEnd);
            AllCovered(measured, looks, mostAtTheEnd);
        }
    }

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Measure_TrueRelativeEffect_IsCoveredAtAllLooksTogether(SimulatedMetric metric, double rate, int units, double share, int looks)
    {
        var world = new SimulatedWorld { Metric = metric, Rate = rate, Units = units, ControlShare = share, Looks = looks, Lift = 0.1 };

        AllCovered(Measure(world, seed: 3, Difference.Relative), looks, MostAtTheEnd(metric));
    }

    [Theory]
    [InlineData(SimulatedMetric.Normal, 0.1)]
    [InlineData(SimulatedMetric.Cuped, 0.1)]
    [InlineData(SimulatedMetric.Bernoulli, 0.3)]
    public void Measure_TrueAbsoluteEffect_IsCoveredAndFound(SimulatedMetric metric, double lift)
    {
        var measured = Measure(new SimulatedWorld { Metric = metric, Rate = .1, Units = 8_000, Looks = 14, Lift = lift }, seed: 3);

        AllCovered(measured, looks: 14);
        Assert.True(measured.Sequential > measured.Experiments / 3);
    }

    [Fact]
    public void Measure_AbsoluteEffectThatMoves_IsMisuse() => Assert.Throws<ArgumentException>(
        () => Measure(new SimulatedWorld { Metric = SimulatedMetric.Accruing, Units = 100, Looks = 1, Lift = 0.1 }, seed: 1));

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
    [InlineData(SimulatedMetric.Normal, .5, 0.8)]
    [InlineData(SimulatedMetric.Normal, .8, 0.9)]
    [InlineData(SimulatedMetric.Bernoulli, .5, 0.8)]
    [InlineData(SimulatedMetric.Bernoulli, .9, 0.8)]
    public void Measure_PlannedSize_HasThePlannedPower(SimulatedMetric metric, double share, double power)
    {
        const double effect = 0.08;
        var target = metric == SimulatedMetric.Normal
            ? new PowerTarget { Effect = effect, ControlVariance = 1, TreatmentVariance = 1 }
            : PowerTarget.OfProportion(.3, effect);
        target = target with { Power = power, ControlShare = share };
        // Fewer than these say nothing to within three points.
        var experiments = LongRun.Scale(2_000, 10_000);

        IsPlanned(SampleSize.Sequential(target, 14), 14, c => c.Sequential);
        IsPlanned(SampleSize.GroupSequential(target, Spending.OBrienFleming, 5), 5, c => c.OBrienFleming);
        IsPlanned(SampleSize.GroupSequential(target, Spending.Pocock, 5), 5, c => c.Pocock);
        IsPlanned(SampleSize.Fixed(target), 1, c => c.FixedAtTheEnd);

        void IsPlanned(SampleSizeResult size, int looks, Func<Calibration, int> found)
        {
            var units = (int)Math.Ceiling(Assert.IsType<SampleSizeResult.Planned>(size).Total);
            var world = new SimulatedWorld { Metric = metric, Rate = .3, Units = units, ControlShare = share, Looks = looks, Lift = metric == SimulatedMetric.Normal ? effect : effect / .3 };
            Close.Absolute(power, (double)found(Calibration.Measure(world, Alpha, experiments, seed: 5)) / experiments, 0.03);
        }
    }

    // What the sequential rule needs more is not needed for nothing: with the size of a fixed test it finds about half.
    [Fact]
    public void Measure_SequentialWithTheSizeOfAFixedTest_LacksPower()
    {
        var planned = Assert.IsType<SampleSizeResult.Planned>(SampleSize.Fixed(new PowerTarget { Effect = 0.08, ControlVariance = 1, TreatmentVariance = 1 }));

        var measured = Measure(new SimulatedWorld { Metric = SimulatedMetric.Normal, Units = (int)planned.Total, Looks = 14, Lift = 0.08 }, seed: 5);

        Assert.InRange((double)measured.Sequential / Experiments, 0.35, 0.6);
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
        foreach (var misuse in (SimulatedWorld[])[world with { Looks = 0 }, world with { Units = 1 }, world with { ControlShare = 1 }, world with { Rate = 0 }, world with { Lift = 1.2 }, world with { Lift = -1 }])
            Assert.Throws<ArgumentOutOfRangeException>(() => new SimulatedExperiment(misuse, 1));
    }

    private static Calibration Measure(SimulatedWorld world, long seed, Difference difference = Difference.Absolute) => Calibration.Measure(world, Alpha, Experiments, seed, difference);

    // Quantiles and ratios of rare events are beyond what the gate was made for: whatever decides at the end misses up to .0614 there, as docs/statistics.md says.
    private static double MostAtTheEnd(SimulatedMetric metric) => metric is SimulatedMetric.Quantile or SimulatedMetric.RareRatio ? Most + 0.01 : Most;

    // A request with a group sequential method has at most 100 looks. Beyond that Pocock's intervals may miss the true relative effect too
    // often: at 336 looks, of events at 5 percent, they covered it in .9377 of 10,000 experiments. At 14 looks O'Brien–Fleming's covered it
    // in .9426 of events at 1 percent, split 80/20, and in .9425 of capped spend, split 50/50: a promise of .9415, as docs/statistics.md says.
    private static void AllCovered(Calibration measured, int looks, double? mostAtTheEnd = null)
    {
        const int GroupSequentialLooks = 100;
        const double Short = 0.002;
        AtLeast(1 - Most, measured.SequentialCovered);
        AtLeast(1 - (mostAtTheEnd ?? Most), measured.FixedCovered);
        if (looks > GroupSequentialLooks) return;
        AtLeast(1 - (mostAtTheEnd ?? Most) - Short, measured.OBrienFlemingCovered);
        AtLeast(1 - (mostAtTheEnd ?? Most) - Short, measured.PocockCovered);
    }

    private static double ThreeErrors(double share) => 3 * Math.Sqrt(share * (1 - share) / Experiments);

    private static void AtMost(double share, int count) => Assert.True(count <= share * Experiments, $"{count} of {Experiments}, at most {share:0.0000}");

    private static void AtLeast(double share, int count) => Assert.True(count >= share * Experiments, $"{count} of {Experiments}, at least {share:0.0000}");
}
