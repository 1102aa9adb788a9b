using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class ActiveRunTests
{
    [Fact]
    public async Task Decide_WithEverything_IsReadBackAsItWasGiven()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        run.SetNode("plan");
        var id = run.Decide(
            "find a flight",
            [
                new Option { Id = "search", Description = "search", ActionType = "tool_call", ActionParams = Json.From(new { q = "x" }), Pros = ["fast"], Cons = ["dear"], Confidence = 0.75 },
                new Option { Id = "ask" },
            ],
            "search", "because", DecisionType.ToolSelection, ["no refunds"], new { user = 7 });

        var decision = Assert.Single((await recording.ReadAsync(run)).Decisions);

        Assert.Equal(("dec_0", "plan", "find a flight", "search", "because", DecisionType.ToolSelection),
            (id, decision.NodeId, decision.Intent, decision.ChosenOptionId, decision.Reasoning, decision.DecisionType));
        Assert.Equal("""{"user":7}""", decision.InputContext.GetRawText());
        Assert.Equal(["no refunds"], decision.ActiveConstraints);
        var (search, ask) = (decision.Options[0], decision.Options[1]);
        Assert.Equal(("search", "tool_call", """{"q":"x"}""", 0.75), (search.Description, search.ActionType, search.ActionParams.GetRawText(), search.Confidence));
        Assert.Equal(["fast"], search.Pros);
        Assert.Equal(["dear"], search.Cons);
        Assert.Equal(("", "unknown", "{}", 0.5), (ask.Description, ask.ActionType, ask.ActionParams.GetRawText(), ask.Confidence));
    }

    [Fact]
    public async Task Decide_NoNodeSet_BelongsToUnknown()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        run.QuickDecision("i", "a");

        Assert.Equal(["unknown"], (await recording.ReadAsync(run)).NodesExecuted);
    }

    [Fact]
    public async Task QuickDecision_AnIntent_IsOneOptionThatIsExecuted()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        run.QuickDecision("tidy up", "move the file", "it lies about");

        var decision = Assert.Single((await recording.ReadAsync(run)).Decisions);

        var option = Assert.Single(decision.Options);
        Assert.Equal(("action", "action", "move the file", "execute", "it lies about"),
            (decision.ChosenOptionId, option.Id, option.Description, option.ActionType, decision.Reasoning));
    }

    [Fact]
    public async Task RecordOutcome_Twice_TheLastCountsAndTheFirstIsKept()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var id = run.QuickDecision("i", "a");
        run.RecordOutcome(id, new Outcome { Success = false, Error = "no", TokensUsed = 5, LatencyMs = 7 });
        run.RecordOutcome(id, new Outcome { Success = true, Result = Json.From(42), TokensUsed = 1, Summary = "done", StateChanges = Json.From(new { a = 1 }) });

        var read = await recording.ReadAsync(run);

        Assert.Equal(new RunMetrics(1, 1, 0, 1, 0), read.Metrics);
        var decision = read.Decisions[0];
        Assert.Equal(("42", "done", """{"a":1}"""), (decision.Outcome!.Result.GetRawText(), decision.Outcome.Summary, decision.Outcome.StateChanges.GetRawText()));
        Assert.Equal("no", Assert.Single(decision.EarlierOutcomes).Error);
    }

    [Fact]
    public async Task Evaluate_Twice_TheLastCounts()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var id = run.QuickDecision("i", "a");
        run.Evaluate(id, new DecisionEvaluation { OutcomeQuality = 0.1 });
        run.Evaluate(id, new DecisionEvaluation { OutcomeQuality = 0.9, BetterOptionExisted = true, BetterOptionId = "b", WhyBetter = "w", ContributedToSuccess = false, Explanation = "e" });

        var judged = (await recording.ReadAsync(run)).Decisions[0].Evaluation!;

        Assert.Equal((0.9, true, "b", "w", false, "e"),
            (judged.OutcomeQuality, judged.BetterOptionExisted, judged.BetterOptionId, judged.WhyBetter, judged.ContributedToSuccess, judged.Explanation));
    }

    [Fact]
    public async Task TraverseEdge_AndSetNode_AreListedEdgesAgainNodesOnce()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        foreach (var node in new[] { "a", "b", "a" }) run.SetNode(node);
        foreach (var edge in new[] { "a-b", "b-a", "a-b" }) run.TraverseEdge(edge);

        var read = await recording.ReadAsync(run);

        Assert.Equal(["a", "b"], read.NodesExecuted);
        Assert.Equal(["a-b", "b-a", "a-b"], read.EdgesTraversed);
    }

    [Fact]
    public async Task ReportProblem_WithEverything_IsReadBackAsItWasGiven()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var decision = run.QuickDecision("i", "a");
        Assert.Equal("prob_0", run.ReportProblem(Severity.Critical, "it burns", "heat", decision, "water"));
        Assert.Equal("prob_1", run.ReportProblem(Severity.Minor, "smoke"));

        var problems = (await recording.ReadAsync(run)).Problems;

        Assert.Equal((Severity.Critical, "it burns", "heat", decision, "water"),
            (problems[0].Severity, problems[0].Description, problems[0].RootCause, problems[0].DecisionId, problems[0].SuggestedFix));
        Assert.Equal((Severity.Minor, null, null, null), (problems[1].Severity, problems[1].RootCause, problems[1].DecisionId, problems[1].SuggestedFix));
    }

    [Fact]
    public async Task EndRun_WithoutANarrative_DerivesOneAndMeasuresTheTime()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);
        var run = await recording.StartAsync();
        run.RecordSuccess(run.QuickDecision("i", "a"));
        clock.Advance(TimeSpan.FromSeconds(2.5));

        var flushed = await run.EndRunAsync(RunStatus.Completed, outputData: new { answer = 42 });

        var read = (await recording.ReadElsewhereAsync(run.Id))!;
        Assert.IsType<FlushOutcome.Flushed>(flushed);
        Assert.Equal((RunStatus.Completed, 2500L, """{"answer":42}"""), (read.Status, read.DurationMs, read.OutputData.GetRawText()));
        Assert.Equal("Run completed successfully. Made 1 decisions: 1 succeeded, 0 failed.", read.Narrative);
    }

    [Fact]
    public async Task EndRun_WithANarrative_KeepsIt()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        await run.EndRunAsync(RunStatus.Cancelled, "the user left");

        var read = await recording.ReadAsync(run);

        Assert.Equal((RunStatus.Cancelled, "the user left"), (read.Status, read.Narrative));
    }

    [Fact]
    public async Task AnyMethod_OnAnEndedRun_WarnsAndDoesNothing()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        await run.EndRunAsync(RunStatus.Completed);

        run.SetNode("n");
        run.TraverseEdge("e");
        var id = run.QuickDecision("i", "a");
        run.RecordSuccess(id);
        run.RecordSuccess("dec_7");
        run.Evaluate(id, new DecisionEvaluation());
        run.ReportProblem(Severity.Minor, "late", decisionId: id);
        await run.EndRunAsync(RunStatus.Failed);

        var read = await recording.ReadAsync(run);
        Assert.True(run.HasEnded);
        Assert.Equal((RunStatus.Completed, 0, 0, 0, 0), (read.Status, read.Decisions.Count, read.Problems.Count, read.NodesExecuted.Count, read.EdgesTraversed.Count));
        Assert.Equal(8, recording.Log.Lines.Count(l => l.Text.Contains("ended run")));
    }

    [Fact]
    public async Task Decide_AnObjectThatChangesAfterwards_IsRecordedAsItWas()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var (context, result, options, constraints) = (new Dictionary<string, object> { ["a"] = 1 }, new List<int> { 1 }, Made.Options("a", "b").ToList(), new List<string> { "c" });
        var id = run.Decide("i", options, "a", activeConstraints: constraints, inputContext: context);
        run.RecordSuccess(id, result);

        context["a"] = 2;
        result.Add(2);
        options.Clear();
        constraints.Add("d");

        var decision = (await recording.ReadAsync(run)).Decisions[0];
        Assert.Equal(("""{"a":1}""", "[1]", 2, 1),
            (decision.InputContext.GetRawText(), decision.Outcome!.Result.GetRawText(), decision.Options.Count, decision.ActiveConstraints.Count));
    }

    [Fact]
    public async Task RecordOutcome_AResultLargerThanAnEvent_IsReplacedByANoteOfItsSize()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var id = run.QuickDecision("i", "a");
        run.RecordOutcome(id, new Outcome { Success = true, Result = Json.From(new string('x', 2_000_000)), Summary = "big" });

        var outcome = (await recording.ReadAsync(run)).Decisions[0].Outcome!;

        Assert.Equal(("big", Limits.EventBytes), (outcome.Summary, outcome.Result.GetProperty("limit").GetInt32()));
        Assert.InRange(outcome.Result.GetProperty("bytes").GetInt32(), 2_000_000, 2_001_000);
    }

    [Fact]
    public async Task Decide_AContextLargerThanAnEvent_IsReplacedByANoteOfItsSize()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        run.Decide("i", Made.Options("a"), "a", inputContext: new { text = new string('x', 2_000_000) });

        Assert.Equal(Limits.EventBytes, (await recording.ReadAsync(run)).Decisions[0].InputContext.GetProperty("limit").GetInt32());
    }

    [Fact]
    public async Task RecordOutcome_AResultCutWithinAnEmojiBesideASecret_IsRecorded()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var id = run.QuickDecision("i", "a");
        using var result = System.Text.Json.JsonDocument.Parse("""{"text":"cut \ud83d","password":"hunter2","url":"https://x"}""");
        run.RecordSuccess(id, result.RootElement);

        Assert.Equal("[redacted]", (await recording.ReadAsync(run)).Decisions[0].Outcome!.Result.GetProperty("password").GetString());
    }

    [Fact]
    public async Task Decide_TextsWithHalfASurrogatePairOrNul_CanBeReadAgain()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        var id = run.QuickDecision("cut \ud83d", "NUL \0", "\udc00");
        run.RecordFailure(id, "NUL \0 and \ud83d");

        var decision = (await recording.ReadAsync(run)).Decisions[0];

        Assert.Equal(("cut \ufffd", "NUL \0", "NUL \0 and \ufffd"), (decision.Intent, decision.Options[0].Description, decision.Outcome!.Error));
    }
}
