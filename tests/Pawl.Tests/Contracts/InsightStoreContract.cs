using Pawl.Insights;
using Pawl.Runs;
using Pawl.Storage;
using Pawl.Tests.Insights;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What every insight store must answer: the same as counting over the runs themselves.</summary>
public abstract class InsightStoreContract
{
    private const string Goal = "goal";

    protected abstract Task<Database> OpenAsync();

    [Fact]
    public async Task Patterns_ManyRuns_EqualCountingByHand()
    {
        var runs = Runs();
        await using var database = await FilledAsync(runs);

        var patterns = await new Analyst(database.Insights, database.Runs).PatternsAsync(Goal);

        var decisions = runs.SelectMany(r => r.Decisions.Select(d => (Run: r, Decision: d))).ToList();
        var failed = decisions.Where(d => d.Decision.Outcome is { Success: false }).ToList();
        Assert.Equal(runs.Count, patterns.Runs.Total);
        Assert.Equal(Count(runs, RunStatus.Completed), patterns.Runs.Success.Count);
        Assert.Equal(runs.Count(r => r.Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Stuck), patterns.Runs.Success.N);
        Assert.Equal(failed.Count, patterns.FailedDecisions);
        Assert.Equal(
            failed.GroupBy(d => Fingerprint.Of(d.Decision.Outcome!.Error)).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, (long)g.Count())),
            patterns.CommonFailures.OrderBy(f => f.Fingerprint, StringComparer.Ordinal).Select(f => (f.Fingerprint, f.Count)));
        foreach (var failure in patterns.CommonFailures)
        {
            Assert.Equal(
                failed.Where(d => Fingerprint.Of(d.Decision.Outcome!.Error) == failure.Fingerprint).Select(d => $"{d.Run.Id}/{d.Decision.Id}").Order(StringComparer.Ordinal),
                failure.DecisionIds.Select(i => i.ToString()).Order(StringComparer.Ordinal));
            Assert.Equal(failure.Fingerprint, Fingerprint.Of(failure.Example));
        }

        Assert.Equal(
            decisions.GroupBy(d => RunText.Word(d.Decision.DecisionType)).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new WordCount(g.Key, g.Count())),
            patterns.DecisionTypes.OrderBy(t => t.Word, StringComparer.Ordinal));
        Assert.Equal(decisions.Select(d => d.Decision.Intent).Distinct().Count(), patterns.Intents);
        foreach (var intent in patterns.Choices)
        {
            var made = decisions.Where(d => d.Decision.Intent == intent.Intent).Select(d => d.Decision).ToList();
            Assert.Equal(made.SelectMany(d => d.Options).Select(o => o.Id).Distinct().Order(StringComparer.Ordinal), intent.Options.Select(o => o.Option).Order(StringComparer.Ordinal));
            foreach (var option in intent.Options)
            {
                var chosen = made.Where(d => d.ChosenOptionId == option.Option).ToList();
                Assert.Equal(
                    (chosen.Count, chosen.Count(d => d.WasSuccessful), chosen.Count(d => d.Outcome is { Success: false })),
                    ((int)option.Chosen, (int)option.Succeeded, (int)option.Failed));
            }
        }
    }

    [Fact]
    public async Task Nodes_ManyRuns_EqualCountingByHand()
    {
        var runs = Runs();
        await using var database = await FilledAsync(runs);

        var nodes = await new Analyst(database.Insights, database.Runs).NodesAsync(Goal);

        var byHand = runs.SelectMany(r => r.Decisions.Select(d => (Run: r, Decision: d))).GroupBy(d => d.Decision.NodeId).ToList();
        Assert.Equal(byHand.Count, nodes.Count);
        foreach (var group in byHand)
        {
            var node = Assert.Single(nodes, n => n.NodeId == group.Key);
            var failed = group.Where(d => d.Decision.Outcome is { Success: false }).ToList();
            Assert.Equal(new Proportion(failed.Count, group.Count(d => d.Decision.Outcome is not null)), node.FailureRate);
            Assert.Equal(group.Count(d => d.Decision.Outcome is null), node.Pending);
            Assert.Equal(
                failed.Select(d => $"{d.Run.Id}/{d.Decision.Id}").Order(StringComparer.Ordinal), node.DecisionIds.Select(i => i.ToString()).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData(Goal)]
    [InlineData(null)]
    public async Task Failures_ManyRuns_PutEachFailedRunIntoOneGroup(string? goal)
    {
        var runs = Runs();
        await using var database = await FilledAsync(runs);

        var overview = await new Analyst(database.Insights, database.Runs).FailuresAsync(goal);

        var failed = runs.Where(r => r.Status is RunStatus.Failed or RunStatus.Stuck).ToList();
        var silent = failed.Where(r => r.Decisions.All(d => d.Outcome is not { Success: false })).ToList();
        Assert.Equal(failed.Count, overview.Groups.Sum(g => g.Runs));
        Assert.Equal(0, overview.LeftOut);
        Assert.Equal(silent.Count, overview.Silent);
        Assert.Equal(Count(runs, RunStatus.Stuck), overview.Groups.Sum(g => g.Stuck));
        foreach (var group in overview.Groups.Where(g => !g.IsSilent))
        {
            var byHand = failed.Where(r => FirstFailure(r) is { } f && Fingerprint.Of(f.Outcome!.Error) == group.Fingerprint).ToList();
            Assert.Equal(byHand.Count, group.Runs);
            Assert.All(group.DecisionIds, id => Assert.Contains(byHand, r => r.Id.Value == id.RunId && FirstFailure(r)!.Id == id.DecisionId));
        }

        Assert.All(overview.Groups.Where(g => g.IsSilent).SelectMany(g => g.RunIds), id => Assert.Contains(silent, r => r.Id.Value == id));
    }

    [Fact]
    public async Task Compare_TwoCohorts_EqualCountingByHand()
    {
        var runs = Runs();
        await using var database = await FilledAsync(runs);
        var (before, after) = (RunBuilder.Start.AddMinutes(80), RunBuilder.Start.AddMinutes(120));

        var comparison = await new Analyst(database.Insights, database.Runs).CompareAsync(Goal, before, after);

        var ended = runs.Where(r => r.Status is not (RunStatus.Running or RunStatus.Cancelled)).ToList();
        var (first, second) = (ended.Where(r => r.StartedAt < before).ToList(), ended.Where(r => r.StartedAt >= after).ToList());
        Assert.Equal(new Proportion(Count(first, RunStatus.Completed), first.Count), comparison.RunsBefore.Success);
        Assert.Equal(new Proportion(Count(second, RunStatus.Completed), second.Count), comparison.RunsAfter.Success);
        Assert.NotEmpty(comparison.Changes);
        foreach (var change in comparison.Changes)
        {
            bool Befell(Run run) => run.Decisions.Any(d => d.Outcome is { Success: false } o && (change.Kind == "node" ? d.NodeId : Fingerprint.Of(o.Error)) == change.Name);
            bool Counts(Run run) => change.Kind != "node" || run.NodesExecuted.Contains(change.Name);
            Assert.Equal(new Proportion(first.Count(Befell), first.Count(Counts)), change.Before);
            Assert.Equal(new Proportion(second.Count(Befell), second.Count(Counts)), change.After);
        }
    }

    [Fact]
    public async Task Suggest_ManyRuns_RestsOnRunsThatAreThere()
    {
        var runs = Runs();
        await using var database = await FilledAsync(runs);

        var suggestions = await new Analyst(database.Insights, database.Runs).SuggestAsync(Goal);

        Assert.NotEmpty(suggestions.Items);
        Assert.All(suggestions.Items.SelectMany(s => s.Evidence), id =>
        {
            var run = Assert.Single(runs, r => r.Id.Value == id.Split('/')[0]);
            if (id.Contains('/')) Assert.Contains(run.Decisions, d => d.Id == id.Split('/')[1]);
        });
    }

    [Fact]
    public async Task Choices_MoreIntentsThanTheLimit_ListTheMostFrequentAndCountAll()
    {
        await using var database = await FilledAsync([.. Enumerable.Range(0, 5).Select(i =>
            RunBuilder.Run($"run_{i}", RunStatus.Completed, [.. Enumerable.Range(0, i + 1).Select(_ => RunBuilder.Ok(intent: $"intent{i}"))]))]);

        var choices = await database.Insights.ReadAsync(view => view.Choices(Goal, null, 2));

        Assert.Equal(5, choices.Intents);
        Assert.Equal(["intent4", "intent3"], choices.Most.Select(i => i.Intent));
    }

    [Fact]
    public async Task GoalDescriptions_SeveralRunsOfOne_NameItOnceInTheOrderOfTheRuns()
    {
        await using var database = await FilledAsync([.. Enumerable.Range(0, 15).Select(i => RunBuilder.Run($"run_{i}", RunStatus.Failed, RunBuilder.Fails()) with { GoalDescription = i % 3 == 0 ? "" : $"do \"it\" {i % 3}" })]);

        var said = await database.Insights.ReadAsync(view => (Few: view.GoalDescriptions(["run_2", "run_3", "run_4", "run_5", "run_none"]), None: view.GoalDescriptions([]), Many: view.GoalDescriptions([.. Enumerable.Range(0, 15).Select(i => $"run_{14 - i}")])));

        Assert.Equal(["do \"it\" 2", "do \"it\" 1"], said.Few);
        Assert.Empty(said.None);
        Assert.Equal(["do \"it\" 2", "do \"it\" 1"], said.Many);
        Assert.Equal(["do \"it\" 2", "do \"it\" 1"], Assert.Single((await new Analyst(database.Insights, database.Runs).FailuresAsync(Goal)).Groups).GoalDescriptions);
    }

    [Fact]
    public async Task Read_RunsRecordedButNotFolded_CountsThemToo()
    {
        await using var database = await OpenAsync();
        using var folder = new TemporaryFolder();
        await using (var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { SpillDirectory = folder.Path }))
        {
            var run = await recorder.StartRunAsync(Goal);
            run.RecordFailure(run.QuickDecision("tidy", "move file 1"), "file 17 is gone");
            await run.EndRunAsync(RunStatus.Failed);
        }

        var patterns = await new Analyst(database.Insights, database.Runs).PatternsAsync(Goal);

        Assert.Equal("file <n> is gone", Assert.Single(patterns.CommonFailures).Fingerprint);
    }

    private static long Count(IEnumerable<Run> runs, RunStatus status) => runs.Count(r => r.Status == status);

    private static Decision? FirstFailure(Run run) => run.Decisions.FirstOrDefault(d => d.Outcome is { Success: false });

    private async Task<Database> FilledAsync(List<Run> runs)
    {
        var database = await OpenAsync();
        await InsightDatabase.AddAsync(database, runs);
        return database;
    }

    // Two hundred runs of all kinds, always the same ones.
    private static List<Run> Runs()
    {
        var random = new Random(20261121);
        var statuses = new[] { RunStatus.Completed, RunStatus.Completed, RunStatus.Failed, RunStatus.Failed, RunStatus.Stuck, RunStatus.Cancelled, RunStatus.Running };
        return [.. Enumerable.Range(0, 200).Select(i =>
        {
            var decisions = Enumerable.Range(0, random.Next(6)).Select(_ => Decision(random)).ToArray();
            var status = statuses[random.Next(statuses.Length)];
            var run = RunBuilder.Run($"run_{i}", status, RunBuilder.Start.AddMinutes(i), decisions);
            return status == RunStatus.Failed && random.Next(3) > 0 ? run with { Problems = [RunBuilder.Critical($"wrong result {i}", random.Next(2) == 0 ? "a cause" : null)] } : run;
        })];
    }

    private static Decision Decision(Random random)
    {
        var (node, intent, chosen) = ($"node{random.Next(4)}", $"intent{random.Next(5)}", $"option{random.Next(3)}");
        const string Options = "option0,option1,option2,option3";
        return random.Next(5) switch
        {
            0 => RunBuilder.Pending(chosen, node, intent, Options),
            1 => RunBuilder.Fails($"item {random.Next(1000)} is {(random.Next(2) == 0 ? "gone" : "locked")}", chosen, node, intent, Options),
            _ => RunBuilder.Ok(chosen, node, intent, Options),
        };
    }
}

/// <summary>The contract on SQLite.</summary>
public sealed class SqliteInsightStoreTests : InsightStoreContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<Database> OpenAsync() => Task.FromResult(Database.Open(_folder["pawl.db"]));
}

/// <summary>The contract on PostgreSQL.</summary>
public sealed class PostgresInsightStoreTests(PostgresCluster cluster) : InsightStoreContract
{
    protected override async Task<Database> OpenAsync()
    {
        PostgresCluster.Require();
        return Database.Open(await cluster.CreateDatabaseAsync());
    }
}
