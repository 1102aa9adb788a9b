using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Pawl.Metrics;
using Pawl.Storage;

namespace Pawl.Benchmarks;

/// <summary>Pawl's own tables in SQLite: what is measured of exposures and events that were posted.</summary>
internal sealed class EmbeddedEngine : MetricEngine
{
    private readonly ScratchFolder _folder = new();
    private readonly Database _database;

    private EmbeddedEngine()
        : base("SQLite, Pawl's own tables", new HandWrittenSqlite(Ticks(MetricRows.Start.UtcTicks), Ticks(MetricRows.End.UtcTicks), $"s.first_at - {Ticks(MetricQuestion.Covariate.Ticks)}", "events"))
    {
        _database = Database.Open(_folder.File("pawl.db"));
        Source = _database.Metrics.Source(SourceName, Limit, TimeProvider.System);
    }

    public override IMetricSource Source { get; }

    public static async Task<MetricEngine> StartAsync()
    {
        var engine = new EmbeddedEngine();
        // The first write makes the tables.
        await engine._database.WriteAsync(tx => engine._database.Metrics.Add(tx, []));
        return engine;
    }

    public override MetricInput Input(string eventName) => new MetricInput.Event(eventName);

    public override async Task FillAsync(long units)
    {
        var rows = new MetricRows(MetricRows.SqliteSeries, $"{Ticks(MetricRows.Before.UtcTicks)} + ({{0}}) * {Ticks(TimeSpan.TicksPerSecond)}", "'user-' || ({0})");
        await using var connection = new SqliteConnection($"Data Source={_folder.File("pawl.db")};Pooling=False");
        await connection.OpenAsync();
        const string exposures = "insert into exposures (id, flag, unit, variant, at) select 'x' || again || '-' || i, '" + MetricRows.Flag + "', unit, variant, at from ";
        await ExecuteAsync(
            connection,
            $"{exposures} ({rows.Exposures(units)})",
            $"{exposures} ({rows.ExposedAgain(units)})",
            $"insert into events (id, name, unit, at, value) select 'e' || i, name, unit, at, value from ({rows.Events(units)})");
    }

    public override async Task<IReadOnlyList<double[]>> AskAsync(string sql)
    {
        await using var session = _database.Target.OpenForReading().Connection;
        return await ReadAsync(session, sql);
    }

    public override async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private static string Ticks(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A SQLite file of somebody else's, instants as texts, never analysed.</summary>
internal sealed class SqliteEngine : MetricEngine
{
    // Without an index SQLite would read all events once for each unit: somebody who writes by hand has them materialised.
    private const string Materialized = "(select * from events limit -1)";

    // The plus keeps it from searching by name.
    private const string Indexed = "(select +name as name, unit, at, value from events)";

    private readonly ScratchFolder _folder = new();
    private readonly bool _isIndexed;

    private SqliteEngine(bool isIndexed)
        : base(isIndexed ? "SQLite, events indexed by unit and time" : "SQLite, no index", new HandWrittenSqlite(
            $"'{MetricRows.Start:yyyy-MM-dd HH:mm:ss}'", $"'{MetricRows.End:yyyy-MM-dd HH:mm:ss}'", $"datetime(s.first_at, '-{MetricQuestion.Covariate.TotalSeconds:0} seconds')", isIndexed ? Indexed : Materialized))
    {
        _isIndexed = isIndexed;
        Source = SqliteMetricSource.Open(SourceName, Path, Exposures, Limit, TimeProvider.System);
    }

    public override IMetricSource Source { get; }

    private string Path => _folder.File("own.db");

    public static Task<MetricEngine> StartAsync(bool isIndexed) => Task.FromResult<MetricEngine>(new SqliteEngine(isIndexed));

    public override async Task FillAsync(long units)
    {
        NativeSqlite.Load();
        var rows = new MetricRows(MetricRows.SqliteSeries, $"datetime('{MetricRows.Before:yyyy-MM-dd}', ({{0}}) || ' seconds')", "'user-' || ({0})");
        await using DbConnection connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        await connection.OpenAsync();
        await ExecuteAsync(
            connection,
            "create table exposures (flag text, unit text, variant text, at text)",
            "create table events (name text, unit text, at text, value real)",
            $"insert into exposures select '{MetricRows.Flag}', unit, variant, at from ({rows.Exposures(units)})",
            $"insert into exposures select '{MetricRows.Flag}', unit, variant, at from ({rows.ExposedAgain(units)})",
            $"insert into events select name, unit, at, value from ({rows.Events(units)})");
        if (_isIndexed) await ExecuteAsync(connection, "create index events_unit on events (unit, at)");
    }

    public override async Task<IReadOnlyList<double[]>> AskAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path};Pooling=False;Mode=ReadOnly");
        await connection.OpenAsync();
        return await ReadAsync(connection, sql);
    }

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
