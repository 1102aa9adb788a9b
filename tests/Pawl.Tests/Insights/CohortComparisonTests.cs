using Pawl.Insights;
using Pawl.Runs;
using Xunit;
using static Pawl.Tests.Insights.RunBuilder;

namespace Pawl.Tests.Insights;

public sealed class CohortComparisonTests
{
    private static readonly DateTimeOffset Change = Start.AddDays(1);

    [Fact]
    public async Task Compare_AClearRise_SaysByHowMuchAndWhatIsGone()
    {
        await using var database = await InsightDatabase.WithAsync([.. Cohort("a", Start, 20, 40, "it broke"), .. Cohort("b", Change, 50, 10, "new trouble")]);

        var comparison = await database.Analyst.CompareAsync("goal", Change, Change);

        Assert.StartsWith("The success rate rose by ", comparison.Verdict, StringComparison.Ordinal);
        Assert.True(comparison.Difference!.IsClear);
        var gone = Assert.Single(comparison.Changes, c => c.Name == "it broke");
        Assert.Equal(("gone", true, new Proportion(40, 60), new Proportion(0, 60)), (gone.Change, gone.IsClear, gone.Before, gone.After));
        Assert.Equal("new", Assert.Single(comparison.Changes, c => c.Name == "new trouble").Change);
        Assert.Equal("less", Assert.Single(comparison.Changes, c => c.Kind == "node").Change);
        Assert.All(comparison.Changes, c => Assert.True(c.AdjustedP >= c.Difference!.P));
    }

    [Fact]
    public async Task Compare_AFewRuns_DoesNotClaimAChange()
    {
        await using var database = await InsightDatabase.WithAsync([.. Cohort("a", Start, 1, 2), .. Cohort("b", Change, 2, 1)]);

        var comparison = await database.Analyst.CompareAsync("goal", Change, Change);

        Assert.StartsWith("These runs do not tell whether the success rate changed", comparison.Verdict, StringComparison.Ordinal);
        Assert.DoesNotContain(comparison.Changes, c => c.IsClear);
    }

    [Fact]
    public async Task Compare_NothingAfter_SaysSo()
    {
        await using var database = await InsightDatabase.WithAsync(Cohort("a", Start, 5, 5));

        var comparison = await database.Analyst.CompareAsync("goal", Change, Change);

        Assert.Null(comparison.Difference);
        Assert.Equal("No run that ended started after the second time: nothing can be compared.", comparison.Verdict);
        Assert.All(comparison.Changes, c => Assert.Equal("untested", c.Change));
    }

    [Fact]
    public async Task Compare_OverlappingTimes_IsRefused()
    {
        await using var database = await InsightDatabase.WithAsync(Cohort("a", Start, 1, 0));

        await Assert.ThrowsAsync<BadInputException>(() => database.Analyst.CompareAsync("goal", Change, Start));
    }

    private static IEnumerable<Run> Cohort(string name, DateTimeOffset from, int completed, int failed, string error = "it broke") =>
        Enumerable.Range(0, completed + failed).Select(i => i < completed
            ? Run($"{name}_{i}", RunStatus.Completed, from.AddMinutes(i), Ok()) : Run($"{name}_{i}", RunStatus.Failed, from.AddMinutes(i), Fails(error)));
}
