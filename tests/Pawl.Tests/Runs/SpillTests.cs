using System.Text;
using Pawl.Runs;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Runs;

/// <summary>What happens while the store cannot be reached.</summary>
public sealed class SpillTests
{
    [Fact]
    public async Task Decide_TheStoreIsDown_IsSpilledIntoAPrivateFileAndCountsAsDurable()
    {
        await using var recording = Started(out var run);
        recording.Store.IsDown = true;
        run.QuickDecision("kept", "a");

        Assert.IsType<FlushOutcome.Flushed>(await recording.Recorder.FlushAsync());

        var file = Assert.Single(recording.Spilled());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(file)!));
        Assert.Contains(recording.Log.Lines, l => l.Text.Contains("cannot be reached") && l.Text.Contains(file));
    }

    [Fact]
    public async Task Decide_TheStoreComesBack_AllIsThereOnceAndInOrderAndTheFileIsGone()
    {
        await using var recording = Started(out var run);
        foreach (var down in new[] { false, true, true, false, true, false })
        {
            recording.Store.IsDown = down;
            run.RecordSuccess(run.QuickDecision($"down: {down}", "a"));
            Assert.IsType<FlushOutcome.Flushed>(await recording.Recorder.FlushAsync());
        }

        var read = await recording.ReadAsync(run);

        Assert.Equal(Enumerable.Range(0, 6).Select(n => $"dec_{n}"), read.Decisions.Select(d => d.Id));
        Assert.Equal(6, read.Metrics.SuccessfulDecisions);
        Assert.Empty(recording.Spilled());
    }

    [Fact]
    public async Task StartRun_TheStoreIsDown_GoesOnAndTheRunIsThereLater()
    {
        await using var recording = new Recording(o => o.RetryAfter = TimeSpan.Zero);
        recording.Store.IsDown = true;
        var run = await recording.StartAsync();
        run.QuickDecision("i", "a");
        await recording.Recorder.FlushAsync();
        recording.Store.IsDown = false;

        Assert.IsType<FlushOutcome.Flushed>(await run.EndRunAsync(RunStatus.Completed));

        var read = await recording.ReadAsync(run);
        Assert.Equal((RunStatus.Completed, 1, "goal"), (read.Status, read.Decisions.Count, read.GoalId));
    }

    [Fact]
    public async Task Heartbeat_ARunThatStartedWhileTheStoreWasDown_KeepsItsOwnerAlive()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(o => o.RetryAfter = TimeSpan.Zero, clock);
        recording.Store.IsDown = true;
        var run = await recording.StartAsync();
        recording.Store.IsDown = false;
        run.QuickDecision("i", "a");
        await recording.Recorder.FlushAsync();

        clock.Advance(RunOwner.Lease);

        await Ownership.HeardAsync(recording, clock.GetUtcNow());
    }

    [Fact]
    public async Task Decide_TheAnswerOfTheStoreIsLost_IsNotRecordedTwice()
    {
        await using var recording = Started(out var run);
        recording.Store.LosesAnswers = true;
        run.RecordSuccess(run.QuickDecision("once", "a"));
        await recording.Recorder.FlushAsync();
        recording.Store.LosesAnswers = false;
        run.TraverseEdge("e");

        var read = await recording.ReadAsync(run);

        Assert.Equal((1, 1, 0), (read.Decisions.Count, read.EdgesTraversed.Count, read.Decisions[0].EarlierOutcomes.Count));
    }

    [Fact]
    public async Task Decide_BeforeTheStoreIsTriedAgain_DoesNotAskItEachTime()
    {
        var clock = new VirtualClock();
        await using var recording = new Recording(time: clock);
        var run = await recording.StartAsync();
        recording.Store.IsDown = true;
        for (var n = 0; n < 5; n++)
        {
            run.QuickDecision("i", "a");
            await recording.Recorder.FlushAsync();
        }

        Assert.Equal(1, recording.Store.Refusals);
        recording.Store.IsDown = false;
        clock.Advance(recording.Options.RetryAfter);
        Assert.Equal(5, (await ReadAfterAsync(recording, run, () => run.TraverseEdge("e"))).Decisions.Count);
    }

    [Fact]
    public async Task Decide_NeitherStoreNorSpillTakesIt_SaysThatItIsLostAndHowMuch()
    {
        await using var recording = Started(out var run);
        await File.WriteAllTextAsync(recording.SpillFolder, "a file where the folder belongs");
        recording.Store.IsDown = true;
        for (var n = 0; n < 3; n++) run.QuickDecision("lost", "a");

        Assert.Equal(new FlushOutcome.Lost(3), await recording.Recorder.FlushAsync());
        Assert.Equal(3, recording.Recorder.Lost);
        Assert.Contains(recording.Log.Lines, l => l.Level == Microsoft.Extensions.Logging.LogLevel.Error && l.Text.Contains("lost"));
        recording.Store.IsDown = false;
        Assert.Equal(new FlushOutcome.Lost(3), await run.EndRunAsync(RunStatus.Failed));
        Assert.Equal(RunStatus.Failed, (await recording.ReadAsync(run)).Status);
    }

    [Fact]
    public async Task StartRun_NeitherStoreNorSpillTakesIt_IsBroughtInBeforeTheNextEventThatIsTaken()
    {
        await using var recording = new Recording(o => o.RetryAfter = TimeSpan.Zero);
        await File.WriteAllTextAsync(recording.SpillFolder, "a file where the folder belongs");
        recording.Store.IsDown = true;
        var run = await recording.StartAsync();
        Assert.Equal(new FlushOutcome.Lost(1), await recording.Recorder.FlushAsync());
        recording.Store.IsDown = false;
        run.QuickDecision("after", "a");

        Assert.IsType<FlushOutcome.Flushed>(await run.EndRunAsync(RunStatus.Completed));

        var read = await recording.ReadAsync(run);
        Assert.Equal((RunStatus.Completed, "after"), (read.Status, Assert.Single(read.Decisions).Intent));
    }

    [Fact]
    public async Task Take_AStartThatNeitherStoreNorSpillTakes_IsAnsweredAsNotDurable()
    {
        await using var recording = new Recording();
        await File.WriteAllTextAsync(recording.SpillFolder, "a file where the folder belongs");
        recording.Store.IsDown = true;

        var answer = await await new RecordProtocol(recording.Recorder).TakeAsync("""{"event":"start_run","goal_id":"g"}"""u8.ToArray());

        Assert.False(answer.Ok);
        Assert.Contains("neither", answer.Error);
    }

    [Fact]
    public async Task Decide_TheDatabasesFolderIsAFile_IsSpilled()
    {
        using var folder = new TemporaryFolder();
        await using var database = Database.Open(Path.Combine(folder.Write("file", ""), "pawl.db"));
        var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { SpillDirectory = folder["spill"] });

        var run = await recorder.StartRunAsync("goal");
        run.QuickDecision("i", "a");

        Assert.IsType<FlushOutcome.Flushed>(await recorder.FlushAsync());
        await recorder.DisposeAsync();
        var lines = Lines(Assert.Single(Directory.GetFiles(folder["spill"], "*.jsonl", SearchOption.AllDirectories)));
        Assert.Equal(3, lines.Length);
        Assert.Contains(run.Id.Value, lines[1]);
    }

    [Fact]
    public async Task Begin_AProcessThatDiedWithItsSpill_IsReplayedOnceHoweverOftenItsFileComes()
    {
        await using var recording = Started(out var run);
        var file = await LeaveSpillAsync(recording, run);
        var content = await File.ReadAllBytesAsync(file);
        for (var n = 0; n < 2; n++)
        {
            await File.WriteAllBytesAsync(file, content);
            await using var next = recording.New();
            await next.FlushAsync();
            Assert.False(File.Exists(file));
        }

        var read = (await recording.Database.Runs.FindAsync(run.Id))!;
        Assert.Equal(["before", "spilled"], read.Decisions.Select(d => d.Intent));
        Assert.All(read.Decisions, d => Assert.Empty(d.EarlierOutcomes));
    }

    [Fact]
    public async Task Begin_ASpillWhoseLastLineIsTorn_ReplaysTheCompleteLines()
    {
        await using var recording = Started(out var run);
        var file = await LeaveSpillAsync(recording, run);
        await File.AppendAllTextAsync(file, "{\"n\":99,\"event\":\"decide\",\"run_id\":\"" + run.Id);

        await using (var next = recording.New()) await next.FlushAsync();

        Assert.Equal(2, (await recording.Database.Runs.FindAsync(run.Id))!.Decisions.Count);
        Assert.False(File.Exists(file));
    }

    [Theory]
    [InlineData("{\"n\":98,\"event\":\"deci{\"n\":99,\"event\":\"set_node\"}")]
    [InlineData("\0\0\0\0")]
    [InlineData("[]")]
    public async Task Begin_ASpillWithALineThatIsNoEvent_ReplaysTheOthersAndReadsGoOn(string line)
    {
        await using var recording = Started(out var run);
        var file = await LeaveSpillAsync(recording, run);
        var lines = Lines(file);
        await File.WriteAllTextAsync(file, string.Concat(lines.Take(1).Append(line).Concat(lines.Skip(1)).Select(l => l + "\n")));

        await using (var next = recording.New()) await next.FlushAsync();

        Assert.Equal(2, (await recording.Database.Runs.FindAsync(run.Id))!.Decisions.Count);
        Assert.Contains(recording.Log.Lines, l => l.Level == Microsoft.Extensions.Logging.LogLevel.Warning && l.Text.Contains(file));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"Id\":\"torn")]
    [InlineData("no json\n{}\n")]
    public async Task Begin_ASpillWithoutAnOwner_DoesNotKeepTheOthersFromBeingReplayed(string content)
    {
        await using var recording = Started(out var run);
        var file = await LeaveSpillAsync(recording, run);
        foreach (var name in new[] { "0-a.jsonl", "9999999-z.jsonl" }) await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(file)!, name), content);

        await using (var next = recording.New()) await next.FlushAsync();

        Assert.Equal(2, (await recording.Database.Runs.FindAsync(run.Id))!.Decisions.Count);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Begin_TheSpillOfALivingProcess_IsLeftAloneUntilItsLockIsFree()
    {
        await using var recording = Started(out var run);
        var file = await LeaveSpillAsync(recording, run);
        await using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            await using var early = recording.New();
            await early.FlushAsync();
            Assert.Single((await recording.Database.Runs.FindAsync(run.Id))!.Decisions);
        }

        await using var late = recording.New();
        await late.FlushAsync();

        Assert.Equal(2, (await recording.Database.Runs.FindAsync(run.Id))!.Decisions.Count);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Begin_TheSpillOfAnotherDatabase_IsLeftAlone()
    {
        await using var recording = Started(out var run);
        var file = await LeaveSpillAsync(recording, run);
        using var folder = new TemporaryFolder();
        await using var other = Database.Open(folder["other.db"]);

        await using (var recorder = new RunRecorder(other, other.Runs, recording.Options)) await recorder.FlushAsync();

        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task Decide_WithASecretWhileTheStoreIsDown_IsRedactedInTheSpillToo()
    {
        await using var recording = Started(out var run);
        recording.Store.IsDown = true;
        run.QuickDecision("password=hunter2secret", "a");
        await recording.Recorder.FlushAsync();
        var file = Assert.Single(recording.Spilled());
        await recording.Recorder.DisposeAsync();

        Assert.DoesNotContain("hunter2secret", await File.ReadAllTextAsync(file, Encoding.UTF8));
    }

    private static Recording Started(out ActiveRun run)
    {
        var recording = new Recording(o => o.RetryAfter = TimeSpan.Zero);
        run = recording.Recorder.StartRun("goal");
        return recording;
    }

    private static async Task<Run> ReadAfterAsync(Recording recording, ActiveRun run, Action act)
    {
        act();
        return await recording.ReadAsync(run);
    }

    // A decision in the store, one in the spill file, and the process gone.
    private static async Task<string> LeaveSpillAsync(Recording recording, ActiveRun run)
    {
        run.RecordSuccess(run.QuickDecision("before", "a"));
        await recording.Recorder.FlushAsync();
        recording.Store.IsDown = true;
        run.RecordSuccess(run.QuickDecision("spilled", "a"));
        await recording.Recorder.DisposeAsync();
        recording.Store.IsDown = false;
        return Assert.Single(recording.Spilled());
    }

    private static string[] Lines(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
