using FsCheck;
using FsCheck.Fluent;
using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class RunJsonTests
{
    private static readonly Config Checked = Config.QuickThrowOnFailure.WithMaxTest(LongRun.Scale(500, 20_000));

    [Fact]
    public void Run_AnyRun_IsWrittenReadAndWrittenTheSame() => Check.One(Checked, Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
    {
        var written = Made.Text(RandomRun.Of(seed));
        return written == Made.Text(Made.Parse(written));
    }));

    [Fact]
    public void Run_UnknownMembersOnEveryLevel_AreKept()
    {
        var run = Made.Parse(
            """
            {"id":"r","goal_id":"g","started_at":"2026-11-20T23:57:49Z","status":"running","x":1,
             "agent":{"name":"a","x":2},"served":[{"flag":"f","version":1,"variant":"v","x":3}],"refs":[{"kind":"k","id":"i","x":4}],"metrics":{"x":5},
             "problems":[{"id":"p","severity":"odd","description":"","x":6}],
             "decisions":[{"id":"d","timestamp":0,"node_id":"n","intent":"","chosen_option_id":"o","x":7,
               "options":[{"id":"o","x":8}],"outcome":{"success":true,"x":9},"earlier_outcomes":[{"success":true,"x":10}],"evaluation":{"x":11}}]}
            """);

        var text = Made.Text(run);

        Assert.All(Enumerable.Range(1, 11), n => Assert.Contains($"\"x\":{n}", text));
    }

    [Fact]
    public void Run_OnlyWhatMustBeThere_TakesTheDefaultsOfTheRecord()
    {
        var run = Made.Parse("""
            {"id":"r","goal_id":"g","started_at":"2026-11-20T23:57:49Z","status":"completed",
             "decisions":[{"id":"d","timestamp":0,"node_id":"n","intent":"i","chosen_option_id":"o","options":[{"id":"o"}],"outcome":{"success":true},"evaluation":{}}]}
            """);

        var (decision, option) = (run.Decisions[0], run.Decisions[0].Options[0]);
        Assert.Equal(("", "unknown", 0.5, 0, 0), (option.Description, option.ActionType, option.Confidence, option.Pros.Count, option.Cons.Count));
        Assert.Equal(
            (0L, 0L, "", null, "null", "{}"),
            (decision.Outcome!.TokensUsed, decision.Outcome.LatencyMs, decision.Outcome.Summary, decision.Outcome.Error, decision.Outcome.Result.GetRawText(),
                decision.Outcome.StateChanges.GetRawText()));
        Assert.Equal(
            (true, 1.0, false, null, 1.0, null, ""),
            (decision.Evaluation!.GoalAligned, decision.Evaluation.AlignmentScore, decision.Evaluation.BetterOptionExisted, decision.Evaluation.BetterOptionId,
                decision.Evaluation.OutcomeQuality, decision.Evaluation.ContributedToSuccess, decision.Evaluation.Explanation));
        Assert.Equal(DecisionType.Custom, decision.DecisionType);
        Assert.Equal(["n"], run.NodesExecuted);
    }

    [Fact]
    public void Run_DerivedMembersThatLie_AreDerivedAnew()
    {
        var run = Made.Parse("""
            {"id":"r","goal_id":"g","started_at":0,"completed_at":2,"status":"completed","duration_ms":-5,
             "metrics":{"total_decisions":9,"successful_decisions":9,"failed_decisions":0,"success_rate":3.0,"total_tokens":7},
             "decisions":[{"id":"d","timestamp":0,"node_id":"n","intent":"i","chosen_option_id":"o","options":[{"id":"o"}],"was_successful":true,
               "was_good_decision":true,"chosen_option":{"id":"z"},"outcome":{"success":false}}]}
            """);

        Assert.Equal((1, 0, 1, 0.0, 2000), (run.Metrics.TotalDecisions, run.Metrics.SuccessfulDecisions, run.Metrics.FailedDecisions, run.Metrics.SuccessRate, run.DurationMs));
        Assert.Equal("o", run.Decisions[0].ChosenOption!.Id);
        Assert.Empty(run.Decisions[0].Extra);
    }

    [Theory]
    [InlineData("""[]""", "$: expected an object, found an array")]
    [InlineData("""{"goal_id":"g","started_at":0,"status":"failed"}""", "\"id\" is missing")]
    [InlineData("""{"id":"r","started_at":0,"status":"failed"}""", "\"goal_id\" is missing")]
    [InlineData("""{"id":"r","goal_id":"g","status":"failed"}""", "\"started_at\" is missing")]
    [InlineData("""{"id":"r","goal_id":"g","started_at":0}""", "\"status\" is missing")]
    [InlineData("""{"id":"../r","goal_id":"g","started_at":0,"status":"failed"}""", "$.id: expected a run id")]
    [InlineData("""{"id":"r","goal_id":"g","started_at":0,"status":"done"}""", "$.status: expected running, completed")]
    [InlineData("""{"id":"r","goal_id":"g","started_at":0,"status":"failed","decisions":{}}""", "$.decisions: expected an array, found an object")]
    [InlineData("""{"id":"r","goal_id":"g","started_at":0,"status":"failed","decisions":[1]}""", "$.decisions[0]: expected an object, found 1")]
    [InlineData("""{"id":"r","goal_id":"g","started_at":0,"status":"failed","input_data":[]}""", "$.input_data: expected an object, found an array")]
    [InlineData("""{"id":"r","goal_id":"g\u0000","started_at":0,"status":"failed"}""", "$.goal_id: a name may not hold a NUL character")]
    [InlineData("""{"id":"r","goal_id":"","started_at":0,"status":"failed"}""", "$.goal_id: expected a name, found an empty string")]
    [InlineData("""{"id":"r","goal_id":"g","started_at":0,"status":"failed","problems":[{"id":"p","severity":"minor","description":""},{"id":"p","severity":"minor","description":""}]}""", "$.problems: the id \"p\" stands twice")]
    public void Run_SomethingElseInAPlace_IsRefusedWithThePathToIt(string json, string message) =>
        Assert.Contains(message, Assert.Throws<JsonShapeException>(() => Made.Parse(json)).Message);

    [Theory]
    [InlineData("\"options\":[{\"id\":\"o\",\"confidence\":1.01}]", "$.decisions[0].options[0].confidence: expected a number from 0 to 1, found 1.01")]
    [InlineData("\"options\":[{\"id\":\"o\"},{\"id\":\"o\"}]", "the id \"o\" stands twice")]
    [InlineData("\"decision_type\":\"guess\"", "$.decisions[0].decision_type: expected a decision type")]
    [InlineData("\"outcome\":{}", "$.decisions[0].outcome: the member \"success\" is missing")]
    [InlineData("\"outcome\":{\"success\":\"yes\"}", "$.decisions[0].outcome.success: expected true or false, found \"yes\"")]
    [InlineData("\"outcome\":{\"success\":true,\"tokens_used\":-1}", "$.decisions[0].outcome.tokens_used: expected a whole number of at least 0, found -1")]
    [InlineData("\"evaluation\":{\"outcome_quality\":2}", "$.decisions[0].evaluation.outcome_quality")]
    [InlineData("\"intent\":\"a\\u0000\"", "$.decisions[0].intent: an intent may not hold a NUL character")]
    [InlineData("\"chosen_option_id\":\"a\\u0000\"", "$.decisions[0].chosen_option_id: a name may not hold a NUL character")]
    public void Run_ADecisionThatIsWrong_IsRefusedWithThePathToIt(string member, string message)
    {
        var name = member.Split('"')[1];
        var members = new Dictionary<string, string>
        {
            ["id"] = "\"id\":\"d\"",
            ["timestamp"] = "\"timestamp\":0",
            ["node_id"] = "\"node_id\":\"n\"",
            ["intent"] = "\"intent\":\"i\"",
            ["chosen_option_id"] = "\"chosen_option_id\":\"o\"",
        };
        members[name] = member;
        var json = $$"""{"id":"r","goal_id":"g","started_at":0,"status":"failed","decisions":[{{{string.Join(",", members.Values)}}}]}""";

        Assert.Contains(message, Assert.Throws<JsonShapeException>(() => Made.Parse(json)).Message);
    }

    [Fact]
    public void Run_257Options_AreMoreThanADecisionMayWeigh()
    {
        var options = string.Join(",", Enumerable.Range(0, 257).Select(n => $$"""{"id":"o{{n}}"}"""));

        Assert.Contains("256", Assert.Throws<JsonShapeException>(() => Made.Parse(
            $$"""{"id":"r","goal_id":"g","started_at":0,"status":"failed","decisions":[{"options":[{{options}}]}]}""")).Message);
    }
}
