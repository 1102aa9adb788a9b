using System.Globalization;
using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments.Dashboard;

/// <summary>How numbers of one kind are shown: as percent, as percentage points, or as they are.</summary>
/// <param name="Factor">What the number is multiplied with.</param>
/// <param name="Suffix">What stands behind it.</param>
/// <param name="Label">The unit in words.</param>
internal sealed record Measure(double Factor, string Suffix, string Label)
{
    public static Measure Plain { get; } = new(1, "", "in the metric’s own unit");

    public static Measure Percent { get; } = new(100, "%", "in percent of the control");

    public static Measure Points { get; } = new(100, " pp", "in percentage points");

    // Beyond these a number has more digits than a reader takes in.
    private const double LargestPlain = 1e7;
    private const int DecimalsMax = 6;

    public static Measure OfValue(KnownMetric? metric) => metric?.Kind == MetricKind.Proportion ? Percent : Plain;

    public static Measure OfEffect(KnownMetric? metric, Difference difference) =>
        difference == Difference.Relative ? Percent : metric?.Kind == MetricKind.Proportion ? Points : Plain;

    /// <summary>The decimals at which a spread of this size has two or three significant digits, so that numbers beside each other align.</summary>
    public int Decimals(double spread)
    {
        var shown = Math.Abs(spread * Factor);
        return shown is > 0 and < double.PositiveInfinity ? (int)Math.Clamp(1 - Math.Floor(Math.Log10(shown)), 0, DecimalsMax + 1) : 2;
    }

    /// <summary>The decimals of an effect: half its interval with two significant digits, and up to two more where an end would else read as zero.</summary>
    public int Decimals(LookEffect effect)
    {
        if (effect is not { Lower: { } lower, Upper: { } upper } || !(upper > lower)) return Decimals(effect.Estimate ?? 0);
        var decimals = Decimals((upper - lower) / 2);
        var nearest = Math.Min(Math.Abs(lower), Math.Abs(upper)) * Factor;
        return nearest > 0 && nearest < 0.5 * Math.Pow(10, -decimals) ? Math.Min(decimals + 2, DecimalsMax + 1) : decimals;
    }

    /// <summary>A difference, with its sign.</summary>
    public string Signed(double number, int decimals) => Text(number, decimals) is var text && number > 0 && (double.IsInfinity(number) || text.AsSpan().ContainsAnyInRange('1', '9')) ? "+" + text : text;

    public string Text(double number, int decimals)
    {
        if (double.IsNaN(number)) return "no number";
        var scaled = number * Factor;
        if (double.IsInfinity(scaled)) return double.IsInfinity(number) ? number > 0 ? "∞" : "−∞" : Minus(number.ToString("0.00e+0", CultureInfo.InvariantCulture));
        var text = Math.Abs(scaled) >= LargestPlain || (decimals > DecimalsMax && scaled != 0)
            ? scaled.ToString("0.00e+0", CultureInfo.InvariantCulture)
            : scaled.ToString("N" + Math.Min(decimals, DecimalsMax).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return Minus(text) + Suffix;
    }

    // What rounds to zero has no sign.
    private static string Minus(string text) => text.AsSpan().ContainsAnyInRange('1', '9') ? text.Replace('-', '−') : text.TrimStart('-');
}
