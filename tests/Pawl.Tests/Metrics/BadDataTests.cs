using System.Net;
using System.Net.Sockets;
using Pawl.Metrics;
using Pawl.Statistics;
using Pawl.Storage;
using Pawl.Tests.Contracts;
using Xunit;

namespace Pawl.Tests.Metrics;

/// <summary>Sources that are down, slow or hold what no metric can be made of: always an answer that says so.</summary>
public abstract class BadDataContract(IDatabases databases) : IDisposable
{
    internal static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private const string CommonTables = """
        create table shown (unit text, variant text, at {0});
        insert into shown values ('1', 'a', '2026-03-01T01:00:00Z'), ('1', 'b', '2026-03-01T02:00:00Z'), ('2', 'a', '2026-03-01T01:00:00Z'), ('3', 'b', '2026-03-01T01:00:00Z');
        create table num (unit text, at {0}, value double precision);
        insert into num values ('1', '2026-03-01T03:00:00Z', 100), ('2', '2026-03-01T00:59:59Z', 50), ('2', '2026-03-01T01:00:00Z', 7)
        """;

    /// <summary>Its type of an instant, in the tables that most databases can make.</summary>
    protected virtual string Instant => "text";

    /// <summary>The statements that make the tables.</summary>
    protected virtual string Tables => string.Format(System.Globalization.CultureInfo.InvariantCulture, CommonTables, Instant);

    /// <summary>A query without an end.</summary>
    protected abstract string Endless { get; }

    /// <summary>A value that is text.</summary>
    protected abstract string TextValue { get; }

    /// <summary>A value that is infinite.</summary>
    protected abstract string InfiniteValue { get; }

    /// <summary>An instant that is none.</summary>
    protected abstract string NoInstant { get; }

    [Fact]
    public async Task Measure_ACrossoverAndAValueBeforeExposure_AreLeftOutAndTheFirstCounted()
    {
        var where = await CreateAsync();

        var measured = Assert.IsType<MetricResult.Measured>(await AskAsync(where, "select unit, at, value from num"));

        Assert.Equal([("a", 2, 1), ("b", 1, 0), ("c", 0, 0)], measured.Arms.Select(a => (a.Arm, (int)a.Exposed, (int)a.Crossovers)));
        Assert.Equal([(1L, 7.0), (1L, 0.0), (0L, 0.0)], measured.Arms.Select(a => (a.Statistics.Units, ((MeanStatistics)a.Statistics).Sum)));
        Assert.Equal(4, measured.Exposures);
        Assert.Equal(("s", Start.AddDays(9), "2026-03-01T00:00:00.0000000Z"), (measured.Provenance.Source, measured.Watermark, measured.Provenance.Parameters["start"]));
        Assert.Contains("select unit, at, value from num", measured.Provenance.Statement);
    }

    [Fact]
    public async Task Measure_NobodyExposed_IsNoRows()
    {
        var later = Query(new MetricInput.Sql("select unit, at, value from num"), MetricKind.Mean) with { Start = Start.AddDays(5) };

        var answer = await Source(await CreateAsync(), TimeSpan.FromMinutes(1)).MeasureAsync(later, TestContext.Current.CancellationToken);

        Assert.Equal(MetricFault.NoRows, Assert.IsType<MetricResult.Unmeasured>(answer).Fault);
    }

    [Fact]
    public async Task Measure_NoValues_IsMeasuredWithZeros()
    {
        var where = await CreateAsync();

        var measured = Assert.IsType<MetricResult.Measured>(await AskAsync(where, "select unit, at, value from num where value > 1000"));

        Assert.Equal([0.0, 0.0, 0.0], measured.Arms.Select(a => ((MeanStatistics)a.Statistics).Sum));
    }

    [Theory]
    [InlineData(MetricKind.Mean)]
    [InlineData(MetricKind.Proportion)]
    [InlineData(MetricKind.Quantile)]
    public async Task Measure_TextWhereANumberBelongs_IsNotANumber(MetricKind kind)
    {
        var where = await CreateAsync();

        Assert.Equal(MetricFault.NotANumber, (await FailAsync(where, $"select unit, at, {TextValue} as value from num", kind)).Fault);
    }

    [Theory]
    [InlineData(MetricKind.Mean)]
    [InlineData(MetricKind.Proportion)]
    [InlineData(MetricKind.Quantile)]
    public async Task Measure_AnInfiniteValue_IsNotFinite(MetricKind kind)
    {
        var where = await CreateAsync();

        Assert.Equal(MetricFault.NotFinite, (await FailAsync(where, $"select unit, at, {InfiniteValue} as value from num", kind)).Fault);
    }

    [Fact]
    public async Task Measure_ValuesWhoseSquaresOverflow_IsNotFinite()
    {
        var where = await CreateAsync();

        Assert.Equal(MetricFault.NotFinite, (await FailAsync(where, "select unit, at, 1e200 as value from num")).Fault);
    }

    [Fact]
    public async Task Measure_AnInstantThatCannotBeRead_IsNoInstantAndNeverLeftOut()
    {
        var where = await CreateAsync();

        Assert.Equal(MetricFault.NoInstant, (await FailAsync(where, $"select unit, {NoInstant} as at, value from num")).Fault);
        Assert.Equal(MetricFault.NoInstant, (await FailAsync(where, "select unit, null as at, value from num")).Fault);
    }

    [Theory]
    [InlineData("select unit, at from num", "value")]
    [InlineData("select unit, at, value from nothing", "nothing")]
    [InlineData("select unit, at, value frm num", "")]
    public async Task Measure_AStatementThatDoesNotFit_IsRefusedWithWhatIsMissing(string sql, string what)
    {
        var failed = await FailAsync(await CreateAsync(), sql);

        Assert.Equal(MetricFault.Refused, failed.Fault);
        Assert.Contains(what, failed.Detail);
        Assert.Contains(sql, failed.Provenance.Statement);
    }

    [Fact]
    public async Task Measure_AnEndlessStatement_EndsAtTheLimit()
    {
        var where = await CreateAsync();

        var failed = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(where, Endless, MetricKind.Mean, TimeSpan.FromSeconds(0.3)));

        Assert.Equal(MetricFault.Timeout, failed.Fault);
        Assert.Contains("0.3 s", failed.Detail);
    }

    [Fact]
    public async Task Measure_WhenTheCallerGivesUp_Throws()
    {
        var where = await CreateAsync();
        using var gone = new CancellationTokenSource(TimeSpan.FromSeconds(0.2));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Source(where, TimeSpan.FromMinutes(5)).MeasureAsync(Query(new MetricInput.Sql(Endless), MetricKind.Mean), gone.Token));
    }

    [Fact]
    public async Task Measure_AMetricOfAnotherSource_IsMisuse()
    {
        var query = Query(new MetricInput.Sql("select 1"), MetricKind.Mean);
        var source = Source(await CreateAsync(), TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<ArgumentException>(() => source.MeasureAsync(query with { Metric = query.Metric with { Source = "t" } }));
        await Assert.ThrowsAsync<ArgumentException>(() => source.MeasureAsync(query with { Arms = ["a", "a"] }));
        await Assert.ThrowsAsync<ArgumentException>(() => source.MeasureAsync(query with { Watermark = Start.AddTicks(-1) }));
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    internal abstract IMetricSource Source(string where, TimeSpan limit);

    internal static MetricQuery Query(MetricInput input, MetricKind kind) => new()
    {
        Flag = "f",
        Arms = ["a", "b", "c"],
        Start = Start,
        Watermark = Start.AddDays(9),
        Metric = new MetricDefinition { Name = "m", Source = "s", Kind = kind, Input = input, Level = kind == MetricKind.Quantile ? 0.5 : null },
    };

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) databases.Dispose();
    }

    internal async Task<string> CreateAsync()
    {
        var where = await databases.CreateAsync();
        databases.Execute(where, Tables);
        return where;
    }

    internal Task<MetricResult> AskAsync(string where, string sql, MetricKind kind = MetricKind.Mean, TimeSpan? limit = null) =>
        Source(where, limit ?? TimeSpan.FromMinutes(1)).MeasureAsync(Query(new MetricInput.Sql(sql), kind), TestContext.Current.CancellationToken);

    internal async Task<MetricResult.Unmeasured> FailAsync(string where, string sql, MetricKind kind = MetricKind.Mean) =>
        Assert.IsType<MetricResult.Unmeasured>(await AskAsync(where, sql, kind));
}

public sealed class SqliteBadDataTests() : BadDataContract(new SqliteDatabases())
{
    protected override string Endless => "with recursive n(i) as (select 1 union all select i + 1 from n) select '1' as unit, '2026-03-02' as at, i as value from n";

    protected override string TextValue => "'7.5'";

    protected override string InfiniteValue => "9e999";

    protected override string NoInstant => "'yesterday'";

    [Fact]
    public async Task Measure_AFileThatIsNotThereOrNoDatabase_IsUnavailableAndNoFileIsMade()
    {
        using var folder = new TemporaryFolder();

        var failed = await FailAsync(folder["missing.db"], "select 1");
        Assert.Equal(MetricFault.Unavailable, failed.Fault);
        Assert.Contains("missing.db", failed.Detail);
        Assert.False(File.Exists(folder["missing.db"]));
        Assert.Equal(MetricFault.Unavailable, (await FailAsync(folder.Write("text.db", new string('x', 5000)), "select 1")).Fault);
    }

    // What the reader of pawl.yaml would not let through does not write either.
    [Theory]
    [InlineData("select 1) s) n) r) v on 1 = 1; delete from num; --")]
    [InlineData("delete from num returning unit, at, value")]
    public async Task Measure_SqlThatWrites_ChangesNothing(string sql)
    {
        var where = await CreateAsync();
        var before = await File.ReadAllBytesAsync(where, TestContext.Current.CancellationToken);

        Assert.Equal(MetricFault.Refused, (await FailAsync(where, sql)).Fault);

        Assert.Equal(before, await File.ReadAllBytesAsync(where, TestContext.Current.CancellationToken));
    }

    internal override IMetricSource Source(string where, TimeSpan limit) =>
        SqliteMetricSource.Open("s", where, "select unit, variant, at from shown", limit, TimeProvider.System);
}

public sealed class PostgresBadDataTests(PostgresCluster cluster) : BadDataContract(new PostgresDatabases(cluster))
{
    protected override string Instant => "timestamptz";

    protected override string Endless => "select '1' as unit, timestamptz '2026-03-02' as at, i as value from generate_series(1, 100000000000) i";

    protected override string TextValue => "'seven'::text";

    protected override string InfiniteValue => "'NaN'::float8";

    protected override string NoInstant => "'the other day'::text";

    [Fact]
    public async Task Measure_AServerThatIsDown_IsUnavailableAndKeepsThePassword()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var failed = await FailAsync($"Host=127.0.0.1;Port={port};Username=u;Password=s3cret;Database=d", "select 1");

        Assert.Equal(MetricFault.Unavailable, failed.Fault);
        Assert.DoesNotContain("s3cret", failed.Detail);
    }

    [Fact]
    public async Task Measure_AServerThatTakesTheCallAndSaysNothing_EndsAtTheLimit()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var where = $"Host=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port};Username=u;Database=d";

        var failed = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(where, "select 1", MetricKind.Mean, TimeSpan.FromSeconds(0.3)));

        Assert.Equal(MetricFault.Timeout, failed.Fault);
    }

    [Theory]
    [InlineData("with x as (delete from num returning *) select unit, at, value from x")]
    [InlineData("select unit, at, setval('counter', 99) as value from num")]
    [InlineData("select 1) s) n) r) v on true; commit; delete from num; --")]
    public async Task Measure_SqlThatWrites_ChangesNothing(string sql)
    {
        var where = await CreateAsync();
        await using var connection = new Npgsql.NpgsqlConnection(where);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await RunAsync("create sequence counter");

        Assert.Equal(MetricFault.Refused, (await FailAsync(where, sql)).Fault);

        Assert.Equal(3L, await RunAsync("select count(*) from num"));
        Assert.Equal(1L, await RunAsync("select nextval('counter')"));

        async Task<object?> RunAsync(string text)
        {
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test wrote the text.
            command.CommandText = text;
#pragma warning restore CA2100
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }
    }

    internal override IMetricSource Source(string where, TimeSpan limit) =>
        SqlMetricSource.Postgres("s", where, "select unit, variant, at from shown", limit, TimeProvider.System);
}
