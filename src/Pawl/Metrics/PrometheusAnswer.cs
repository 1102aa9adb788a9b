using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Pawl.Metrics;

/// <summary>What Prometheus's HTTP API answered: a number for each arm, or why there is none.</summary>
/// <param name="Points">The arms in the order in which they were asked for; null where there is no number for any.</param>
/// <param name="Fault">Why there are none.</param>
/// <param name="Detail">The same for people.</param>
internal sealed record PrometheusAnswer(IReadOnlyList<ArmPoint>? Points, MetricFault Fault, string Detail)
{
    private const int ShownCharacters = 300;

    public static PrometheusAnswer Failed(MetricFault fault, string detail) => new(null, fault, detail);

    /// <summary>Reads an answer.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="body">The body, JSON if Prometheus itself answered.</param>
    /// <param name="arms">The arms that must be there; series of others are passed over.</param>
    /// <param name="label">The label that names a series' arm.</param>
    public static PrometheusAnswer Read(HttpStatusCode status, ReadOnlyMemory<byte> body, IReadOnlyList<string> arms, string label)
    {
        try
        {
            var json = Json.Parse(body);
            return status == HttpStatusCode.OK && Text(json, "status") == "success" ? Data(json, arms, label) : Error(status, json);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return Failed(MetricFault.Unavailable, $"The answer, HTTP {(int)status}, is not one of Prometheus's HTTP API. Is the url of the source right, and does a proxy let it through?");
        }
    }

    private static PrometheusAnswer Error(HttpStatusCode status, JsonElement json)
    {
        var error = Text(json, "error") is { Length: > 0 } said ? ShortText.Start(said.ReplaceLineEndings(" "), ShownCharacters) : "it does not say why";
        return (status, Text(json, "errorType")) switch
        {
            (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, _) => Failed(MetricFault.Unavailable, $"Prometheus refuses the user (HTTP {(int)status}): {error}. Look at token, user and password of the source."),
            (_, "timeout") => Failed(MetricFault.Timeout, $"Prometheus gave up on the query: {error}. Make a recording rule of it, or raise timeout_seconds."),
            (_, "bad_data" or "execution") => Failed(MetricFault.Refused, $"Prometheus does not accept the query: {error}"),
            _ => Failed(MetricFault.Unavailable, $"Prometheus answers HTTP {(int)status}: {error}"),
        };
    }

    private static PrometheusAnswer Data(JsonElement json, IReadOnlyList<string> arms, string label)
    {
        // What is said about the query itself holds at every look; any other warning means that a part of the data was not there.
        var partial = json.TryGetProperty("warnings", out var warnings)
            ? warnings.EnumerateArray().Select(w => w.GetString()!).FirstOrDefault(w => !w.StartsWith("PromQL ", StringComparison.Ordinal)) : null;
        if (partial is not null) return Failed(MetricFault.Unavailable, $"The answer may be partial: {ShortText.Start(partial, ShownCharacters)}");
        var data = json.GetProperty("data");
        if (Text(data, "resultType") is not "vector" and var type)
            return Failed(MetricFault.Refused, $"The query gives a {type}, where one series for each arm belongs: aggregate it, such as avg by ({label}) (…).");
        var series = data.GetProperty("result").EnumerateArray().ToList();
        if (series.Count > 0 && series.TrueForAll(s => Arm(s, label) is null))
            return Failed(MetricFault.Refused, $"No series of the answer has the label {label}, which names the arm: aggregate by ({label}), or name another label.");
        var points = new List<ArmPoint>(arms.Count);
        foreach (var arm in arms)
        {
            var found = series.FindAll(s => Arm(s, label) == arm);
            if (FaultOf(arm, found, label) is { } fault) return fault;
            points.Add(new ArmPoint(arm, found.Count == 0 ? null : Value(found[0])));
        }

        // One arm without a number must not hide what is known of the others; without any there is nothing to say.
        return points.Exists(point => point.Value is { } value && double.IsFinite(value)) ? new PrometheusAnswer(points, default, "") : NoNumber(series, arms, label);
    }

    private static PrometheusAnswer NoNumber(List<JsonElement> series, IReadOnlyList<string> arms, string label) =>
        series.Find(s => arms.Contains(Arm(s, label), StringComparer.Ordinal)) is { ValueKind: JsonValueKind.Object } found
            ? Failed(MetricFault.NotFinite, $"The value of {label}=\"{Arm(found, label)}\" is {found.GetProperty("value")[1].GetString()}: a division by nothing, or no data in the range?")
            : Failed(MetricFault.NoRows, $"The answer has no series with {label}=\"{arms[0]}\" or any other arm. Is it collected, and does the query look back far enough?");

    private static PrometheusAnswer? FaultOf(string arm, List<JsonElement> found, string label) => found.Count switch
    {
        0 => null,
        > 1 => Failed(MetricFault.Refused, $"The answer has {found.Count} series with {label}=\"{arm}\", where one belongs: aggregate by ({label})."),
        _ when found[0].TryGetProperty("histogram", out _) => Failed(MetricFault.NotANumber, $"The series with {label}=\"{arm}\" is a histogram: take a quantile or a rate of it."),
        _ => null,
    };

    private static string? Arm(JsonElement series, string label) =>
        series.GetProperty("metric").TryGetProperty(label, out var arm) && arm.GetString() is { Length: > 0 } name ? name : null;

    private static double Value(JsonElement series)
    {
        var value = series.GetProperty("value");
        return value[1].GetString() switch
        {
            "NaN" => double.NaN,
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var text => double.Parse(text!, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
    }

    private static string? Text(JsonElement json, string member) => json.TryGetProperty(member, out var value) ? value.GetString() : null;
}
