using System.Data.Common;
using System.Globalization;
using Pawl.Metrics;
using Pawl.Tests;

namespace Pawl.Benchmarks;

/// <summary>A database with the rows, which Pawl and the analyst ask over connections of the same settings.</summary>
internal abstract class MetricEngine(string name, HandWrittenSql hand) : IAsyncDisposable
{
    public const string SourceName = "s";

    /// <summary>The user's exposures.</summary>
    protected const string Exposures = "select unit, variant, at from exposures where flag = @flag";

    public static TimeSpan Limit { get; } = TimeSpan.FromHours(1);

    public string Name => name;

    public HandWrittenSql Hand => hand;

    public abstract IMetricSource Source { get; }

    /// <summary>Why a database cannot be measured here, or null.</summary>
    public static string? Missing(string engine) => engine switch
    {
        "postgres" => PostgresCluster.Unavailable,
        "clickhouse" => ClickHouseServer.Unavailable,
        _ => null,
    };

    public abstract Task FillAsync(long units);

    /// <summary>What is asked, as a metric of Pawl's.</summary>
    public virtual MetricInput Input(string eventName) => new MetricInput.Sql($"select unit, at, value from events where name = '{eventName}'");

    /// <summary>The rows of the analyst's statement.</summary>
    public abstract Task<IReadOnlyList<double[]>> AskAsync(string sql);

    public abstract ValueTask DisposeAsync();

    protected static async Task ExecuteAsync(DbConnection connection, params string[] statements)
    {
        foreach (var statement in statements)
        {
            await using var command = connection.CreateCommand();
            (command.CommandText, command.CommandTimeout) = (statement, 0);
            await command.ExecuteNonQueryAsync();
        }
    }

    protected static async Task<IReadOnlyList<double[]>> ReadAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        (command.CommandText, command.CommandTimeout) = (sql, 0);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<double[]>();
        while (await reader.ReadAsync()) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToDouble(reader[i], CultureInfo.InvariantCulture))]);
        return rows;
    }
}
