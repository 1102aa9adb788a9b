using MathNet.Numerics.Distributions;

namespace Pawl.Insights;

/// <summary>A range that holds the true value with the stated confidence.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High);

/// <summary>
/// So many of so many, and what that says about the rate behind it. Everything it derives is null where <see cref="N"/> is 0:
/// no data is neither success nor failure.
/// </summary>
public readonly record struct Proportion
{
    /// <summary>The confidence of every interval that the insights state: 95%.</summary>
    public const double Confidence = 0.95;

    private static readonly double Z = Normal.InvCDF(0, 1, 1 - ((1 - Confidence) / 2));

    /// <summary>Creates one.</summary>
    /// <param name="count">How many had the property: from 0 to <paramref name="n"/>.</param>
    /// <param name="n">How many there were.</param>
    public Proportion(long count, long n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, n);
        (Count, N) = (count, n);
    }

    /// <summary>How many had the property.</summary>
    public long Count { get; }

    /// <summary>How many there were.</summary>
    public long N { get; }

    /// <summary>The observed rate, from 0 to 1.</summary>
    public double? Rate => N == 0 ? null : (double)Count / N;

    /// <summary>
    /// The score interval of Wilson (1927), Journal of the American Statistical Association 22, 209–212, without continuity
    /// correction: method 3 of Newcombe (1998), Statistics in Medicine 17, 857–872. It stays within 0 and 1 and is sound for small N.
    /// </summary>
    public Interval? Wilson
    {
        get
        {
            if (N == 0) return null;
            double n = N, z2 = Z * Z, p = Count / n;
            var middle = p + (z2 / (2 * n));
            var half = Z * Math.Sqrt((p * (1 - p) / n) + (z2 / (4 * n * n)));
            var scale = 1 + (z2 / n);
            // At the ends the formula gives exactly 0 or 1 but for rounding.
            return new Interval(Count == 0 ? 0 : Math.Max(0, (middle - half) / scale), Count == N ? 1 : Math.Min(1, (middle + half) / scale));
        }
    }

    /// <summary>The two taken together.</summary>
    public static Proportion operator +(Proportion a, Proportion b) => new(a.Count + b.Count, a.N + b.N);

    /// <summary>The two taken together.</summary>
    public static Proportion Add(Proportion left, Proportion right) => left + right;

    /// <summary>What is left of <paramref name="whole"/> without <paramref name="part"/>.</summary>
    public static Proportion operator -(Proportion whole, Proportion part) => new(whole.Count - part.Count, whole.N - part.N);

    /// <summary>What is left of <paramref name="left"/> without <paramref name="right"/>.</summary>
    public static Proportion Subtract(Proportion left, Proportion right) => left - right;
}

/// <summary>The difference between two independent proportions' rates, the first minus the second.</summary>
/// <param name="Difference">The observed difference, from -1 to 1.</param>
/// <param name="Low">The lower end of its 95% interval.</param>
/// <param name="High">The upper end of its 95% interval.</param>
/// <param name="P">The two-sided p-value of Fisher's exact test of no difference.</param>
public sealed record ProportionDifference(double Difference, double Low, double High, double P)
{
    /// <summary>Whether chance alone explains it badly: the interval excludes no difference, and the test rejects it at 5%.</summary>
    public bool IsClear => (Low > 0 || High < 0) && P < 0.05;

    /// <summary>
    /// Compares two proportions with the hybrid score interval of Newcombe (1998), Statistics in Medicine 17, 873–890, method 10.
    /// Null where one of them has no data.
    /// </summary>
    public static ProportionDifference? Between(Proportion first, Proportion second)
    {
        if (first.Wilson is not { } a || second.Wilson is not { } b) return null;
        double p = first.Rate!.Value, q = second.Rate!.Value;
        return new ProportionDifference(
            p - q,
            Math.Max(-1, p - q - Length(p - a.Low, b.High - q)),
            Math.Min(1, p - q + Length(a.High - p, q - b.Low)),
            FisherExact.TwoSided(first.Count, first.N - first.Count, second.Count, second.N - second.Count));
    }

    private static double Length(double x, double y) => Math.Sqrt((x * x) + (y * y));
}
