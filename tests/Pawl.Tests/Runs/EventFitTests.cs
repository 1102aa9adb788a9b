using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

/// <summary>What is larger than an event may be.</summary>
public sealed class EventFitTests
{
    private static readonly string Huge = new('x', 2 * Limits.EventBytes);

    [Fact]
    public async Task RecordFailure_AHugeError_IsKeptAsAFailureWithTheErrorCut()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        run.RecordFailure(run.QuickDecision("i", "a"), Huge);

        Assert.IsType<FlushOutcome.Flushed>(await recording.Recorder.FlushAsync());

        var outcome = Assert.Single((await recording.ReadAsync(run)).Decisions).Outcome!;
        Assert.False(outcome.Success);
        Assert.StartsWith("xxx", outcome.Error);
        Assert.EndsWith($"[cut: it had {Huge.Length} characters]", outcome.Error);
    }

    [Fact]
    public async Task Decide_HugeInEveryPart_IsThereUnderTheIdThatWasGiven()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var options = Enumerable.Range(0, Limits.OptionsPerDecision)
            .Select(n => new Option { Id = $"{n}-{new string('\u2028', 240)}", Description = new string('\u2028', 5000), Pros = [Huge], ActionParams = Json.From(new { Huge }) }).ToList();
        var id = run.Decide(new string('i', Huge.Length), options, options[7].Id, Huge, activeConstraints: [Huge, Huge], inputContext: new { Huge });
        run.RecordSuccess(id);

        Assert.IsType<FlushOutcome.Flushed>(await recording.Recorder.FlushAsync());

        var decision = Assert.Single((await recording.ReadAsync(run)).Decisions);
        Assert.Equal((id, options[7].Id, Limits.OptionsPerDecision), (decision.Id, decision.ChosenOptionId, decision.Options.Count));
        Assert.True(decision.WasSuccessful);
    }

    [Fact]
    public async Task EverythingElse_HugeInEveryPart_IsThere()
    {
        await using var recording = new Recording();
        var run = await recording.Recorder.StartRunAsync("g", new RunDetails { GoalDescription = Huge, InputData = new { Huge } });
        run.Evaluate(run.QuickDecision("i", "a"), new DecisionEvaluation { Explanation = Huge, WhyBetter = Huge });
        run.ReportProblem(Severity.Minor, Huge, Huge, suggestedFix: Huge);

        Assert.IsType<FlushOutcome.Flushed>(await run.EndRunAsync(RunStatus.Completed, Huge, new { Huge }));

        var read = await recording.ReadAsync(run);
        Assert.Equal(RunStatus.Completed, read.Status);
        Assert.NotNull(Assert.Single(read.Decisions).Evaluation);
        Assert.StartsWith("xxx", Assert.Single(read.Problems).Description);
        Assert.Equal("larger than an event may be", read.OutputData.GetProperty("omitted").GetString());
    }
}
