using Npgsql;
using Pawl.Metrics;
using Pawl.Statistics;
using Pawl.Storage;
using Pawl.Tests.Contracts;
using Xunit;

namespace Pawl.Tests.Metrics;

/// <summary>The known answer of Cookie Cats, of every kind of source: 90,189 players of a mobile game, a gate at level 30 against one at level 40.</summary>
public sealed class CookieCatsSourceTests(PostgresCluster postgres, ClickHouseServer clickHouse) : IDisposable
{
    private const string Players = "unit integer, variant text, rounds integer, retained integer";
    private const string ExposuresSql = "select unit, variant, {0} as at from players";

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SqliteDatabases _files = new();

    private sealed record Player(int Unit, string Variant, int Rounds, bool Retained);

    [Fact]
    public async Task Measure_CookieCatsInTheEmbeddedSource_GivesTheKnownAnswer()
    {
        var players = Read();
        await using var database = Database.Open(await _files.CreateAsync());
        List<MetricEvent> events =
        [
            .. players.Select(p => new MetricEvent.Exposure { Id = $"x{p.Unit}", Flag = "gate", Unit = $"{p.Unit}", Variant = p.Variant, At = Start }),
            .. players.Select(p => new MetricEvent.Occurrence { Id = $"g{p.Unit}", Name = "rounds", Unit = $"{p.Unit}", At = Start, Value = p.Rounds }),
            .. players.Where(p => p.Retained).Select(p => new MetricEvent.Occurrence { Id = $"r{p.Unit}", Name = "retained", Unit = $"{p.Unit}", At = Start }),
        ];
        await database.WriteAsync(tx => database.Metrics.Add(tx, events));

        await AssertKnownAnswerAsync(database.Metrics.Source("s", TimeSpan.FromMinutes(1), TimeProvider.System), new MetricInput.Event("rounds"), new MetricInput.Event("retained"));
    }

    [Fact]
    public async Task Measure_CookieCatsInPostgres_GivesTheKnownAnswer()
    {
        PostgresCluster.Require();
        var players = Read();
        var where = await postgres.CreateDatabaseAsync();
        await using var connection = new NpgsqlConnection(where);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"create table players ({Players})", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await using (var rows = await connection.BeginBinaryImportAsync("copy players from stdin (format binary)", TestContext.Current.CancellationToken))
        {
            foreach (var p in players) await rows.WriteRowAsync(TestContext.Current.CancellationToken, p.Unit, p.Variant, p.Rounds, p.Retained ? 1 : 0);
            await rows.CompleteAsync(TestContext.Current.CancellationToken);
        }

        var exposures = Sql(ExposuresSql, "timestamp '2026-03-01'");
        await AssertKnownAnswerAsync(SqlMetricSource.Postgres("s", where, exposures, TimeSpan.FromMinutes(1), TimeProvider.System), "timestamp '2026-03-01'");
    }

    [Fact]
    public async Task Measure_CookieCatsInClickHouse_GivesTheKnownAnswer()
    {
        ClickHouseServer.Require();
        var players = Read();
        var database = await clickHouse.CreateDatabaseAsync();
        await clickHouse.RunAsync(database, "create table players (unit UInt32, variant String, rounds UInt32, retained UInt8) engine = MergeTree order by unit");
        await clickHouse.RunAsync(
            database, "insert into players format TabSeparated", string.Concat(players.Select(p => $"{p.Unit}\t{p.Variant}\t{p.Rounds}\t{(p.Retained ? 1 : 0)}\n")));

        var source = ClickHouseDatabases.At(clickHouse.Url, database, TimeSpan.FromMinutes(1));
        await AssertKnownAnswerAsync(new ClickHouseMetricSource(source, Sql(ExposuresSql, "toDate('2026-03-01')"), TimeProvider.System), "toDate('2026-03-01')");
    }

    public void Dispose() => _files.Dispose();

    private static string Sql(string format, string at) => string.Format(System.Globalization.CultureInfo.InvariantCulture, format, at);

    private static Task AssertKnownAnswerAsync(IMetricSource source, string at) => AssertKnownAnswerAsync(
        source, new MetricInput.Sql($"select unit, {at} as at, rounds as value from players"), new MetricInput.Sql($"select unit, {at} as at, retained as value from players"));

    private static async Task AssertKnownAnswerAsync(IMetricSource source, MetricInput rounds, MetricInput retained)
    {
        var (gate30, gate40, p) = await AskAsync(source, MetricKind.Proportion, retained, cap: null);
        Assert.Equal((44_700, 45_489), (gate30.Units, gate40.Units));
        Assert.Equal((0.1902, 0.1820, 0.0016), (Math.Round(gate30.Value!.Value, 4), Math.Round(gate40.Value!.Value, 4), Math.Round(p, 4)));

        (gate30, gate40, p) = await AskAsync(source, MetricKind.Mean, rounds, cap: 0.999);
        Assert.Equal((51.031, 50.936, 0.883), (Math.Round(gate30.Value!.Value, 3), Math.Round(gate40.Value!.Value, 3), Math.Round(p, 3)));

        (_, _, p) = await AskAsync(source, MetricKind.Mean, rounds, cap: null);
        Assert.Equal(0.376, p, 3);
    }

    private static async Task<(ArmStatistics Gate30, ArmStatistics Gate40, double P)> AskAsync(IMetricSource source, MetricKind kind, MetricInput input, double? cap)
    {
        var answer = await source.MeasureAsync(
            new MetricQuery
            {
                Flag = "gate",
                Arms = ["gate_30", "gate_40"],
                Start = Start,
                Watermark = Start.AddDays(7),
                Metric = new MetricDefinition { Name = "m", Source = "s", Kind = kind, Input = input, Cap = cap },
            },
            TestContext.Current.CancellationToken);
        var measured = Assert.IsType<MetricResult.Measured>(answer);
        Assert.All(measured.Arms, arm => Assert.Equal((0, arm.Statistics.Units), (arm.Crossovers, arm.Exposed)));
        var (control, treatment) = (measured.Arms[0].Statistics, measured.Arms[1].Statistics);
        var test = new FixedTest(0.05).TwoSided(Effect.Between(control, treatment, Difference.Absolute));
        return (control, treatment, Assert.IsType<TwoSidedResult.Tested>(test).P);
    }

    private static List<Player> Read() => [.. File.ReadLines(SharedData.Require("experiments/cookie_cats.csv")).Skip(1).Select(line => line.Split(','))
        .Select(f => new Player(int.Parse(f[0], System.Globalization.CultureInfo.InvariantCulture), f[1], int.Parse(f[2], System.Globalization.CultureInfo.InvariantCulture), f[4] == "TRUE"))];
}
