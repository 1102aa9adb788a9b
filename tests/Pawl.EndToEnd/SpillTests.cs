using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>What <c>pawl run record</c> acknowledges while the database cannot be reached.</summary>
public sealed class SpillTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    // The folder of the database is a file at first, so that nothing can be written there.
    public SpillTests() => cli = new Cli(temporary).With("PAWL_DB", temporary["blocked/pawl.db"]);

    [Fact]
    public async Task Record_KilledWhileItSpills_LosesNothingAcknowledged()
    {
        var random = new Random(99);
        for (var kill = 0; kill < LongRun.Scale(5, 50); kill++)
        {
            Block();
            using var recorder = cli.Record();
            var run = await recorder.StartRunAsync();
            var answers = random.Next(1, 400);
            var writing = Task.Run(async () =>
            {
                for (var n = 0; n < 1000; n++)
                {
                    if (!await recorder.SendAsync(Lines.Decide(run, $",\"reasoning\":\"because of {n}\""))) return;
                }
            });
            var acknowledged = 0;
            while (acknowledged < answers && await recorder.AnswerAsync() is { } answer) acknowledged += answer.GetProperty("ok").GetBoolean() ? 1 : 0;
            await recorder.KillAsync();
            while (await recorder.AnswerAsync() is not null) acknowledged++;
            await writing;
            Unblock();

            var shown = await cli.JsonAsync("run", "show", run);
            var reasons = shown.GetProperty("decisions").EnumerateArray().Select(d => d.GetProperty("reasoning").GetString()).ToList();
            Assert.True(reasons.Count >= acknowledged, $"{acknowledged} were acknowledged, {reasons.Count} are there");
            Assert.Equal(Enumerable.Range(0, reasons.Count).Select(n => $"because of {n}"), reasons);
            Assert.Equal("stuck", shown.GetProperty("status").GetString());
            using var heir = cli.Record();
            Assert.Equal($"dec_{reasons.Count}", (await heir.TakeAsync(Lines.Decide(run))).GetProperty("decision_id").GetString());
        }
    }

    [Fact]
    public async Task Record_WhileTheDatabaseIsAway_SaysSoOnceAndBringsEverythingInLater()
    {
        Block();
        using var recorder = cli.Record();
        var run = await recorder.StartRunAsync();
        for (var n = 0; n < 50; n++) await recorder.TakeAsync(Lines.Decide(run));
        await recorder.TakeAsync(Lines.End(run));
        var ended = await recorder.EndAsync();
        Unblock();

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("events go to", ended.Error);
        var shown = await cli.JsonAsync("run", "show", run);
        Assert.Equal(("completed", 50), (shown.GetProperty("status").GetString(), shown.GetProperty("decisions").GetArrayLength()));
        Assert.Empty(Directory.EnumerateFiles(temporary["state"], "*.jsonl", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Record_TakingOverARunWhoseEventsAreStillSpilled_BringsThemInFirst()
    {
        Directory.CreateDirectory(temporary["blocked"]);
        using var first = cli.Record();
        var run = await first.StartRunAsync();
        await first.TakeAsync(Lines.Decide(run));
        using var heir = await StartWhileLockedAsync();

        // Begun while the database was away, it must bring in the first one's events before it may go on with the run.
        JsonElement answer;
        do answer = await heir.AskAsync(Lines.Decide(run));
        while (!answer.GetProperty("ok").GetBoolean());
        Assert.Equal("dec_2", answer.GetProperty("decision_id").GetString());
        Assert.Equal(3, (await cli.JsonAsync("run", "show", run)).GetProperty("decisions").GetArrayLength());

        async Task<Recorder> StartWhileLockedAsync()
        {
            using var locked = Sqlite.Lock(temporary["blocked/pawl.db"]);
            await first.TakeAsync(Lines.Decide(run)); // spilled once the waiting for the lock has ended
            await first.KillAsync();
            var recorder = cli.Record();
            Assert.False((await recorder.AskAsync(Lines.Decide(run))).GetProperty("ok").GetBoolean());
            return recorder;
        }
    }

    public void Dispose() => temporary.Dispose();

    private void Block()
    {
        if (Directory.Exists(temporary["blocked"])) Directory.Move(temporary["blocked"], temporary["aside"]);
        temporary.Write("blocked", "");
    }

    private void Unblock()
    {
        File.Delete(temporary["blocked"]);
        if (Directory.Exists(temporary["aside"])) Directory.Move(temporary["aside"], temporary["blocked"]);
        else Directory.CreateDirectory(temporary["blocked"]);
    }
}
