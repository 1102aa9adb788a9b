using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Benchmarks;

/// <summary>What is measured, and what the analyst's SQL is written for.</summary>
internal enum HandKind
{
    Mean,
    Proportion,
    Ratio,
    Cuped,
    Capped,
    Quantile,
}

/// <summary>A question to a database, asked through Pawl and by hand.</summary>
internal sealed record MetricQuestion(string Name, HandKind Kind, bool HasBudget)
{
    public const double Level = 0.95;
    public const double Cap = 0.99;

    public static readonly TimeSpan Covariate = TimeSpan.FromDays(5);

    public static IReadOnlyList<MetricQuestion> All { get; } =
    [
        new("mean", HandKind.Mean, true),
        new("proportion", HandKind.Proportion, true),
        new("ratio", HandKind.Ratio, true),
        new("CUPED", HandKind.Cuped, true),
        new("mean, capped", HandKind.Capped, false),
        new("quantile", HandKind.Quantile, false),
    ];

    public MetricQuery Query(MetricEngine engine) => new()
    {
        Flag = MetricRows.Flag,
        Arms = ["a", "b"],
        Start = MetricRows.Start,
        Watermark = MetricRows.End,
        Metric = new MetricDefinition
        {
            Name = "m",
            Source = MetricEngine.SourceName,
            Kind = Kind switch
            {
                HandKind.Proportion => MetricKind.Proportion,
                HandKind.Ratio => MetricKind.Ratio,
                HandKind.Quantile => MetricKind.Quantile,
                _ => MetricKind.Mean,
            },
            Input = engine.Input("order"),
            Denominator = Kind == HandKind.Ratio ? engine.Input("visit") : null,
            Covariate = Kind == HandKind.Cuped ? Covariate : null,
            Cap = Kind == HandKind.Capped ? Cap : null,
            Level = Kind == HandKind.Quantile ? Level : null,
        },
    };

    /// <summary>What the analyst's statement returns of an arm, in its order.</summary>
    public static double[] Numbers(ArmStatistics statistics) => statistics switch
    {
        ProportionStatistics p => [p.Units, p.Events],
        MeanStatistics m => [m.Units, m.Sum, m.SumOfSquares, m.Shape!.Value.SumOfCubes, m.Shape.Value.NonZero],
        RatioStatistics r => [r.Units, r.NumeratorSum, r.NumeratorSumOfSquares, r.Shape!.Value.SumOfCubes, r.Shape.Value.NonZero, r.DenominatorSum, r.DenominatorSumOfSquares, r.SumOfProducts],
        CupedStatistics c => [c.Units, c.PostSum, c.PostSumOfSquares, c.Shape!.Value.SumOfCubes, c.Shape.Value.NonZero, c.PreSum, c.PreSumOfSquares, c.SumOfProducts],
        QuantileStatistics q => [q.Units, q.Quantile, q.Clusters, q.BelowSum, q.BelowSumOfSquares, q.CountSumOfSquares, q.SumOfProducts],
        _ => throw new ArgumentException($"{statistics.GetType().Name} is not measured here."),
    };
}
