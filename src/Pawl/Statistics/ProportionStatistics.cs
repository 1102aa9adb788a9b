namespace Pawl.Statistics;

/// <summary>One arm of a proportion: so many units of so many have the property. The variance is p(1 − p), without correction.</summary>
public sealed record ProportionStatistics : ArmStatistics
{
    /// <summary>How many units have the property.</summary>
    public required long Events { get; init; }

    /// <summary>The two taken together.</summary>
    public static ProportionStatistics operator +(ProportionStatistics a, ProportionStatistics b) =>
        new() { Units = a.Units + b.Units, Events = a.Events + b.Events };

    /// <summary>The two taken together.</summary>
    public static ProportionStatistics Add(ProportionStatistics left, ProportionStatistics right) => left + right;

    internal override Reason? Measure(out Moments moments)
    {
        moments = new Moments(double.NaN, 0);
        if (Units < 0 || Events < 0 || Events > Units) return Reason.Inconsistent;
        if (Units == 0) return Reason.NoUnits;
        var p = (double)Events / Units;
        moments = new Moments(p, p * (1 - p));
        if (Units == 1) return Reason.TooFewUnits;
        return moments.Variance > 0 ? null : Reason.ZeroVariance;
    }

    internal override Reason? Describe(out Shape shape)
    {
        var reason = Measure(out var moments);
        shape = new Shape(moments.Variance, moments.Variance * (1 - (2 * moments.Mean)), Math.Min(Events, Units - Events));
        return reason;
    }
}
