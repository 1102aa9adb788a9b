namespace Pawl.Statistics;

/// <summary>
/// Welch's t-test with Satterthwaite's degrees of freedom: valid at one look that was fixed beforehand, and at no other. Whoever
/// looks again and again and stops at the first significant result is wrong more often than α; use a <see cref="SequentialTest"/>.
/// </summary>
public sealed record FixedTest
{
    /// <summary>Creates one.</summary>
    /// <param name="alpha">α, between 0 and one half.</param>
    public FixedTest(double alpha) => Alpha = Level.Check(alpha);

    /// <summary>The chance of finding an effect where there is none.</summary>
    public double Alpha { get; }

    /// <summary>Tests for an effect on either side.</summary>
    /// <param name="effect">The effect.</param>
    /// <param name="alpha">The α of the interval where it differs from the test's, as after a correction for several arms.</param>
    public TwoSidedResult TwoSided(Effect effect, double? alpha = null)
    {
        if (effect is not Effect.Measured measured) return new TwoSidedResult.Untested(((Effect.Unmeasured)effect).Reason);
        var p = Math.Min(1, 2 * StudentTail.Upper(Math.Abs(measured.Z), measured.DegreesOfFreedom));
        return TwoSidedResult.Around(measured, StudentTail.Quantile(Level.Check(alpha ?? Alpha) / 2, measured.DegreesOfFreedom), p);
    }

    /// <summary>Tests for an effect on one side.</summary>
    /// <param name="effect">The effect.</param>
    /// <param name="side">The side.</param>
    /// <param name="alpha">The α of the bound where it differs from the test's.</param>
    public OneSidedResult OneSided(Effect effect, Side side, double? alpha = null)
    {
        if (effect is not Effect.Measured measured) return new OneSidedResult.Unbounded(((Effect.Unmeasured)effect).Reason);
        var p = StudentTail.Upper(side == Side.Greater ? measured.Z : -measured.Z, measured.DegreesOfFreedom);
        return OneSidedResult.Beside(measured, side, StudentTail.Quantile(Level.Check(alpha ?? Alpha), measured.DegreesOfFreedom), p);
    }
}

/// <summary>What an α may be.</summary>
internal static class Level
{
    /// <summary>The α itself; one half and above leaves a one-sided test nothing to be sure of.</summary>
    public static double Check(double alpha) =>
        alpha is > 0 and < 0.5 ? alpha : throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "α must be above 0 and below one half.");
}
