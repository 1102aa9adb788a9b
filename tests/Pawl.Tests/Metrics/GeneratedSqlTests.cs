using System.Globalization;
using Npgsql;
using Pawl.Metrics;
using Pawl.Statistics;
using Pawl.Storage;
using Pawl.Tests.Contracts;
using Xunit;

namespace Pawl.Tests.Metrics;

/// <summary>A kind of source to load worlds into.</summary>
internal interface IWorlds : IAsyncDisposable
{
    /// <summary>How exactly it keeps instants.</summary>
    TimeSpan Resolution => TimeSpan.FromMilliseconds(1);

    MetricInput Numerator { get; }

    MetricInput Denominator { get; }

    /// <summary>A source named s that holds this world and no other.</summary>
    Task<IMetricSource> LoadAsync(World world);
}

/// <summary>The generated SQL against a computation over the raw rows, in random small worlds.</summary>
public abstract class GeneratedSqlContract
{
    private const int QueriesPerWorld = 12;

    // A world whose cap is below zero, where units that are not counted must not be cut to it.
    private const int NegativeCap = 335;

    internal abstract Task<IWorlds> WorldsAsync();

    [Fact]
    public async Task Measure_RandomWorlds_AgreesWithTheRawRows()
    {
        await using var worlds = await WorldsAsync();
        HashSet<Type> kinds = [];
        var (empty, crossovers, others, cut) = (0, 0L, 0L, 0);
        foreach (var seed in Enumerable.Range(0, LongRun.Scale(30, 400)).Append(NegativeCap))
        {
            var world = new World(seed, worlds.Resolution);
            var source = await worlds.LoadAsync(world);
            for (var n = 0; n < QueriesPerWorld; n++)
            {
                var query = world.Query("s", worlds.Numerator, worlds.Denominator);
                var expected = new BruteForce(world, query);
                var result = await source.MeasureAsync(query, TestContext.Current.CancellationToken);
                var place = $"world {seed}, question {n}: {query.Metric}, window {query.Window}";
                if (expected.IsEmpty)
                {
                    Assert.Equal(MetricFault.NoRows, Assert.IsType<MetricResult.Unmeasured>(result).Fault);
                    empty++;
                    continue;
                }

                Assert.True(result is MetricResult.Measured, $"{place}: {(result as MetricResult.Unmeasured)?.Detail}\n{result.Provenance.Statement}");
                var measured = (MetricResult.Measured)result;
                Assert.Equal((expected.Exposures, expected.OtherUnits, world.Watermark), (measured.Exposures, measured.OtherUnits, measured.Watermark));
                Assert.Equal(expected.Arms.Count, measured.Arms.Count);
                foreach (var (right, arm) in expected.Arms.Zip(measured.Arms)) Same(right, arm, place);
                crossovers += measured.Arms.Sum(a => a.Crossovers);
                others += measured.OtherUnits;
                if (query.Metric.Cap is not null) cut++;
                kinds.UnionWith(measured.Arms.Select(a => a.Statistics.GetType()));
            }
        }

        Assert.Equal(5, kinds.Count);
        Assert.True(empty > 0 && crossovers > 0 && others > 0 && cut > 0, "The worlds must hold what they are for.");
    }

    private static void Same(ArmReading expected, ArmReading actual, string place)
    {
        Assert.Equal((expected.Arm, expected.Exposed, expected.Crossovers), (actual.Arm, actual.Exposed, actual.Crossovers));
        Assert.Equal(expected.Statistics.GetType(), actual.Statistics.GetType());
        Assert.Equal(expected.Excess is null, actual.Excess is null);
        var (right, given) = (Numbers(expected).ToList(), Numbers(actual).ToList());
        Assert.Equal(right.Select(n => n.Name), given.Select(n => n.Name));
        foreach (var ((name, e), (_, a)) in right.Zip(given))
        {
            Assert.True(Math.Abs(e - a) <= 1e-9 * Math.Max(1, Math.Abs(e)), $"{place}: {name} of {expected.Arm} is {a:R}, not {e:R}");
        }
    }

    private static IEnumerable<(string Name, double Value)> Numbers(ArmReading arm)
    {
        foreach (var number in Of(arm.Statistics)) yield return number;
        if (arm.Excess is not { } excess) yield break;
        yield return ("above", excess.Above);
        foreach (var number in Of(excess.PerUnit)) yield return number;
    }

    private static IEnumerable<(string Name, double Value)> Of(ArmStatistics statistics)
    {
        foreach (var property in statistics.GetType().GetProperties().OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            switch (property.GetValue(statistics))
            {
                case long whole: yield return (property.Name, whole); break;
                case double number when property.Name != nameof(ArmStatistics.Value): yield return (property.Name, number); break;
                case ValueShape shape:
                    yield return (nameof(shape.NonZero), shape.NonZero);
                    yield return (nameof(shape.SumOfCubes), shape.SumOfCubes);
                    break;
            }
        }
    }
}

public sealed class SqliteGeneratedSqlTests : GeneratedSqlContract
{
    internal override Task<IWorlds> WorldsAsync() => Task.FromResult<IWorlds>(new SqliteWorlds());

    /// <summary>Instants in every form that is understood; units are numbers in one table and texts in the others.</summary>
    private sealed class SqliteWorlds : IWorlds
    {
        private readonly SqliteDatabases _files = new();

        public MetricInput Numerator { get; } = new MetricInput.Sql("select who as unit, at, v as value from num -- all of them");

        public MetricInput Denominator { get; } = new MetricInput.Sql("with d as (select who, at, v from den) select who as unit, at, v as value from d");

        public async Task<IMetricSource> LoadAsync(World world)
        {
            var path = await _files.CreateAsync();
            var script = "begin; create table shown (who, variant, at, flag); create table num (who, at, v); create table den (who, at, v);"
                + string.Concat(world.Exposures.Select((e, i) => $"insert into shown values ('{e.Unit}', '{Quoted(e.Variant)}', {At(e.At, i)}, '{Quoted(World.Flag)}');"))
                + string.Concat(world.Exposures.Select(e => $"insert into shown values ('{e.Unit}', 'b', '2026-03-02', 'another');"))
                + Rows("num", world.Numerators) + Rows("den", world.Denominators) + "commit;";
            _files.Execute(path, script);
            return SqliteMetricSource.Open("s", path, "select who as unit, variant, at from shown where flag = @flag", TimeSpan.FromMinutes(1), TimeProvider.System);
        }

        public ValueTask DisposeAsync()
        {
            _files.Dispose();
            return ValueTask.CompletedTask;
        }

        private static string Rows(string table, IEnumerable<Valued> values) => string.Concat(values.Select((v, i) => string.Create(
            CultureInfo.InvariantCulture, $"insert into {table} values ({(int.TryParse(v.Unit, out var n) ? $"{n}" : $"'{v.Unit}'")}, {At(v.At, i)}, {v.Value:R});")));

        private static string Quoted(string text) => text.Replace("'", "''", StringComparison.Ordinal);

        private static string At(DateTimeOffset at, int form) => (form % 4) switch
        {
            0 => $"'{at:yyyy-MM-dd HH:mm:ss.fff}'",
            1 => $"'{at:yyyy-MM-dd'T'HH:mm:ss.fff}Z'",
            2 => $"'{at.ToOffset(TimeSpan.FromHours(5.5)):yyyy-MM-dd'T'HH:mm:ss.fffzzz}'",
            _ => string.Create(CultureInfo.InvariantCulture, $"{at.ToUnixTimeMilliseconds() / 1000.0:F3}"),
        };
    }
}

public sealed class PostgresGeneratedSqlTests(PostgresCluster cluster) : GeneratedSqlContract
{
    internal override async Task<IWorlds> WorldsAsync()
    {
        PostgresCluster.Require();
        return new PostgresWorlds(await cluster.CreateDatabaseAsync());
    }

    private sealed class PostgresWorlds(string connection) : IWorlds
    {
        public MetricInput Numerator { get; } = new MetricInput.Sql("select unit, at, value from num -- all of them");

        public MetricInput Denominator { get; } = new MetricInput.Sql("with d as (select unit, at, value from den) select unit, at, value::text as value from d");

        public async Task<IMetricSource> LoadAsync(World world)
        {
            await using var open = new NpgsqlConnection(connection);
            await open.OpenAsync();
            await using var command = new NpgsqlCommand(
                """
                drop table if exists shown, num, den;
                create table shown (unit text, variant text, at timestamptz, flag text);
                create table num (unit text, at timestamp, value numeric);
                create table den (unit text, at timestamptz, value integer);
                """, open);
            await command.ExecuteNonQueryAsync();
            await using (var rows = await open.BeginBinaryImportAsync("copy shown from stdin (format binary)"))
            {
                foreach (var e in world.Exposures) await rows.WriteRowAsync(default, e.Unit, e.Variant, e.At.UtcDateTime, World.Flag);
                foreach (var e in world.Exposures) await rows.WriteRowAsync(default, e.Unit, "b", e.At.UtcDateTime, "another");
                await rows.CompleteAsync();
            }

            await using (var rows = await open.BeginBinaryImportAsync("copy num from stdin (format binary)"))
            {
                foreach (var v in world.Numerators) await rows.WriteRowAsync(default, v.Unit, DateTime.SpecifyKind(v.At.UtcDateTime, DateTimeKind.Unspecified), (decimal)v.Value);
                await rows.CompleteAsync();
            }

            await using (var rows = await open.BeginBinaryImportAsync("copy den from stdin (format binary)"))
            {
                foreach (var v in world.Denominators) await rows.WriteRowAsync(default, v.Unit, v.At.UtcDateTime, (int)v.Value);
                await rows.CompleteAsync();
            }

            return SqlMetricSource.Postgres("s", connection, "select unit, variant, at from shown where flag = @flag", TimeSpan.FromMinutes(1), TimeProvider.System);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>The embedded source, on either database.</summary>
public abstract class EmbeddedGeneratedSqlContract(IDatabases databases) : GeneratedSqlContract, IDisposable
{
    internal override Task<IWorlds> WorldsAsync() => Task.FromResult<IWorlds>(new EmbeddedWorlds(databases));

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) databases.Dispose();
    }

    private sealed class EmbeddedWorlds(IDatabases databases) : IWorlds
    {
        private string? _where;
        private Database? _database;

        public MetricInput Numerator { get; } = new MetricInput.Event("num");

        public MetricInput Denominator { get; } = new MetricInput.Event("den");

        public async Task<IMetricSource> LoadAsync(World world)
        {
            // One database for all worlds: making one takes PostgreSQL a while.
            if (_where is not null) databases.Execute(_where, "delete from exposures; delete from events");
            _where ??= await databases.CreateAsync();
            var database = _database ??= Database.Open(_where);
            List<MetricEvent> events =
            [
                .. world.Exposures.Select((e, i) => new MetricEvent.Exposure { Id = $"x{i}", Flag = World.Flag, Unit = e.Unit, Variant = e.Variant, At = e.At }),
                .. world.Exposures.Select((e, i) => new MetricEvent.Exposure { Id = $"y{i}", Flag = "another", Unit = e.Unit, Variant = "b", At = e.At }),
                .. Occurrences("num", world.Numerators), .. Occurrences("den", world.Denominators), .. Occurrences("noise", world.Denominators),
            ];
            await database.WriteAsync(tx => database.Metrics.Add(tx, events));
            return database.Metrics.Source("s", TimeSpan.FromMinutes(1), TimeProvider.System);
        }

        public async ValueTask DisposeAsync()
        {
            if (_database is not null) await _database.DisposeAsync();
        }

        // A 1 may be left out.
        private static IEnumerable<MetricEvent> Occurrences(string name, IEnumerable<Valued> values) => values.Select((v, i) => new MetricEvent.Occurrence
        {
            Id = $"{name}{i}",
            Name = name,
            Unit = v.Unit,
            At = v.At,
            Value = v.Value == 1 ? null : v.Value,
        });
    }
}

public sealed class SqliteEmbeddedGeneratedSqlTests() : EmbeddedGeneratedSqlContract(new SqliteDatabases());

public sealed class PostgresEmbeddedGeneratedSqlTests(PostgresCluster cluster) : EmbeddedGeneratedSqlContract(new PostgresDatabases(cluster));
