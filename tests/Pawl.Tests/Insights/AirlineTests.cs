using System.Text.Json;
using Pawl.Insights;
using Pawl.Runs;
using Pawl.Runs.Formats;
using Xunit;

namespace Pawl.Tests.Insights;

/// <summary>Runs of a real model on real tasks, and what another tool computed of them.</summary>
public sealed class AirlineTests
{
    [Fact]
    public async Task Patterns_HiveAirline_AgreeWithThePredecessors()
    {
        var (directory, theirs) = (SharedData.Require("runs/hive-airline"), Predecessors());
        await using var database = new InsightDatabase();
        await new RunImporter(database.Database, database.Database.Runs).HiveAsync(directory, null, TimeZoneInfo.Utc);

        var ours = await database.Analyst.PatternsAsync(theirs.GetProperty("goal_id").GetString()!);

        Assert.Equal(theirs.GetProperty("run_count").GetInt64(), ours.Runs.Total);
        Assert.Equal(theirs.GetProperty("success_rate").GetDouble(), ours.Runs.Success.Rate!.Value, 1e-12);

        // They count exact texts, the five most frequent; a fingerprint holds at least as many.
        var theirFailures = theirs.GetProperty("common_failures").EnumerateArray().GroupBy(f => Fingerprint.Of(f[0].GetString())).ToList();
        Assert.NotEmpty(theirFailures);
        Assert.All(theirFailures, f => Assert.True(Assert.Single(ours.CommonFailures, o => o.Fingerprint == f.Key).Count >= f.Sum(e => e[1].GetInt64())));

        var nodes = await database.Analyst.NodesAsync(ours.GoalId);
        Assert.All(theirs.GetProperty("problematic_nodes").EnumerateArray(), t =>
            Assert.Equal(t[1].GetDouble(), Assert.Single(nodes, n => n.NodeId == t[0].GetString()).FailureRate.Rate!.Value, 1e-12));

        var patterns = theirs.GetProperty("decision_patterns");
        Assert.Equal(
            patterns.GetProperty("decision_type_distribution").EnumerateObject().Select(t => new WordCount(t.Name, t.Value.GetInt64())), ours.DecisionTypes);
        foreach (var choice in patterns.GetProperty("common_choices").EnumerateObject())
        {
            var top = Assert.Single(ours.Choices, c => c.Intent == choice.Name).Options[0];
            Assert.Equal((choice.Value.GetProperty("choice").GetString(), choice.Value.GetProperty("count").GetInt64()), ($"Use {top.Option}", top.Chosen));
        }
    }

    [Fact]
    public async Task Failures_HiveAirline_CountEveryFailedDecisionOnce()
    {
        var directory = SharedData.Require("runs/hive-airline");
        await using var database = new InsightDatabase();
        var report = await new RunImporter(database.Database, database.Database.Runs).HiveAsync(directory, null, TimeZoneInfo.Utc);
        var failed = 0;
        foreach (var id in report.Runs) failed += (await database.Database.Runs.FindAsync(id))!.Decisions.Count(d => d.Outcome is { Success: false });

        var patterns = await database.Analyst.PatternsAsync("airline-support");

        Assert.Equal(failed, patterns.FailedDecisions);
        Assert.Equal(failed, patterns.CommonFailures.Sum(f => f.Count));
        Assert.All(patterns.CommonFailures, f => Assert.Equal(f.Count, f.DecisionIds.Count));
    }

    [Fact]
    public async Task Suggest_TauAirline_ShowsThatMostFailedRunsHadNoFailedStep()
    {
        var file = SharedData.Require("runs/tau-airline.json");
        await using var database = new InsightDatabase();
        await new RunImporter(database.Database, database.Database.Runs).TauBenchAsync(file, "airline-support");

        var suggestions = await database.Analyst.SuggestAsync("airline-support");
        var overview = await database.Analyst.FailuresAsync("airline-support");

        Assert.Equal(45, overview.Silent);
        Assert.Equal(57, overview.Runs.Failed);
        Assert.StartsWith("Make wrong results visible: 45 of 57", suggestions.Items[0].Title, StringComparison.Ordinal);
        var silent = await database.Analyst.FailureAsync(RunId.Parse(suggestions.Items[0].Evidence[0]));
        Assert.StartsWith("Every recorded step succeeded", silent.Headline, StringComparison.Ordinal);
    }

    private static JsonElement Predecessors() => Json.Parse(File.ReadAllBytes(SharedData.Require("runs/hive-airline.patterns.json")));
}
