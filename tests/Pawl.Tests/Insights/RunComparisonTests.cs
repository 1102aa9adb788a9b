using FsCheck;
using FsCheck.Fluent;
using Pawl.Insights;
using Pawl.Runs;
using Xunit;
using static Pawl.Tests.Insights.RunBuilder;

namespace Pawl.Tests.Insights;

public sealed class RunComparisonTests
{
    [Fact]
    public void Of_OneStepMoreInTheMiddle_FindsTheRestAgain()
    {
        var comparison = RunComparison.Of(
            Run("run_a", RunStatus.Completed, Ok(intent: "1"), Ok(intent: "2"), Ok(intent: "3")),
            Run("run_b", RunStatus.Failed, Ok(intent: "1"), Ok(intent: "x", node: "other"), Ok(intent: "2"), Fails(intent: "3")));

        Assert.Equal(3, comparison.Common);
        Assert.Equal(1, comparison.FirstDivergence);
        Assert.Equal("2", comparison.Divergence!.A!.Intent);
        Assert.Equal("x", comparison.Divergence.B!.Intent);
        Assert.Equal(["other"], comparison.B.OnlyNodes);
        Assert.Empty(comparison.A.OnlyNodes);
        Assert.Equal("3", Assert.Single(comparison.Steps, s => s.CameOutDifferently).A!.Intent);
        Assert.Equal(6.0 / 7, comparison.Similarity!.Value, 1e-12);
    }

    [Fact]
    public void Of_TheSameRun_NeverDiverges()
    {
        var run = Run("run_a", RunStatus.Completed, Ok(), Fails("no"), Pending());

        var comparison = RunComparison.Of(run, run);

        Assert.Null(comparison.FirstDivergence);
        Assert.Null(comparison.Divergence);
        Assert.Equal(1, comparison.Similarity);
        Assert.DoesNotContain(comparison.Steps, s => s.CameOutDifferently);
    }

    [Fact]
    public void Of_EmptyRuns_HaveNoSimilarity() =>
        Assert.Null(RunComparison.Of(Run("run_a", RunStatus.Completed), Run("run_b", RunStatus.Completed)).Similarity);

    [Fact]
    public void Of_RunsBeyondTheLimit_SaysWhatIsNotAligned()
    {
        var long1 = Run("run_a", RunStatus.Completed, [.. Enumerable.Range(0, 6000).Select(i => Ok(intent: $"a{i}"))]);
        var long2 = Run("run_b", RunStatus.Completed, [.. Enumerable.Range(0, 5500).Select(i => Ok(intent: $"b{i}"))]);

        var comparison = RunComparison.Of(long1, long2);

        Assert.Equal(1500, comparison.NotAligned);
        Assert.Equal(2 * InsightLimits.AlignedDecisions, comparison.Steps.Count);
        Assert.Equal(0, comparison.Similarity);
    }

    [Fact]
    public void Align_AnySequences_IsACommonSubsequenceOfTheGreatestLength()
    {
        var sequences = Gen.Choose(0, 3).ArrayOf();
        Prop.ForAll(sequences.ToArbitrary(), sequences.ToArbitrary(), (a, b) =>
        {
            var pairs = SequenceAlignment.Align(a, b);
            var ascending = pairs.Zip(pairs.Skip(1)).All(p => p.First.A < p.Second.A && p.First.B < p.Second.B);
            return ascending && pairs.TrueForAll(p => a[p.A] == b[p.B]) && pairs.Count == Longest(a, b);
        }).QuickCheckThrowOnFailure();
    }

    private static int Longest(int[] a, int[] b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
                table[i, j] = a[i - 1] == b[j - 1] ? table[i - 1, j - 1] + 1 : Math.Max(table[i - 1, j], table[i, j - 1]);
        }

        return table[a.Length, b.Length];
    }
}
