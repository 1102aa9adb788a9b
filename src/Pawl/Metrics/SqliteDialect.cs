using System.Data.Common;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pawl.Metrics;

/// <summary>
/// SQLite 3.35 or newer. A column holds what one puts there: instants are ISO 8601 texts (UTC where they name no zone) or seconds
/// since 1970, compared in milliseconds; of Pawl's own tables they are ticks.
/// </summary>
internal sealed class SqliteDialect(bool ticks) : SqlDialect
{
    private const int StepsBetweenChecks = 100_000; // of SQLite's machine: under a millisecond

    // Units may be numbers in one table and texts in the other, and SQLite would not say that they never meet.
    public override string Unit(string column) => ticks ? column : $"cast({column} as text)";

    public override bool IsChecked => ticks;

    public override ValuePath Path => ticks ? ValuePath.Search : ValuePath.Sort;

    public override string At(string column) => ticks ? column :
        $"case typeof({column}) when 'text' then cast(round((julianday({column}) - 2440587.5) * 86400000) as integer) "
        + $"when 'null' then null when 'blob' then null else cast(round({column} * 1000) as integer) end";

    public override string Number(string column) => column;

    public override string ValueFault(string at, string value) => ticks ? "0" :
        $"case when {at} is null then {(int)DataFault.NoInstant} when typeof({value}) in ('text', 'blob') then {(int)DataFault.NotANumber} "
        + $"when abs({value}) > 1.7976931348623157e308 then {(int)DataFault.NotFinite} else 0 end";

    // A subquery with a limit is kept apart.
    public override string Once => ticks ? "" : "\nlimit -1";

    // SQLite does not hash. Without statistics it may search a user's own index, on the event's name for instance, once for each unit: the rows
    // of both, sorted by unit, cost the same whatever it knows. Pawl's own table has the index that is best searched.
    public override string WithValues(string units, string values, IReadOnlyList<string> columns)
    {
        if (ticks) return base.WithValues(units, values, columns);
        var (mine, theirs) = (string.Join(", ", UnitColumns), string.Join(", ", columns));
        return $"""
            (select * from (select unit, {theirs}, {string.Join(", ", UnitColumns.Select(c => $"max({c}) over of_unit as {c}"))}
              from (select unit, {mine}, {string.Join(", ", columns.Select(c => $"null as {c}"))} from ({units})
                union all select unit, {string.Join(", ", UnitColumns.Select(_ => "null"))}, {theirs} from ({values}))
              window of_unit as (partition by unit)) where exposures > 0) w
            """;
    }

    public override string Least(string a, string b) => $"min({a}, {b})";

    public override string Percentile(string table, string column) =>
        $"(select {column} from {table} where counted = 1 order by {column} limit 1 "
        + $"offset (select cast(ceil(@cap * count(*)) as integer) - 1 from {table} where counted = 1))";

    public override object Bound(DateTimeOffset instant) => ticks ? instant.UtcTicks : instant.ToUnixTimeMilliseconds();

    public override object Bound(TimeSpan length) => ticks ? length.Ticks : (long)length.TotalMilliseconds;

    public override async Task PrepareAsync(DbConnection connection, TimeSpan limit, CancellationToken cancellationToken)
    {
        var sqlite = (SqliteConnection)connection;
        // SQLite has these only where it was built with them.
        sqlite.CreateFunction("ceil", (double? x) => x is { } value ? Math.Ceiling(value) : (double?)null, isDeterministic: true);
        sqlite.CreateFunction("sqrt", (double? x) => x is { } value ? Math.Sqrt(value) : (double?)null, isDeterministic: true);
        raw.sqlite3_progress_handler(sqlite.Handle, StepsBetweenChecks, _ => cancellationToken.IsCancellationRequested ? 1 : 0, null);
        var command = sqlite.CreateCommand();
        await using var disposal = command.ConfigureAwait(false);
        command.CommandText = "pragma query_only = on";
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public override MetricFault? FaultOf(Exception e) => e is not SqliteException sqlite ? null : sqlite.SqliteErrorCode switch
    {
        raw.SQLITE_INTERRUPT => MetricFault.Timeout,
        raw.SQLITE_ERROR or raw.SQLITE_READONLY or raw.SQLITE_AUTH or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG => MetricFault.Refused,
        _ => MetricFault.Unavailable,
    };
}
