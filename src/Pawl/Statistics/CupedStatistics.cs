namespace Pawl.Statistics;

/// <summary>
/// One arm of a mean whose variance is reduced by what was known of each unit before the experiment: CUPED (Deng, Xu, Kohavi,
/// Walker 2013, WSDM). y is the unit's value after exposure, x its value in the pre-period; a unit without a pre-period has x = 0.
/// </summary>
public sealed record CupedStatistics : ArmStatistics
{
    /// <summary>Σy.</summary>
    public required double PostSum { get; init; }

    /// <summary>Σy².</summary>
    public required double PostSumOfSquares { get; init; }

    /// <summary>Σx.</summary>
    public required double PreSum { get; init; }

    /// <summary>Σx².</summary>
    public required double PreSumOfSquares { get; init; }

    /// <summary>Σxy.</summary>
    public required double SumOfProducts { get; init; }

    /// <summary>What readiness depends on, of the post value; without it a test is never ready.</summary>
    public ValueShape? Shape { get; init; }

    /// <summary>The two taken together.</summary>
    public static CupedStatistics operator +(CupedStatistics a, CupedStatistics b) => new()
    {
        Units = a.Units + b.Units,
        PostSum = a.PostSum + b.PostSum,
        PostSumOfSquares = a.PostSumOfSquares + b.PostSumOfSquares,
        PreSum = a.PreSum + b.PreSum,
        PreSumOfSquares = a.PreSumOfSquares + b.PreSumOfSquares,
        SumOfProducts = a.SumOfProducts + b.SumOfProducts,
        Shape = a.Shape + b.Shape,
    };

    /// <summary>The two taken together.</summary>
    public static CupedStatistics Add(CupedStatistics left, CupedStatistics right) => left + right;

    // The value of an arm is the unadjusted mean: adjustment is a matter between arms.
    internal override Reason? Measure(out Moments moments) => Moments.FromSums(Units, PostSum, PostSumOfSquares, out moments);

    internal override Reason? Describe(out Shape shape) => Statistics.Shape.FromSums(Units, PostSum, PostSumOfSquares, Shape, out shape);

    internal Reason? Measure(out CupedMoments moments)
    {
        moments = default;
        if (Measure(out Moments post) is { } reason) return reason;
        // A pre-period in which nobody did anything adjusts nothing.
        var before = Moments.FromSums(Units, PreSum, PreSumOfSquares, out var pre);
        if (before is not (null or Reason.ZeroVariance)) return before;
        var covariance = before is null ? Moments.Covariance(Units, PreSum, PostSum, SumOfProducts) : 0;
        if (!double.IsFinite(covariance)) return Reason.NotFinite;
        if (Math.Abs(covariance) > (1 + 1e-6) * Math.Sqrt(post.Variance * pre.Variance)) return Reason.Inconsistent;
        moments = new CupedMoments(post, pre, covariance);
        return null;
    }
}

/// <summary>Mean and variance after and before exposure, and their covariance.</summary>
internal readonly record struct CupedMoments(Moments Post, Moments Pre, double Covariance)
{
    /// <summary>s²_y·r² + θ²s²_x − 2θr·c: the variance of ry − θx.</summary>
    public double Variance(double theta, double r = 1) => (r * r * Post.Variance) + (theta * theta * Pre.Variance) - (2 * theta * r * Covariance);
}
