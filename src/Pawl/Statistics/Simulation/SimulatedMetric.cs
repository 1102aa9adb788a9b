namespace Pawl.Statistics.Simulation;

/// <summary>Where the values of units come from. A lift is a share of the control's true value.</summary>
public enum SimulatedMetric
{
    /// <summary>Normal with mean 1 and standard deviation 1.</summary>
    Normal,

    /// <summary>One with the world's rate, else zero; tested as a proportion.</summary>
    Bernoulli,

    /// <summary>Exponential with mean 1.</summary>
    Exponential,

    /// <summary>Lognormal with σ = 1 and median 1.</summary>
    LogNormal,

    /// <summary>Spend: 3% of the units have a lognormal value with σ = 1.5 and median 1, all others zero; capped at the pooled .999 percentile of each look. A lift is one of how many units spend.</summary>
    CappedSpend,

    /// <summary>The same spend, not capped; a lift is one of how many units spend.</summary>
    Spend,

    /// <summary>A ratio: one to four sessions per unit, each with a normal value around the unit's own level.</summary>
    Ratio,

    /// <summary>A ratio of rare events: one to four sessions per unit, each with an event at the world's rate.</summary>
    RareRatio,

    /// <summary>A normal value that correlates by .7 with its pre-period; three units in ten have none.</summary>
    Cuped,

    /// <summary>
    /// Values that go on accruing after exposure: each unit has events at its own pace, from none to three over the whole duration, each with an exponential
    /// value. A unit's total grows from look to look, so the increments of looks are not independent.
    /// </summary>
    Accruing,

    /// <summary>
    /// The .95 quantile of lognormal observations, such as latencies: one to four per unit, which correlate by .5 on the logarithm's scale.
    /// </summary>
    Quantile,
}

/// <summary>An experiment to simulate: units arrive evenly over the looks.</summary>
public sealed record SimulatedWorld
{
    /// <summary>The metric.</summary>
    public required SimulatedMetric Metric { get; init; }

    /// <summary>Units of both arms over the whole duration.</summary>
    public required int Units { get; init; }

    /// <summary>How many looks there are.</summary>
    public required int Looks { get; init; }

    /// <summary>The control's share of the units.</summary>
    public double ControlShare { get; init; } = 0.5;

    /// <summary>The rate of a <see cref="SimulatedMetric.Bernoulli"/> or a <see cref="SimulatedMetric.RareRatio"/>.</summary>
    public double Rate { get; init; } = 0.5;

    /// <summary>
    /// The true relative effect: 0.1 is 10% more than the control's value. It moves normal and CUPED values (whose mean is 1), raises the share of units with a
    /// value where that is rare, and multiplies all others.
    /// </summary>
    public double Lift { get; init; }

    /// <summary>The control's true value; that of accruing values is not one number, so there it is NaN.</summary>
    public double Value => Metric switch
    {
        SimulatedMetric.Bernoulli or SimulatedMetric.RareRatio => Rate,
        SimulatedMetric.LogNormal => Math.Exp(0.5),
        SimulatedMetric.Spend => SimulatedArm.SpendShare * Math.Exp(1.125),
        SimulatedMetric.CappedSpend => CappedMean,
        SimulatedMetric.Quantile => Math.Exp(Math.Sqrt(0.5) * StudentTail.NormalQuantile(1 - SimulatedClusters.Level)),
        SimulatedMetric.Accruing => double.NaN,
        _ => 1,
    };

    // E min(X, c) of a spend, where one unit in a thousand is above c: E[X; X ≤ c] is e^{σ²/2} Φ(z − σ) with z = ln(c)/σ.
    private static double CappedMean
    {
        get
        {
            var above = 0.001 / SimulatedArm.SpendShare;
            var z = StudentTail.NormalQuantile(above);
            return (SimulatedArm.SpendShare * Math.Exp(1.125) * StudentTail.NormalUpper(1.5 - z)) + (0.001 * Math.Exp(1.5 * z));
        }
    }
}
