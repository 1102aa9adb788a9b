using System.Text;
using System.Text.Json;
using Pawl.Metrics;
using Pawl.Runs;

namespace Pawl.Storage;

/// <summary>
/// Pawl's own runs as a source of metrics: the unit is the run, its exposure that it was served a variant when it started. A run counts
/// once it has ended, with values at its start, so that a window asks how old a run is and never cuts its values.
/// </summary>
internal static class RunMetricSource
{
    private const int RunsAtOnce = 1000;

    private const string Ended = "r.status <> 'running' and coalesce(r.completed_at, r.started_at) < @until";

    // Of ended runs whose totals are missing, or older than the run: a stuck one may go on.
    private const string Stale = """
        from (select distinct run_no from run_served) s join runs r on r.no = s.run_no left join run_totals t on t.run_no = s.run_no
        where r.status <> 'running' and (t.run_no is null or t.last_event <> r.last_event)
        """;

    private static readonly SqlTables Tables = new(
        $"""
        select s.run_no as unit, s.variant, r.started_at as at, case when {Ended} then 1 else 0 end as ended
        from run_served s join runs r on r.no = s.run_no where s.flag = @flag
        """)
    {
        Runs = measure => $"""
            select r.no as unit, r.started_at as at, cast({Measure(measure)} as double precision) as value
            from runs r join run_totals t on t.run_no = r.no
            where r.no in (select run_no from run_served where flag = @flag) and {Ended}
            """,
    };

    /// <summary>The source; what was recorded is brought in before each question.</summary>
    public static IMetricSource Of(Database database, SqlRunStore runs, string name, TimeSpan limit, TimeProvider clock)
    {
        var target = database.Target;
        return new SqlMetricSource(
            name, target.IsPostgres ? new PostgresDialect(ticks: true) : new SqliteDialect(ticks: true), Tables, () => target.OpenForReading().Connection, limit, clock)
        {
            BringIn = cancellationToken => BringInAsync(database, runs, cancellationToken),
        };
    }

    private static string Measure(RunMeasure measure) => measure switch
    {
        RunMeasure.Success => "case when r.status = 'completed' then 1 else 0 end",
        RunMeasure.Tokens => "t.tokens",
        RunMeasure.Latency => "t.latency_ms",
        RunMeasure.Problems => "r.problems",
        _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, null),
    };

    private static async Task BringInAsync(Database database, SqlRunStore runs, CancellationToken cancellationToken)
    {
        await runs.FoldAsync(cancellationToken).ConfigureAwait(false);
        while (database.Read(IsBehind))
        {
            await database.WriteAsync(tx =>
            {
                Serve(DbSession.Of(tx));
                Total(DbSession.Of(tx));
                return true;
            }, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsBehind(DbSession db) => db.Number(
        $"""
        select case when (select value from heads where name = 'runs') > (select value from heads where name = 'run_served') or exists (select 1 {Stale})
            then 1 else 0 end
        """) > 0;

    // Runs are numbered in the order of commits, so none appears behind the ones that were looked at.
    private static void Serve(DbSession db)
    {
        var starts = db.Query(
            "select no, started from runs where no > (select value from heads where name = 'run_served') order by no limit @limit",
            row => (No: row.GetInt64(0), Started: row.GetString(1)),
            ("limit", (long)RunsAtOnce));
        foreach (var (no, started) in starts)
        {
            foreach (var served in RunAssembler.Started(started).Served)
            {
                db.Execute(
                    "insert into run_served (flag, run_no, variant) values (@flag, @run, @variant) on conflict do nothing",
                    ("flag", served.Flag), ("run", no), ("variant", served.Variant));
            }
        }

        if (starts.Count == RunsAtOnce) db.Execute("update heads set value = @no where name = 'run_served'", ("no", starts[^1].No));
        else db.Execute("update heads set value = (select h.value from heads h where h.name = 'runs') where name = 'run_served'");
    }

    private static void Total(DbSession db)
    {
        foreach (var (no, last) in db.Query($"select r.no, r.last_event {Stale} order by r.no limit @limit", row => (row.GetInt64(0), row.GetInt64(1)), ("limit", (long)RunsAtOnce)))
        {
            var (tokens, latency) = (0L, 0L);
            db.Each("select outcome from decisions where run_no = @run and outcome is not null", row =>
            {
                using var outcome = JsonDocument.Parse(Encoding.UTF8.GetBytes(row.GetString(0)), Json.Stored);
                tokens += Count(outcome.RootElement, "tokens_used");
                latency += Count(outcome.RootElement, "latency_ms");
            }, ("run", no));
            db.Execute(
                """
                insert into run_totals (run_no, last_event, tokens, latency_ms) values (@run, @last, @tokens, @latency)
                on conflict (run_no) do update set last_event = excluded.last_event, tokens = excluded.tokens, latency_ms = excluded.latency_ms
                """,
                ("run", no), ("last", last), ("tokens", tokens), ("latency", latency));
        }
    }

    private static long Count(JsonElement outcome, string member) => outcome.TryGetProperty(member, out var count) ? JsonShape.Count(count) : 0;
}
