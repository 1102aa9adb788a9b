using Pawl.Statistics;

namespace Pawl.Experiments.Files;

/// <summary>How one row of checkpoints is judged.</summary>
internal sealed class ReplayLook(AnalysisRule rule, IReadOnlyList<double>? split)
{
    private readonly SampleRatioTest _split = new(split ?? [1, 1]);
    private readonly AnalysisRule _yardstick = rule with { Method = AnalysisMethod.Fixed };

    /// <summary>Whether the rule looks once, at the last row.</summary>
    public bool OnlyLast => rule.Method == AnalysisMethod.Fixed;

    public bool IsSignificant(CheckpointRow row) => IsSignificant(row, rule);

    /// <summary>By Welch's test, which the last row is entitled to.</summary>
    public bool IsSignificantAtTheEnd(CheckpointRow row) => IsSignificant(row, _yardstick);

    /// <summary>Whether a split agreed on is broken; without one nothing is.</summary>
    public bool IsMismatch(CheckpointRow row) => split is not null && SplitP(row) < SampleRatioTest.Alpha;

    public double SplitP(CheckpointRow row)
    {
        long[] counts = [row.Control.Units, row.Treatment.Units];
        return ((SplitResult.Tested)(rule.Method == AnalysisMethod.Sequential ? _split.Sequential(counts) : _split.Fixed(counts))).P;
    }

    private static bool IsSignificant(CheckpointRow row, AnalysisRule rule) => rule.Test(row.Effect(), rule.Alpha) is TwoSidedResult.Tested { IsSignificant: true };
}
