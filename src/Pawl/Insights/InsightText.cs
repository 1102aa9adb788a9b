using System.Globalization;

namespace Pawl.Insights;

/// <summary>How rates and effects are put into words, everywhere the same.</summary>
public static class InsightText
{
    /// <summary>A rate with what it rests on, such as <c>27% (8 of 30; 14% to 44%)</c>; <c>no data</c> where there is none.</summary>
    public static string Of(Proportion proportion) => proportion.Wilson is { } interval
        ? string.Create(CultureInfo.InvariantCulture, $"{Percent(proportion.Rate!.Value)} ({proportion.Count} of {proportion.N}; {Percent(interval.Low)} to {Percent(interval.High)})")
        : "no data";

    /// <summary>A difference in points with its interval, such as <c>-23 points (-41 to -2; p = 0.03)</c>.</summary>
    /// <param name="difference">The difference.</param>
    /// <param name="isCorrected">Whether its p-value was corrected for others that were compared.</param>
    public static string Of(ProportionDifference difference, bool isCorrected = false) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Points(difference.Difference)} points ({Points(difference.Low)} to {Points(difference.High)}; {(isCorrected ? "corrected " : "")}{P(difference.P)})");

    /// <summary>A p-value, such as <c>p = 0.03</c>.</summary>
    public static string P(double p) => p < 0.001 ? "p < 0.001" : string.Create(CultureInfo.InvariantCulture, $"p = {p:0.0##}");

    internal static string Percent(double rate) => string.Create(CultureInfo.InvariantCulture, $"{100 * rate:0.#}%");

    internal static string Cut(string text, int characters = 80) => text.Length <= characters ? text : ShortText.Start(text, characters - 1) + "…";

    internal static string Count(long count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static string Points(double difference) => (100 * difference).ToString("+0.#;-0.#;0", CultureInfo.InvariantCulture);
}
