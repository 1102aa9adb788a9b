using MathNet.Numerics.RootFinding;

namespace Pawl.Statistics;

/// <summary>
/// The boundaries for a fixed number of equally spaced looks, two-sided: for planning and for comparison with the tables; a running
/// experiment has looks as they come and takes a <see cref="GroupSequentialTest"/>.
/// </summary>
public static class ClassicalBoundary
{
    /// <summary>The critical values of O'Brien and Fleming (1979), Biometrics 35, 549–556: c√(K/k) at look k.</summary>
    /// <param name="looks">K, from 1 to 500.</param>
    /// <param name="alpha">α, between 0 and one half.</param>
    public static IReadOnlyList<double> OBrienFleming(int looks, double alpha) => Solve(looks, alpha, k => Math.Sqrt((double)looks / k));

    /// <summary>The critical values of Pocock (1977), Biometrika 64, 191–199: the same at every look.</summary>
    /// <param name="looks">K, from 1 to 500.</param>
    /// <param name="alpha">α, between 0 and one half.</param>
    public static IReadOnlyList<double> Pocock(int looks, double alpha) => Solve(looks, alpha, _ => 1);

    /// <summary>The looks' information as a share of the plan: 1/K, 2/K, …, 1.</summary>
    internal static double[] Equal(int looks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(looks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(looks, 500);
        return [.. Enumerable.Range(1, looks).Select(k => (double)k / looks)];
    }

    private static double[] Solve(int looks, double alpha, Func<int, double> shape)
    {
        var information = Equal(looks);
        var once = StudentTail.NormalQuantile(Level.Check(alpha) / 2);
        var constant = Brent.FindRoot(c => BrownianCrossing.Crossed(information, Critical(c)) - alpha, once * 0.99, once + 4, 1e-11, 100);
        return Critical(constant);

        double[] Critical(double c) => [.. Enumerable.Range(1, looks).Select(k => c * shape(k))];
    }
}
