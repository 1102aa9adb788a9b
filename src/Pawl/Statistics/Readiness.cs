namespace Pawl.Statistics;

/// <summary>
/// Whether a comparison is ready to be tested asymptotically. Without this gate a confidence sequence breaks its promise where values
/// are rare or heavy-tailed and the split is uneven: the estimate is not normal yet, and looking often finds the moment.
/// </summary>
public abstract record Readiness
{
    /// <summary>Units that each arm needs.</summary>
    public const long UnitsMin = 100;

    /// <summary>Non-zero values that each arm needs; of a proportion, units with and units without the property.</summary>
    public const long EventsMin = 20;

    /// <summary>
    /// Observations that a quantile's arm needs on either side of it. Its error is read off the gap between two ranks near the quantile, and fewer
    /// leave that too uncertain.
    /// </summary>
    public const long ObservationsBesideQuantileMin = 100;

    /// <summary>The largest skewness |γ| of the difference's sampling distribution.</summary>
    public const double SkewnessMax = 0.3;

    private Readiness()
    {
    }

    /// <summary>
    /// Judges two arms: units, events, and γ = m₃(1/n_T² − 1/n_C²)/(s²_T/n_T + s²_C/n_C)^{3/2}, the leading term of the Edgeworth
    /// expansion of the difference under no effect, where m₃ is the third central moment of both arms weighted by their units.
    /// Under CUPED the post value is judged, of a ratio the numerator. For a relative effect γ also has the term 3(s²_C/n_C)/(se·μ_C), of the same order: the
    /// error is estimated with the control's mean, so that it moves with the effect.
    /// </summary>
    /// <param name="control">The control.</param>
    /// <param name="treatment">The treatment.</param>
    /// <param name="difference">The effect that is to be tested.</param>
    /// <exception cref="ArgumentException">The arms are of different kinds.</exception>
    public static Readiness Of(ArmStatistics control, ArmStatistics treatment, Difference difference)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        if (control.GetType() != treatment.GetType())
            throw new ArgumentException($"The control has {control.GetType().Name} and the treatment {treatment.GetType().Name}; both must be of one kind.");
        if ((Fault(control, out var c) ?? Fault(treatment, out var t)) is { } reason) return new Undecided(reason);
        Fault(treatment, out t);
        double nC = control.Units, nT = treatment.Units;
        var third = ((nT * t.ThirdMoment) + (nC * c.ThirdMoment)) / (nT + nC);
        var standardError = Math.Sqrt((t.Variance / nT) + (c.Variance / nC));
        var skewness = third * ((1 / (nT * nT)) - (1 / (nC * nC))) / (standardError * standardError * standardError);
        if (difference == Difference.Relative) skewness += OfDivision(control, treatment);
        if (!double.IsFinite(skewness)) return new Undecided(Reason.NotFinite);
        return Math.Abs(skewness) > SkewnessMax ? new Undecided(Reason.TooSkewed) : new Ready(skewness);
    }

    // With z = Δ/√(v_T + r²v_C) and r² ≈ 1 + 2Δ/μ_C, z is Z − (v_C/(se·μ_C))Z² where skewness γ alone makes it Z − (γ/3)Z².
    private static double OfDivision(ArmStatistics control, ArmStatistics treatment)
    {
        if (control.Measure(out var c) is not null || treatment.Measure(out var t) is not null) return 0;
        double vC = c.Variance / control.Units, vT = t.Variance / treatment.Units;
        return 3 * vC / (Math.Sqrt(vC + vT) * c.Mean);
    }

    private static Reason? Fault(ArmStatistics arm, out Shape shape)
    {
        shape = default;
        if (arm.Units is >= 0 and < UnitsMin) return Reason.TooFewUnits;
        if (arm is QuantileStatistics { Clusters: >= 0 and < UnitsMin }) return Reason.TooFewUnits;
        var reason = arm.Describe(out shape);
        if (reason is null or Reason.ZeroVariance && shape.Events < (arm is QuantileStatistics ? ObservationsBesideQuantileMin : EventsMin)) return reason ?? Reason.TooFewEvents;
        return reason;
    }

    /// <summary>The comparison can be tested.</summary>
    /// <param name="Skewness">γ.</param>
    public sealed record Ready(double Skewness) : Readiness;

    /// <summary>Not yet.</summary>
    /// <param name="Reason">What is missing.</param>
    public sealed record Undecided(Reason Reason) : Readiness;
}
