using System.Globalization;
using Pawl.Statistics;

namespace Pawl.Metrics;

/// <summary>Makes statistics of the rows that a generated statement returns: one for each arm by number, -1 for other variants.</summary>
internal sealed class SqlAnswer(MetricQuery query)
{
    private readonly ArmReading?[] _arms = new ArmReading?[query.Arms.Count];
    private bool _isFinite = true;

    /// <summary>The largest fault that the statement met.</summary>
    public DataFault Fault { get; private set; }

    public long Exposures { get; private set; }

    public long OtherUnits { get; private set; }

    /// <summary>Why the rows say nothing, or null.</summary>
    public (MetricFault Fault, string Detail)? Unusable => Fault switch
    {
        DataFault.NotANumber => (MetricFault.NotANumber, "A value is text where a number belongs. Cast or filter it in the metric's SQL."),
        DataFault.NotFinite => NotFinite,
        DataFault.NoInstant => (MetricFault.NoInstant, "An exposure or a value has no time that can be read in its column `at`. Cast or filter it in the SQL."),
        _ when _arms.All(a => a is null) => (MetricFault.NoRows, "Nobody was exposed to any of the arms between the start and the watermark. Are exposures logged under this flag?"),
        _ => _isFinite ? null : NotFinite,
    };

    /// <summary>The arms in the order of the query.</summary>
    public IReadOnlyList<ArmReading> Arms => [.. _arms.Select((arm, i) => arm ?? new ArmReading
    {
        Arm = query.Arms[i],
        Exposed = 0,
        Crossovers = 0,
        Statistics = Statistics(SqlRow.Empty),
        Excess = Excess(SqlRow.Empty),
    })];

    private static (MetricFault Fault, string Detail) NotFinite =>
        (MetricFault.NotFinite, "A value is NaN or infinite, or the sums of the values are beyond what a double holds. Filter or scale them in the metric's SQL.");

    /// <summary>Adds a row.</summary>
    /// <param name="column">Gives the value of a column by its name: a number, text of one, null or DBNull.</param>
    public void Add(Func<string, object?> column)
    {
        var row = new SqlRow(column);
        Fault = (DataFault)Math.Max((int)Fault, Math.Max(row.Whole("fault"), query.Metric.Kind == MetricKind.Quantile ? row.Whole("value_fault") : 0));
        Exposures += row.Whole("exposures");
        var arm = (int)row.Whole("arm");
        if (arm < 0)
        {
            OtherUnits += row.Whole("exposed");
            return;
        }

        _arms[arm] = new ArmReading
        {
            Arm = query.Arms[arm],
            Exposed = row.Whole("exposed"),
            Crossovers = row.Whole("crossovers"),
            Statistics = Statistics(row),
            Excess = Excess(row),
        };
        _isFinite &= row.IsFinite;
    }

    private ArmStatistics Statistics(SqlRow row) => query.Metric switch
    {
        { Kind: MetricKind.Proportion } => new ProportionStatistics { Units = row.Whole("units"), Events = (long)row.Number("sum_1") },
        { Kind: MetricKind.Quantile } => Quantile(row),
        { Kind: MetricKind.Ratio } => new RatioStatistics
        {
            Units = row.Whole("units"),
            NumeratorSum = row.Number("sum_1"),
            NumeratorSumOfSquares = row.Number("squares_1"),
            DenominatorSum = row.Number("sum_2"),
            DenominatorSumOfSquares = row.Number("squares_2"),
            SumOfProducts = row.Number("products"),
            Shape = Shape(row),
        },
        { Covariate: not null } => new CupedStatistics
        {
            Units = row.Whole("units"),
            PostSum = row.Number("sum_1"),
            PostSumOfSquares = row.Number("squares_1"),
            PreSum = row.Number("sum_2"),
            PreSumOfSquares = row.Number("squares_2"),
            SumOfProducts = row.Number("products"),
            Shape = Shape(row),
        },
        _ => new MeanStatistics { Units = row.Whole("units"), Sum = row.Number("sum_1"), SumOfSquares = row.Number("squares_1"), Shape = Shape(row) },
    };

    private static ValueShape Shape(SqlRow row) => new(row.Whole("nonzero"), row.Number("cubes_1"));

    // With no observations the sums are 0, and the statistics say that there are none before they look at the quantile.
    private QuantileStatistics Quantile(SqlRow row) => new()
    {
        Level = query.Metric.Level!.Value,
        Units = row.Whole("n"),
        QuantileUnits = row.Whole("n"),
        Quantile = row.Number("q"),
        QuantileLower = row.Number("q_lower"),
        QuantileUpper = row.Number("q_upper"),
        Clusters = row.Whole("clusters"),
        BelowSum = row.Number("s"),
        BelowSumOfSquares = row.Number("ss"),
        CountSum = row.Number("n"),
        CountSumOfSquares = row.Number("nn"),
        SumOfProducts = row.Number("sn"),
    };

    // Units without a value have an excess of 0, so the sums over clusters are those over units.
    private QuantileExcess? Excess(SqlRow row) => query.Threshold is null || query.Metric.Kind != MetricKind.Quantile ? null : new QuantileExcess(
        new MeanStatistics { Units = row.Whole("units"), Sum = row.Number("excess"), SumOfSquares = row.Number("excess_squares") },
        row.Whole("above"));

    /// <summary>Columns by name. What a database sums comes in many types, and a sum over nothing is null.</summary>
    private sealed class SqlRow(Func<string, object?> values)
    {
        public static SqlRow Empty { get; } = new(_ => null);

        public bool IsFinite { get; private set; } = true;

        public long Whole(string column) => Value(column) is { } value ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : 0;

        public double Number(string column)
        {
            var number = Value(column) is { } value ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : 0;
            IsFinite &= double.IsFinite(number);
            return number;
        }

        private object? Value(string column) => values(column) is { } value and not DBNull ? value : null;
    }
}
