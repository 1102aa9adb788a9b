using Pawl.Metrics;
using Pawl.Statistics;
using Pawl.Tests.Statistics;

namespace Pawl.Tests.Metrics;

/// <summary>What a query must answer, computed row by row and unit by unit, in the words of the definitions and without SQL.</summary>
internal sealed class BruteForce
{
    private readonly World _world;
    private readonly MetricQuery _query;
    private readonly List<Unit> _units;

    public BruteForce(World world, MetricQuery query)
    {
        (_world, _query) = (world, query);
        var end = query.Stop is { } stop && stop < query.Watermark ? stop : query.Watermark;
        _units = [.. world.Exposures.Where(e => e.At >= query.Start && e.At < end).GroupBy(e => e.Unit).Select(Of)];
    }

    private sealed record Unit(string Name, DateTimeOffset First, int Arm, bool Crossed, bool Counted, int Exposures);

    public long Exposures => _units.Sum(u => u.Exposures);

    public long OtherUnits => _units.Count(u => u.Arm < 0);

    public bool IsEmpty => _units.All(u => u.Arm < 0);

    public IReadOnlyList<ArmReading> Arms => [.. _query.Arms.Select((name, arm) => new ArmReading
    {
        Arm = name,
        Exposed = _units.Count(u => u.Arm == arm),
        Crossovers = _units.Count(u => u.Arm == arm && u.Crossed),
        Statistics = Statistics([.. _units.Where(u => u.Arm == arm && u.Counted)]),
        Excess = _query.Threshold is { } threshold ? Excess([.. _units.Where(u => u.Arm == arm && u.Counted)], threshold) : null,
    })];

    private Unit Of(IGrouping<string, Shown> shown)
    {
        var first = shown.Min(e => e.At);
        var arms = shown.Select(e => (e.At, Arm: _query.Arms.ToList().IndexOf(e.Variant))).ToList();
        var atFirst = arms.Where(e => e.At == first).Select(e => e.Arm).ToList();
        var arm = atFirst.Exists(a => a >= 0) ? atFirst.Where(a => a >= 0).Min() : -1;
        var crossed = arms.Select(e => e.Arm).Distinct().Count() > 1;
        var closed = Window is not { } window || first + window <= _query.Watermark;
        return new Unit(shown.Key, first, arm, crossed, !crossed && arm >= 0 && closed, arms.Count);
    }

    private TimeSpan? Window => _query.Window ?? _query.Metric.Window;

    private double[] After(Unit unit, List<Valued> values) =>
        [.. values.Where(v => v.Unit == unit.Name && v.At >= unit.First && v.At < _query.Watermark && !(v.At >= unit.First + Window)).Select(v => v.Value)];

    private double Total(Unit unit) => After(unit, _world.Numerators).Sum();

    private double Below(Unit unit) => After(unit, _world.Denominators).Sum();

    private double Before(Unit unit) => _world.Numerators
        .Where(v => v.Unit == unit.Name && v.At < unit.First && v.At >= unit.First - _query.Metric.Covariate && v.At < _query.Watermark).Sum(v => v.Value);

    private double Cut(Unit unit, Func<Unit, double> total)
    {
        if (_query.Metric.Cap is not { } cap) return total(unit);
        var all = _units.Where(u => u.Counted).Select(total).Order().ToList();
        return Math.Min(total(unit), all[(int)Math.Ceiling(cap * all.Count) - 1]);
    }

    private ArmStatistics Statistics(IReadOnlyList<Unit> units) => _query.Metric switch
    {
        { Kind: MetricKind.Proportion } => new ProportionStatistics { Units = units.Count, Events = units.Count(u => After(u, _world.Numerators).Any(v => v != 0)) },
        { Kind: MetricKind.Ratio } => Made.Ratio([.. units.Select(u => (Cut(u, Total), Cut(u, Below)))]),
        { Kind: MetricKind.Quantile, Level: { } level } => Quantile([.. units.Select(u => After(u, _world.Numerators))], level),
        { Covariate: not null } => Made.Cuped([.. units.Select(u => (Cut(u, Total), Cut(u, Before)))]),
        _ => Made.Mean(units.Select(u => Cut(u, Total))),
    };

    private static QuantileStatistics Quantile(List<double[]> units, double level)
    {
        var all = units.SelectMany(u => u).Order().ToList();
        var quantile = At(level);
        var half = 1.959963984540054 * Math.Sqrt(level * (1 - level) / all.Count);
        var clusters = units.Where(u => u.Length > 0).Select(u => (S: (double)u.Count(v => v <= quantile), N: (double)u.Length)).ToList();
        return new QuantileStatistics
        {
            Units = all.Count,
            QuantileUnits = all.Count,
            Level = level,
            Quantile = quantile,
            QuantileLower = At(level - half),
            QuantileUpper = At(level + half),
            Clusters = clusters.Count,
            BelowSum = clusters.Sum(c => c.S),
            BelowSumOfSquares = clusters.Sum(c => c.S * c.S),
            CountSum = clusters.Sum(c => c.N),
            CountSumOfSquares = clusters.Sum(c => c.N * c.N),
            SumOfProducts = clusters.Sum(c => c.S * c.N),
        };

        double At(double p) => all.Count == 0 ? 0 : all[Math.Clamp((int)Math.Ceiling(p * all.Count), 1, all.Count) - 1];
    }

    private QuantileExcess Excess(IReadOnlyList<Unit> units, double threshold)
    {
        var level = _query.Metric.Level!.Value;
        var values = units.Select(u => After(u, _world.Numerators)).ToList();
        var excess = values.ConvertAll(v => v.Count(x => x > threshold) - ((1 - level) * v.Length));
        return new QuantileExcess(Made.Mean(excess.Count, excess.Sum(), excess.Sum(e => e * e)), values.Sum(v => v.Count(x => x > threshold)));
    }
}
