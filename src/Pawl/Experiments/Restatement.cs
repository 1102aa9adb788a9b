using System.Globalization;
using Pawl.Metrics;

namespace Pawl.Experiments;

/// <summary>
/// Asks for the primary metric once more as of the last look that might decide, where the contract says that data up to then were complete. What reads
/// otherwise now was restated after it was closed, and whoever trusts that look has to know.
/// </summary>
internal sealed class Restatement(ExperimentServices services)
{
    // Sums in another order differ in the last digits.
    private const double Tolerance = 1e-9;

    public async Task<IReadOnlyList<string>> FindAsync(Experiment experiment, LookMoment moment, LookQueries queries, CancellationToken cancellationToken)
    {
        var (contract, request) = (experiment.Contract, experiment.Contract.Request);
        if (!moment.MayDecide || (request.WindowDays is null && request.Schedule.LagHours == 0)) return [];
        if (!queries.All.TryGetValue(LookQueries.Primary(contract), out var query) || !services.Sources.TryGetValue(query.Metric.Source, out var source)) return [];
        var before = services.Experiments.Read(view => view.Looks(experiment.Id)).LastOrDefault(look => look.MayDecide);
        if (before?.Metrics.FirstOrDefault(metric => metric.IsPrimary) is not { } then) return [];
        var again = await source.MeasureAsync(query with { Watermark = before.Watermark }, cancellationToken).ConfigureAwait(false);
        if (again is not MetricResult.Measured now) return [];
        return [.. from arm in Enumerable.Range(0, now.Arms.Count)
                   let units = now.Arms[arm].Exposed
                   let value = now.Arms[arm].Statistics.Value
                   where units != before.Arms[arm].Exposed || !IsSame(value, then.Values[arm])
                   select $"look {before.Number} read {request.PrimaryMetric} of {request.Arms[arm].Name} as {Shown(then.Values[arm])} over {before.Arms[arm].Exposed} units; as of then it now is {Shown(value)} over {units}"];
    }

    private static bool IsSame(double? a, double? b) => a is { } x && b is { } y ? Math.Abs(x - y) <= Tolerance * Math.Max(Math.Abs(x), Math.Abs(y)) : a is null && b is null;

    private static string Shown(double? value) => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "nothing";
}
