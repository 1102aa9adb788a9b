using System.Text.Json;

namespace Pawl.Metrics;

/// <summary>The part <c>metrics:</c> of pawl.yaml: which sources there are, where exposures stand, and what the metrics are.</summary>
public sealed record MetricsConfiguration
{
    /// <summary>The sources by name.</summary>
    public required IReadOnlyDictionary<string, MetricSourceDefinition> Sources { get; init; }

    /// <summary>Where sources that are asked in SQL find exposures; null where only the embedded source is used.</summary>
    public ExposureDefinition? Exposures { get; init; }

    /// <summary>The metrics by name.</summary>
    public required IReadOnlyDictionary<string, MetricDefinition> Definitions { get; init; }

    /// <summary>Reads and checks it.</summary>
    /// <param name="metrics">The value of <c>metrics:</c>, as JSON.</param>
    /// <param name="environment">Gives the value of an environment variable, for <c>${NAME}</c>; null where it is not set.</param>
    /// <exception cref="BadInputException">It is not what belongs there; the message names the place.</exception>
    public static MetricsConfiguration Read(JsonElement metrics, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        try
        {
            return new MetricsReader(environment).Read(metrics);
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"metrics{e.Message[1..]}", e); // the message begins with the path, from $
        }
    }
}

/// <summary>A source as pawl.yaml names it.</summary>
public abstract record MetricSourceDefinition
{
    private MetricSourceDefinition()
    {
    }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>How long one answer may take. Default: 60 seconds; at most an hour.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Pawl's own database, which exposures and events are posted to.</summary>
    public sealed record Embedded : MetricSourceDefinition;

    /// <summary>Any PostgreSQL database.</summary>
    public sealed record Postgres : MetricSourceDefinition
    {
        /// <summary>A connection string of Npgsql; may hold a password.</summary>
        public required string Connection { get; init; }
    }

    /// <summary>ClickHouse 18.16 or newer, over HTTP.</summary>
    public sealed record ClickHouse : MetricSourceDefinition
    {
        /// <summary>The address of its HTTP interface, such as <c>http://localhost:8123</c>; holds no user, password or parameters.</summary>
        public required Uri Url { get; init; }

        /// <summary>The user; null: ClickHouse's <c>default</c>, without a password.</summary>
        public string? User { get; init; }

        /// <summary>The user's password; goes with the user.</summary>
        public string? Password { get; init; }

        /// <summary>The database whose tables need no prefix; null: the user's own.</summary>
        public string? Database { get; init; }
    }

    /// <summary>A SQLite file of another program.</summary>
    public sealed record Sqlite : MetricSourceDefinition
    {
        /// <summary>The path to the file.</summary>
        public required string Path { get; init; }
    }

    /// <summary>Pawl's own runs.</summary>
    public sealed record Runs : MetricSourceDefinition;

    /// <summary>A Prometheus server, or what speaks its HTTP API.</summary>
    public sealed record Prometheus : MetricSourceDefinition
    {
        /// <summary>Its address, with the path that it is served under but without <c>/api/v1</c>; <c>http</c> or <c>https</c>, no user in it.</summary>
        public required Uri Url { get; init; }

        /// <summary>A bearer token, or null. Secret.</summary>
        public string? Token { get; init; }

        /// <summary>The user of basic authentication, or null.</summary>
        public string? User { get; init; }

        /// <summary>The user's password, or null. Secret.</summary>
        public string? Password { get; init; }
    }
}

/// <summary>Where exposures stand.</summary>
/// <param name="Source">The source that holds them.</param>
/// <param name="Sql">One SELECT with the columns <c>unit</c>, <c>variant</c> and <c>at</c>, of the flag <c>@flag</c>.</param>
public sealed record ExposureDefinition(string Source, string Sql);
