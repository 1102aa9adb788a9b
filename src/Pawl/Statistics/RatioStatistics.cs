namespace Pawl.Statistics;

/// <summary>
/// One arm of a ratio of sums, ΣM/ΣD, where each unit has a numerator M and a denominator D: clicks per view, errors per request.
/// The variance is the delta method's: s² = s²_M/μ_D² + μ_M² s²_D/μ_D⁴ − 2 μ_M cov(M, D)/μ_D³ (Deng, Knoblich, Lu 2018, arXiv:1803.06336).
/// </summary>
public sealed record RatioStatistics : ArmStatistics
{
    /// <summary>ΣM.</summary>
    public required double NumeratorSum { get; init; }

    /// <summary>ΣM².</summary>
    public required double NumeratorSumOfSquares { get; init; }

    /// <summary>ΣD.</summary>
    public required double DenominatorSum { get; init; }

    /// <summary>ΣD².</summary>
    public required double DenominatorSumOfSquares { get; init; }

    /// <summary>ΣMD.</summary>
    public required double SumOfProducts { get; init; }

    /// <summary>What readiness depends on, of the numerator; without it a test is never ready.</summary>
    public ValueShape? Shape { get; init; }

    /// <summary>The two taken together.</summary>
    public static RatioStatistics operator +(RatioStatistics a, RatioStatistics b) => new()
    {
        Units = a.Units + b.Units,
        NumeratorSum = a.NumeratorSum + b.NumeratorSum,
        NumeratorSumOfSquares = a.NumeratorSumOfSquares + b.NumeratorSumOfSquares,
        DenominatorSum = a.DenominatorSum + b.DenominatorSum,
        DenominatorSumOfSquares = a.DenominatorSumOfSquares + b.DenominatorSumOfSquares,
        SumOfProducts = a.SumOfProducts + b.SumOfProducts,
        Shape = a.Shape + b.Shape,
    };

    /// <summary>The two taken together.</summary>
    public static RatioStatistics Add(RatioStatistics left, RatioStatistics right) => left + right;

    /// <summary>
    /// The mean over units of M − <paramref name="threshold"/>·D, which is below zero exactly when the ratio is below the threshold:
    /// what an absolute guardrail judges. Its non-zero count is the numerator's; its Σx³ is not known.
    /// </summary>
    internal (long Units, double Sum, double SumOfSquares) Against(double threshold) => (
        Units,
        NumeratorSum - (threshold * DenominatorSum),
        NumeratorSumOfSquares - (2 * threshold * SumOfProducts) + (threshold * threshold * DenominatorSumOfSquares));

    internal override Reason? Measure(out Moments moments)
    {
        moments = new Moments(double.NaN, 0);
        if (Units > 0 && DenominatorSum != 0) moments = new Moments(NumeratorSum / DenominatorSum, 0);
        var numerator = Moments.FromSums(Units, NumeratorSum, NumeratorSumOfSquares, out var m);
        if (numerator is not (null or Reason.ZeroVariance)) return numerator;
        // A denominator that is the same for every unit is no obstacle.
        var denominator = Moments.FromSums(Units, DenominatorSum, DenominatorSumOfSquares, out var d);
        if (denominator is not (null or Reason.ZeroVariance)) return denominator;
        if (!double.IsFinite(SumOfProducts)) return Reason.NotFinite;
        if (d.Mean == 0 || Math.Abs(d.Mean) < Effect.StandardErrorsFromZero * Math.Sqrt(d.Variance / Units)) return Reason.DenominatorNearZero;
        var covariance = Moments.Covariance(Units, NumeratorSum, DenominatorSum, SumOfProducts);
        // Cauchy–Schwarz, up to rounding.
        if (Math.Abs(covariance) > (1 + 1e-6) * Math.Sqrt(m.Variance * d.Variance) + (1e-9 * Math.Sqrt(NumeratorSumOfSquares * DenominatorSumOfSquares) / Units)) return Reason.Inconsistent;
        var ratio = m.Mean / d.Mean;
        var largest = m.Variance + (ratio * ratio * d.Variance);
        var variance = largest - (2 * ratio * covariance);
        if (!double.IsFinite(variance)) return Reason.NotFinite;
        moments = new Moments(ratio, variance / d.Mean / d.Mean);
        return variance > 1e-12 * largest ? null : Reason.ZeroVariance;
    }

    internal override Reason? Describe(out Shape shape) =>
        Statistics.Shape.FromSums(Units, NumeratorSum, NumeratorSumOfSquares, Shape, out shape);
}
