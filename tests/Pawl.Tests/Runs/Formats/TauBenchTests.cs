using System.Text.Json;
using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs.Formats;

public sealed class TauBenchTests
{
    [Fact]
    public async Task Import_ATrajectory_IsARunWithADecisionForEachCall()
    {
        await using var importing = new Importing();
        var report = await importing.TauTextAsync("[" + Trajectory(1, [
            User("Book me a flight"),
            Call("c1", "search", """{"to":"JFK"}""", "I look first."),
            Answer("c1", "search", "3 flights"),
            Call("c2", "book", """{"flight":"HAT030"}"""),
            Answer("c2", "book", "Error: flight HAT030 not available on date 2024-05-13")]) + "]");

        var run = await importing.FindAsync(Assert.Single(report.Runs));

        Assert.Equal(("tau", RunStatus.Completed, "Help the user", "ann"), (run.GoalId, run.Status, run.GoalDescription, run.InputData.GetProperty("user_id").GetString()));
        Assert.Equal(["dec_0", "dec_1"], run.Decisions.Select(d => d.Id));
        var (search, book) = (run.Decisions[0], run.Decisions[1]);
        Assert.Equal((DecisionType.ToolSelection, "search", "I look first."), (search.DecisionType, search.ChosenOptionId, search.Reasoning));
        Assert.Equal(["book", "search"], search.Options.Select(o => o.Id));
        Assert.Equal("""{"to":"JFK"}""", search.ChosenOption!.ActionParams.GetRawText());
        Assert.Equal("Book me a flight", search.InputContext.GetProperty("last_user_message").GetString());
        Assert.Equal((true, "3 flights", null), (search.Outcome!.Success, search.Outcome.Result.GetString(), search.Outcome.Error));
        Assert.Equal((false, "Error: flight HAT030 not available on date 2024-05-13"), (book.Outcome!.Success, book.Outcome.Error));
        Assert.Empty(run.Problems);
    }

    [Fact]
    public async Task Import_CallIdsThatRepeat_PairWithTheRightAnswers()
    {
        await using var importing = new Importing();
        await importing.TauTextAsync("[" + Trajectory(1, [
            Call("c", "a", "{}"), Answer("c", "a", "1"), Call("c", "b", "{}"), Answer("c", "b", "2"), Call("d", "a", "{}"), Call("c", "a", "{}"),
            Answer("c", "a", "4"), Answer("d", "a", "3")]) + "]");

        Assert.Equal(["1", "2", "3", "4"], (await importing.AllAsync())[0].Decisions.Select(d => d.Outcome!.Result.GetString()));
    }

    [Fact]
    public async Task Import_AnIdThatRepeatsAfterACallWithoutAnswer_PairsByTheToolsName()
    {
        await using var importing = new Importing();
        await importing.TauTextAsync("[" + Trajectory(1, [Call("c", "a", "{}"), Call("c", "b", "{}"), Answer("c", "b", "2")]) + "]");

        Assert.Equal([null, "2"], (await importing.AllAsync())[0].Decisions.Select(d => d.Outcome?.Result.GetString()));
    }

    [Fact]
    public async Task Import_AMissingAnswer_LeavesTheDecisionPending()
    {
        await using var importing = new Importing();
        await importing.TauTextAsync("[" + Trajectory(1, [Call("c", "a", "{}")]) + "]");

        var run = (await importing.AllAsync())[0];

        Assert.Null(run.Decisions[0].Outcome);
        Assert.Equal(new RunMetrics(1, 0, 0, 0, 0), run.Metrics);
    }

    [Fact]
    public async Task Import_ContentThatIsNull_IsEmpty()
    {
        await using var importing = new Importing();
        await importing.TauTextAsync("[" + Trajectory(1, [
            """{"role":"user","content":null}""", Call("c", "a", "{}", null), """{"role":"tool","tool_call_id":"c","name":"a","content":null}"""]) + "]");

        var decision = (await importing.AllAsync())[0].Decisions[0];

        Assert.Equal(("", true, ""), (decision.Reasoning, decision.Outcome!.Success, decision.Outcome.Result.GetString()));
    }

    [Theory]
    [InlineData("not json", """{"arguments":"not json"}""")]
    [InlineData("[1]", """{"arguments":"[1]"}""")]
    [InlineData("{\"a\":1,\"a\":2}", """{"arguments":"{\"a\":1,\"a\":2}"}""")]
    [InlineData("", "{}")]
    public async Task Import_ArgumentsThatAreNoObject_AreKeptAsTheyCame(string arguments, string kept)
    {
        await using var importing = new Importing();
        await importing.TauTextAsync("[" + Trajectory(1, [Call("c", "a", arguments)]) + "]");

        Assert.Equal(kept, (await importing.AllAsync())[0].Decisions[0].ChosenOption!.ActionParams.GetRawText().Replace("\\u0022", "\\\""));
    }

    [Fact]
    public async Task Import_ARewardBelowOne_IsAFailedRunWithACriticalProblem()
    {
        await using var importing = new Importing();
        await importing.TauTextAsync("[" + Trajectory(0.5, [User("x")]) + "]");

        var run = (await importing.AllAsync())[0];

        Assert.Equal((RunStatus.Failed, Severity.Critical), (run.Status, Assert.Single(run.Problems).Severity));
    }

    [Theory]
    [InlineData("""[{"name":"book","kwargs":{"f":1}}]""", "{\"f\":1}", null)]
    [InlineData("""[{"name":"book","kwargs":{"f":1.0}}]""", "{\"f\":1}", null)]
    [InlineData("""[{"name":"book","kwargs":{"f":2}}]""", "{\"f\":1}", "called book with other f")]
    [InlineData("""[{"name":"book","kwargs":{"f":1,"g":2}}]""", "{\"f\":1,\"h\":3}", "called book with other g and h")]
    [InlineData("""[{"name":"cancel","kwargs":{}}]""", "{\"f\":1}", "never called cancel; called book unasked")]
    [InlineData("""[]""", "{\"f\":1}", "called book unasked")]
    [InlineData("""[{"name":"book","kwargs":{"f":1}},{"name":"get_user","kwargs":{}}]""", "{\"f\":1}", null)]
    public async Task Import_AFailedTask_SaysHowTheCallsDifferFromTheExpectedOnes(string expected, string made, string? difference)
    {
        await using var importing = new Importing();
        await importing.TauTextAsync("[" + Trajectory(0, [Call("c", "book", made), Answer("c", "book", "ok")], expected) + "]");

        Assert.Equal(difference, (await importing.AllAsync())[0].Problems[0].RootCause);
    }

    [Fact]
    public async Task Import_AnExpectedCallThatFailed_IsSaidNotToHaveGotThrough()
    {
        await using var importing = new Importing();
        await importing.TauTextAsync("[" + Trajectory(0, [Call("c", "book", "{}"), Answer("c", "book", "Error: full")], """[{"name":"book","kwargs":{}}]""") + "]");

        Assert.Equal("never got book through", (await importing.AllAsync())[0].Problems[0].RootCause);
    }

    [Fact]
    public async Task Import_ASecondTime_AddsNothing()
    {
        await using var importing = new Importing();
        var element = Trajectory(1, [Call("c", "a", "{}")]);
        await importing.TauTextAsync($"[{element}]");

        var again = await importing.TauTextAsync($" [ {element.Replace(",\"", " , \"")} , {Trajectory(0, [User("new")])}]");

        Assert.Equal((1, 1), (again.Imported, again.Duplicates));
    }

    [Fact]
    public async Task Import_ATruncatedArray_KeepsTheCompleteRunsAndSaysWhereItEnds()
    {
        await using var importing = new Importing();
        var (first, second) = (Trajectory(1, [Call("c", "a", "{}")]), Trajectory(0, [User("second")]));

        var report = await importing.TauTextAsync($"[{first},{second[..^5]}");

        Assert.Equal(1, report.Imported);
        var rejected = Assert.Single(report.Rejected);
        Assert.Equal("tau.json[1]", rejected.File);
        Assert.Contains("half-written", rejected.Reason);
    }

    [Fact]
    public async Task Import_ATruncatedArrayWithoutAnyCall_KeepsTheCompleteRunsToo()
    {
        await using var importing = new Importing();

        var report = await importing.TauTextAsync($"[{Trajectory(1, [User("only talk")])},");

        Assert.Equal((1, 1), (report.Imported, report.Rejected.Count));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("{}", "no JSON array")]
    [InlineData("nonsense", "not valid JSON")]
    [InlineData("[", "half-written")]
    public async Task Import_AFileThatIsNoArray_IsRejectedAsAWhole(string content, string reason)
    {
        await using var importing = new Importing();

        var rejected = Assert.Single((await importing.TauTextAsync(content)).Rejected);

        Assert.StartsWith("tau.json", rejected.File);
        Assert.Contains(reason, rejected.Reason);
    }

    [Theory]
    [InlineData("42", "expected an object, found 42")]
    [InlineData("[]", "expected an object, found an array")]
    [InlineData("{}", "\"traj\" is missing")]
    [InlineData("""{"traj":[{"role":"user","content":"x"}]}""", "\"reward\" is missing")]
    [InlineData("""{"reward":1,"traj":{}}""", "$.traj: expected an array")]
    [InlineData("""{"reward":1,"traj":[{"content":"x"}]}""", "$.traj[0]: the member \"role\" is missing")]
    [InlineData("""{"reward":"1","traj":[{"role":"user"}]}""", "$.reward: expected a number")]
    [InlineData("""{"reward":1,"traj":[{"role":"assistant","tool_calls":{}}]}""", "$.traj[0].tool_calls: expected an array")]
    [InlineData("""{"reward":1,"traj":[{"role":"assistant","tool_calls":[{"id":"c"}]}]}""", "$.traj[0].tool_calls[0]: the member \"function.name\" is missing")]
    [InlineData("""{"reward":1,"traj":[{"role":"tool","tool_call_id":"c","content":""}]}""", "answers no call")]
    [InlineData("""{"reward":1,"reward":0,"traj":[{"role":"user"}]}""", "\"reward\" stands twice")]
    [InlineData("""{"reward":1,"traj":[{"role":"user","content":"\ud800"}]}""", "surrogate")]
    [InlineData("""{"reward":1e999,"traj":[{"role":"user","content":"x"}]}""", "1e999")]
    public async Task Import_AnElementThatIsNoTrajectory_IsRejectedWithItsPlaceAndTheRestIsImported(string element, string reason)
    {
        await using var importing = new Importing();

        var report = await importing.TauTextAsync($"[{Trajectory(1, [Call("c", "a", "{}")])},{element},{Trajectory(1, [User("good")])}]");

        Assert.Equal(2, report.Imported);
        var rejected = Assert.Single(report.Rejected);
        Assert.Equal("tau.json[1]", rejected.File);
        Assert.Contains(reason, rejected.Reason);
    }

    [Fact]
    public async Task Import_AnElementWithAnOversizedMember_IsRejectedAndTheRestIsImported()
    {
        await using var importing = new Importing();

        var report = await importing.TauTextAsync($"[{Trajectory(1, [User(new string('x', 17 * 1024 * 1024))])},{Trajectory(1, [User("good")])}]");

        Assert.Contains("16,777,216", Assert.Single(report.Rejected).Reason);
        Assert.Equal(1, report.Imported);
    }

    [Fact]
    public async Task Import_AnotherGoal_IsTheGoalOfTheRuns()
    {
        await using var importing = new Importing();

        await importing.TauAsync(importing.Folder.Write("x.json", $"[{Trajectory(1, [User("x")])}]"), goal: "airline-support");

        Assert.Equal("airline-support", (await importing.AllAsync())[0].GoalId);
    }

    [Fact]
    public async Task Import_NoSuchFile_IsRefused()
    {
        await using var importing = new Importing();

        await Assert.ThrowsAsync<BadInputException>(() => importing.TauAsync(importing.Folder["none.json"]));
    }

    private static string Trajectory(double reward, string[] messages, string expected = "[]") =>
        $$$"""{"task_id":1,"trial":0,"reward":{{{reward}}},"info":{"task":{"user_id":"ann","instruction":"Help the user","actions":{{{expected}}}}},"traj":[{{{string.Join(",", messages)}}}]}""";

    private static string User(string content) => JsonSerializer.Serialize(new { role = "user", content });

    private static string Call(string id, string name, string arguments, string? content = "") =>
        JsonSerializer.Serialize(new { role = "assistant", content, tool_calls = new[] { new { id, type = "function", function = new { name, arguments } } } });

    private static string Answer(string id, string name, string content) => JsonSerializer.Serialize(new { role = "tool", tool_call_id = id, name, content });
}
