using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Eight processes write into one database at once.</summary>
public sealed class ManyProcessesTests(PostgresCluster cluster) : IDisposable
{
    private const int Processes = 8;

    private readonly TemporaryFolder temporary = new();

    [Fact]
    public Task Record_EightProcessesOnOneFile_KeepsEveryEvent() => RecordAsync(temporary["one.db"]);

    [Fact]
    public async Task Record_EightProcessesOnOnePostgresDatabase_KeepsEveryEvent()
    {
        PostgresCluster.Require();
        await RecordAsync(await cluster.CreateDatabaseAsync());
    }

    public void Dispose() => temporary.Dispose();

    private async Task RecordAsync(string database)
    {
        var decisions = LongRun.Scale(1000, 10_000);
        var cli = new Cli(temporary).With("PAWL_DB", database);
        var runs = await Task.WhenAll(Enumerable.Range(0, Processes).Select(async process =>
        {
            using var recorder = cli.Record();
            var run = await recorder.StartRunAsync($"goal-{process}");
            var answers = recorder.CountAcknowledgedAsync(2 * decisions + 1);
            for (var n = 0; n < decisions; n++) await recorder.SendAsync(Lines.Decide(run) + "\n" + Lines.Outcome(run, $"dec_{n}"));
            await recorder.SendAsync(Lines.End(run));
            var acknowledged = await answers;
            var ended = await recorder.EndAsync();
            Assert.Equal("", ended.Error);
            Assert.Equal(0, ended.ExitCode);
            Assert.Equal(2 * decisions + 1, acknowledged);
            return run;
        }));

        Assert.Equal(Processes, runs.Distinct().Count());
        foreach (var run in runs)
        {
            var shown = await cli.JsonAsync("run", "show", run);
            Assert.Equal("completed", shown.GetProperty("status").GetString());
            Assert.Equal(Enumerable.Range(0, decisions).Select(n => $"dec_{n}"), shown.GetProperty("decisions").EnumerateArray().Select(d => d.GetProperty("id").GetString()));
            Assert.Equal(decisions, shown.GetProperty("metrics").GetProperty("successful_decisions").GetInt32());
        }
    }
}
