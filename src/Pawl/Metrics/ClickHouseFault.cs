using System.Globalization;
using System.Text.RegularExpressions;

namespace Pawl.Metrics;

/// <summary>What ClickHouse says went wrong: a number, which versions share, and a text, which they word differently.</summary>
/// <param name="code">The number; 0 where it said none.</param>
/// <param name="text">The text without its frame.</param>
internal sealed partial class ClickHouseException(int code, string text) : Exception(text)
{
    private const int TextMax = 2_000;

    public int Code => code;

    /// <summary>Reads <c>Code: 60, e.displayText() = DB::Exception: …, e.what() = …</c> or <c>Code: 60. DB::Exception: … (version …)</c>.</summary>
    public static ClickHouseException Read(string body)
    {
        var match = Frame().Match(body);
        var text = match.Success ? match.Groups["text"].Value : body;
        text = text.Length > TextMax ? text[..TextMax] + "…" : text;
        return new ClickHouseException(match.Success ? int.Parse(match.Groups["code"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0, text.Trim());
    }

    [GeneratedRegex(@"Code: (?<code>\d{1,9})[.,].*?Exception: (?<text>.*?)(, e\.what\(\) = .*)?$", RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Frame();
}

/// <summary>What the numbers of ClickHouse's errors mean for a metric.</summary>
internal static class ClickHouseFault
{
    /// <summary>The function that is applied to instants alone; an error that names it speaks of one.</summary>
    public const string OfTimeAlone = "toRelativeSecondNum";

    // ILLEGAL_TYPE_OF_ARGUMENT
    private const int IllegalType = 43;

    // READONLY
    private const int ReadOnly = 164;

    public static MetricFault? Of(Exception e) => e switch
    {
        ClickHouseException { Code: IllegalType } clickHouse when clickHouse.Message.Contains(OfTimeAlone, StringComparison.Ordinal) => MetricFault.NoInstant,
        ClickHouseException clickHouse => Of(clickHouse.Code),
        HttpRequestException or IOException or InvalidDataException => MetricFault.Unavailable,
        _ => null,
    };

    /// <summary>Whether the user may read only, and may not set even that.</summary>
    public static bool RefusesSetting(ClickHouseException e, string setting) => e.Code == ReadOnly && e.Message.Contains(setting, StringComparison.Ordinal)
        && e.Message.Contains("setting", StringComparison.OrdinalIgnoreCase);

    private static MetricFault Of(int code) => code switch
    {
        159 or 160 or 394 => MetricFault.Timeout, // TIMEOUT_EXCEEDED, TOO_SLOW, QUERY_WAS_CANCELLED
        6 or 27 or 32 or 72 => MetricFault.NotANumber, // CANNOT_PARSE_TEXT, _INPUT_ASSERTION_FAILED, ATTEMPT_TO_READ_AFTER_EOF, CANNOT_PARSE_NUMBER
        38 or 41 => MetricFault.NoInstant, // CANNOT_PARSE_DATE, CANNOT_PARSE_DATETIME
        0 => MetricFault.Unavailable, // not ClickHouse's words, but those of something before it
        81 or 192 or 193 or 194 or 516 => MetricFault.Unavailable, // UNKNOWN_DATABASE, UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED
        201 or 202 or 209 or 210 or 241 or 243 or 279 => MetricFault.Unavailable, // QUOTA_EXPIRED, too many queries, network, memory, disk, replicas
        _ => MetricFault.Refused,
    };
}
