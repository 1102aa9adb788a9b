namespace Pawl.Insights;

/// <summary>Fisher's exact test of independence in a table of two rows and two columns.</summary>
public static class FisherExact
{
    // Tables as likely as the observed one must count although rounding made them a hair likelier.
    private const double Tolerance = 1 + 1e-7;

    // A term this small beside the likeliest table changes no digit of the sum.
    private const double Negligible = 1e-300;

    /// <summary>
    /// The two-sided p-value: the probability, the margins given, of a table no likelier than the observed one. It is 1 where a
    /// margin is 0, and 0 where it is below what a double holds. Takes time and no memory proportional to the smallest margin at most.
    /// </summary>
    /// <param name="a">First row, first column.</param>
    /// <param name="b">First row, second column.</param>
    /// <param name="c">Second row, first column.</param>
    /// <param name="d">Second row, second column.</param>
    public static double TwoSided(long a, long b, long c, long d)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(a);
        ArgumentOutOfRangeException.ThrowIfNegative(b);
        ArgumentOutOfRangeException.ThrowIfNegative(c);
        ArgumentOutOfRangeException.ThrowIfNegative(d);
        double row = a + b, column = a + c, total = a + b + c + d;
        double lowest = Math.Max(0, row + column - total), highest = Math.Min(row, column);
        var mode = Math.Clamp(Math.Floor((row + 1) * (column + 1) / (total + 2)), lowest, highest);
        var observed = Weight(mode, a);

        // Weights relative to the likeliest table, by the ratio of neighbouring hypergeometric terms.
        double all = 1, unlikely = 1 <= observed * Tolerance ? 1 : 0;
        for (double x = mode, weight = 1; x < highest && weight > Negligible; x++) Add(weight *= Up(x));
        for (double x = mode, weight = 1; x > lowest && weight > Negligible; x--) Add(weight /= Up(x - 1));
        return Math.Min(1, unlikely / all);

        void Add(double weight)
        {
            all += weight;
            if (weight <= observed * Tolerance) unlikely += weight;
        }

        double Up(double x) => (row - x) * (column - x) / ((x + 1) * (total - row - column + x + 1));

        double Weight(double from, double to)
        {
            var weight = 1.0;
            for (var x = from; x < to && weight > 0; x++) weight *= Up(x);
            for (var x = from; x > to && weight > 0; x--) weight /= Up(x - 1);
            return weight;
        }
    }
}
