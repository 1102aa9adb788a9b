using System.Globalization;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>kill -9 at every write of an experiment, from its registration to its end: another process carries on, and flag, experiment and ledger end as without it.</summary>
public sealed class ExperimentCrashTests(PostgresCluster cluster) : IDisposable
{
    // A process that starts writes twice to see that there is a database, before it does anything.
    private const int WritesBefore = 2;

    private readonly TemporaryFolder temporary = new();
    private int databases;

    private static readonly string[] All = LongRun.Enabled ? ["clean-win", "guardrail-day-1", "clean-loss", "ramp", "human-approval", "source-outage"] : ["clean-win", "guardrail-day-1"];

    // The ordinary run takes a promotion one way and a rollback the other, and changes them over on PostgreSQL; the long run takes every trace both ways on both.
    public static TheoryData<string, string> Kills => [.. All.SelectMany(trace => ((string[])["after", "before"]).Where(when => LongRun.Enabled || when == "after" == (trace == "clean-win")).Select(when => (trace, when)))];

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task Golden_EachProcessKilledOnceItHasDoneSomething_EndsAsWithoutKills(string trace, string when) =>
        await KillEachAsync(trace, SqliteAsync, when, WritesBefore + (when == "after" ? 1 : 2));

    [Fact]
    public async Task Golden_EachProcessKilledOnPostgres_EndsAsWithoutKills()
    {
        PostgresCluster.Require();
        foreach (var (trace, when) in LongRun.Enabled ? Kills.Select(row => row.Data) : [("clean-win", "before"), ("guardrail-day-1", "after")])
        {
            await KillEachAsync(trace, () => cluster.CreateDatabaseAsync(), when, WritesBefore + (LongRun.Enabled ? 1 : 4) + (when == "after" ? 0 : 1));
        }
    }

    // A promotion and a rollback, once more write by write, with a database for each.
    [Theory]
    [InlineData("clean-win", "sqlite")]
    [InlineData("clean-win", "postgres")]
    [InlineData("guardrail-day-1", "sqlite")]
    [InlineData("guardrail-day-1", "postgres")]
    public async Task Golden_KilledOnceAtEachWrite_EndsAsWithoutKills(string trace, string database)
    {
        if (!LongRun.Enabled) Assert.Skip("A database for each write is for the long run; the ordinary one kills at every write of one database.");
        if (database == "postgres") PostgresCluster.Require();
        var create = database == "postgres" ? cluster.CreateDatabaseAsync : (Func<Task<string>>)SqliteAsync;
        var expected = await UndisturbedAsync(trace, create);
        foreach (var when in new[] { "before", "after" })
        {
            for (var write = 1; ; write++)
            {
                var where = await create();
                if (!await RunAsync(trace, where, when, write)) break;
                Assert.False(await RunAsync(trace, where, when, 0));
                await AssertEndedAsync(expected, trace, where);
            }
        }
    }

    public void Dispose() => temporary.Dispose();

    private Task<string> SqliteAsync() => Task.FromResult(temporary[$"{++databases}.db"]);

    private async Task KillEachAsync(string trace, Func<Task<string>> create, string when, int write)
    {
        var expected = await UndisturbedAsync(trace, create);
        var where = await create();
        var kills = 0;
        while (await RunAsync(trace, where, when, write)) Assert.InRange(++kills, 1, 100);

        Assert.True(kills >= 2, $"{kills} processes were killed: the moments were ill chosen.");
        await AssertEndedAsync(expected, trace, where);
    }

    private async Task<string> UndisturbedAsync(string trace, Func<Task<string>> create)
    {
        var where = await create();
        Assert.False(await RunAsync(trace, where, "after", 0));
        return State(where);
    }

    // Whether it was killed.
    private static async Task<bool> RunAsync(string trace, string where, string when, int write)
    {
        using var actor = LedgerActor.Start("golden", where, Path.Combine(Repository.Root, "golden", trace + ".yaml"), when, write.ToString(CultureInfo.InvariantCulture));
        var (error, output) = (actor.StandardError.ReadToEndAsync(), actor.StandardOutput.ReadToEndAsync());
        await actor.WaitForExitAsync();
        Assert.True(actor.ExitCode is 0 or 137, $"{trace} {when} {write}: {actor.ExitCode} {await error} {await output}");
        return actor.ExitCode == 137;
    }

    private async Task AssertEndedAsync(string expected, string trace, string where)
    {
        Assert.Equal($"{trace}\n{expected}", $"{trace}\n{State(where)}");
        Assert.Equal("0", Assert.Single(StoredRows.Of(where, "select count(*) from (select key from receipts where ok = 1 group by key having count(*) > 1) twice")));
        Assert.Equal("0", Assert.Single(StoredRows.Of(where, "select count(*) from experiments where active = 1")));
        Assert.Equal(0, (await new Cli(temporary).With("PAWL_DB", where).RunAsync("ledger", "verify")).ExitCode);
    }

    // A snapshot of a look that ended nothing is not made up for, and the one at the end holds the receipts of those before.
    private static string State(string where) => string.Join("\n",
    [
        .. StoredRows.Of(where, "select key || ' ' || version || ' ' || document from flags order by key"),
        .. StoredRows.Of(where, "select key || ' ' || version || ' ' || reference from flag_versions order by key, version"),
        .. StoredRows.Of(where, "select tool || ' ' || ok || ' ' || ref || ' ' || key from receipts where tool <> 'SnapshotDashboard' order by seq"),
        .. StoredRows.Of(where, "select experiment || ' ' || number || ' ' || at || ' ' || report from experiment_looks order by experiment, number"),
        .. StoredRows.Of(where, "select id || ' ' || title || ' ' || description from tickets order by id"),
        .. StoredRows.Of(where, "select progress from experiments order by id").Select(progress => System.Text.RegularExpressions.Regex.Replace(progress, "\"snapshot\":\"[0-9a-f]{64}\"", "\"snapshot\":\"made\"")),
    ]);
}
