using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Pawl.Metrics;

/// <summary>A database that is asked in SQL, read-only and within a time limit.</summary>
/// <param name="name">Its name in pawl.yaml.</param>
/// <param name="dialect">What it speaks.</param>
/// <param name="tables">Where its exposures are.</param>
/// <param name="connect">A new connection that is not open yet or is; closed after each question.</param>
/// <param name="limit">How long an answer may take.</param>
/// <param name="clock">Tells when it was asked, and measures the limit.</param>
internal sealed class SqlMetricSource(string name, SqlDialect dialect, SqlTables tables, Func<DbConnection> connect, TimeSpan limit, TimeProvider clock) : IMetricSource
{
    public string Name => name;

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

    public async Task<MetricResult> MeasureAsync(MetricQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Validate();
        if (query.Metric.Source != name) throw new ArgumentException($"The metric {query.Metric.Name} is measured by {query.Metric.Source}, not by {name}.");
        var statement = new SqlGenerator(dialect, tables).Write(query);
        var answer = new SqlAnswer(query);
        var (askedAt, start) = (clock.GetUtcNow(), clock.GetTimestamp());
        var failure = await AskAsync(statement, answer, cancellationToken).ConfigureAwait(false) ?? answer.Unusable;
        var provenance = new MetricProvenance
        {
            Source = name,
            Statement = statement.Text,
            Parameters = Shown(query, statement),
            AskedAt = askedAt,
            Took = clock.GetElapsedTime(start),
        };
        return failure is var (fault, detail)
            ? new MetricResult.Unmeasured { Fault = fault, Detail = SecretRedactor.Default.Redact($"{name}: {detail}"), Provenance = provenance }
            : new MetricResult.Measured
            {
                Arms = answer.Arms,
                Exposures = answer.Exposures,
                OtherUnits = answer.OtherUnits,
                Watermark = query.Watermark,
                Provenance = provenance,
            };
    }

    private async Task<(MetricFault Fault, string Detail)?> AskAsync(SqlStatement statement, SqlAnswer answer, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            // On a thread of the pool: SQLite works on the one that asks.
            await Task.Run(() => ReadAsync(statement, answer, either.Token), CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception e) when (deadline.IsCancellationRequested || dialect.FaultOf(e) == MetricFault.Timeout)
        {
            return (MetricFault.Timeout, string.Create(
                CultureInfo.InvariantCulture, $"There was no answer within {limit.TotalSeconds:0.###} s. Add an index for the statement, or raise the time limit."));
        }
        catch (Exception e) when (dialect.FaultOf(e) is { } fault)
        {
            return (fault, e.Message);
        }
        catch (UnavailableException e)
        {
            return (MetricFault.Unavailable, e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException or OverflowException)
        {
            // A parameter that is not bound, or a column of a type that cannot be summed.
            return (MetricFault.Refused, e.Message);
        }
    }

    private async Task ReadAsync(SqlStatement statement, SqlAnswer answer, CancellationToken cancellationToken)
    {
        await BringIn(cancellationToken).ConfigureAwait(false);
        var connection = connect();
        await using var closing = connection.ConfigureAwait(false);
        if (connection.State != System.Data.ConnectionState.Open) await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await dialect.PrepareAsync(connection, limit, cancellationToken).ConfigureAwait(false);
        var command = connection.CreateCommand();
        await using var disposal = command.ConfigureAwait(false);
        command.CommandTimeout = (int)Math.Ceiling(limit.TotalSeconds) + 1; // the deadline comes first
#pragma warning disable CA2100 // The generator's text around the user's own statement, which is theirs to write; all values are parameters.
        command.CommandText = statement.Text;
#pragma warning restore CA2100
        foreach (var (parameter, value) in statement.Parameters) Bind(command, parameter, value);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var end = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) answer.Add(reader);
    }

    private static void Bind(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    private static Dictionary<string, string> Shown(MetricQuery query, SqlStatement statement)
    {
        var shown = statement.Parameters.ToDictionary(p => p.Key, p => Convert.ToString(p.Value, CultureInfo.InvariantCulture)!, StringComparer.Ordinal);
        Show("start", query.Start);
        Show("until", query.Watermark);
        Show("stop", query.ExposedBefore);
        Show("earliest", query.Start - (query.Metric.Covariate ?? TimeSpan.Zero));
        return shown;

        void Show(string parameter, DateTimeOffset at) => shown[parameter] = at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
    }
}
