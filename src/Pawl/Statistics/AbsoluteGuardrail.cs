namespace Pawl.Statistics;

/// <summary>
/// A guardrail against an absolute limit, judged in every treatment arm by itself: a confidence sequence of one arm's mean, with
/// N = n and se = s/√n, one-sided at α each way, so that a metric at its limit is called breached at any look with a chance of at most α.
/// Values of a long tail look smaller, and surer, than they are until the tail has been seen: what would be concluded from its absence waits until the mean's
/// skewness is at most <see cref="SkewnessMax"/>.
/// </summary>
/// <param name="Healthy">The side of the limit on which the metric is healthy: <see cref="Side.Less"/> reads "must stay below".</param>
/// <param name="Threshold">The limit, in the metric's own unit.</param>
/// <param name="Test">A sequential test whose planned units are those of one arm.</param>
public sealed record AbsoluteGuardrail(Side Healthy, double Threshold, SequentialTest Test)
{
    /// <summary>The largest skewness m₃/(s³√n) of a mean from which something is concluded on the side away from its tail.</summary>
    public const double SkewnessMax = 0.12;

    /// <summary>The limit.</summary>
    public double Threshold { get; } = double.IsFinite(Threshold) ? Threshold
        : throw new ArgumentOutOfRangeException(nameof(Threshold), Threshold, "The threshold must be finite.");

    private Side Unhealthy => Healthy == Side.Less ? Side.Greater : Side.Less;

    /// <summary>Judges an arm of a mean.</summary>
    /// <param name="arm">The arm.</param>
    public GuardrailResult Judge(MeanStatistics arm)
    {
        ArgumentNullException.ThrowIfNull(arm);
        var reason = Moments.FromSums(arm.Units, arm.Sum, arm.SumOfSquares, out var moments);
        return Judge(new Distance(arm.Units, moments with { Mean = moments.Mean - Threshold }, arm.Shape?.NonZero, Skewness(arm)), reason, Threshold);
    }

    /// <summary>
    /// Judges an arm of a proportion; it holds only when there are enough units with the property and enough without. A breach takes the larger of the variance
    /// observed and τ(1 − τ), that at the limit, so that a rate is not called too low because few units with the property have come.
    /// </summary>
    /// <param name="arm">The arm.</param>
    public GuardrailResult Judge(ProportionStatistics arm)
    {
        ArgumentNullException.ThrowIfNull(arm);
        var reason = arm.Measure(out var moments);
        var distance = new Distance(arm.Units, moments with { Mean = moments.Mean - Threshold }, Math.Min(arm.Events, arm.Units - arm.Events), Skewness(arm));
        return Judge(distance with { VarianceAtLimit = Math.Max(0, Threshold * (1 - Threshold)) }, reason, Threshold);
    }

    /// <summary>Judges an arm of a ratio: M/D is below τ exactly when E(M − τD) is below 0. The bound is that of M − τD per unit.</summary>
    /// <param name="arm">The arm.</param>
    public GuardrailResult Judge(RatioStatistics arm)
    {
        ArgumentNullException.ThrowIfNull(arm);
        var (units, sum, sumOfSquares) = arm.Against(Threshold);
        var reason = Moments.FromSums(units, sum, sumOfSquares, out var moments);
        return Judge(new Distance(units, moments, arm.Shape?.NonZero, Skewness(arm)), double.IsFinite(arm.SumOfProducts) ? reason : Reason.NotFinite, 0);
    }

    /// <summary>
    /// Judges an arm of a quantile at level ν: q is below τ exactly when E(Σ1{x > τ} − (1 − ν)·count) is below 0, the sum over a unit's observations.
    /// The bound is that of this excess per unit. A breach of a lower limit takes at least the variance of so many observations as belong above τ.
    /// </summary>
    /// <param name="excess">n, Σ and Σ² over units of Σ1{x > τ} − (1 − ν)·count, with the threshold of this guardrail as τ.</param>
    /// <param name="events">The observations above τ.</param>
    public GuardrailResult JudgeQuantile(MeanStatistics excess, long events)
    {
        ArgumentNullException.ThrowIfNull(excess);
        var reason = Moments.FromSums(excess.Units, excess.Sum, excess.SumOfSquares, out var moments);
        // (1 − ν)·Σcount is what belongs above τ; counts of rare events vary by as much as there are.
        var atLimit = Healthy == Side.Greater ? Math.Max(0, (events - excess.Sum) / excess.Units) : 0;
        return Judge(new Distance(excess.Units, moments, events, 0) { VarianceAtLimit = atLimit }, reason, 0);
    }

    // The origin is where the distance is measured from.
    private GuardrailResult Judge(Distance distance, Reason? reason, double origin)
    {
        if (reason is { } unmeasured && !(reason == Reason.ZeroVariance && distance.VarianceAtLimit > 0)) return new GuardrailResult.Undecided(unmeasured);
        if (distance.Units < Readiness.UnitsMin) return new GuardrailResult.Undecided(Reason.TooFewUnits);
        var estimate = distance.Moments.Mean + origin;
        if (Test.OneSided(distance.Effect(Math.Max(distance.Moments.Variance, distance.VarianceAtLimit)), Unhealthy) is not OneSidedResult.Bounded beyond)
            return new GuardrailResult.Undecided(Reason.NotFinite);
        if (IsOn(Unhealthy, beyond.Bound))
            return distance.Doubt(Unhealthy) is { } doubt ? new GuardrailResult.Undecided(doubt) : new GuardrailResult.Breached(estimate, beyond.Bound + origin);
        if (reason is not null) return new GuardrailResult.Undecided(reason);
        if (Test.OneSided(distance.Effect(distance.Moments.Variance), Healthy) is not OneSidedResult.Bounded healthy) return new GuardrailResult.Undecided(Reason.NotFinite);
        if (!IsOn(Healthy, healthy.Bound)) return new GuardrailResult.Undecided(null);
        if (distance.Events is null) return new GuardrailResult.Undecided(Reason.ShapeUnknown);
        if (distance.Events < Readiness.EventsMin) return new GuardrailResult.Undecided(Reason.TooFewEvents);
        return distance.SkewDoubt(Healthy) is { } skewed ? new GuardrailResult.Undecided(skewed) : new GuardrailResult.Holds(estimate, healthy.Bound + origin);
    }

    private static bool IsOn(Side side, double distance) => side == Side.Greater ? distance > 0 : distance < 0;

    // Of a ratio the numerator's; null where the statement did not say. Where nobody has a value, all of the tail is still to come.
    private static double? Skewness(ArmStatistics arm)
    {
        var reason = arm.Describe(out var shape);
        if (reason is null) return shape.ThirdMoment / (Math.Pow(shape.Variance, 1.5) * Math.Sqrt(arm.Units));
        if (reason != Reason.ZeroVariance) return null;
        return shape.Events == 0 ? double.PositiveInfinity : 0;
    }

    /// <summary>How far the value of an arm is from the limit, per unit.</summary>
    private readonly record struct Distance(long Units, Moments Moments, long? Events, double? Skewness)
    {
        /// <summary>What the variance is at least where the value is at the limit; 0: that is not known.</summary>
        public double VarianceAtLimit { get; init; }

        public Effect.Measured Effect(double variance) => new(Moments.Mean, Math.Sqrt(variance / Units), Units - 1, Units);

        /// <summary>Why a breach on a side cannot be concluded yet. With the variance at the limit nothing rests on the tail.</summary>
        public Reason? Doubt(Side side) => VarianceAtLimit > 0 ? null : SkewDoubt(side);

        /// <summary>Why a side cannot be concluded yet.</summary>
        public Reason? SkewDoubt(Side side) => Skewness switch
        {
            null => Reason.ShapeUnknown,
            { } skewness when (side == Side.Less ? skewness : -skewness) > SkewnessMax => Reason.TooSkewed,
            _ => null,
        };
    }
}
