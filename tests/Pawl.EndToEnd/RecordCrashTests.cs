using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>kill -9 of <c>pawl run record</c>: what was acknowledged is there, whole, whenever the process dies.</summary>
public sealed class RecordCrashTests : IDisposable
{
    private const int AnswersAtMost = 3000;

    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public RecordCrashTests() => cli = new Cli(temporary);

    [Fact]
    public async Task Record_KilledAtARandomMomentAgainAndAgain_LosesNothingAcknowledgedAndIsTakenOver()
    {
        var kills = LongRun.Scale(50, 500);
        var random = new Random(20261121);
        (string Run, int Decisions)? dead = null;
        for (var kill = 0; kill < kills; kill++)
        {
            using var recorder = cli.Record();
            if (dead is { } former) await TakeOverAsync(recorder, former.Run, former.Decisions);
            var run = await recorder.StartRunAsync();
            var acknowledged = await WriteUntilKilledAsync(recorder, run, random.Next(AnswersAtMost));
            dead = (run, await AssertAllThereAsync(run, acknowledged));
        }

        var list = await cli.JsonAsync("run", "list", "--limit", "10000");
        Assert.Equal(kills, list.GetArrayLength());
        Assert.Equal(kills - 1, list.EnumerateArray().Count(r => r.GetProperty("status").GetString() == "completed"));
    }

    [Fact]
    public async Task Record_OneOfEightKilled_LeavesTheOthersAlone()
    {
        var eachWrites = LongRun.Scale(500, 5000);
        var recorders = Enumerable.Range(0, 8).Select(_ => cli.Record()).ToList();
        var victim = recorders[3];
        try
        {
            var runs = await Task.WhenAll(recorders.Select(r => r.StartRunAsync()));
            var dying = WriteUntilKilledAsync(victim, runs[3], 321);
            await Task.WhenAll(recorders.Where(r => r != victim).Select(async (r) =>
            {
                var run = runs[recorders.IndexOf(r)];
                var answers = r.CountAcknowledgedAsync(eachWrites + 1);
                for (var n = 0; n < eachWrites; n++) await r.SendAsync(Lines.Decide(run));
                await r.SendAsync(Lines.End(run));
                var acknowledged = await answers;
                var ended = await r.EndAsync();
                Assert.Equal(0, ended.ExitCode);
                Assert.Equal(eachWrites + 1, acknowledged);
            }));
            await AssertAllThereAsync(runs[3], await dying);
            foreach (var run in runs.Where(r => r != runs[3]))
            {
                var shown = await cli.JsonAsync("run", "show", run);
                Assert.Equal("completed", shown.GetProperty("status").GetString());
                Assert.Equal(eachWrites, shown.GetProperty("decisions").GetArrayLength());
            }
        }
        finally
        {
            recorders.ForEach(r => r.Dispose());
        }
    }

    public void Dispose() => temporary.Dispose();

    // Writes without waiting for answers; when so many answers were read the process dies, wherever it is just then.
    private static async Task<List<JsonElement>> WriteUntilKilledAsync(Recorder recorder, string run, int answersBeforeDeath)
    {
        var writing = Task.Run(async () =>
        {
            for (var n = 0; n < AnswersAtMost; n++)
            {
                if (!await recorder.SendAsync($"{Lines.Decide(run, $",\"reasoning\":\"because of {n}\"")}\n{Lines.Outcome(run, $"dec_{n}", $",\"result\":{n}")}")) return;
            }
        });
        var acknowledged = new List<JsonElement>();
        while (acknowledged.Count < answersBeforeDeath) acknowledged.Add((await recorder.AnswerAsync())!.Value);
        await recorder.KillAsync();
        while (await recorder.AnswerAsync() is { } answer) acknowledged.Add(answer); // said before the death, read after it
        await writing;
        return acknowledged;
    }

    private async Task<int> AssertAllThereAsync(string run, List<JsonElement> acknowledged)
    {
        Assert.All(acknowledged, answer => Assert.True(answer.GetProperty("ok").GetBoolean(), answer.ToString()));
        var shown = await cli.JsonAsync("run", "show", run);
        var decisions = shown.GetProperty("decisions").EnumerateArray().ToList();
        for (var n = 0; n < decisions.Count; n++)
        {
            Assert.Equal($"dec_{n}", decisions[n].GetProperty("id").GetString());
            Assert.Equal($"because of {n}", decisions[n].GetProperty("reasoning").GetString());
            if (decisions[n].GetProperty("outcome") is { ValueKind: JsonValueKind.Object } outcome) Assert.Equal(n, outcome.GetProperty("result").GetInt32());
            else Assert.Equal(decisions.Count - 1, n); // events are durable in their order: only the last can lack its outcome
        }

        var decided = acknowledged.Count(a => a.GetProperty("event").GetString() == "decide");
        var done = decisions.Count(d => d.GetProperty("outcome").ValueKind == JsonValueKind.Object);
        Assert.True(decisions.Count >= decided, $"{decided} decisions were acknowledged, {decisions.Count} are there");
        Assert.True(done >= acknowledged.Count - decided, $"{acknowledged.Count - decided} outcomes were acknowledged, {done} are there");
        Assert.Equal("stuck", shown.GetProperty("status").GetString());
        var problem = Assert.Single(shown.GetProperty("problems").EnumerateArray());
        Assert.Contains("gone", problem.GetProperty("description").GetString());
        return decisions.Count;
    }

    private static async Task TakeOverAsync(Recorder recorder, string run, int decisions)
    {
        Assert.Equal($"dec_{decisions}", (await recorder.TakeAsync(Lines.Decide(run))).GetProperty("decision_id").GetString());
        await recorder.TakeAsync(Lines.End(run));
    }
}
