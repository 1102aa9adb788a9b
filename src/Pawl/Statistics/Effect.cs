namespace Pawl.Statistics;

/// <summary>How two arms are compared.</summary>
public enum Difference
{
    /// <summary>Treatment minus control, in the metric's own unit.</summary>
    Absolute,

    /// <summary>Treatment minus control, as a share of the control's magnitude: 0.05 is 5% more.</summary>
    Relative,
}

/// <summary>The difference between a treatment and a control with its standard error, or the reason why there is none.</summary>
public abstract record Effect
{
    /// <summary>A mean closer to zero than so many of its standard errors is nothing to divide by.</summary>
    internal const double StandardErrorsFromZero = 3;

    private Effect()
    {
    }

    /// <summary>
    /// The effect of a treatment. Absolute: Δ = μ_T − μ_C with se² = s²_T/n_T + s²_C/n_C. Relative: Δ/|μ_C| with the delta method,
    /// se² = s²_T/(n_T μ_C²) + s²_C μ_T²/(n_C μ_C⁴). Under CUPED θ = cov(post, pre)/var(pre) over both arms pooled, and the relative
    /// effect divides by the unadjusted mean of the control. Degrees of freedom are those of Welch (1947) and Satterthwaite (1946).
    /// </summary>
    /// <exception cref="ArgumentException">The arms are of different kinds, or quantiles of different levels.</exception>
    public static Effect Between(ArmStatistics control, ArmStatistics treatment, Difference difference)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        return (control, treatment) switch
        {
            (CupedStatistics c, CupedStatistics t) => CupedEffect.Between(c, t, difference),
            _ when control.GetType() != treatment.GetType() =>
                throw new ArgumentException($"The control has {control.GetType().Name} and the treatment {treatment.GetType().Name}; both must be of one kind."),
            (QuantileStatistics c, QuantileStatistics t) when c.Level != t.Level =>
                throw new ArgumentException($"The control's quantile is of level {c.Level} and the treatment's of {t.Level}; both must be of one level."),
            _ => Plain(control, treatment, difference),
        };
    }

    internal static Effect From(double estimate, double variance, (double Variance, long Units) control, (double Variance, long Units) treatment)
    {
        var standardError = Math.Sqrt(variance);
        // Welch–Satterthwaite by shares, which squares nothing that could underflow.
        double c = control.Variance / control.Units, t = treatment.Variance / treatment.Units;
        var share = t / (c + t);
        var degrees = 1 / ((share * share / (treatment.Units - 1)) + ((1 - share) * (1 - share) / (control.Units - 1)));
        if (!double.IsFinite(estimate) || !double.IsFinite(standardError) || !double.IsFinite(degrees)) return new Unmeasured(Reason.NotFinite);
        if (standardError == 0) return new Unmeasured(Reason.ZeroVariance);
        if (!double.IsFinite(estimate / standardError)) return new Unmeasured(Reason.NotFinite);
        return new Measured(estimate, standardError, degrees, (double)control.Units + treatment.Units);
    }

    internal static bool IsNearZero(Moments control, long units) =>
        control.Mean == 0 || Math.Abs(control.Mean) < StandardErrorsFromZero * Math.Sqrt(control.Variance / units);

    private static Effect Plain(ArmStatistics control, ArmStatistics treatment, Difference difference)
    {
        if (control.Measure(out var c) is { } inControl) return new Unmeasured(inControl);
        if (treatment.Measure(out var t) is { } inTreatment) return new Unmeasured(inTreatment);
        double nC = control.Units, nT = treatment.Units;
        double estimate = t.Mean - c.Mean, variance = (t.Variance / nT) + (c.Variance / nC);
        if (difference == Difference.Relative)
        {
            if (IsNearZero(c, control.Units)) return new Unmeasured(Reason.ControlMeanNearZero);
            var ratio = t.Mean / c.Mean;
            estimate /= Math.Abs(c.Mean);
            variance = ((t.Variance / nT) + (ratio * ratio * c.Variance / nC)) / c.Mean / c.Mean;
        }

        return From(estimate, variance, (c.Variance, control.Units), (t.Variance, treatment.Units));
    }

    /// <summary>There is an effect to speak of.</summary>
    /// <param name="Estimate">The difference, positive where the treatment's value is larger.</param>
    /// <param name="StandardError">Its standard error, above zero.</param>
    /// <param name="DegreesOfFreedom">Welch's degrees of freedom, of the absolute difference.</param>
    /// <param name="Units">The units of both arms together, which is the N of a sequential test.</param>
    public sealed record Measured(double Estimate, double StandardError, double DegreesOfFreedom, double Units) : Effect
    {
        /// <summary>The estimate in standard errors.</summary>
        public double Z => Estimate / StandardError;
    }

    /// <summary>There is none.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Unmeasured(Reason Reason) : Effect;
}
