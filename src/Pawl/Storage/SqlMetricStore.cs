using Pawl.Metrics;

namespace Pawl.Storage;

/// <summary>Exposures and events in a SQL database: a row each, which is never changed.</summary>
internal sealed class SqlMetricStore(Database database, SqlRunStore runs) : IMetricStore
{
    private static readonly SqlTables Tables = new(
        "select unit, variant, at from exposures where flag = @flag",
        "select unit, at, coalesce(value, 1) as value from events where name = {0}");

    public MetricIntake Add(ITransaction transaction, IReadOnlyList<MetricEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var db = DbSession.Of(transaction);
        var (added, known, contradicting) = (0, 0, new List<string>());
        foreach (var item in events)
        {
            if (Insert(db, item) > 0) added++;
            else if (Stored(db, item) == item with { At = item.At.ToUniversalTime() }) known++;
            else contradicting.Add(item.Id);
        }

        return new MetricIntake(added, known, contradicting);
    }

    public IMetricSource Source(string name, TimeSpan limit, TimeProvider clock)
    {
        var target = database.Target;
        return new SqlMetricSource(
            name, target.IsPostgres ? new PostgresDialect(ticks: true) : new SqliteDialect(ticks: true), Tables, () => target.OpenForReading().Connection, limit, clock);
    }

    public IMetricSource RunSource(string name, TimeSpan limit, TimeProvider clock) => RunMetricSource.Of(database, runs, name, limit, clock);

    private static int Insert(DbSession db, MetricEvent item) => item switch
    {
        MetricEvent.Exposure exposure => db.Execute(
            "insert into exposures (id, flag, unit, variant, at) values (@id, @flag, @unit, @variant, @at) on conflict do nothing",
            ("id", exposure.Id), ("flag", exposure.Flag), ("unit", exposure.Unit), ("variant", exposure.Variant), ("at", exposure.At.UtcTicks)),
        MetricEvent.Occurrence occurrence => db.Execute(
            "insert into events (id, name, unit, at, value) values (@id, @name, @unit, @at, cast(@value as double precision)) on conflict do nothing",
            ("id", occurrence.Id), ("name", occurrence.Name), ("unit", occurrence.Unit), ("at", occurrence.At.UtcTicks), ("value", occurrence.Value)),
        _ => throw new ArgumentException($"A {item.GetType().Name} cannot be stored.", nameof(item)),
    };

    private static MetricEvent? Stored(DbSession db, MetricEvent item)
    {
        MetricEvent? stored;
        if (item is MetricEvent.Exposure)
        {
            db.TryFirst("select flag, unit, variant, at from exposures where id = @id", row => (MetricEvent)new MetricEvent.Exposure
            {
                Id = item.Id,
                Flag = row.GetString(0),
                Unit = row.GetString(1),
                Variant = row.GetString(2),
                At = row.Instant(3),
            }, out stored, ("id", item.Id));
        }
        else
        {
            db.TryFirst("select name, unit, at, value from events where id = @id", row => (MetricEvent)new MetricEvent.Occurrence
            {
                Id = item.Id,
                Name = row.GetString(0),
                Unit = row.GetString(1),
                At = row.Instant(2),
                Value = row.IsDBNull(3) ? null : row.GetDouble(3),
            }, out stored, ("id", item.Id));
        }

        return stored;
    }
}
