using System.Text.Json;
using Pawl.Insights;
using Pawl.Runs;
using Xunit;
using static Pawl.Tests.Insights.RunBuilder;

namespace Pawl.Tests.Insights;

public sealed class AnalystTests
{
    [Fact]
    public async Task Patterns_AnUnknownGoal_NamesThoseThereAre()
    {
        await using var database = await InsightDatabase.WithAsync(Run("run_1", RunStatus.Completed, Ok()));

        var refusal = await Assert.ThrowsAsync<BadInputException>(() => database.Analyst.PatternsAsync("goals"));

        Assert.Equal("There is no run of the goal \"goals\". The goals are: goal.", refusal.Message);
    }

    [Fact]
    public async Task Failure_AnUnknownRun_IsRefused()
    {
        await using var database = await InsightDatabase.WithAsync(Run("run_1", RunStatus.Completed, Ok()));

        await Assert.ThrowsAsync<BadInputException>(() => database.Analyst.FailureAsync(RunId.Parse("run_2")));
        await Assert.ThrowsAsync<BadInputException>(() => database.Analyst.CompareAsync(RunId.Parse("run_1"), RunId.Parse("run_2")));
    }

    [Fact]
    public async Task Failure_ARunWhoseIntentSucceededElsewhere_NamesTheOption()
    {
        await using var database = await InsightDatabase.WithAsync(
            Run("run_1", RunStatus.Failed, Fails(intent: new string('i', 300))), Run("run_2", RunStatus.Completed, Ok("b", intent: new string('i', 300))));

        var failure = await database.Analyst.FailureAsync(RunId.Parse("run_1"));

        Assert.Contains(failure.Suggestions, s => s.Text.StartsWith("\"b\" was offered and not taken", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nodes_OneFailureInTwo_IsNotCalledAProblem()
    {
        await using var database = await InsightDatabase.WithAsync(
        [
            Run("run_1", RunStatus.Failed, Ok(node: "rare"), Fails(node: "rare")),
            .. Enumerable.Range(0, 40).Select(i => Run($"often_{i}", RunStatus.Failed, i % 2 == 0 ? Ok(node: "often") : Fails(node: "often"))),
        ]);

        var nodes = await database.Analyst.NodesAsync("goal");

        Assert.Equal(["often"], nodes.Where(n => n.IsProblematic).Select(n => n.NodeId));
        Assert.Equal(["often"], (await database.Analyst.PatternsAsync("goal")).ProblematicNodes.Select(n => n.NodeId));
    }

    [Fact]
    public async Task Patterns_AsJson_HasTheMembersThatAreNamedInTheContract()
    {
        await using var database = await InsightDatabase.WithAsync(Enumerable.Range(0, 20).Select(i => Run($"run_{i}", RunStatus.Failed, Fails($"no {i}"))));
        var patterns = await database.Analyst.PatternsAsync("goal");

        var json = Written(to => InsightJson.Write(to, patterns));

        Assert.Equal(20, json.GetProperty("run_count").GetInt64());
        Assert.Equal(0, json.GetProperty("success_rate").GetDouble());
        var failure = json.GetProperty("common_failures")[0];
        Assert.Equal(("no <n>", "no 19", 20L, "run_19/dec_0"), (failure.GetProperty("fingerprint").GetString(), failure.GetProperty("example").GetString(),
            failure.GetProperty("count").GetInt64(), failure.GetProperty("decision_ids")[0].GetString()));
        var node = json.GetProperty("problematic_nodes")[0];
        Assert.Equal(("node", 20L, 20L, 1.0, 1.0), (node.GetProperty("node_id").GetString(), node.GetProperty("decisions").GetInt64(), node.GetProperty("failures").GetInt64(),
            node.GetProperty("failure_rate").GetDouble(), node.GetProperty("high").GetDouble()));
        Assert.InRange(node.GetProperty("low").GetDouble(), 0.8, 0.9);
        Assert.Equal(20, json.GetProperty("decision_types").GetProperty("tool_selection").GetInt64());
        var options = json.GetProperty("choices")[0].GetProperty("options");
        Assert.Equal(("a", 20L, 0L), (options[0].GetProperty("option").GetString(), options[0].GetProperty("chosen").GetInt64(), options[0].GetProperty("succeeded").GetInt64()));
        Assert.Equal(("b", 0L), (options[1].GetProperty("option").GetString(), options[1].GetProperty("chosen").GetInt64()));
    }

    [Fact]
    public async Task Write_EveryInsight_IsOneJsonDocument()
    {
        await using var database = await InsightDatabase.WithAsync(
            Run("run_1", RunStatus.Failed, Ok(), Fails()) with { GoalDescription = "do it", Problems = [Critical("bad", "cause")] }, Run("run_2", RunStatus.Completed, Ok()), Run("run_3", RunStatus.Cancelled));
        var (analyst, one, two) = (database.Analyst, RunId.Parse("run_1"), RunId.Parse("run_2"));

        var failure = await analyst.FailureAsync(one);
        var overview = await analyst.FailuresAsync();
        var nodes = await analyst.NodesAsync("goal");
        var runs = await analyst.CompareAsync(one, two);
        var cohorts = await analyst.CompareAsync("goal", Start, Start.AddDays(1));
        var suggestions = await analyst.SuggestAsync("goal");

        Assert.Equal(("run_1/dec_1", "do it"), (Written(to => InsightJson.Write(to, failure)).GetProperty("first_failure").GetString(), Written(to => InsightJson.Write(to, failure)).GetProperty("goal_description").GetString()));
        Assert.Equal("do it", Written(to => InsightJson.Write(to, overview)).GetProperty("groups")[0].GetProperty("goal_descriptions")[0].GetString());
        Assert.Equal("first_failed_decision", Written(to => InsightJson.Write(to, overview)).GetProperty("groups")[0].GetProperty("kind").GetString());
        Assert.Equal(1, Written(to => InsightJson.Write(to, "goal", nodes)).GetProperty("nodes")[0].GetProperty("failures").GetInt64());
        Assert.Equal(1, Written(to => InsightJson.Write(to, runs)).GetProperty("first_divergence").GetProperty("step").GetInt64());
        Assert.Equal(JsonValueKind.Null, Written(to => InsightJson.Write(to, cohorts)).GetProperty("difference").ValueKind);
        Assert.Equal(JsonValueKind.Array, Written(to => InsightJson.Write(to, suggestions)).GetProperty("suggestions").ValueKind);
    }

    private static JsonElement Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer)) write(to);
        return Json.Parse(buffer.WrittenMemory);
    }
}
