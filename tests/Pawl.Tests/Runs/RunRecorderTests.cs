using System.Text;
using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class RunRecorderTests
{
    private const string Secret = "correct-horse-battery-staple";

    [Fact]
    public async Task StartRun_WithDetails_IsDurableAtOnceAndReadBackAsItWasGiven()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);

        var run = await recording.Recorder.StartRunAsync("book", new RunDetails
        {
            GoalDescription = "book a flight",
            InputData = new { user = "ann" },
            Agent = new AgentIdentity("bot", "1.2", "abc"),
            Served = [new ServedFlag("f", 3, "b", "e", "u")],
            Refs = [new Reference("issue", "7")],
        });

        var read = (await recording.ReadElsewhereAsync(run.Id))!;
        Assert.Matches("^run_20261120_235749_[0-9a-f]{8}$", run.Id.Value);
        Assert.Equal(("book", RunStatus.Running, clock.GetUtcNow(), null), (read.GoalId, read.Status, read.StartedAt, read.CompletedAt));
        Assert.Equal(("book a flight", """{"user":"ann"}"""), (read.GoalDescription, read.InputData.GetRawText()));
        Assert.Equal(("bot", "1.2", "abc"), (read.Agent!.Name, read.Agent.Version, read.Agent.Commit));
        Assert.Equal(("f", 3L, "b", "e", "u"), (read.Served[0].Flag, read.Served[0].Version, read.Served[0].Variant, read.Served[0].Experiment, read.Served[0].Unit));
        Assert.Equal(("issue", "7"), (read.Refs[0].Kind, read.Refs[0].Id));
    }

    [Fact]
    public async Task StartRun_AnIdThatIsTaken_DrawsAnother()
    {
        await using var recording = new Recording();
        recording.Store.TakenIds = 2;

        var run = await recording.StartAsync();
        run.QuickDecision("i", "a");

        Assert.Equal(0, recording.Store.TakenIds);
        Assert.Equal(run.Id, Assert.Single(await recording.Database.Runs.IdsAsync(null)));
        Assert.Single((await recording.ReadAsync(run)).Decisions);
    }

    [Fact]
    public async Task Decide_EightThreadsInOneRun_GivesUniqueIdsAndExactCounts()
    {
        const int threads = 8, each = 5_000;
        await using var recording = new Recording(o => o.NoProgressAfter = 0);
        var run = await recording.StartAsync();
        var ids = new string[threads][];

        var workers = Enumerable.Range(0, threads).Select(t => new Thread(() => ids[t] = [.. Enumerable.Range(0, each).Select(n =>
        {
            var id = run.QuickDecision($"thread {t}", "act");
            run.RecordOutcome(id, new Outcome { Success = n % 5 != 0, TokensUsed = 1 });
            return id;
        })])).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        await run.EndRunAsync(RunStatus.Completed);

        Assert.Equal(Enumerable.Range(0, threads * each).Select(n => $"dec_{n}").Order(), ids.SelectMany(i => i).Order());
        var read = await recording.ReadAsync(run);
        Assert.Equal(new RunMetrics(40_000, 32_000, 8_000, 40_000, 0), read.Metrics);
        Assert.All(Enumerable.Range(0, threads), t => Assert.Equal(each, read.Decisions.Count(d => d.Intent == $"thread {t}")));
        var listed = Assert.Single(await recording.Database.Runs.ListAsync(new RunQuery()));
        Assert.Equal((40_000L, 32_000L, 8_000L), (listed.Decisions, listed.Succeeded, listed.Failed));
    }

    [Fact]
    public async Task StartRun_ManyAtOnce_KeepsEachApart()
    {
        await using var recording = new Recording();

        var runs = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(async () =>
        {
            var run = await recording.StartAsync($"goal {n}");
            for (var i = 0; i < 20; i++) run.RecordSuccess(run.QuickDecision($"of {n}", "a"), i);
            await run.EndRunAsync(RunStatus.Completed);
            return run;
        })));

        Assert.Equal(40, runs.Select(r => r.Id).Distinct().Count());
        foreach (var (run, n) in runs.Select((r, n) => (r, n)))
        {
            var read = await recording.ReadAsync(run);
            Assert.Equal(($"goal {n}", 20), (read.GoalId, read.Decisions.Count));
            Assert.All(read.Decisions, d => Assert.Equal($"of {n}", d.Intent));
        }
    }

    [Fact]
    public async Task Flush_AfterRecording_AnotherProcessReadsAllOfIt()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        for (var n = 0; n < 100; n++) run.RecordSuccess(run.QuickDecision("i", "a"), n);

        Assert.IsType<FlushOutcome.Flushed>(await recording.Recorder.FlushAsync());

        Assert.Equal(100, (await recording.ReadElsewhereAsync(run.Id))!.Metrics.SuccessfulDecisions);
    }

    [Fact]
    public async Task EveryMethod_InDurableMode_IsOnDiskWhenItReturns()
    {
        await using var recording = new Recording(o => o.Durable = true);
        var run = await recording.StartAsync();

        run.SetNode("n");
        Assert.Equal(["n"], (await recording.ReadElsewhereAsync(run.Id))!.NodesExecuted);
        var id = run.QuickDecision("i", "a");
        Assert.Single((await recording.ReadElsewhereAsync(run.Id))!.Decisions);
        run.RecordSuccess(id, 1);
        Assert.NotNull((await recording.ReadElsewhereAsync(run.Id))!.Decisions[0].Outcome);
        run.Evaluate(id, new DecisionEvaluation());
        Assert.NotNull((await recording.ReadElsewhereAsync(run.Id))!.Decisions[0].Evaluation);
        run.TraverseEdge("e");
        Assert.Equal(["e"], (await recording.ReadElsewhereAsync(run.Id))!.EdgesTraversed);
        run.ReportProblem(Severity.Minor, "p");
        Assert.Single((await recording.ReadElsewhereAsync(run.Id))!.Problems);
    }

    [Fact]
    public async Task Dispose_WithEventsWaiting_WritesThemOut()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        for (var n = 0; n < 1000; n++) run.QuickDecision("i", "a");

        await recording.Recorder.DisposeAsync();

        Assert.Equal(1000, (await recording.ReadElsewhereAsync(run.Id))!.Decisions.Count);
    }

    [Fact]
    public async Task Decide_AfterTheRecorderIsDisposed_CountsAndSaysWhatIsLost()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        await recording.Recorder.DisposeAsync();

        run.QuickDecision("i", "a");

        Assert.Equal(new FlushOutcome.Lost(2), await run.EndRunAsync(RunStatus.Completed));
        Assert.Contains(recording.Log.Lines, l => l.Level == Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task Decide_AQueueThatIsFull_WaitsAndLosesNothing()
    {
        await using var recording = new Recording(o => o.QueuedEvents = 1);
        var run = await recording.StartAsync();
        for (var n = 0; n < 300; n++) run.QuickDecision("i", "a");

        Assert.Equal(300, (await recording.ReadAsync(run)).Decisions.Count);
    }

    [Fact]
    public async Task AnyMethod_GivenASecret_LeavesNoTraceOfItInTheFiles()
    {
        await using var recording = new Recording();
        var run = await recording.Recorder.StartRunAsync("goal", new RunDetails { InputData = new { password = Secret } });
        var id = run.Decide(
            "log in with password=" + Secret,
            [new Option { Id = "a", Description = "password: " + Secret, ActionParams = Json.From(new { api_key = Secret }), Pros = ["secret=" + Secret] }],
            "a", "token=" + Secret, activeConstraints: ["pwd=" + Secret], inputContext: new { nested = new { accessToken = Secret } });
        using var escaped = System.Text.Json.JsonDocument.Parse($$"""{"\u0070assword":"{{Secret}}"}""");
        run.RecordOutcome(id, new Outcome { Success = false, Error = "Authorization: Bearer " + Secret, Result = escaped.RootElement, Summary = "https://u:" + Secret + "@h" });
        run.Evaluate(id, new DecisionEvaluation { Explanation = "password=" + Secret });
        run.ReportProblem(Severity.Critical, "password=" + Secret, "secret: " + Secret, suggestedFix: "api_key=" + Secret);
        await run.EndRunAsync(RunStatus.Failed, "the password=" + Secret, new { credentials = new[] { Secret } });
        _ = await recording.ReadElsewhereAsync(run.Id);

        var files = Directory.GetFiles(Path.GetDirectoryName(recording.Path)!, "pawl.db*");
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Equal(-1, Bytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret))));
        Assert.Contains(files, file => Bytes(file).AsSpan().IndexOf("[redacted]"u8) >= 0);
    }

    [Fact]
    public async Task Heartbeat_ARunThatStaysSilent_KeepsItsOwnerAlive()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);
        var run = await recording.StartAsync();

        for (var n = 0; n < 20; n++)
        {
            clock.Advance(RunOwner.Lease);
            await Ownership.HeardAsync(recording, clock.GetUtcNow());
        }

        Assert.Equal(RunStatus.Running, (await recording.ReadElsewhereAsync(run.Id))!.Status);
    }

    [Fact]
    public async Task Heartbeat_WithoutAnActiveRun_IsSilent()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);
        var run = await recording.StartAsync();
        await run.EndRunAsync(RunStatus.Completed);
        var last = Ownership.LastWord(recording);

        clock.Advance(TimeSpan.FromMinutes(1));
        await recording.Recorder.FlushAsync();

        Assert.Equal(last, Ownership.LastWord(recording));
    }

    // The writer holds its files open; on Linux others may read them all the same.
    private static byte[] Bytes(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
