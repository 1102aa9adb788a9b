using System.Globalization;
using Npgsql;
using Pawl.Metrics;
using Pawl.Tests;

namespace Pawl.Benchmarks;

/// <summary>PostgreSQL as it is installed, analysed, without an index: both statements read every event.</summary>
internal sealed class PostgresEngine : MetricEngine
{
    private readonly PostgresCluster _cluster;
    private readonly string _connection;

    private PostgresEngine(PostgresCluster cluster, string connection)
        : base("PostgreSQL", new HandWrittenSql($"timestamptz '{MetricRows.Start:O}'", $"timestamptz '{MetricRows.End:O}'", $"s.first_at - interval '{MetricQuestion.Covariate.TotalSeconds:0} seconds'",
            "events", $"timestamptz '{MetricRows.Start - MetricQuestion.Covariate:O}'"))
    {
        (_cluster, _connection) = (cluster, connection);
        Source = SqlMetricSource.Postgres(SourceName, connection, Exposures, Limit, TimeProvider.System);
    }

    public override IMetricSource Source { get; }

    public static async Task<MetricEngine> StartAsync()
    {
        var cluster = new PostgresCluster();
        return new PostgresEngine(cluster, await cluster.CreateDatabaseAsync());
    }

    public override async Task FillAsync(long units)
    {
        var rows = new MetricRows("generate_series(cast(0 as bigint), {0} - 1) i", $"timestamptz '{MetricRows.Before:O}' + ({{0}}) * interval '1 second'", "'user-' || ({0})");
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync();
        await ExecuteAsync(
            connection,
            "create table exposures (flag text, unit text, variant text, at timestamptz)",
            "create table events (name text, unit text, at timestamptz, value double precision)",
            $"insert into exposures select '{MetricRows.Flag}', unit, variant, at from ({rows.Exposures(units)}) r",
            $"insert into exposures select '{MetricRows.Flag}', unit, variant, at from ({rows.ExposedAgain(units)}) r",
            $"insert into events select name, unit, at, value from ({rows.Events(units)}) r",
            "vacuum analyze");
    }

    public override async Task<IReadOnlyList<double[]>> AskAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync();
        return await ReadAsync(connection, sql);
    }

    public override ValueTask DisposeAsync() => _cluster.DisposeAsync();
}

/// <summary>ClickHouse as it is installed, the tables sorted by unit and time.</summary>
internal sealed class ClickHouseEngine : MetricEngine
{
    private readonly ClickHouseServer _server;
    private readonly string _database;

    private ClickHouseEngine(ClickHouseServer server, string database)
        : base("ClickHouse", new HandWrittenClickHouse($"toDateTime({MetricRows.Start.ToUnixTimeSeconds()})", $"toDateTime({MetricRows.End.ToUnixTimeSeconds()})"))
    {
        (_server, _database) = (server, database);
        Source = new ClickHouseMetricSource(new MetricSourceDefinition.ClickHouse { Name = SourceName, Url = server.Url, Database = database, Limit = Limit }, Exposures, TimeProvider.System);
    }

    public override IMetricSource Source { get; }

    public static async Task<MetricEngine> StartAsync()
    {
        var server = new ClickHouseServer();
        var database = await server.CreateDatabaseAsync();
        return new ClickHouseEngine(server, database);
    }

    public override async Task FillAsync(long units)
    {
        var rows = new MetricRows("(select toInt64(number) as i from numbers({0}))", $"toDateTime({MetricRows.Before.ToUnixTimeSeconds()} + ({{0}}))", "concat('user-', toString({0}))");
        foreach (var statement in (string[])[
            "create table exposures (flag String, unit String, variant String, at DateTime) engine = MergeTree partition by tuple() order by (unit, at)",
            "create table events (name String, unit String, at DateTime, value Float64) engine = MergeTree partition by tuple() order by (unit, at)",
            $"insert into exposures select '{MetricRows.Flag}', unit, variant, at from ({rows.Exposures(units)})",
            $"insert into exposures select '{MetricRows.Flag}', unit, variant, at from ({rows.ExposedAgain(units)})",
            $"insert into events select name, unit, at, value from ({rows.Events(units)})"])
        {
            await _server.RunAsync(_database, statement);
        }
    }

    public override async Task<IReadOnlyList<double[]>> AskAsync(string sql) =>
        [.. (await _server.RunAsync(_database, sql)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray())];

    public override ValueTask DisposeAsync() => _server.DisposeAsync();
}
