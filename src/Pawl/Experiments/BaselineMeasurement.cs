using Pawl.Metrics;

namespace Pawl.Experiments;

/// <summary>
/// Measures the primary metric before the start, over the units that were shown the control of the same flag: how many come a day, their mean and their
/// variance. A flag that nobody has seen yet has no baseline to measure.
/// </summary>
internal sealed class BaselineMeasurement(ExperimentServices services)
{
    /// <returns>The baseline; null where nobody was exposed yet.</returns>
    /// <exception cref="UnavailableException">The source cannot be asked now.</exception>
    public async Task<Baseline?> MeasureAsync(ExperimentRequest request, CancellationToken cancellationToken)
    {
        var metric = services.Metrics[request.PrimaryMetric];
        if (!services.Sources.TryGetValue(metric.Source, out var source)) throw new BadInputException($"{metric.Name} has no source {metric.Source}.");
        var (days, now) = (request.BaselineDays!.Value, services.Now);
        var answer = await source.MeasureAsync(
            new MetricQuery
            {
                Metric = metric,
                Flag = Contract.FlagKeyOf(request),
                Arms = [ExperimentRequest.ControlName],
                Start = now.AddDays(-days),
                Watermark = now.AddHours(-request.Schedule.LagHours),
                Window = request.WindowDays is { } window ? TimeSpan.FromDays(window) : null,
            },
            cancellationToken).ConfigureAwait(false);
        switch (answer)
        {
            case MetricResult.Measured { Arms: [var control] } when control.Statistics.Measure(out var moments) is null:
                return new Baseline(moments.Mean, moments.Variance, (control.Exposed - control.Crossovers) / (days - (request.Schedule.LagHours / 24)));
            case MetricResult.Measured or MetricResult.Unmeasured { Fault: MetricFault.NoRows }:
                return null;
            case MetricResult.Unmeasured unmeasured:
                throw new UnavailableException($"The baseline of {metric.Name} cannot be measured: {unmeasured.Detail}");
            default:
                throw new BadInputException($"{metric.Name} has no variance, so nothing can be planned with it: choose another primary metric.");
        }
    }
}
