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

    /// <summary>The largest skewness |γ| of the difference's sampling distribution.</summary>
    public const double SkewnessMax = 0.3;

    private Readiness()
    {
    }

    /// <summary>
    /// Judges two arms: units, events, and γ = m₃(1/n_T² − 1/n_C²)/(s²_T/n_T + s²_C/n_C)^{3/2}, the leading term of the Edgeworth
    /// expansion of the difference under no effect, where m₃ is the third central moment of both arms weighted by their units.
    /// Under CUPED the post value is judged, of a ratio the numerator.
    /// </summary>
    /// <exception cref="ArgumentException">The arms are of different kinds.</exception>
    public static Readiness Of(ArmStatistics control, ArmStatistics treatment)
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
        if (!double.IsFinite(skewness)) return new Undecided(Reason.NotFinite);
        return Math.Abs(skewness) > SkewnessMax ? new Undecided(Reason.TooSkewed) : new Ready(skewness);
    }

    private static Reason? Fault(ArmStatistics arm, out Shape shape)
    {
        shape = default;
        if (arm.Units is >= 0 and < UnitsMin) return Reason.TooFewUnits;
        if (arm is QuantileStatistics { Clusters: >= 0 and < UnitsMin }) return Reason.TooFewUnits;
        var reason = arm.Describe(out shape);
        if (reason is null or Reason.ZeroVariance && shape.Events < EventsMin) return reason ?? Reason.TooFewEvents;
        return reason;
    }

    /// <summary>The comparison can be tested.</summary>
    /// <param name="Skewness">γ.</param>
    public sealed record Ready(double Skewness) : Readiness;

    /// <summary>Not yet.</summary>
    /// <param name="Reason">What is missing.</param>
    public sealed record Undecided(Reason Reason) : Readiness;
}
