using Pawl.Statistics;

namespace Pawl.Tests.Statistics;

/// <summary>Sufficient statistics for tests, from sums or from the values themselves.</summary>
internal static class Made
{
    public static MeanStatistics Mean(long n, double sum, double sumOfSquares) => new() { Units = n, Sum = sum, SumOfSquares = sumOfSquares };

    public static MeanStatistics Mean(IEnumerable<double> values)
    {
        double[] x = [.. values];
        return Mean(x.Length, x.Sum(), x.Sum(v => v * v)) with { Shape = Shape(x) };
    }

    public static RatioStatistics Ratio(IReadOnlyList<(double M, double D)> units) => new()
    {
        Units = units.Count,
        NumeratorSum = units.Sum(u => u.M),
        NumeratorSumOfSquares = units.Sum(u => u.M * u.M),
        DenominatorSum = units.Sum(u => u.D),
        DenominatorSumOfSquares = units.Sum(u => u.D * u.D),
        SumOfProducts = units.Sum(u => u.M * u.D),
        Shape = Shape(units.Select(u => u.M)),
    };

    public static CupedStatistics Cuped(IReadOnlyList<(double Post, double Pre)> units) => new()
    {
        Units = units.Count,
        PostSum = units.Sum(u => u.Post),
        PostSumOfSquares = units.Sum(u => u.Post * u.Post),
        PreSum = units.Sum(u => u.Pre),
        PreSumOfSquares = units.Sum(u => u.Pre * u.Pre),
        SumOfProducts = units.Sum(u => u.Post * u.Pre),
        Shape = Shape(units.Select(u => u.Post)),
    };

    /// <summary>The .95 quantile of n observations in clusters of one and two in turn, one in twenty above it.</summary>
    public static QuantileStatistics Quantile(long n) => new()
    {
        Units = n,
        QuantileUnits = n,
        Level = 0.95,
        Quantile = 2,
        QuantileLower = 1.9,
        QuantileUpper = 2.1,
        Clusters = n / 2,
        BelowSum = 0.95 * n,
        BelowSumOfSquares = 1.95 * n,
        CountSum = n,
        CountSumOfSquares = 2.2 * n,
        SumOfProducts = 2.05 * n,
    };

    private static ValueShape Shape(IEnumerable<double> values) =>
        values.Aggregate(default(ValueShape), (shape, x) => shape + new ValueShape(x == 0 ? 0 : 1, x * x * x));
}
