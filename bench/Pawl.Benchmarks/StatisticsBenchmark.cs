using System.Diagnostics;
using Pawl.Statistics;
using Pawl.Statistics.Simulation;

namespace Pawl.Benchmarks;

/// <summary>The budgets that speak of statistics, and the figures of the calibration table.</summary>
internal static class StatisticsBenchmark
{
    private const int Repetitions = 5;

    private static readonly double[] Shares = [0.5, 0.8, 0.9];

    private static readonly (string Name, SimulatedWorld World)[] Worlds =
    [
        ("normal", World(SimulatedMetric.Normal, 6_000)),
        ("Bernoulli .5", World(SimulatedMetric.Bernoulli, 6_000) with { Rate = 0.5 }),
        ("Bernoulli .05", World(SimulatedMetric.Bernoulli, 20_000) with { Rate = 0.05 }),
        ("Bernoulli .01", World(SimulatedMetric.Bernoulli, 40_000) with { Rate = 0.01 }),
        ("Bernoulli .01, few units", World(SimulatedMetric.Bernoulli, 5_000) with { Rate = 0.01 }),
        ("exponential", World(SimulatedMetric.Exponential, 6_000)),
        ("lognormal σ = 1", World(SimulatedMetric.LogNormal, 6_000)),
        ("3% lognormal σ = 1.5, capped", World(SimulatedMetric.CappedSpend, 40_000)),
        ("ratio", World(SimulatedMetric.Ratio, 6_000)),
        ("CUPED", World(SimulatedMetric.Cuped, 6_000)),
        ("accruing", World(SimulatedMetric.Accruing, 6_000)),
    ];

    public static int Run()
    {
        Report.Machine();
        var (mean, other) = (Mean(4_000, 2_000), Mean(4_100, 2_200));
        var test = new SequentialTest(0.05, 10_000);
        Report.Row("a sequential test of two means from sufficient statistics", Nanoseconds(() => test.TwoSided(Effect.Between(mean, other, Difference.Relative))) + " ns", "≤ 1 µs");
        Report.Row("the same with the readiness gate", Nanoseconds(() => (Readiness.Of(mean, other), test.TwoSided(Effect.Between(mean, other, Difference.Relative)))) + " ns", "≤ 1 µs");
        var once = new FixedTest(0.05);
        Report.Row("Welch's test of the same, 8,000 degrees of freedom", Nanoseconds(() => once.TwoSided(Effect.Between(mean, other, Difference.Relative)), 2_000) + " ns");
        foreach (var (name, world) in Worlds.Where(w => w.World.Metric is SimulatedMetric.Normal or SimulatedMetric.Bernoulli or SimulatedMetric.Accruing))
        {
            var start = Stopwatch.GetTimestamp();
            Calibration.Measure(world, 0.05, 10_000, seed: 1);
            Report.Row($"10,000 simulated experiments of 14 daily looks, {name}, {world.Units:N0} units each, on one core", Report.Number(Report.Microseconds(Stopwatch.GetTimestamp() - start) / 1e6) + " s", "≤ 10 s");
        }

        return 0;
    }

    /// <summary>Type I error and coverage in worlds without an effect.</summary>
    public static int Calibrate(int experiments, int looks)
    {
        Console.WriteLine("| values | units | looks | split | sequential | gate off | O'Brien–Fleming | Pocock | fixed, at the end | peeking | ever ready |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var (name, world) in Worlds)
        {
            foreach (var share in Shares)
            {
                var c = Calibration.Measure(world with { ControlShare = share, Looks = looks }, 0.05, experiments, seed: 1);
                double[] found = [c.Sequential, c.SequentialWithoutGate, c.OBrienFleming, c.Pocock, c.FixedAtTheEnd, c.Peeking, c.EverReady];
                Console.WriteLine($"| {name} | {world.Units:N0} | {looks} | {share * 100:0}/{(1 - share) * 100:0} | {string.Join(" | ", found.Select(f => Report.Number(f / experiments, ".0000")))} |");
            }
        }

        return 0;
    }

    private static SimulatedWorld World(SimulatedMetric metric, int units) => new() { Metric = metric, Units = units, Looks = 14 };

    private static MeanStatistics Mean(long n, double sum) => new() { Units = n, Sum = sum, SumOfSquares = 3 * sum, Shape = new ValueShape(n / 2, 10 * sum) };

    private static string Nanoseconds<T>(Func<T> work, int calls = 1_000_000)
    {
        var samples = new List<double>();
        for (var repetition = 0; repetition <= Repetitions; repetition++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++) GC.KeepAlive(work());
            // The first goes to the compiler.
            if (repetition > 0) samples.Add(Report.Microseconds(Stopwatch.GetTimestamp() - start) * 1e3 / calls);
        }

        return Report.Number(Report.Median(samples), "0");
    }
}
