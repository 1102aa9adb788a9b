namespace Pawl.Statistics;

/// <summary>What the readiness of a test depends on beyond mean and variance: of a ratio the numerator's, under CUPED the post value's.</summary>
/// <param name="NonZero">How many units have a value other than zero.</param>
/// <param name="SumOfCubes">Σx³ over the units.</param>
public readonly record struct ValueShape(long NonZero, double SumOfCubes)
{
    /// <summary>The two taken together.</summary>
    public static ValueShape operator +(ValueShape a, ValueShape b) => new(a.NonZero + b.NonZero, a.SumOfCubes + b.SumOfCubes);

    /// <summary>The two taken together.</summary>
    public static ValueShape Add(ValueShape left, ValueShape right) => left + right;
}

/// <summary>A unit's variance and third central moment, and how many units make the rarer of having a value and lacking one.</summary>
internal readonly record struct Shape(double Variance, double ThirdMoment, long Events)
{
    public static Reason? FromSums(long n, double sum, double sumOfSquares, ValueShape? given, out Shape shape)
    {
        shape = default;
        if (Moments.FromSums(n, sum, sumOfSquares, out var moments) is { } reason) return reason;
        if (given is not { } known) return Reason.ShapeUnknown;
        if (known.NonZero < 0 || known.NonZero > n) return Reason.Inconsistent;
        var mean = moments.Mean;
        var third = (known.SumOfCubes / n) - (3 * mean * sumOfSquares / n) + (2 * mean * mean * mean);
        if (!double.IsFinite(third)) return Reason.NotFinite;
        shape = new Shape(moments.Variance, third, known.NonZero);
        return null;
    }
}
