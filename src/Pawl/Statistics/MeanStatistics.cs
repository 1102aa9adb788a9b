namespace Pawl.Statistics;

/// <summary>One arm of a mean over units, from n, Σx and Σx². Variances carry Bessel's correction.</summary>
public sealed record MeanStatistics : ArmStatistics
{
    /// <summary>Σx over the units, zeros included.</summary>
    public required double Sum { get; init; }

    /// <summary>Σx² over the units.</summary>
    public required double SumOfSquares { get; init; }

    /// <summary>What readiness depends on; without it a test is never ready.</summary>
    public ValueShape? Shape { get; init; }

    /// <summary>The two taken together.</summary>
    public static MeanStatistics operator +(MeanStatistics a, MeanStatistics b) => new()
    {
        Units = a.Units + b.Units,
        Sum = a.Sum + b.Sum,
        SumOfSquares = a.SumOfSquares + b.SumOfSquares,
        Shape = a.Shape + b.Shape,
    };

    /// <summary>The two taken together.</summary>
    public static MeanStatistics Add(MeanStatistics left, MeanStatistics right) => left + right;

    internal override Reason? Measure(out Moments moments) => Moments.FromSums(Units, Sum, SumOfSquares, out moments);

    internal override Reason? Describe(out Shape shape) => Statistics.Shape.FromSums(Units, Sum, SumOfSquares, Shape, out shape);
}
