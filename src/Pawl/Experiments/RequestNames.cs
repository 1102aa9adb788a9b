using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>How choices are spelled in requests and contracts.</summary>
internal static class RequestNames
{
    public static (string Name, AnalysisMethod Value)[] Methods { get; } = [("sequential", AnalysisMethod.Sequential), ("group_sequential", AnalysisMethod.GroupSequential), ("fixed", AnalysisMethod.Fixed)];

    public static (string Name, Spending Value)[] Spendings { get; } = [("obf", Spending.OBrienFleming), ("pocock", Spending.Pocock)];

    public static (string Name, PromotedBy Value)[] Promoters { get; } = [("rule", PromotedBy.Rule), ("human", PromotedBy.Human)];

    public static (string Name, Side Value)[] Directions { get; } = [("<", Side.Less), (">", Side.Greater)];

    public static (string Name, Difference Value)[] Differences { get; } = [("absolute", Difference.Absolute), ("relative", Difference.Relative)];

    public static (string Name, PromoteWhen Value)[] Promotions { get; } = [("superior", PromoteWhen.Superior), ("superior_by_mde", PromoteWhen.SuperiorByMde)];

    public static (string Name, MetricKind Value)[] Kinds { get; } =
        [("mean", MetricKind.Mean), ("proportion", MetricKind.Proportion), ("ratio", MetricKind.Ratio), ("quantile", MetricKind.Quantile), ("value", MetricKind.Value)];

    public static (string Name, Side Value)[] Betters { get; } = [("higher", Side.Greater), ("lower", Side.Less)];

    public static string Of<T>((string Name, T Value)[] names, T value) where T : struct, Enum => names.First(pair => pair.Value.Equals(value)).Name;
}
