namespace Pawl.Statistics;

/// <summary>
/// An asymptotic confidence sequence: an interval that holds the true effect at all looks together with confidence 1 − α, however
/// many there are and whenever one stops. Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, arXiv:2103.06476. It is the same test as the
/// mixture sequential probability ratio test with a normal mixture of variance τ = ρ² se² N. Asymptotic: ask <see cref="Readiness"/> first.
/// </summary>
public sealed record SequentialTest
{
    private readonly double _squaredRho;
    private readonly double _squaredOneSidedRho;

    /// <summary>Creates one. Both parameters fix ρ, which must not move while one looks.</summary>
    /// <param name="alpha">α, between 0 and one half.</param>
    /// <param name="plannedUnits">N*: the units of all arms compared at which the interval is tightest; the planned total.</param>
    public SequentialTest(double alpha, double plannedUnits)
    {
        Alpha = Level.Check(alpha);
        PlannedUnits = plannedUnits is > 0 and < double.PositiveInfinity ? plannedUnits
            : throw new ArgumentOutOfRangeException(nameof(plannedUnits), plannedUnits, "The planned units must be a finite number above 0.");
        _squaredRho = SquaredRho(alpha) / plannedUnits;
        _squaredOneSidedRho = SquaredRho(2 * alpha) / plannedUnits;
    }

    /// <summary>The chance of ever finding an effect where there is none.</summary>
    public double Alpha { get; }

    /// <summary>N*.</summary>
    public double PlannedUnits { get; }

    /// <summary>ρ = √((−2 ln α + ln(1 − 2 ln α))/N*), of the two-sided test.</summary>
    public double Rho => Math.Sqrt(_squaredRho);

    /// <summary>ρ of the one-sided test: with 2α for α.</summary>
    public double OneSidedRho => Math.Sqrt(_squaredOneSidedRho);

    /// <summary>ρ²N* as a function of α.</summary>
    internal static double SquaredRho(double alpha) => (-2 * Math.Log(alpha)) + Math.Log(1 - (2 * Math.Log(alpha)));

    /// <summary>How many standard errors the two-sided interval reaches where ρ²N is given.</summary>
    internal static double StandardErrors(double mixture, double alpha) =>
        Math.Sqrt(2 * (mixture + 1) / mixture * ((0.5 * Math.Log(mixture + 1)) - Math.Log(alpha)));

    /// <summary>Tests for an effect on either side.</summary>
    /// <param name="effect">The effect.</param>
    /// <param name="alpha">The α of the interval where it differs from the test's, as after a correction for several arms; ρ stays.</param>
    public TwoSidedResult TwoSided(Effect effect, double? alpha = null)
    {
        if (effect is not Effect.Measured measured) return new TwoSidedResult.Untested(((Effect.Unmeasured)effect).Reason);
        var mixture = _squaredRho * measured.Units;
        var exponent = mixture / (mixture + 1) * measured.Z * measured.Z / 2;
        var p = Math.Min(1, Math.Exp((0.5 * Math.Log(mixture + 1)) - exponent));
        return TwoSidedResult.Around(measured, StandardErrors(mixture, Level.Check(alpha ?? Alpha)), p);
    }

    /// <summary>Tests for an effect on one side.</summary>
    /// <param name="effect">The effect.</param>
    /// <param name="side">The side.</param>
    /// <param name="alpha">The α of the bound where it differs from the test's; ρ stays.</param>
    public OneSidedResult OneSided(Effect effect, Side side, double? alpha = null)
    {
        if (effect is not Effect.Measured measured) return new OneSidedResult.Unbounded(((Effect.Unmeasured)effect).Reason);
        double mixture = _squaredOneSidedRho * measured.Units, root = Math.Sqrt(mixture + 1);
        var standardErrors = Math.Sqrt(2 * (mixture + 1) / mixture * Math.Log(1 + (root / (2 * Level.Check(alpha ?? Alpha)))));
        var z = side == Side.Greater ? measured.Z : -measured.Z;
        return OneSidedResult.Beside(measured, side, standardErrors, z > 0 ? OneSidedP(mixture / (mixture + 1) * z * z / 2, root) : 1);
    }

    // √(Nρ² + 1)/(2·expm1(e)); beyond 30, expm1(e) is exp(e) to the last digit, and its exponential would overflow.
    private static double OneSidedP(double exponent, double root)
    {
        if (exponent > 30) return Math.Min(1, Math.Exp(Math.Log(root / 2) - exponent));
        var denominator = 2 * Expm1(exponent);
        return denominator > 0 ? Math.Min(1, root / denominator) : 1;
    }

    // exp(x) − 1 for x ≥ 0 as 2·sinh(x/2)·exp(x/2), which loses no digits near zero.
    private static double Expm1(double x) => 2 * Math.Sinh(x / 2) * Math.Exp(x / 2);
}
