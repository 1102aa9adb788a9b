using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Pawl.Metrics;

/// <summary>PostgreSQL. Instants are dates or timestamps, UTC where they name no zone; of Pawl's own tables they are ticks.</summary>
internal sealed class PostgresDialect(bool ticks) : SqlDialect
{
    public override string Unit(string column) => column;

    public override bool IsChecked => ticks;

    public override ValuePath Path => ValuePath.Join;

    public override string At(string column) => ticks ? column : $"cast({column} as timestamptz)";

    // A text that is no number fails the statement: PostgreSQL says which one.
    public override string Number(string column) => $"cast({column} as double precision)";

    public override string ValueFault(string at, string value) => ticks ? "0" :
        // A NaN is greater than all numbers.
        $"case when {at} is null then {(int)DataFault.NoInstant} when abs({value}) > 1.7976931348623157e308 then {(int)DataFault.NotFinite} else 0 end";

    public override string Least(string a, string b) => $"least({a}, {b})";

    public override string Percentile(string table, string column) =>
        $"(select percentile_disc(@cap) within group (order by {column}) from {table} where counted = 1)";

    public override object Bound(DateTimeOffset instant) => ticks ? instant.UtcTicks : instant.UtcDateTime;

    public override object Bound(TimeSpan length) => ticks ? length.Ticks : length;

    public override async Task PrepareAsync(DbConnection connection, TimeSpan limit, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using var disposal = command.ConfigureAwait(false);
        // The transaction ends with the connection: nothing in it could be worth a commit. What subqueries hide from the planner makes it
        // expect far too many rows, for which it would compile for longer than the statement takes.
#pragma warning disable CA2100 // A number.
        command.CommandText = "begin isolation level repeatable read read only; set local time zone 'UTC'; set local jit = off; set local statement_timeout = "
            + ((long)limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public override MetricFault? FaultOf(Exception e) => e switch
    {
        PostgresException { SqlState: "57014" } => MetricFault.Timeout, // query_canceled
        PostgresException { SqlState: "22P02" } => MetricFault.NotANumber, // invalid_text_representation
        PostgresException { SqlState: "22003" } => MetricFault.NotFinite, // numeric_value_out_of_range
        PostgresException { SqlState: "22007" or "22008" } => MetricFault.NoInstant, // invalid_datetime_format, datetime_field_overflow
        PostgresException { SqlState: "28P01" or "28000" or "3D000" or "55P03" } => MetricFault.Unavailable,
        PostgresException postgres when postgres.SqlState[..2] is "08" or "53" or "57" or "58" or "XX" => MetricFault.Unavailable,
        PostgresException => MetricFault.Refused,
        NpgsqlException { InnerException: TimeoutException } => MetricFault.Timeout,
        NpgsqlException or System.Net.Sockets.SocketException => MetricFault.Unavailable,
        _ => null,
    };
}
