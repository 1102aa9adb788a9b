using Pawl.Statistics;
using Pawl.Statistics.Simulation;

namespace Pawl.Benchmarks;

/// <summary>The figures of the calibration tables in docs/statistics.md, one row at a time, from seed 1.</summary>
internal static class CalibrationBenchmark
{
    public const string Usage = "./bench.sh calibration effects|relative|guardrails|power EXPERIMENTS LOOKS";

    private const double Alpha = 0.05;
    private const double Lift = 0.1;
    private const double Harm = 0.05;

    private static readonly double[] Shares = [0.5, 0.8, 0.9];

    public static IReadOnlyList<(string Name, SimulatedWorld World)> Worlds { get; } =
    [
        ("normal", World(SimulatedMetric.Normal, 6_000)),
        ("Bernoulli .5", World(SimulatedMetric.Bernoulli, 6_000) with { Rate = 0.5 }),
        ("Bernoulli .05", World(SimulatedMetric.Bernoulli, 20_000) with { Rate = 0.05 }),
        ("Bernoulli .01", World(SimulatedMetric.Bernoulli, 40_000) with { Rate = 0.01 }),
        ("Bernoulli .01, few units", World(SimulatedMetric.Bernoulli, 5_000) with { Rate = 0.01 }),
        ("exponential", World(SimulatedMetric.Exponential, 6_000)),
        ("lognormal σ = 1", World(SimulatedMetric.LogNormal, 6_000)),
        ("3% lognormal σ = 1.5, capped", World(SimulatedMetric.CappedSpend, 40_000)),
        ("3% lognormal σ = 1.5, not capped", World(SimulatedMetric.Spend, 40_000)),
        ("ratio", World(SimulatedMetric.Ratio, 6_000)),
        ("ratio of rare events, .02", World(SimulatedMetric.RareRatio, 20_000) with { Rate = 0.02 }),
        ("CUPED", World(SimulatedMetric.Cuped, 6_000)),
        ("accruing", World(SimulatedMetric.Accruing, 6_000)),
        ("quantile .95", World(SimulatedMetric.Quantile, 12_000)),
        ("quantile .95, few units", World(SimulatedMetric.Quantile, 5_000)),
    ];

    public static int Run(string table, int experiments, int looks)
    {
        switch (table)
        {
            case "effects": Effects(experiments, looks); return 0;
            case "relative": Relative(experiments, looks); return 0;
            case "guardrails": Guardrails(experiments, looks); return 0;
            case "power": Power(experiments, looks); return 0;
            default: Console.Error.WriteLine("usage: " + Usage); return 64;
        }
    }

    private static void Effects(int experiments, int looks)
    {
        Heading("values", "units", "looks", "split", "sequential", "gate off", "O'Brien–Fleming", "Pocock", "fixed, at the end", "peeking", "ever ready");
        foreach (var (name, world) in WithSplits(looks))
        {
            var c = Calibration.Measure(world, Alpha, experiments, seed: 1);
            Row(name, world, experiments, c.Sequential, c.SequentialWithoutGate, c.OBrienFleming, c.Pocock, c.FixedAtTheEnd, c.Peeking, c.EverReady);
        }
    }

    private static void Relative(int experiments, int looks)
    {
        Heading("values", "units", "looks", "split", "found: sequential", "O'Brien–Fleming", "Pocock", "fixed", "covered: sequential", "O'Brien–Fleming", "Pocock", "fixed");
        foreach (var (name, world) in WithSplits(looks))
        {
            var none = Calibration.Measure(world, Alpha, experiments, seed: 1, Difference.Relative);
            var some = Calibration.Measure(world with { Lift = Lift }, Alpha, experiments, seed: 1, Difference.Relative);
            Row(name, world, experiments, none.Sequential, none.OBrienFleming, none.Pocock, none.FixedAtTheEnd, some.SequentialCovered, some.OBrienFlemingCovered, some.PocockCovered, some.FixedCovered);
        }
    }

    private static void Guardrails(int experiments, int looks)
    {
        Heading("values", "units", "looks", "split", "harm, more is better: breached", "holds", "harm, less is better: breached", "holds", "limit, below: breached", "holds", "limit, above: breached", "holds");
        foreach (var (name, world) in WithSplits(looks))
        {
            var falls = GuardrailCalibration.OfHarm(world with { Lift = -Harm }, Alpha, experiments, seed: 1);
            var rises = GuardrailCalibration.OfHarm(world with { Lift = Harm }, Alpha, experiments, seed: 1);
            var (below, above) = world.Metric is SimulatedMetric.Accruing or SimulatedMetric.Cuped
                ? (new GuardrailCalibration(experiments, -1, -1), new GuardrailCalibration(experiments, -1, -1))
                : (GuardrailCalibration.OfLimit(world, Side.Less, Alpha, experiments, seed: 1), GuardrailCalibration.OfLimit(world, Side.Greater, Alpha, experiments, seed: 1));
            Row(name, world, experiments, falls.Breached, falls.Held, rises.Breached, rises.Held, below.Breached, below.Held, above.Breached, above.Held);
        }
    }

    private static void Power(int experiments, int looks)
    {
        Heading("values", "split", "planned power", "sequential", "looks", "O'Brien–Fleming", "looks", "Pocock", "looks", "fixed");
        foreach (var (name, metric, target) in Targets())
        {
            foreach (var share in Shares)
            {
                foreach (var power in (double[])[0.8, 0.9])
                {
                    var planned = target with { Power = power, ControlShare = share };
                    string[] found =
                    [
                        Found(SampleSize.Sequential(planned, looks), looks, c => c.Sequential), $"{looks}",
                        Found(SampleSize.GroupSequential(planned, Spending.OBrienFleming, 5), 5, c => c.OBrienFleming), "5",
                        Found(SampleSize.GroupSequential(planned, Spending.Pocock, 5), 5, c => c.Pocock), "5",
                        Found(SampleSize.Fixed(planned), 1, c => c.FixedAtTheEnd),
                    ];
                    Console.WriteLine($"| {name} | {Split(share)} | {Report.Number(power, ".00")} | {string.Join(" | ", found)} |");

                    string Found(SampleSizeResult size, int times, Func<Calibration, int> count)
                    {
                        var units = (int)Math.Ceiling(((SampleSizeResult.Planned)size).Total);
                        var world = new SimulatedWorld { Metric = metric, Rate = 0.3, Units = units, Looks = times, ControlShare = share, Lift = metric == SimulatedMetric.Bernoulli ? target.Effect / 0.3 : target.Effect };
                        return Report.Number((double)count(Calibration.Measure(world, Alpha, experiments, seed: 1)) / experiments, ".0000");
                    }
                }
            }
        }
    }

    private static IEnumerable<(string, SimulatedMetric, PowerTarget)> Targets()
    {
        yield return ("normal, effect .08 σ", SimulatedMetric.Normal, new PowerTarget { Effect = 0.08, ControlVariance = 1, TreatmentVariance = 1 });
        yield return ("Bernoulli .30 to .36", SimulatedMetric.Bernoulli, PowerTarget.OfProportion(0.3, 0.06));
        yield return ("CUPED, effect .08 σ", SimulatedMetric.Cuped, new PowerTarget { Effect = 0.08, ControlVariance = CupedVariance, TreatmentVariance = CupedVariance });
    }

    // Post = .7 u + √.51 e; of the pre-period 1 + u seven in ten are known, the others are 0: cov = .49, var = .7 · 2 − .49 = .91.
    private static double CupedVariance => 1 - (0.49 * 0.49 / 0.91);

    private static IEnumerable<(string Name, SimulatedWorld World)> WithSplits(int looks) =>
        from w in Worlds from share in Shares select (w.Name, w.World with { ControlShare = share, Looks = looks });

    private static SimulatedWorld World(SimulatedMetric metric, int units) => new() { Metric = metric, Units = units, Looks = 14 };

    private static string Split(double share) => $"{share * 100:0}/{(1 - share) * 100:0}";

    private static void Heading(params string[] columns)
    {
        Console.WriteLine($"| {string.Join(" | ", columns)} |");
        Console.WriteLine(string.Concat(Enumerable.Repeat("| --- ", columns.Length)) + "|");
    }

    // Below zero: there is no such figure.
    private static void Row(string name, SimulatedWorld world, int experiments, params int[] counts) =>
        Console.WriteLine($"| {name} | {world.Units:N0} | {world.Looks} | {Split(world.ControlShare)} | {string.Join(" | ", counts.Select(c => c < 0 ? "" : Report.Number((double)c / experiments, ".0000")))} |");
}
