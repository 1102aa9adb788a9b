using FsCheck;
using FsCheck.Fluent;
using Pawl.Runs;
using Pawl.Storage;
using Pawl.Tests.Runs;
using Xunit;
using Outcome = Pawl.Runs.Outcome;

namespace Pawl.Tests.Contracts;

/// <summary>What <see cref="IRunStore"/> promises.</summary>
public abstract class RunStoreContract(IDatabases databases) : IAsyncLifetime
{
    private static readonly RunOwner Owner = RunOwner.ThisProcess();
    private static readonly RunId Id = Made.Run().Id;

    private Database _database = null!;
    private string _where = "";

    private IRunStore Runs => _database.Runs;

    public async ValueTask InitializeAsync()
    {
        _where = await databases.CreateAsync();
        _database = Database.Open(_where);
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
        databases.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Append_TheSameLinesTwice_ChangesNothing()
    {
        await StartAsync();
        var lines = Lines(2, Decide(0), Outcome(0, true), EventWriter.SetNode(Id, "n"), EventWriter.Edge(Id, "e"), Evaluate(0), Problem(0), End());
        await AppendAsync(lines);
        var once = Made.Text((await Runs.FindAsync(Id))!);

        await AppendAsync(lines);
        await AppendAsync(lines + lines);

        Assert.Equal(once, Made.Text((await Runs.FindAsync(Id))!));
        await AssertCountsAsync();
    }

    [Fact]
    public async Task Append_AnOverlap_TakesOnlyWhatIsNew()
    {
        await StartAsync();
        await AppendAsync(Lines(2, Decide(0), Decide(1)));
        await AppendAsync(Lines(2, Decide(0), Decide(1), Decide(2)));

        Assert.Equal(["dec_0", "dec_1", "dec_2"], (await Runs.FindAsync(Id))!.Decisions.Select(d => d.Id));
    }

    [Fact]
    public async Task Append_AnUnknownOwner_IsRefused() =>
        Assert.False(await _database.WriteAsync(tx => Runs.Append(tx, "nobody", Lines(1, Decide(0)), 1)));

    [Fact]
    public async Task Append_EventsOfARunThatIsNotThere_ArePassedOver()
    {
        await StartAsync();
        await AppendAsync(Lines(1, EventWriter.Decide(RunId.Parse("other"), Made.Decision(0))));

        Assert.Null(await Runs.FindAsync(RunId.Parse("other")));
        Assert.Empty((await Runs.FindAsync(Id))!.Decisions);
    }

    [Fact]
    public async Task Append_OutcomesThatComeLaterAndAgain_KeepTheEarlierOnesAndCountTheLast()
    {
        await StartAsync();
        await AppendAsync(Lines(2, Decide(0)));
        Assert.Equal(new RunMetrics(1, 0, 0, 0, 0), (await Runs.FindAsync(Id))!.Metrics);
        await AppendAsync(Lines(3, Outcome(0, false)));
        Assert.Equal(1, (await Runs.FindAsync(Id))!.Metrics.FailedDecisions);
        await AppendAsync(Lines(4, Outcome(0, true)));
        await AppendAsync(Lines(5, Outcome(0, true), Outcome(0, false)));

        var decision = (await Runs.FindAsync(Id))!.Decisions[0];

        Assert.Equal([false, true, true], decision.EarlierOutcomes.Select(o => o.Success));
        Assert.False(decision.Outcome!.Success);
        var listed = Assert.Single(await Runs.ListAsync(new RunQuery()));
        Assert.Equal((1L, 0L, 1L), (listed.Decisions, listed.Succeeded, listed.Failed));
        await AssertCountsAsync();
    }

    [Fact]
    public async Task Append_AnyEventsInAnyPieces_CountsAsTheTablesSay()
    {
        await StartAsync();
        var n = 1L;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(LongRun.Scale(25, 1000)), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var random = new Random(seed);
            var known = (int)_database.Read(db => db.Number("select next_decision from runs"));
            for (var piece = random.Next(4); piece >= 0; piece--)
            {
                var events = new List<byte[]>();
                for (var e = random.Next(12); e >= 0; e--) events.Add(random.Next(3) == 0 || known == 0 ? Decide(known++) : Outcome(random.Next(known), random.Next(2) == 0, random.Next(3)));
                var lines = Lines(n + 1, [.. events]);
                n += events.Count;
                for (var times = random.Next(2); times >= 0; times--) AppendAsync(lines).GetAwaiter().GetResult();
                if (random.Next(2) == 0) AssertCountsAsync().GetAwaiter().GetResult();
            }

            AssertCountsAsync().GetAwaiter().GetResult();
        }));
    }

    [Fact]
    public async Task Import_AnyRun_IsReadBackTheSame() => await Task.Run(() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(LongRun.Scale(60, 3000)), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var run = RandomRun.Of(seed);
            _database.WriteAsync(tx => Runs.Import(tx, [(run, $"key {seed}")])).GetAwaiter().GetResult();

            Assert.Equal(Made.Text(run), Made.Text(Runs.FindAsync(run.Id).GetAwaiter().GetResult()!));
        })));

    [Fact]
    public async Task Import_TheSameAgainOrOtherContent_SaysWhichItIsAndChangesNothing()
    {
        var (run, other) = (Made.Run(Made.Decision(0, true)), Made.Run(Made.Decision(0, false)));

        var outcomes = await _database.WriteAsync(tx => Runs.Import(tx, [(run, "k1"), (run, "k1"), (other, "k2")]));
        var again = await _database.WriteAsync(tx => Runs.Import(tx, [(run, "k1"), (other, "k2")]));

        Assert.Equal([ImportOutcome.Imported, ImportOutcome.Duplicate, ImportOutcome.Conflict], outcomes);
        Assert.Equal([ImportOutcome.Duplicate, ImportOutcome.Conflict], again);
        Assert.Equal(Made.Text(run), Made.Text((await Runs.FindAsync(Id))! with { Narrative = "" }));
        await AssertCountsAsync();
    }

    [Fact]
    public async Task List_ByGoalStatusAndLimit_GivesTheNewestFirst()
    {
        await _database.WriteAsync(tx => Runs.Import(tx, [.. Enumerable.Range(0, 10).Select(n => (
            Made.Run(Made.Decision(0, true), Made.Decision(1)) with
            {
                Id = RunId.Parse($"r{n}"), GoalId = n % 2 == 0 ? "even" : "odd", StartedAt = Made.At.AddDays(n), Status = n < 5 ? RunStatus.Failed : RunStatus.Completed,
            }, $"k{n}"))]));

        async Task<IEnumerable<string>> ListedAsync(RunQuery query) => (await Runs.ListAsync(query)).Select(r => r.Id.Value);
        Assert.Equal(["r9", "r8", "r7"], await ListedAsync(new RunQuery(Limit: 3)));
        Assert.Equal(["r8", "r6", "r4", "r2", "r0"], await ListedAsync(new RunQuery("even")));
        Assert.Equal(["r3", "r1"], await ListedAsync(new RunQuery("odd", RunStatus.Failed)));
        Assert.Empty(await ListedAsync(new RunQuery("none")));
        Assert.Equal(["r1", "r3", "r5", "r7", "r9"], (await Runs.IdsAsync("odd")).Select(i => i.Value));
        var listed = (await Runs.ListAsync(new RunQuery(Limit: 1)))[0];
        Assert.Equal(new RunListing(RunId.Parse("r9"), "odd", RunStatus.Completed, Made.At.AddDays(9), Made.At.AddSeconds(1.5), 2, 1, 0, 0), listed);
    }

    [Fact]
    public async Task Find_AnUnknownRun_IsNull()
    {
        await StartAsync();

        Assert.Null(await Runs.FindAsync(RunId.Parse("none")));
    }

    [Fact]
    public async Task Events_AfterAPosition_AreTheLinesInOrderAndNothingTwice()
    {
        await StartAsync();
        var start = await Runs.EventsAsync(null);
        await AppendAsync(Lines(2, Decide(0), Decide(1)));
        await AppendAsync(Lines(4, Decide(2)));

        var page = await Runs.EventsAsync(start.Position);

        Assert.Equal(["dec_0", "dec_1", "dec_2"], page.Lines.Select(l => Json.Parse(l).GetProperty("decision_id").GetString()));
        Assert.Empty((await Runs.EventsAsync(page.Position)).Lines);
    }

    [Fact]
    public async Task Append_FreeTextsWithNulAndAllOfUnicode_SurviveUnchanged()
    {
        const string text = "NUL \0 ä€😀\u2028\uFFFE\u0001\u007f\\\"'%;--";
        await StartAsync();
        await AppendAsync(Lines(
            2,
            EventWriter.Decide(Id, Made.Decision(0) with { NodeId = "知识😀", Intent = "ünï 😀", Reasoning = text }),
            EventWriter.Outcome(Id, "dec_0", new Outcome { Success = false, Error = text, Summary = text, Result = Json.From(text) }),
            EventWriter.Problem(Id, Made.Problem(Severity.Critical, "x") with { Id = "prob_0", Description = text, RootCause = text })));

        var run = (await Runs.FindAsync(Id))!;

        var decision = run.Decisions[0];
        Assert.Equal(("知识😀", "ünï 😀", text), (decision.NodeId, decision.Intent, decision.Reasoning));
        Assert.Equal((text, text, text), (decision.Outcome!.Error, decision.Outcome.Summary, decision.Outcome.Result.GetString()));
        Assert.Equal((text, text), (run.Problems[0].Description, run.Problems[0].RootCause));
    }

    [Fact]
    public async Task Append_UnknownMembersWithTheNamesOfOtherEvents_AreKeptAndDisturbNothing()
    {
        var extra = Json.Parse("""{"success":"yes","completed_at":"soon","severity":1,"edge_id":[],"event":"x","run_id":"y","n":"z","decision_id":7,"problem_id":[{}]}""")
            .EnumerateObject().ToDictionary(m => m.Name, m => m.Value);
        await StartAsync();
        await AppendAsync(Lines(
            2,
            EventWriter.Decide(Id, Made.Decision(0) with { Extra = extra }),
            EventWriter.Outcome(Id, "dec_0", new Outcome { Success = true, Extra = extra.Where(e => e.Key != "success").ToDictionary() }),
            Evaluate(0)));

        var decision = Assert.Single((await Runs.FindAsync(Id))!.Decisions);

        Assert.Equal(("dec_0", true), (decision.Id, decision.WasSuccessful));
        Assert.Equal(extra.Keys, decision.Extra.Keys);
        Assert.Equal(extra.Keys.Except(["success"]), decision.Outcome!.Extra.Keys);
    }

    // An index row of PostgreSQL ends at 2,704 bytes; half of an emoji is no text to it.
    [Theory]
    [InlineData("x")]
    [InlineData("知")]
    [InlineData("😀")]
    [InlineData("a😀")]
    [InlineData("ab😀")]
    public async Task Append_NamesAndTextsOfAnyLength_AreKept(string unit)
    {
        string Long(int characters) => string.Concat(Enumerable.Repeat(unit, characters / unit.Length));
        var (name, text) = (Long(256), Long(100_000));
        var run = Made.Run() with { Id = RunId.Parse(new string('r', 128)), GoalId = name, Status = RunStatus.Running };
        await StartAsync(run);
        await AppendAsync(Lines(
            2,
            EventWriter.Decide(run.Id, Made.Decision(0) with { NodeId = name, Intent = text, Options = Made.Options(name), ChosenOptionId = name }),
            EventWriter.Outcome(run.Id, "dec_0", new Outcome { Success = false, Error = text }),
            EventWriter.Edge(run.Id, name)));

        var read = (await Runs.FindAsync(run.Id))!;

        Assert.Equal((name, text, text), (read.Decisions[0].NodeId, read.Decisions[0].Intent, read.Decisions[0].Outcome!.Error));
        Assert.Equal(name, read.GoalId);
        await AssertCountsAsync();
    }

    [Fact]
    public async Task Fold_TwoDatabaseObjectsAtOnce_BringsEachEventInOnce()
    {
        await StartAsync();
        await using var other = Database.Open(_where);
        for (var round = 0; round < 10; round++)
        {
            await AppendAsync(Lines(2 + (20 * round), [.. Enumerable.Range(0, 10).SelectMany(n => new[] { Decide((10 * round) + n), Outcome((10 * round) + n, n % 2 == 0) })]));
            await Task.WhenAll(Task.Run(() => Runs.FindAsync(Id)), Task.Run(() => other.Runs.FindAsync(Id)), Task.Run(() => other.Runs.ListAsync(new RunQuery())));
        }

        Assert.Equal(new RunMetrics(100, 50, 50, 0, 0), (await Runs.FindAsync(Id))!.Metrics);
        await AssertCountsAsync();
    }

    private static byte[] Decide(int n) => EventWriter.Decide(Id, Made.Decision(n) with { Intent = $"intent {n % 4}", NodeId = $"node {n % 2}" });

    private static byte[] Outcome(int n, bool success, int error = 0) =>
        EventWriter.Outcome(Id, $"dec_{n}", new Outcome { Success = success, Error = success ? null : $"Error: kind{(char)('a' + error)}" });

    private static byte[] Evaluate(int n) => EventWriter.Evaluate(Id, $"dec_{n}", new DecisionEvaluation { OutcomeQuality = 0.7 });

    private static byte[] Problem(int n) => EventWriter.Problem(Id, Made.Problem(Severity.Minor, "p") with { Id = $"prob_{n}" });

    private static byte[] End() => EventWriter.End(Made.Run());

    private static string Lines(long from, params byte[][] events) => string.Concat(events.Select((e, i) => Ownership.Line(from + i, e)));

    private Task StartAsync(Run? run = null)
    {
        var started = (run ?? Made.Run()) with { Status = RunStatus.Running, CompletedAt = null };
        return _database.WriteAsync(tx => Runs.Register(tx, Owner, TimeProvider.System.GetUtcNow()) && Runs.TryStart(tx, Owner, started, Ownership.Line(1, EventWriter.Start(started))));
    }

    private async Task AppendAsync(string lines) => Assert.True(await _database.WriteAsync(tx => Runs.Append(tx, Owner.Id, lines, lines.Count(c => c == '\n'))));

    // The counts, which the insights read, against a recount from the decisions themselves.
    private async Task AssertCountsAsync()
    {
        await ((SqlRunStore)Runs).FoldAsync(default);
        const string columns = "goal_id, node_id, intent, decision_type, chosen_option_id, coalesce(succeeded, -1), coalesce(fingerprint, '')";
        var counted = _database.Read(db => db.Query($"select {columns}, count from decision_counts where count <> 0", Row));
        var recounted = _database.Read(db => db.Query($"select {columns}, count(*) from decisions group by {columns}", Row));
        Assert.Equal(recounted.Order(), counted.Order());

        static string Row(System.Data.Common.DbDataReader row) => string.Join(" | ", Enumerable.Range(0, 8).Select(row.GetValue));
    }
}

public sealed class SqliteRunStoreTests() : RunStoreContract(new SqliteDatabases());

public sealed class PostgresRunStoreTests(PostgresCluster cluster) : RunStoreContract(new PostgresDatabases(cluster));
