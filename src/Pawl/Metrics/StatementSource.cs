using System.Globalization;

namespace Pawl.Metrics;

/// <summary>A source that is asked with one statement, read-only and within a time limit; how a statement travels is the subclass's.</summary>
/// <param name="name">Its name in pawl.yaml.</param>
/// <param name="limit">How long an answer may take.</param>
/// <param name="clock">Tells when it was asked, and measures the limit.</param>
internal abstract class StatementSource(string name, TimeSpan limit, TimeProvider clock) : IMetricSource
{
    public string Name => name;

    protected TimeSpan Limit => limit;

    public async Task<MetricResult> MeasureAsync(MetricQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        query.Validate();
        if (query.Metric.Source != name) throw new ArgumentException($"The metric {query.Metric.Name} is measured by {query.Metric.Source}, not by {name}.");
        var statement = Write(query);
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

    /// <summary>The statement that answers a query.</summary>
    protected abstract SqlStatement Write(MetricQuery query);

    /// <summary>Asks, and adds every row that comes back.</summary>
    protected abstract Task ReadAsync(SqlStatement statement, SqlAnswer answer, CancellationToken cancellationToken);

    /// <summary>What a failure of the database means, or null where it is none of its own.</summary>
    protected abstract MetricFault? FaultOf(Exception e);

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
        catch (Exception e) when (deadline.IsCancellationRequested || FaultOf(e) == MetricFault.Timeout)
        {
            return (MetricFault.Timeout, string.Create(
                CultureInfo.InvariantCulture, $"There was no answer within {limit.TotalSeconds:0.###} s. Add an index for the statement, or raise the time limit."));
        }
        catch (Exception e) when (FaultOf(e) is { } fault)
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
