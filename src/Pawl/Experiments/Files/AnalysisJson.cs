using System.Text.Json;

namespace Pawl.Experiments.Files;

/// <summary>The documents of <c>experiment analyze --json</c> and <c>experiment replay --json</c>.</summary>
public static class AnalysisJson
{
    /// <summary>Writes what a file says of an experiment.</summary>
    public static void Write(Utf8JsonWriter to, AnalysisReport report)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(report);
        to.WriteStartObject();
        to.WriteNumber("units", report.Units);
        to.WriteNumber("crossovers", report.Crossovers);
        to.WriteStartObject("srm");
        to.WriteNumber("p", report.SplitP);
        to.WriteBoolean("mismatch", report.IsMismatch);
        to.WriteEndObject();
        to.WriteStartArray("metrics");
        foreach (var metric in report.Metrics) Write(to, metric);
        to.WriteEndArray();
        to.WriteEndObject();
    }

    /// <summary>Writes what a rule would have decided.</summary>
    public static void Write(Utf8JsonWriter to, ReplayReport report)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(report);
        to.WriteStartObject();
        to.WriteString("method", Word(report.Method));
        to.WriteNumber("skipped_rows", report.SkippedRows);
        to.WriteNumber("skipped_series", report.SkippedSeries);
        to.WriteStartArray("series");
        foreach (var series in report.Series) Write(to, series);
        to.WriteEndArray();
        to.WriteStartObject("summary");
        to.WriteNumber("series", report.Series.Count);
        to.WriteNumber("significant_ever", report.SignificantEver);
        to.WriteNumber("significant_at_last_row", report.SignificantAtLastRow);
        to.WriteNumber("not_confirmed", report.NotConfirmed);
        to.WriteEndObject();
        to.WriteEndObject();
    }

    /// <summary>A member of an enumeration as JSON and messages spell it.</summary>
    public static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static void Write(Utf8JsonWriter to, MetricReport metric)
    {
        to.WriteStartObject();
        to.WriteString("name", metric.Metric.Name);
        to.WriteString("kind", Word(metric.Metric.Kind));
        to.WriteString("method", Word(metric.Method));
        if (metric.Metric.Cap is { } percentile)
        {
            to.WriteStartObject("cap");
            to.WriteNumber("percentile", percentile);
            Write(to, "value", metric.CappedAt);
            to.WriteEndObject();
        }

        to.WriteStartArray("arms");
        foreach (var arm in metric.Arms)
        {
            to.WriteStartObject();
            to.WriteString("arm", arm.Arm);
            to.WriteNumber("units", arm.Units);
            Write(to, "mean", arm.Mean);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteStartArray("effects");
        foreach (var effect in metric.Effects) Write(to, effect);
        to.WriteEndArray();
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, EffectReport effect)
    {
        to.WriteStartObject();
        to.WriteString("arm", effect.Arm);
        to.WriteString("difference", Word(effect.Difference));
        Write(to, "estimate", effect.Estimate);
        Write(to, "lower", effect.Lower);
        Write(to, "upper", effect.Upper);
        Write(to, "p", effect.P);
        to.WriteString("reason", effect.Reason is { } reason ? Word(reason) : null);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, ReplaySeries series)
    {
        to.WriteStartObject();
        to.WriteString("experiment_id", series.ExperimentId);
        to.WriteString("variant_id", series.VariantId);
        to.WriteString("metric_id", series.MetricId);
        to.WriteNumber("rows", series.Rows);
        Write(to, "first_significant_at", series.FirstSignificantAt);
        to.WriteBoolean("significant_at_last_row", series.IsSignificantAtLastRow);
        to.WriteNumber("srm_p", series.SplitP);
        Write(to, "srm_mismatch_at", series.MismatchAt);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number)) to.WriteNumber(name, number);
        else to.WriteNull(name);
    }
}
