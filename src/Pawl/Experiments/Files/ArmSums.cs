using Pawl.Statistics;

namespace Pawl.Experiments.Files;

/// <summary>The statistics of one metric in each arm, from units' totals without crossovers.</summary>
internal sealed record ArmSums(IReadOnlyList<ArmStatistics> Arms, double? CappedAt)
{
    /// <summary>Sums up a metric.</summary>
    /// <param name="units">The units.</param>
    /// <param name="metric">The index of the metric in them.</param>
    /// <param name="column">The metric.</param>
    /// <param name="order">The arms, in the order of the result.</param>
    public static ArmSums Of(UnitTable units, int metric, MetricColumn column, IReadOnlyList<int> order)
    {
        var cap = column.Cap is { } percentile ? Percentile(units, metric, percentile) : null;
        var sums = new Sums[order.Count];
        for (var row = 0; row < units.Count; row++)
        {
            if (!units.IsCrossover(row)) sums[units.FirstArm(row)].Add(Math.Min(units.Total(row, metric), cap ?? double.PositiveInfinity));
        }

        return new ArmSums([.. order.Select(arm => column.Kind == MetricKind.Mean ? sums[arm].Mean() : sums[arm].Proportion())], cap);
    }

    // The total of rank ⌈νn⌉ over all arms, as PostgreSQL's percentile_disc has it; decimals keep νn exact.
    private static double? Percentile(UnitTable units, int metric, decimal percentile)
    {
        var totals = new List<double>(units.Count);
        for (var row = 0; row < units.Count; row++)
        {
            if (!units.IsCrossover(row)) totals.Add(units.Total(row, metric));
        }

        if (totals.Count == 0) return null;
        totals.Sort();
        return totals[(int)Math.Ceiling(percentile * totals.Count) - 1];
    }

    private struct Sums
    {
        private long _units;
        private long _nonZero;
        private double _sum;
        private double _squares;
        private double _cubes;

        public void Add(double x)
        {
            _units++;
            if (x != 0) _nonZero++;
            _sum += x;
            _squares += x * x;
            _cubes += x * x * x;
        }

        public readonly ArmStatistics Mean() =>
            new MeanStatistics { Units = _units, Sum = _sum, SumOfSquares = _squares, Shape = new ValueShape(_nonZero, _cubes) };

        public readonly ArmStatistics Proportion() => new ProportionStatistics { Units = _units, Events = _nonZero };
    }
}
