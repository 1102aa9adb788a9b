using System.Text.Json;
using Pawl.Statistics;

namespace Pawl.Tests.Statistics;

/// <summary>The vectors of statistics/oracle.json: what an independent engine makes of the same sufficient statistics.</summary>
internal static class Oracle
{
    private const string File = "statistics/oracle.json";

    private static readonly Lazy<JsonElement> Document = new(() => JsonDocument.Parse(System.IO.File.ReadAllBytes(SharedData.Require(File))).RootElement);

    /// <summary>The indices of the cases under a property; of the first alone where the file is not there, which is then skipped.</summary>
    public static IEnumerable<int> Indices(string property) =>
        Enumerable.Range(0, SharedData.Find(File) is null ? 1 : Document.Value.GetProperty(property).GetArrayLength());

    public static JsonElement Case(string property, int index)
    {
        SharedData.Require(File);
        return Document.Value.GetProperty(property)[index];
    }

    public static ArmStatistics Arm(string metric, JsonElement arm) => metric switch
    {
        "mean" => new MeanStatistics { Units = Count(arm, "n"), Sum = Number(arm, "sum"), SumOfSquares = Number(arm, "sum_squares") },
        "proportion" => new ProportionStatistics { Units = Count(arm, "n"), Events = Count(arm, "sum") },
        "ratio" => new RatioStatistics
        {
            Units = Count(arm, "n"),
            NumeratorSum = Number(arm, "m_sum"),
            NumeratorSumOfSquares = Number(arm, "m_sum_squares"),
            DenominatorSum = Number(arm, "d_sum"),
            DenominatorSumOfSquares = Number(arm, "d_sum_squares"),
            SumOfProducts = Number(arm, "m_d_sum_of_products"),
        },
        "cuped" => new CupedStatistics
        {
            Units = Count(arm, "n"),
            PostSum = Number(arm, "post_sum"),
            PostSumOfSquares = Number(arm, "post_sum_squares"),
            PreSum = Number(arm, "pre_sum"),
            PreSumOfSquares = Number(arm, "pre_sum_squares"),
            SumOfProducts = Number(arm, "post_pre_sum_of_products"),
        },
        "quantile_clustered" => new QuantileStatistics
        {
            Units = Count(arm, "n"),
            QuantileUnits = Count(arm, "n_star"),
            Level = Number(arm, "nu"),
            Quantile = Number(arm, "quantile_hat"),
            QuantileLower = Number(arm, "quantile_lower"),
            QuantileUpper = Number(arm, "quantile_upper"),
            BelowSum = Number(arm, "main_sum"),
            BelowSumOfSquares = Number(arm, "main_sum_squares"),
            CountSum = Number(arm, "denominator_sum"),
            CountSumOfSquares = Number(arm, "denominator_sum_squares"),
            SumOfProducts = Number(arm, "main_denominator_sum_product"),
            Clusters = Count(arm, "n_clusters"),
        },
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "No such metric."),
    };

    public static double Number(JsonElement element, string property) => element.GetProperty(property).GetDouble();

    private static long Count(JsonElement element, string property) => (long)element.GetProperty(property).GetDouble();
}
