using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Tests.Experiments;

/// <summary>A source whose answers a test writes: how many units come a day, and what each metric is in each arm. Without luck.</summary>
internal sealed class ScriptedSource(TimeProvider clock) : IMetricSource
{
    public string Name => "world";

    /// <summary>New units a day, all arms together, in equal shares.</summary>
    public double UnitsPerDay { get; set; } = 1000;

    /// <summary>The share of units with the property, or the value, by <c>metric/arm</c>.</summary>
    public Dictionary<string, double> Levels { get; } = new(StringComparer.Ordinal)
    {
        ["conversion/control"] = 0.30,
        ["conversion/treatmentA"] = 0.30,
        ["conversion/treatmentB"] = 0.30,
        ["defect_rate/control"] = 0.01,
        ["defect_rate/treatmentA"] = 0.01,
        ["defect_rate/treatmentB"] = 0.01,
        ["refunds/control"] = 0.10,
        ["refunds/treatmentA"] = 0.10,
        ["latency_p95/control"] = 1.5,
        ["latency_p95/treatmentA"] = 1.5,
    };

    /// <summary>What is answered in place of the levels; null: the levels.</summary>
    public Func<MetricQuery, MetricResult?> Instead { get; set; } = _ => null;

    /// <summary>How often it was asked.</summary>
    public int Asked { get; private set; }

    public MetricProvenance Provenance => new() { Source = Name, Statement = "script", Parameters = new Dictionary<string, string>(StringComparer.Ordinal), AskedAt = clock.GetUtcNow(), Took = TimeSpan.Zero };

    public Task<MetricResult> MeasureAsync(MetricQuery query, CancellationToken cancellationToken = default)
    {
        lock (Levels)
        {
            Asked++;
            return Task.FromResult(Instead(query) ?? Levelled(query));
        }
    }

    public MetricResult Unmeasured(MetricFault fault) => new MetricResult.Unmeasured { Fault = fault, Detail = $"scripted {fault}", Provenance = Provenance };

    /// <summary>Numbers from statistics that a test makes for each arm.</summary>
    public MetricResult Measured(MetricQuery query, Func<string, long, ArmStatistics> statistics)
    {
        var units = (long)(Math.Max(0, (query.Watermark - query.Start).TotalDays) * UnitsPerDay / query.Arms.Count);
        return new MetricResult.Measured
        {
            Arms = [.. query.Arms.Select(arm => new ArmReading { Arm = arm, Exposed = units, Crossovers = 0, Statistics = statistics(arm, units) })],
            Exposures = units * query.Arms.Count,
            OtherUnits = 0,
            Watermark = query.Watermark,
            Provenance = Provenance,
        };
    }

    private MetricResult Levelled(MetricQuery query) => query.Metric.Kind == MetricKind.Value
        ? new MetricResult.Point { Arms = [.. query.Arms.Select(arm => new ArmPoint(arm, Levels[$"{query.Metric.Name}/{arm}"]))], Provenance = Provenance }
        : Measured(query, (arm, units) => new ProportionStatistics { Units = units, Events = (long)Math.Round(units * Levels[$"{query.Metric.Name}/{arm}"]) });
}
