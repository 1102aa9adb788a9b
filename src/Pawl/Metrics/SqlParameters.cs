using System.Globalization;
using Pawl.Statistics;

namespace Pawl.Metrics;

/// <summary>The parameters of a generated statement, the same for every database but for the form of instants and lengths of time.</summary>
internal static class SqlParameters
{
    /// <summary>What they are bound to.</summary>
    /// <param name="query">What is asked.</param>
    /// <param name="instant">An instant as the database is given it.</param>
    /// <param name="length">A length of time that can be added to such an instant.</param>
    public static Dictionary<string, object> Bind(MetricQuery query, Func<DateTimeOffset, object> instant, Func<TimeSpan, object> length)
    {
        var metric = query.Metric;
        var bound = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["flag"] = query.Flag,
            ["start"] = instant(query.Start),
            ["until"] = instant(query.Watermark),
            ["stop"] = instant(query.ExposedBefore),
            ["earliest"] = instant(query.Start - (metric.Covariate ?? TimeSpan.Zero)),
        };
        for (var i = 0; i < query.Arms.Count; i++) bound[Arm(i)] = query.Arms[i];
        if (query.EffectiveWindow is { } window) bound["window"] = length(window);
        if (metric.Covariate is { } covariate) bound["covariate"] = length(covariate);
        if (metric.Cap is { } cap) bound["cap"] = cap;
        if (metric.Input is MetricInput.Event top) bound["event"] = top.Name;
        if (metric.Denominator is MetricInput.Event bottom) bound["event_below"] = bottom.Name;
        if (metric.Kind != MetricKind.Quantile) return bound;
        bound["level"] = metric.Level!.Value;
        bound["z"] = QuantileStatistics.Z;
        if (query.Threshold is { } threshold) bound["threshold"] = threshold;
        return bound;
    }

    /// <summary>The parameter that holds the name of an arm.</summary>
    public static string Arm(int number) => "arm_" + number.ToString(CultureInfo.InvariantCulture);
}
