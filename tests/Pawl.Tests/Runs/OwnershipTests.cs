using Pawl.Runs;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class OwnershipTests
{
    private static readonly RunId Id = Made.Run().Id;

    [Fact]
    public async Task Find_ARunOfAProcessThatIsGone_IsStuckAtOnceAndSaysWhy()
    {
        await using var recording = new Recording();
        await Ownership.StartAsync(recording, Ownership.Dead(), EventWriter.Decide(Id, Made.Decision(0)));

        var read = (await recording.Database.Runs.FindAsync(Id))!;

        Assert.Equal((RunStatus.Stuck, 1), (read.Status, read.Decisions.Count));
        var problem = Assert.Single(read.Problems);
        Assert.Equal(Severity.Critical, problem.Severity);
        Assert.Contains("process 2147483647", problem.RootCause);
        Assert.StartsWith("Run stuck.", read.Narrative);
    }

    [Fact]
    public async Task List_ARunOfAProcessThatIsGone_IsStuckWithOneProblemHoweverOftenItIsRead()
    {
        await using var recording = new Recording();
        await Ownership.StartAsync(recording, Ownership.Dead());

        for (var n = 0; n < 3; n++) Assert.Equal(Id, Assert.Single(await recording.Database.Runs.IdsAsync(null)));

        var listed = Assert.Single(await recording.Database.Runs.ListAsync(new RunQuery(Status: RunStatus.Stuck)));
        Assert.Equal(1, listed.Problems);
        Assert.Empty(await recording.Database.Runs.ListAsync(new RunQuery(Status: RunStatus.Running)));
    }

    [Theory]
    [InlineData(29, RunStatus.Running)]
    [InlineData(30, RunStatus.Stuck)]
    public async Task Find_AnOwnerOnAnotherHost_IsDeadAfterThirtySecondsWithoutAWord(int seconds, RunStatus status)
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);
        await Ownership.StartAsync(recording, Ownership.Remote());
        clock.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(status, (await recording.Database.Runs.FindAsync(Id))!.Status);
    }

    [Fact]
    public async Task Find_AStuckRunWhoseOwnerGoesOn_RunsAgainAndKeepsTheProblem()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);
        var run = await recording.StartAsync();
        await using (var reader = Pawl.Storage.Database.Open(recording.Path))
        {
            ((Pawl.Storage.SqlRunStore)reader.Runs).Time = new VirtualClock(clock.GetUtcNow() + TimeSpan.FromMinutes(5)); // the laptop slept
            Assert.Equal(RunStatus.Stuck, (await reader.Runs.FindAsync(run.Id))!.Status);
        }

        run.QuickDecision("woke up", "a");

        var read = await recording.ReadAsync(run);
        Assert.Equal((RunStatus.Running, 1, 1), (read.Status, read.Decisions.Count, read.Problems.Count));
        Assert.IsType<FlushOutcome.Flushed>(await run.EndRunAsync(RunStatus.Completed));
        Assert.Equal(RunStatus.Completed, (await recording.ReadAsync(run)).Status);
    }

    [Fact]
    public async Task Resume_ARunOfADeadProcess_NumbersOnFromTheDatabase()
    {
        await using var recording = new Recording();
        await Ownership.StartAsync(
            recording, Ownership.Dead(), EventWriter.SetNode(Id, "plan"), EventWriter.Decide(Id, Made.Decision(0)), EventWriter.Decide(Id, Made.Decision(1)),
            EventWriter.Problem(Id, Made.Problem(Severity.Minor, "x") with { Id = "prob_0" }));

        var (run, outcome) = await recording.Recorder.ResumeRunAsync(Id);

        Assert.Equal(new ResumeOutcome.Resumed(5, 2, 1, "plan"), outcome);
        Assert.Equal(("dec_2", "prob_1"), (run!.QuickDecision("on", "a"), run.ReportProblem(Severity.Minor, "y")));
        run.RecordSuccess("dec_1");
        var read = await recording.ReadAsync(run);
        Assert.Equal((RunStatus.Running, "plan"), (read.Status, read.Decisions[2].NodeId));
        Assert.Equal(["dec_0", "dec_1", "dec_2"], read.Decisions.Select(d => d.Id));
        Assert.True(read.Decisions[1].WasSuccessful);
    }

    [Fact]
    public async Task Append_AfterSomebodyTookTheRunOver_IsRefused()
    {
        await using var recording = new Recording();
        await Ownership.StartAsync(recording, Ownership.Dead());
        await recording.Recorder.ResumeRunAsync(Id);

        Assert.False(await Ownership.AppendAsync(recording, Ownership.Dead(), Ownership.Line(2, EventWriter.SetNode(Id, "late"))));
        Assert.Empty((await recording.Database.Runs.FindAsync(Id))!.NodesExecuted);
    }

    [Fact]
    public async Task Resume_ARunOfALivingProcess_IsRefusedAndNamesIt()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        await using var other = recording.New();

        var (none, outcome) = await other.ResumeRunAsync(run.Id);

        Assert.Null(none);
        Assert.Equal(Environment.ProcessId, Assert.IsType<ResumeOutcome.Owned>(outcome).Owner.ProcessId);
    }

    [Fact]
    public async Task Resume_AnUnknownOrAnEndedRun_SaysSo()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();
        await run.EndRunAsync(RunStatus.Failed);

        Assert.IsType<ResumeOutcome.NotFound>((await recording.Recorder.ResumeRunAsync(RunId.Parse("none"))).Outcome);
        Assert.Equal(new ResumeOutcome.Ended(RunStatus.Failed), (await recording.Recorder.ResumeRunAsync(run.Id)).Outcome);
    }

    [Fact]
    public async Task Resume_ARunOfThisRecorder_IsTheSameHandle()
    {
        await using var recording = new Recording();
        var run = await recording.StartAsync();

        Assert.Same(run, (await recording.Recorder.ResumeRunAsync(run.Id)).Run);
    }

    [Fact]
    public async Task Decide_AfterOneOfTwoRunsWasTakenOver_LosesThatAloneAndSaysSo()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);
        var (taken, kept) = (await recording.StartAsync(), await recording.StartAsync());
        await using var thief = await SleepAndLoseAsync(recording, clock, taken);

        taken.QuickDecision("too late", "a");
        kept.QuickDecision("still mine", "a");
        Assert.Equal(new FlushOutcome.Lost(1), await recording.Recorder.FlushAsync());
        taken.QuickDecision("and again", "a");
        kept.QuickDecision("mine too", "a");
        await recording.Recorder.FlushAsync();

        Assert.Empty((await recording.ReadAsync(taken)).Decisions);
        Assert.Equal(2, (await recording.ReadAsync(kept)).Decisions.Count);
        Assert.True(taken.HasEnded);
        Assert.Contains(recording.Log.Lines, l => l.Level == Microsoft.Extensions.Logging.LogLevel.Error && l.Text.Contains("took over"));
    }

    [Fact]
    public async Task Decide_TheStoreGoesDownAfterARunWasTakenOver_TheOtherRunsSpillIsReplayed()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(o => o.RetryAfter = TimeSpan.Zero, clock);
        var (taken, kept) = (await recording.StartAsync(), await recording.StartAsync());
        await using var thief = await SleepAndLoseAsync(recording, clock, taken);
        kept.QuickDecision("reclaimed", "a");
        await recording.Recorder.FlushAsync();

        recording.Store.IsDown = true;
        kept.QuickDecision("spilled", "a");
        Assert.IsType<FlushOutcome.Flushed>(await recording.Recorder.FlushAsync());
        recording.Store.IsDown = false;
        kept.QuickDecision("after", "a");

        Assert.Equal(["reclaimed", "spilled", "after"], (await recording.ReadAsync(kept)).Decisions.Select(d => d.Intent));
    }

    [Fact]
    public async Task Begin_SpilledEventsOfTwoRunsOfWhichOneWasTakenOver_JoinTheOtherAndAreKeptAside()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(o => o.RetryAfter = TimeSpan.Zero, clock);
        var (taken, kept) = (await recording.StartAsync(), await recording.StartAsync());
        recording.Store.IsDown = true;
        taken.QuickDecision("of the one taken over", "a");
        kept.QuickDecision("of the other", "a");
        Assert.IsType<FlushOutcome.Flushed>(await recording.Recorder.FlushAsync());
        recording.Store.IsDown = false;
        await using var thief = await SleepAndLoseAsync(recording, clock, taken, recording.SpillFolder + "-elsewhere");

        await recording.Recorder.FlushAsync();

        Assert.Equal(["of the other"], (await recording.ReadAsync(kept)).Decisions.Select(d => d.Intent));
        var aside = Assert.Single(recording.Spilled());
        Assert.EndsWith(".refused", aside);
        Assert.Contains("of the one taken over", Assert.Single(await File.ReadAllLinesAsync(aside)));
    }

    // The process sleeps, its heartbeats with it, and another one takes a run of it over.
    private static async Task<RunRecorder> SleepAndLoseAsync(Recording recording, VirtualClock clock, ActiveRun run, string? spillFolder = null)
    {
        var later = new VirtualClock(clock.GetUtcNow() + TimeSpan.FromMinutes(1));
        var thief = new RunRecorder(
            recording.Store, recording.Store, new RunRecorderOptions { SpillDirectory = spillFolder ?? recording.SpillFolder, RetryAfter = recording.Options.RetryAfter }, later);
        Assert.IsType<ResumeOutcome.Resumed>((await thief.ResumeRunAsync(run.Id)).Outcome);
        return thief;
    }
}
