using Pawl.Insights;
using Pawl.Runs;
using Xunit;
using static Pawl.Tests.Insights.RunBuilder;

namespace Pawl.Tests.Insights;

public sealed class SuggestionsTests
{
    [Fact]
    public async Task Suggest_AnErrorThatCostsRuns_ComesFirstWithWhatItMayBring()
    {
        await using var database = await InsightDatabase.WithAsync([.. Many("ok", 60, RunStatus.Completed, Ok()), .. Many("bad", 30, RunStatus.Failed, Fails("flight HAT030 is full"))]);

        var suggestions = await database.Analyst.SuggestAsync("goal");

        var first = suggestions.Items.First(s => s.Kind == SuggestionKind.Failure);
        Assert.Contains("flight <id> is full", first.Title, StringComparison.Ordinal);
        Assert.Equal(30, first.Effect!.Runs, 1e-9);
        Assert.True(first.Effect.IsClear);
        Assert.True(first.Effect.Low is > 0 and < 30);
        Assert.Equal(30, first.Evidence.Count);
        Assert.Equal("bad_29/dec_0", first.Evidence[0]);
        Assert.Contains(suggestions.Items, s => s.Kind == SuggestionKind.Node);
    }

    [Fact]
    public async Task Suggest_AnErrorThatRunsCopeWith_IsNotOne()
    {
        await using var database = await InsightDatabase.WithAsync([.. Many("coped", 30, RunStatus.Completed, Fails("busy"), Ok()), .. Many("ok", 30, RunStatus.Completed, Ok()), .. Many("bad", 5, RunStatus.Failed, Ok())]);

        Assert.DoesNotContain((await database.Analyst.SuggestAsync("goal")).Items, s => s.Kind == SuggestionKind.Failure);
    }

    [Fact]
    public async Task Suggest_RunsThatFailedWithoutAFailedStep_SaysHowManyAndWhy()
    {
        await using var database = await InsightDatabase.WithAsync(
        [
            .. Many("ok", 10, RunStatus.Completed, Ok()),
            .. Many("silent", 9, RunStatus.Failed, Ok()).Select(r => r with { Problems = [Critical("wrong result", "called cancel unasked; never called book")] }),
            .. Many("loud", 3, RunStatus.Failed, Fails()),
            .. Many("coped", 3, RunStatus.Completed, Fails()),
        ]);

        var silent = Assert.Single((await database.Analyst.SuggestAsync("goal")).Items, s => s.Kind == SuggestionKind.Silent);

        Assert.Contains("9 of 12 failed runs failed though no step failed", silent.Title, StringComparison.Ordinal);
        Assert.Contains("called cancel unasked (9), never called book (9)", silent.Why, StringComparison.Ordinal);
        Assert.Equal(4.5, silent.Effect!.Runs, 1e-9); // half of the runs that met an error coped with it
        Assert.All(silent.Evidence, id => Assert.StartsWith("silent_", id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Suggest_AnOptionThatSucceedsMoreOften_IsPreferredOnlyWhereThatIsClear()
    {
        await using var clear = await InsightDatabase.WithAsync(
            [.. Many("a", 40, RunStatus.Completed, Ok("a")), .. Many("b", 30, RunStatus.Failed, Fails(chosen: "b")), .. Many("c", 10, RunStatus.Completed, Ok("b"))]);
        await using var unclear = await InsightDatabase.WithAsync(
            [.. Many("a", 10, RunStatus.Completed, Ok("a")), .. Many("b", 2, RunStatus.Failed, Fails(chosen: "b")), .. Many("c", 9, RunStatus.Completed, Ok("b"))]);

        var option = Assert.Single((await clear.Analyst.SuggestAsync("goal")).Items, s => s.Kind == SuggestionKind.Option);
        Assert.Equal("For \"intent\" prefer \"a\" to \"b\"", option.Title);
        Assert.Equal(30, option.Evidence.Count);
        Assert.All(option.Evidence, id => Assert.StartsWith("b_", id, StringComparison.Ordinal));
        Assert.DoesNotContain((await unclear.Analyst.SuggestAsync("goal")).Items, s => s.Kind == SuggestionKind.Option);
    }

    [Fact]
    public async Task Suggest_TheSameFailingCallAgain_IsTakenForARepetitionOnlyWithTheSameParameters()
    {
        await using var same = await InsightDatabase.WithAsync([.. Many("bad", 5, RunStatus.Failed, With(1), With(1)), .. Many("ok", 20, RunStatus.Completed, Ok())]);
        await using var other = await InsightDatabase.WithAsync([.. Many("bad", 5, RunStatus.Failed, With(1), With(2)), .. Many("ok", 20, RunStatus.Completed, Ok())]);

        var retry = Assert.Single((await same.Analyst.SuggestAsync("goal")).Items, s => s.Kind == SuggestionKind.Retry);
        Assert.Equal(5, retry.N);
        Assert.Equal(10, retry.Evidence.Count);
        Assert.DoesNotContain((await other.Analyst.SuggestAsync("goal")).Items, s => s.Kind == SuggestionKind.Retry);
    }

    [Fact]
    public async Task Suggest_AChoiceThatFailingRunsMakeMoreOften_IsWorthALook()
    {
        await using var database = await InsightDatabase.WithAsync(
            [.. Many("ok", 40, RunStatus.Completed, Ok("a")), .. Many("bad", 30, RunStatus.Failed, Ok("a"), Ok("b")), .. Many("good", 5, RunStatus.Completed, Ok("b"))]);

        var path = Assert.Single((await database.Analyst.SuggestAsync("goal")).Items, s => s.Kind == SuggestionKind.Path);

        Assert.Contains("\"b\"", path.Title, StringComparison.Ordinal);
        Assert.Equal(35, path.N);
        Assert.Equal("bad_29/dec_1", path.Evidence[0]);
    }

    [Fact]
    public async Task Suggest_ALowSuccessRate_SpeaksOfTheWholeOnlyWhereEvenTheUpperEndIsLow()
    {
        await using var low = await InsightDatabase.WithAsync([.. Many("ok", 30, RunStatus.Completed, Ok()), .. Many("bad", 30, RunStatus.Failed, Ok())]);
        await using var few = await InsightDatabase.WithAsync([.. Many("ok", 2, RunStatus.Completed, Ok()), .. Many("bad", 1, RunStatus.Failed, Ok())]);

        Assert.Equal(SuggestionKind.Architecture, (await low.Analyst.SuggestAsync("goal")).Items[^1].Kind);
        Assert.DoesNotContain((await few.Analyst.SuggestAsync("goal")).Items, s => s.Kind == SuggestionKind.Architecture);
    }

    [Fact]
    public async Task Suggest_NothingEnded_HasNothingToSay()
    {
        await using var database = await InsightDatabase.WithAsync(Many("now", 3, RunStatus.Running, Pending()));

        Assert.Empty((await database.Analyst.SuggestAsync("goal")).Items);
    }

    private static IEnumerable<Run> Many(string name, int count, RunStatus status, params Decision[] decisions) =>
        Enumerable.Range(0, count).Select(i => Run($"{name}_{i}", status, Start.AddMinutes(i), decisions));

    private static Decision With(int seat)
    {
        var call = Fails("seat is taken");
        return call with { Options = [call.Options[0] with { ActionParams = Json.From(new { seat }) }, call.Options[1]] };
    }
}
