namespace Pawl.Statistics;

/// <summary>
/// The sufficient statistics of one metric in one arm: all that a test needs to know of the units. Those of disjoint units add up
/// (<c>a + b</c>), except of quantiles. Numbers that no data have give a <see cref="Reason"/> where they are used, not an exception.
/// </summary>
public abstract record ArmStatistics
{
    private protected ArmStatistics()
    {
    }

    /// <summary>How many units there are, or observations of a quantile.</summary>
    public required long Units { get; init; }

    /// <summary>What the metric is in this arm, in the metric's own unit; null where the numbers do not say.</summary>
    public double? Value => Measure(out var value) is null or Reason.ZeroVariance or Reason.TooFewUnits && double.IsFinite(value.Mean) ? value.Mean : null;

    /// <summary>The value and the variance s² of a unit, so that the value's standard error is √(s²/n); or why there is none.</summary>
    internal abstract Reason? Measure(out Moments moments);

    /// <summary>What says whether the value is close to normal; or why that cannot be said.</summary>
    internal abstract Reason? Describe(out Shape shape);
}

/// <summary>A mean and a unit's variance.</summary>
internal readonly record struct Moments(double Mean, double Variance)
{
    // Sums of n equal values differ from n times the value by rounding; below this share of Σx² a variance cannot be told from it.
    private const double Rounding = 1e-12;

    // Beyond this the sums contradict each other.
    private const double Contradiction = 1e-9;

    /// <summary>From n, Σx and Σx² with Bessel's correction.</summary>
    public static Reason? FromSums(long n, double sum, double sumOfSquares, out Moments moments)
    {
        moments = new Moments(double.NaN, 0);
        if (n < 0) return Reason.Inconsistent;
        if (n == 0) return Reason.NoUnits;
        if (!double.IsFinite(sum) || !double.IsFinite(sumOfSquares)) return Reason.NotFinite;
        var mean = sum / n;
        moments = new Moments(mean, 0);
        var centred = sumOfSquares - (sum * mean);
        if (!double.IsFinite(centred)) return Reason.NotFinite;
        if (sumOfSquares < 0 || centred < -Contradiction * sumOfSquares) return Reason.Inconsistent;
        if (n == 1) return Reason.TooFewUnits;
        if (centred <= Rounding * sumOfSquares) return Reason.ZeroVariance;
        moments = new Moments(mean, centred / (n - 1));
        return null;
    }

    /// <summary>The covariance from n, Σx, Σy and Σxy with Bessel's correction.</summary>
    public static double Covariance(long n, double sumX, double sumY, double sumOfProducts) => (sumOfProducts - (sumX / n * sumY)) / (n - 1);
}
