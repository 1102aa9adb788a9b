using System.Diagnostics;
using Pawl.Statistics;
using Pawl.Statistics.Simulation;

namespace Pawl.Benchmarks;

/// <summary>The budgets that speak of statistics.</summary>
internal static class StatisticsBenchmark
{
    private const int Repetitions = 5;

    public static int Run()
    {
        Report.Machine();
        var (mean, other) = (Mean(4_000, 2_000), Mean(4_100, 2_200));
        var test = new SequentialTest(0.05, 10_000);
        Report.Row("a sequential test of two means from sufficient statistics", Nanoseconds(() => test.TwoSided(Effect.Between(mean, other, Difference.Relative))) + " ns", "≤ 1 µs");
        Report.Row("the same with the readiness gate", Nanoseconds(() => (Readiness.Of(mean, other, Difference.Relative), test.TwoSided(Effect.Between(mean, other, Difference.Relative)))) + " ns", "≤ 1 µs");
        var once = new FixedTest(0.05);
        Report.Row("Welch's test of the same, 8,000 degrees of freedom", Nanoseconds(() => once.TwoSided(Effect.Between(mean, other, Difference.Relative)), 2_000) + " ns");
        foreach (var (name, world) in CalibrationBenchmark.Worlds.Where(w => w.World.Metric is SimulatedMetric.Normal or SimulatedMetric.Bernoulli or SimulatedMetric.Accruing))
        {
            var start = Stopwatch.GetTimestamp();
            Calibration.Measure(world, 0.05, 10_000, seed: 1);
            Report.Row($"10,000 simulated experiments of 14 daily looks, {name}, {world.Units:N0} units each, on one core", Report.Number(Report.Microseconds(Stopwatch.GetTimestamp() - start) / 1e6) + " s", "≤ 10 s");
        }

        return 0;
    }

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
