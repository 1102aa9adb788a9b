using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.RootFinding;

namespace Pawl.Statistics;

/// <summary>
/// Upper tails of Student's t and of the normal distribution, exact far out where one minus the distribution function is rounding.
/// </summary>
internal static class StudentTail
{
    // The smallest tail that is told from none: z = 37.
    public const double Least = 1e-300;

    // The logarithms of two gamma functions of this size differ by few digits only, and MathNet's incomplete beta takes their difference.
    private const double ManyDegrees = 100;

    // From here on the transformation of Wallace is exact to nine digits where p is 1e-80, to more where it is larger, and the continued fraction would take ever more steps.
    private const double Countless = 1e6;

    /// <summary>P(T &gt; t).</summary>
    public static double Upper(double t, double degreesOfFreedom)
    {
        var tail = degreesOfFreedom switch
        {
            < ManyDegrees => FewDegrees(t, degreesOfFreedom),
            < Countless => Many(Math.Abs(t), degreesOfFreedom),
            // Wallace (1959), Annals of Mathematical Statistics 30, 1121–1130.
            _ => NormalUpper((8 * degreesOfFreedom + 1) / ((8 * degreesOfFreedom) + 3) * Math.Sqrt(degreesOfFreedom * LogOnePlus(t * t / degreesOfFreedom))),
        };
        return t >= 0 ? tail : 1 - tail;
    }

    /// <summary>The t ≥ 0 with P(T &gt; t) = tail, for a tail of at most one half.</summary>
    public static double Quantile(double tail, double degreesOfFreedom)
    {
        if (tail >= 0.5) return 0;
        // Student's tails are heavier than the normal ones, so that the normal quantile is a lower bracket.
        double low = NormalQuantile(tail), high = low + 1;
        while (Upper(high, degreesOfFreedom) > tail && high < 1e150) (low, high) = (high, high * 2);
        var logarithm = Math.Log(tail);
        return Brent.TryFindRoot(t => Math.Log(Math.Max(Upper(t, degreesOfFreedom), double.Epsilon)) - logarithm, low, high, 1e-14, 200, out var root) ? root : high;
    }

    /// <summary>P(Z &gt; z).</summary>
    public static double NormalUpper(double z) => 0.5 * SpecialFunctions.Erfc(z / Constants.Sqrt2);

    /// <summary>The z ≥ 0 with P(Z &gt; z) = tail, for a tail of at most one half.</summary>
    public static double NormalQuantile(double tail) => -Normal.InvCDF(0, 1, Math.Max(tail, Least));

    // P(|T| > t) = I_x(ν/2, ½) with x = ν/(ν + t²): Abramowitz and Stegun 26.5.27.
    private static double FewDegrees(double t, double degreesOfFreedom)
    {
        var x = degreesOfFreedom / (degreesOfFreedom + (t * t));
        return 0.5 * (x > 0 ? SpecialFunctions.BetaRegularized(degreesOfFreedom / 2, 0.5, x) : 0);
    }

    private static double Many(double t, double degreesOfFreedom)
    {
        double a = degreesOfFreedom / 2, squared = t * t, y = squared / (degreesOfFreedom + squared), x = degreesOfFreedom / (degreesOfFreedom + squared);
        // x^a (1 − x)^½ / B(a, ½), with Γ(a + ½)/Γ(a) by its asymptotic series.
        var gammas = Math.Sqrt(a / Math.PI) * (1 + ((-1 / 8.0 + ((1 / 128.0 + ((5 / 1024.0 + ((-21 / 32768.0 - (399 / 262144.0 / a)) / a)) / a)) / a)) / a));
        var factor = Math.Exp(-a * LogOnePlus(squared / degreesOfFreedom)) * Math.Sqrt(y) * gammas;
        return x < (a + 1) / (a + 2.5)
            ? 0.5 * factor * BetaFraction(a, 0.5, x) / a
            : 0.5 - (factor * BetaFraction(0.5, a, y));
    }

    // The continued fraction of the incomplete beta function, Abramowitz and Stegun 26.5.8, by the method of Lentz (1976).
    private static double BetaFraction(double a, double b, double x)
    {
        double c = 1, d = 1 / Away(1 - ((a + b) * x / (a + 1))), fraction = d;
        for (var m = 1; m < 20_000; m++)
        {
            double even = a + (2 * m), numerator = m * (b - m) * x / ((even - 1) * even);
            d = 1 / Away(1 + (numerator * d));
            c = Away(1 + (numerator / c));
            fraction *= d * c;
            numerator = -(a + m) * (a + b + m) * x / (even * (even + 1));
            d = 1 / Away(1 + (numerator * d));
            c = Away(1 + (numerator / c));
            fraction *= d * c;
            if (Math.Abs((d * c) - 1) < 1e-15) break;
        }

        return fraction;
    }

    private static double Away(double value) => Math.Abs(value) < 1e-300 ? 1e-300 : value;

    private static double LogOnePlus(double x) => x < 1e-4 ? x * (1 - (x * (0.5 - (x * (1 / 3.0 - (x / 4)))))) : SpecialFunctions.Log1p(x);
}
