using System.Globalization;
using Microsoft.Data.Sqlite;
using Pawl.Metrics;
using Pawl.Tests.Contracts;
using SQLitePCL;
using Xunit;

namespace Pawl.Tests.Metrics;

/// <summary>What a look costs on tables of other programs that nobody has analysed, in steps of SQLite's machine: the same on every run.</summary>
public sealed class SqliteCostTests : IDisposable
{
    private const int Units = 500;
    private const int StepsBetweenCounts = 1_000;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SqliteDatabases _files = new();

    public static TheoryData<string, MetricKind> Cases
    {
        get
        {
            var cases = new TheoryData<string, MetricKind>();
            foreach (var index in (string[])["", "create index by_name on events (name)", "create index by_unit on events (unit, at)", "create index by_both on events (name, unit)"])
            {
                foreach (var kind in (MetricKind[])[MetricKind.Mean, MetricKind.Proportion, MetricKind.Ratio, MetricKind.Quantile]) cases.Add(index, kind);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Measure_FourTimesTheRows_TakesAboutFourTimesTheSteps(string index, MetricKind kind)
    {
        var (few, many) = (await StepsAsync(Units, index, kind), await StepsAsync(4 * Units, index, kind));

        Assert.True(few > 0);
        Assert.InRange((double)many / few, 3, 5);
    }

    public void Dispose() => _files.Dispose();

    private static MetricQuery Query(MetricKind kind) => new()
    {
        Flag = "f",
        Arms = ["a", "b"],
        Start = Start,
        Watermark = Start.AddDays(20),
        Metric = new MetricDefinition
        {
            Name = "m",
            Source = "s",
            Kind = kind,
            Input = new MetricInput.Sql("select unit, at, value from events where name = 'order'"),
            Denominator = kind == MetricKind.Ratio ? new MetricInput.Sql("select unit, at, value from events where name = 'visit'") : null,
            Level = kind == MetricKind.Quantile ? 0.9 : null,
        },
    };

    private async Task<long> StepsAsync(int units, string index, MetricKind kind)
    {
        var path = await _files.CreateAsync();
        _files.Execute(path, string.Create(CultureInfo.InvariantCulture, $"""
            create table shown (flag text, unit text, variant text, at text);
            create table events (name text, unit text, at text, value real);
            with recursive n(i) as (select 0 union all select i + 1 from n where i < {units - 1})
            insert into shown select 'f', 'u' || i, case i % 2 when 0 then 'a' else 'b' end, datetime('2026-03-01', (i % 1000) || ' minutes') from n;
            with recursive n(i) as (select 0 union all select i + 1 from n where i < {(10 * units) - 1})
            insert into events select case i % 3 when 0 then 'visit' else 'order' end, 'u' || (i % {units}), datetime('2026-03-01', (i % 1999) || ' minutes'), i % 7 from n;
            {index}
            """));
        var dialect = new SqliteDialect(ticks: false);
        var statement = new SqlGenerator(dialect, new SqlTables("select unit, variant, at from shown where flag = @flag")).Write(Query(kind));
        await using var connection = new SqliteConnection($"Data Source={path};Pooling=False;Mode=ReadOnly");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await dialect.PrepareAsync(connection, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        var steps = 0L;
        raw.sqlite3_progress_handler(connection.Handle, StepsBetweenCounts, _ => (steps += StepsBetweenCounts) < 0 ? 1 : 0, null);
        await using var command = connection.CreateCommand();
        command.CommandText = statement.Text;
        foreach (var (name, value) in statement.Parameters) command.Parameters.AddWithValue(name, value);
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var arms = 0;
        while (await rows.ReadAsync(TestContext.Current.CancellationToken)) arms++;
        Assert.Equal(2, arms);
        return steps;
    }
}
