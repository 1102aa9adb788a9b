using System.Text.Json;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

/// <summary>Assertions up to a stated tolerance that name both numbers where they fail.</summary>
internal static class Close
{
    public static void Relative(double expected, double actual, double tolerance = 1e-9) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected), $"expected {expected:R}, was {actual:R}");

    public static void Absolute(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance, $"expected {expected:R} ± {tolerance}, was {actual:R}");

    public static void Probability(double expected, double actual) =>
        Assert.True(Math.Abs(actual - expected) <= Math.Max(1e-9 * expected, 1e-12), $"expected {expected:R}, was {actual:R}");

    public static void Interval(JsonElement expected, TwoSidedResult.Tested actual)
    {
        Relative(Oracle.Number(expected, "lower"), actual.Lower);
        Relative(Oracle.Number(expected, "upper"), actual.Upper);
        Probability(Oracle.Number(expected, "p"), actual.P);
    }
}
