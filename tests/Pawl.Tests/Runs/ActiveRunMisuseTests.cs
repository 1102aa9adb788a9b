using System.Text;
using System.Text.Json;
using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

/// <summary>Misuse throws at once, in front of the caller, and records nothing.</summary>
public sealed class ActiveRunMisuseTests
{
    public static TheoryData<string, Action<ActiveRun>> Misuses => new()
    {
        { "the chosen option is not there", run => run.Decide("i", Made.Options("a", "b"), "c") },
        { "no options", run => run.Decide("i", [], "a") },
        { "an option id twice", run => run.Decide("i", Made.Options("a", "a"), "a") },
        { "an option id twice among many", run => run.Decide("i", Made.Options([.. Enumerable.Range(0, 40).Select(n => "o" + n), "o7"]), "o1") },
        { "an empty option id", run => run.Decide("i", Made.Options("", "a"), "a") },
        { "an option id with NUL", run => run.Decide("i", Made.Options("a\0"), "a\0") },
        { "257 options", run => run.Decide("i", Made.Options([.. Enumerable.Range(0, 257).Select(n => "o" + n)]), "o1") },
        { "confidence NaN", run => run.Decide("i", [new Option { Id = "a", Confidence = double.NaN }], "a") },
        { "confidence above 1", run => run.Decide("i", [new Option { Id = "a", Confidence = 1.0001 }], "a") },
        { "confidence below 0", run => run.Decide("i", [new Option { Id = "a", Confidence = -0.0001 }], "a") },
        { "confidence infinite", run => run.Decide("i", [new Option { Id = "a", Confidence = double.PositiveInfinity }], "a") },
        { "an intent with NUL", run => run.QuickDecision("a\0b", "x") },
        { "a context that is no object", run => run.Decide("i", Made.Options("a"), "a", inputContext: 42) },
        { "a context with NaN", run => run.Decide("i", Made.Options("a"), "a", inputContext: new { x = double.NaN }) },
        { "an unknown decision", run => run.RecordSuccess("dec_1") },
        { "a decision of another spelling", run => run.RecordSuccess("dec_00") },
        { "no decision id at all", run => run.RecordSuccess("") },
        { "a number beyond any", run => run.RecordSuccess("dec_99999999999999999999") },
        { "negative tokens", run => run.RecordOutcome("dec_0", new Outcome { Success = true, TokensUsed = -1 }) },
        { "negative time", run => run.RecordOutcome("dec_0", new Outcome { Success = true, LatencyMs = -1 }) },
        { "a result that is NaN", run => run.RecordSuccess("dec_0", double.NaN) },
        { "a result that nests too deep", run => run.RecordOutcome("dec_0", new Outcome { Success = true, Result = Deep(200) }) },
        { "a state change that nests too deep", run => run.RecordOutcome("dec_0", new Outcome { Success = true, StateChanges = Deep(200) }) },
        { "parameters that nest too deep", run => run.Decide("i", [new Option { Id = "a", ActionParams = Deep(200) }], "a") },
        { "a context that nests too deep", run => run.Decide("i", Made.Options("a"), "a", inputContext: Deep(200)) },
        { "quality NaN", run => run.Evaluate("dec_0", new DecisionEvaluation { OutcomeQuality = double.NaN }) },
        { "alignment above 1", run => run.Evaluate("dec_0", new DecisionEvaluation { AlignmentScore = 3 }) },
        { "an evaluation of nothing", run => run.Evaluate("dec_9", new DecisionEvaluation()) },
        { "a severity of no name", run => run.ReportProblem("fatal", "x") },
        { "a problem of no decision", run => run.ReportProblem(Severity.Minor, "x", decisionId: "dec_5") },
        { "an empty node", run => run.SetNode("") },
        { "a node of 257 characters", run => run.SetNode(new string('n', 257)) },
        { "an empty edge", run => run.TraverseEdge("") },
        { "a run that ends as running", run => _ = run.EndRunAsync(RunStatus.Running).GetAwaiter().GetResult() },
        { "a run that ends as stuck", run => _ = run.EndRunAsync(RunStatus.Stuck).GetAwaiter().GetResult() },
        { "output that is no object", run => _ = run.EndRunAsync(RunStatus.Completed, outputData: new[] { 1 }).GetAwaiter().GetResult() },
    };

    [Theory]
    [MemberData(nameof(Misuses), DisableDiscoveryEnumeration = true)]
    public async Task AnyMethod_Misused_ThrowsAtOnceAndRecordsNothing(string misuse, Action<ActiveRun> act)
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        run.QuickDecision("good", "a");

        Assert.True(Record.Exception(() => act(run)) is ArgumentException, misuse);

        var read = await recording.ReadAsync(run);
        Assert.Equal((RunStatus.Running, 1, 0), (read.Status, read.Decisions.Count, read.Problems.Count));
        Assert.Null(read.Decisions[0].Outcome);
        Assert.Null(read.Decisions[0].Evaluation);
        Assert.Equal("dec_1", run.QuickDecision("next", "a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0")]
    public async Task StartRun_AGoalThatIsNoName_Throws(string goal)
    {
        await using var recording = new Recording();

        await Assert.ThrowsAsync<ArgumentException>(() => recording.StartAsync(goal));
    }

    [Fact]
    public async Task Decide_AValueAtTheLimitOfNesting_IsRecorded()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var deep = Deep(Limits.JsonDepth);
        run.RecordOutcome(
            run.Decide("password=x", [new Option { Id = "a", ActionParams = deep }], "a", inputContext: deep), new Outcome { Success = true, Result = deep });

        var decision = (await recording.ReadAsync(run)).Decisions[0];

        Assert.Equal(deep.GetRawText(), decision.Options[0].ActionParams.GetRawText());
        Assert.Equal(deep.GetRawText(), decision.Outcome!.Result.GetRawText());
    }

    private static JsonElement Deep(int levels)
    {
        var text = new StringBuilder();
        for (var i = 0; i < levels; i++) text.Append("{\"a\":");
        using var document = JsonDocument.Parse(text.Append('1').Append('}', levels).ToString(), new JsonDocumentOptions { MaxDepth = 1000 });
        return document.RootElement.Clone();
    }
}
