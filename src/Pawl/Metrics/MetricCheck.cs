using System.Text.RegularExpressions;

namespace Pawl.Metrics;

/// <summary>What came of asking for one metric, or for the exposures, over the last minute.</summary>
public sealed record MetricCheck
{
    /// <summary>The metric's name; <c>exposures</c> for what <c>metrics: exposures:</c> says.</summary>
    public required string Name { get; init; }

    /// <summary>The source that was asked.</summary>
    public required string Source { get; init; }

    /// <summary>Why it cannot be measured; null where it can, and where only exposures are missing yet.</summary>
    public MetricFault? Fault { get; init; }

    /// <summary>What the source said; null where it answered with numbers.</summary>
    public string? Detail { get; init; }

    /// <summary>What to do about it; null where the detail says so itself, or there is nothing to do.</summary>
    public string? Remedy { get; init; }

    /// <summary>How long the answer took; zero where it was not asked.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>Whether it can be measured.</summary>
    public bool IsOk => Fault is null;
}

/// <summary>Asks for every metric once, so that a wrong definition is found before an experiment rests on it. No experiment need exist.</summary>
public static partial class MetricChecks
{
    /// <summary>The flag that is asked for: nobody is exposed to it.</summary>
    public const string Flag = "pawl.metrics.check";

    private const string Exposures = "exposures";

    /// <summary>How long one answer may take, where the source's own limit is not shorter.</summary>
    public static readonly TimeSpan LimitMax = TimeSpan.FromSeconds(10);

    /// <summary>The configuration with sources that answer within <see cref="LimitMax"/>.</summary>
    public static MetricsConfiguration Quick(MetricsConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration with { Sources = configuration.Sources.ToDictionary(s => s.Key, s => s.Value with { Limit = s.Value.Limit < LimitMax ? s.Value.Limit : LimitMax }, StringComparer.Ordinal) };
    }

    /// <summary>Checks the exposures, where there are any to be read, and all metrics.</summary>
    /// <param name="configuration">What pawl.yaml says of metrics.</param>
    /// <param name="sources">The sources by name.</param>
    /// <param name="clock">The end of the minute that is asked for.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<IReadOnlyList<MetricCheck>> RunAsync(
        MetricsConfiguration configuration, IReadOnlyDictionary<string, IMetricSource> sources, TimeProvider clock, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(clock);
        var (checks, unreadable) = (new List<MetricCheck>(), "");
        if (configuration.Exposures is { } exposures)
        {
            // As values of itself, whose units are surely of the same type: what is wrong then is not any metric's statement.
            checks.Add(await CheckAsync(new MetricDefinition
            {
                Name = Exposures,
                Source = exposures.Source,
                Kind = MetricKind.Mean,
                Input = new MetricInput.Sql($"select unit, at, 1 as value from (\n{exposures.Sql}\n) e"),
            }).ConfigureAwait(false));
            if (!checks[0].IsOk) unreadable = exposures.Source;
        }

        foreach (var metric in configuration.Definitions.Values)
        {
            checks.Add(metric.Source != unreadable ? await CheckAsync(metric).ConfigureAwait(false) : new MetricCheck
            {
                Name = metric.Name,
                Source = metric.Source,
                Fault = checks[0].Fault,
                Detail = $"{metric.Source}: It was not asked, because the exposures cannot be read.",
            });
        }

        return checks;

        async Task<MetricCheck> CheckAsync(MetricDefinition metric)
        {
            var now = clock.GetUtcNow();
            var query = new MetricQuery { Metric = metric, Flag = Flag, Arms = ["control"], Start = now.AddMinutes(-1), Watermark = now };
            return Told(metric, await sources[metric.Source].MeasureAsync(query, cancellationToken).ConfigureAwait(false));
        }
    }

    private static MetricCheck Told(MetricDefinition metric, MetricResult result)
    {
        var check = new MetricCheck { Name = metric.Name, Source = metric.Source, Took = result.Provenance.Took };
        return result switch
        {
            MetricResult.Unmeasured { Fault: MetricFault.NoRows } => check with
            {
                Detail = metric.Kind == MetricKind.Value ? "answers; whether its series have the label is seen once there are some" : "answers; no exposures yet",
            },
            MetricResult.Unmeasured failed => check with { Fault = failed.Fault, Detail = failed.Detail, Remedy = Remedy(metric, failed) },
            _ => check,
        };
    }

    private static string? Remedy(MetricDefinition metric, MetricResult.Unmeasured failed)
    {
        if (metric.Input is MetricInput.Sql && failed.Fault == MetricFault.Refused && Column().Match(failed.Detail) is { Success: true } missing)
        {
            var column = missing.Groups["name"].Value;
            return metric.Name == Exposures
                ? $"The column {column} is missing: the SELECT of metrics.exposures gives unit, variant and at. Name it with: … as {column}"
                : $"The column {column} is missing: the SELECT of a metric gives unit, at and value. Name it with: … as {column}";
        }

        return failed.Fault == MetricFault.Unavailable && metric.Input is MetricInput.Sql or MetricInput.Query
            ? $"Is it up, and is what metrics.sources.{metric.Source} says right?"
            : null;
    }

    // The generated statement calls the user's own s, and the exposures' check calls it e; PostgreSQL, SQLite.
    [GeneratedRegex(@"column:? (?:s\.|e\.|"")?(?<name>unit|variant|at|value)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Column();
}
