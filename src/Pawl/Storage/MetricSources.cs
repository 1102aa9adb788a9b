using Pawl.Metrics;

namespace Pawl.Storage;

/// <summary>Makes the sources that pawl.yaml names.</summary>
public static class MetricSources
{
    /// <summary>
    /// The sources by name. Nothing is opened before the first question. One that is asked in SQL and holds no exposures is left out: no
    /// metric can be measured there.
    /// </summary>
    /// <param name="configuration">What pawl.yaml says of metrics.</param>
    /// <param name="database">Pawl's own database: the embedded events, and the runs.</param>
    /// <param name="clock">Tells when it was asked.</param>
    public static IReadOnlyDictionary<string, IMetricSource> From(MetricsConfiguration configuration, Database database, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(database);
        var sources = new Dictionary<string, IMetricSource>(StringComparer.Ordinal);
        foreach (var definition in configuration.Sources.Values)
        {
            var exposures = configuration.Exposures is { } given && given.Source == definition.Name ? given.Sql : null;
            if (Source(definition, exposures, database, clock) is { } source) sources.Add(definition.Name, source);
        }

        return sources;
    }

    private static IMetricSource? Source(MetricSourceDefinition definition, string? exposures, Database database, TimeProvider clock) => definition switch
    {
        MetricSourceDefinition.Embedded => database.Metrics.Source(definition.Name, definition.Limit, clock),
        MetricSourceDefinition.Runs => database.Metrics.RunSource(definition.Name, definition.Limit, clock),
        MetricSourceDefinition.Prometheus prometheus => new PrometheusMetricSource(prometheus, clock),
        MetricSourceDefinition.Postgres postgres => exposures is null ? null : SqlMetricSource.Postgres(definition.Name, postgres.Connection, exposures, definition.Limit, clock),
        MetricSourceDefinition.Sqlite sqlite => exposures is null ? null : SqliteMetricSource.Open(definition.Name, sqlite.Path, exposures, definition.Limit, clock),
        MetricSourceDefinition.ClickHouse clickHouse => exposures is null ? null : new ClickHouseMetricSource(clickHouse, exposures, clock),
        _ => throw new ArgumentException($"A source of kind {definition.GetType().Name} cannot be made.", nameof(definition)),
    };
}
