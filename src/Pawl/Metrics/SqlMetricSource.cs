using System.Data.Common;
using Npgsql;

namespace Pawl.Metrics;

/// <summary>A database that is asked in SQL over a connection of ADO.NET.</summary>
/// <param name="name">Its name in pawl.yaml.</param>
/// <param name="dialect">What it speaks.</param>
/// <param name="tables">Where its exposures are.</param>
/// <param name="connect">A new connection that is not open yet or is; closed after each question.</param>
/// <param name="limit">How long an answer may take.</param>
/// <param name="clock">Tells when it was asked, and measures the limit.</param>
internal sealed class SqlMetricSource(string name, SqlDialect dialect, SqlTables tables, Func<DbConnection> connect, TimeSpan limit, TimeProvider clock)
    : StatementSource(name, limit, clock)
{
    /// <summary>What must be done before each question, within the same limit.</summary>
    public Func<CancellationToken, Task> BringIn { get; init; } = _ => Task.CompletedTask;

    /// <summary>Any PostgreSQL database.</summary>
    /// <param name="name">Its name in pawl.yaml.</param>
    /// <param name="connection">A connection string of Npgsql.</param>
    /// <param name="exposures">The user's SELECT of unit, variant and at.</param>
    /// <param name="limit">How long an answer may take.</param>
    /// <param name="clock">Tells when it was asked.</param>
    public static SqlMetricSource Postgres(string name, string connection, string exposures, TimeSpan limit, TimeProvider clock) =>
        new(name, new PostgresDialect(ticks: false), new SqlTables(exposures), () => new NpgsqlConnection(connection), limit, clock);

    protected override SqlStatement Write(MetricQuery query) => new SqlGenerator(dialect, tables).Write(query);

    protected override MetricFault? FaultOf(Exception e) => dialect.FaultOf(e);

    protected override async Task ReadAsync(SqlStatement statement, SqlAnswer answer, CancellationToken cancellationToken)
    {
        await BringIn(cancellationToken).ConfigureAwait(false);
        var connection = connect();
        await using var closing = connection.ConfigureAwait(false);
        if (connection.State != System.Data.ConnectionState.Open) await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await dialect.PrepareAsync(connection, Limit, cancellationToken).ConfigureAwait(false);
        var command = connection.CreateCommand();
        await using var disposal = command.ConfigureAwait(false);
        command.CommandTimeout = (int)Math.Ceiling(Limit.TotalSeconds) + 1; // the deadline comes first
#pragma warning disable CA2100 // The generator's text around the user's own statement, which is theirs to write; all values are parameters.
        command.CommandText = statement.Text;
#pragma warning restore CA2100
        foreach (var (parameter, value) in statement.Parameters) Bind(command, parameter, value);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var end = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) answer.Add(column => reader[column]);
    }

    private static void Bind(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}
