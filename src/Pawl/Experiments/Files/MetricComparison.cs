using Pawl.Statistics;

namespace Pawl.Experiments.Files;

/// <summary>One metric's arms against the control.</summary>
internal sealed class MetricComparison(FileAnalysis analysis, IReadOnlyList<string> names, ArmSums sums)
{
    public MetricReport Report(MetricColumn metric) => new()
    {
        Metric = metric,
        CappedAt = sums.CappedAt,
        Method = analysis.Rule.Method,
        Arms = [.. names.Zip(sums.Arms, (name, arm) => new ArmReport(name, arm.Units, arm.Value))],
        Effects = [.. Effects(Difference.Absolute).Zip(Effects(Difference.Relative)).SelectMany(pair => new[] { pair.First, pair.Second })],
    };

    // Bounds are at α/m; p-values are Holm's, in which an arm that cannot be tested counts with p = 1.
    private IEnumerable<EffectReport> Effects(Difference difference)
    {
        var tested = Enumerable.Range(1, names.Count - 1).Select(arm => Test(arm, difference)).ToList();
        var adjusted = Holm.Adjust([.. tested.Select(effect => effect.P ?? 1)]);
        return tested.Select((effect, i) => effect.P is null ? effect : effect with { P = adjusted[i] });
    }

    private EffectReport Test(int arm, Difference difference)
    {
        var report = new EffectReport { Arm = names[arm], Difference = difference };
        var effect = Effect.Between(sums.Arms[0], sums.Arms[arm], difference);
        if (effect is not Effect.Measured measured) return report with { Reason = ((Effect.Unmeasured)effect).Reason };
        if (Readiness.Of(sums.Arms[0], sums.Arms[arm], difference) is Readiness.Undecided undecided)
            return report with { Estimate = measured.Estimate, Reason = undecided.Reason };
        return analysis.Rule.Test(effect, analysis.Rule.Alpha / (names.Count - 1)) switch
        {
            TwoSidedResult.Tested test => report with { Estimate = test.Estimate, Lower = test.Lower, Upper = test.Upper, P = test.P },
            TwoSidedResult.Untested untested => report with { Estimate = measured.Estimate, Reason = untested.Reason },
            var other => throw new InvalidOperationException($"A test cannot end in {other.GetType().Name}."),
        };
    }
}
