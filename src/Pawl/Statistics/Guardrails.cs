namespace Pawl.Statistics;

/// <summary>Where a metric stands against its guardrail.</summary>
public abstract record GuardrailResult
{
    private GuardrailResult()
    {
    }

    /// <summary>It is within the limit, with confidence 1 − α.</summary>
    /// <param name="Estimate">The effect, or the value.</param>
    /// <param name="Bound">The bound that lies within the limit.</param>
    public sealed record Holds(double Estimate, double Bound) : GuardrailResult;

    /// <summary>It is beyond the limit, with confidence 1 − α.</summary>
    /// <param name="Estimate">The effect, or the value.</param>
    /// <param name="Bound">The bound that lies beyond the limit.</param>
    public sealed record Breached(double Estimate, double Bound) : GuardrailResult;

    /// <summary>The data do not say yet.</summary>
    /// <param name="Reason">What is missing; null where the interval reaches across the limit.</param>
    public sealed record Undecided(Reason? Reason) : GuardrailResult;
}

/// <summary>
/// A guardrail against harm relative to the control: a test of non-inferiority that is valid at every look. It holds when the
/// one-sided bound lies within the margin, and is breached when the two-sided interval lies wholly beyond it.
/// </summary>
/// <param name="Better">The side on which the metric improves.</param>
/// <param name="MaxHarm">The margin as a share of the control's value, above 0: 0.01 is 1%.</param>
/// <param name="Test">The sequential test of the experiment.</param>
public sealed record HarmGuardrail(Side Better, double MaxHarm, SequentialTest Test)
{
    /// <summary>The margin.</summary>
    public double MaxHarm { get; } = MaxHarm is > 0 and < double.PositiveInfinity ? MaxHarm
        : throw new ArgumentOutOfRangeException(nameof(MaxHarm), MaxHarm, "The largest harm must be a finite number above 0.");

    /// <summary>Judges a treatment.</summary>
    public GuardrailResult Judge(ArmStatistics control, ArmStatistics treatment)
    {
        if (Readiness.Of(control, treatment, Difference.Relative) is Readiness.Undecided { Reason: var unready }) return new GuardrailResult.Undecided(unready);
        var effect = Effect.Between(control, treatment, Difference.Relative);
        if (Test.OneSided(effect, Better) is not OneSidedResult.Bounded bound || Test.TwoSided(effect) is not TwoSidedResult.Tested interval)
            return new GuardrailResult.Undecided(effect is Effect.Unmeasured { Reason: var reason } ? reason : Reason.NotFinite);
        return Better == Side.Greater
            ? Judge(bound.Bound > -MaxHarm, interval.Upper < -MaxHarm, interval.Upper)
            : Judge(bound.Bound < MaxHarm, interval.Lower > MaxHarm, interval.Lower);

        GuardrailResult Judge(bool holds, bool breached, double beyond) =>
            holds ? new GuardrailResult.Holds(bound.Estimate, bound.Bound)
            : breached ? new GuardrailResult.Breached(bound.Estimate, beyond)
            : new GuardrailResult.Undecided(null);
    }
}

/// <summary>
/// A guardrail by the point estimate, for metrics that come without units' variances or limits that must not wait for certainty. It
/// stands outside every α: close to its limit it stops healthy experiments.
/// </summary>
/// <param name="Healthy">The side of the limit on which the metric is healthy.</param>
/// <param name="Threshold">The limit, in the metric's own unit.</param>
public sealed record StrictGuardrail(Side Healthy, double Threshold)
{
    /// <summary>Units below which it does not judge.</summary>
    public const long UnitsMin = 1_000;

    /// <summary>The limit.</summary>
    public double Threshold { get; } = double.IsFinite(Threshold) ? Threshold
        : throw new ArgumentOutOfRangeException(nameof(Threshold), Threshold, "The threshold must be finite.");

    /// <summary>Judges a value; a breach takes two looks in a row.</summary>
    /// <param name="value">The point estimate. At the limit it is not healthy.</param>
    /// <param name="units">How many units it rests on.</param>
    /// <param name="wasBeyond">Whether the look before was beyond the limit, as <see cref="IsBeyond"/> says.</param>
    public GuardrailResult Judge(double value, long units, bool wasBeyond)
    {
        if (!double.IsFinite(value)) return new GuardrailResult.Undecided(Reason.NotFinite);
        if (units < UnitsMin) return new GuardrailResult.Undecided(units < 0 ? Reason.Inconsistent : Reason.TooFewUnits);
        if (!IsBeyond(value, units)) return new GuardrailResult.Holds(value, value);
        return wasBeyond ? new GuardrailResult.Breached(value, value) : new GuardrailResult.Undecided(null);
    }

    /// <summary>Whether a look counts as beyond the limit.</summary>
    public bool IsBeyond(double value, long units) => units >= UnitsMin && (Healthy == Side.Less ? value >= Threshold : value <= Threshold);
}
