namespace Pawl.Statistics.Simulation;

/// <summary>Where the values of units come from. Effects are absolute, on the metric's mean.</summary>
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

    /// <summary>Spend: 3% of the units have a lognormal value with σ = 1.5 and median 1, all others zero; capped at the pooled .999 percentile of each look.</summary>
    CappedSpend,

    /// <summary>A ratio: one to four sessions per unit, each with a normal value around the unit's own level.</summary>
    Ratio,

    /// <summary>A normal value that correlates by .7 with its pre-period; three units in ten have none.</summary>
    Cuped,

    /// <summary>
    /// Values that go on accruing after exposure: each unit has events at its own pace, from none to three over the whole duration, each with an exponential
    /// value. A unit's total grows from look to look, so the increments of looks are not independent.
    /// </summary>
    Accruing,
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

    /// <summary>The rate of a <see cref="SimulatedMetric.Bernoulli"/>.</summary>
    public double Rate { get; init; } = 0.5;

    /// <summary>The true absolute effect on the mean of normal, CUPED and Bernoulli metrics; others have none.</summary>
    public double Effect { get; init; }
}
