using System.Globalization;

namespace Pawl.Experiments.Dashboard;

/// <summary>Numbers and times as the page shows them: rounded for people, and exact in the markup for machines.</summary>
internal static class Figures
{
    /// <summary>What stands where there is no number.</summary>
    public static Html None { get; } = new("<span class=\"none\">–</span>");

    public static Html Count(long count) => Exact(count.ToString(CultureInfo.InvariantCulture), count.ToString("N0", CultureInfo.InvariantCulture));

    public static Html Count(double count) => Exact(count, Measure.Plain.Text(count, 0));

    /// <summary>A share of 1, in percent.</summary>
    public static Html Share(double share) => Exact(share, Measure.Percent.Text(share, share is > 0 and < 0.0095 ? 2 : 1));

    /// <summary>A number that is in percent already.</summary>
    public static Html Percent(double percent) => Exact(percent, (Math.Round(percent, 2) is var shown && double.IsFinite(shown) ? shown.ToString("0.##", CultureInfo.InvariantCulture) : Measure.Plain.Text(percent, 2)) + "%");

    /// <summary>A number of any size, with four significant digits.</summary>
    public static Html Value(double? value, Measure measure) => value is { } number ? Exact(number, measure.Text(number, measure.Decimals(number) + 2)) : None;

    /// <summary>A number as it was written down: a limit, α.</summary>
    public static Html Given(double number, Measure measure) =>
        Exact(number, double.IsFinite(number * measure.Factor) ? (number * measure.Factor).ToString("G6", CultureInfo.InvariantCulture).Replace('-', '−') + measure.Suffix : measure.Text(number, 0));

    public static Html Effect(double? effect, Measure measure, int decimals) => effect is { } number ? Exact(number, measure.Signed(number, decimals)) : None;

    public static Html Probability(double? p) => p switch
    {
        null => None,
        < 0.0001 and >= 0 => Exact(p.Value, "< 0.0001"),
        { } number => Exact(number, number.ToString(number < 0.1 ? "0.0000" : "0.000", CultureInfo.InvariantCulture)),
    };

    /// <summary>Hours, in days from one day on.</summary>
    public static Html Duration(double hours) => Math.Abs(hours) < 24
        ? Exact(hours, hours.ToString("0.#", CultureInfo.InvariantCulture) + " h")
        : Exact(hours, Days(hours / 24));

    public static Html OfDays(double days) => Exact(days, Days(days));

    public static Html Time(DateTimeOffset? at) => at is { } time
        ? Html.Of($"<time datetime=\"{LookParts.Spelled(time)}\">{time.UtcDateTime.ToString("d MMM yyyy, HH:mm", CultureInfo.InvariantCulture)}</time>")
        : None;

    private static string Days(double days) => Measure.Plain.Text(days, days == Math.Floor(days) ? 0 : 1) is var text && text == "1" ? "1 day" : text + " days";

    private static Html Exact(double number, string shown) => Exact(number.ToString("R", CultureInfo.InvariantCulture), shown);

    private static Html Exact(string number, string shown) => Html.Of($"<data value=\"{number}\">{shown}</data>");
}
