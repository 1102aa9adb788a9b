namespace Pawl.Statistics;

/// <summary>
/// One arm of a quantile over observations that come in clusters, such as the latencies of each user's requests. Its variance
/// follows Deng, Knoblich, Lu (2018), arXiv:1803.06336: from an interval around the sample quantile, corrected for clusters.
/// A quantile is no sum, so unlike the others these statistics do not add up: each look asks for all of them.
/// </summary>
public sealed record QuantileStatistics : ArmStatistics
{
    // z of the two-sided 95% interval whose ends are asked for, whatever the α of the test.
    internal const double Z = 1.959963984540054;

    /// <summary>The level ν of the quantile, between 0 and 1.</summary>
    public required double Level { get; init; }

    /// <summary>The sample quantile.</summary>
    public required double Quantile { get; init; }

    /// <summary>The sample quantile at ν − z√(ν(1 − ν)/n*), z = 1.959964.</summary>
    public required double QuantileLower { get; init; }

    /// <summary>The sample quantile at ν + z√(ν(1 − ν)/n*).</summary>
    public required double QuantileUpper { get; init; }

    /// <summary>n*: on how many observations the three quantiles rest, where they come from a sample; else n.</summary>
    public required long QuantileUnits { get; init; }

    /// <summary>K: how many clusters there are.</summary>
    public required long Clusters { get; init; }

    /// <summary>ΣS, where S is a cluster's count of observations at or below the quantile.</summary>
    public required double BelowSum { get; init; }

    /// <summary>ΣS².</summary>
    public required double BelowSumOfSquares { get; init; }

    /// <summary>Σn, where n is a cluster's count of observations.</summary>
    public required double CountSum { get; init; }

    /// <summary>Σn².</summary>
    public required double CountSumOfSquares { get; init; }

    /// <summary>ΣSn.</summary>
    public required double SumOfProducts { get; init; }

    internal override Reason? Measure(out Moments moments)
    {
        moments = new Moments(double.NaN, 0);
        if (Fault() is { } fault) return fault;
        moments = new Moments(Quantile, 0);
        if (QuantileUnits <= Z * Z * Level / (1 - Level)) return Reason.TooFewUnits;
        var clusters = new RatioStatistics
        {
            Units = Clusters,
            NumeratorSum = BelowSum,
            NumeratorSumOfSquares = BelowSumOfSquares,
            DenominatorSum = CountSum,
            DenominatorSumOfSquares = CountSumOfSquares,
            SumOfProducts = SumOfProducts,
        };
        if (clusters.Measure(out var share) is { } reason) return reason;
        double n = Units, width = (QuantileUpper - QuantileLower) / (2 * Z);
        var clustered = share.Variance / Clusters;
        var variance = QuantileUnits / n * (n - 1) * width * width * clustered / (Level * (1 - Level) / n);
        if (!double.IsFinite(variance)) return Reason.NotFinite;
        moments = new Moments(Quantile, variance);
        return variance > 0 ? null : Reason.ZeroVariance;
    }

    /// <summary>A quantile moves by counts above and below it, and these are known: no third moment is needed.</summary>
    internal override Reason? Describe(out Shape shape)
    {
        var reason = Measure(out var moments);
        shape = new Shape(moments.Variance, 0, (long)Math.Min(Math.Min(Level, 1 - Level) * Units, Units));
        return reason;
    }

    private Reason? Fault()
    {
        if (Units < 0 || QuantileUnits < 0 || Clusters < 0 || QuantileUnits > Units || Clusters > Units) return Reason.Inconsistent;
        if (Units == 0) return Reason.NoUnits;
        if (!double.IsFinite(Level + Quantile + QuantileLower + QuantileUpper)) return Reason.NotFinite;
        return Level is <= 0 or >= 1 || QuantileLower > QuantileUpper ? Reason.Inconsistent : null;
    }
}
