using System.Diagnostics;
using Npgsql;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>kill -9 in the middle of a promotion or a rollback: never a flag without its receipt, nor a receipt without its flag.</summary>
public sealed class FlagCrashTests(PostgresCluster cluster) : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    [Fact]
    public Task Set_KilledAtARandomMomentOnSqlite_LeavesFlagAndReceiptTogether() => KillAsync(temporary["flags.db"], LongRun.Scale(50, 500), seed: 1);

    [Fact]
    public async Task Set_KilledAtARandomMomentOnPostgres_LeavesFlagAndReceiptTogether()
    {
        PostgresCluster.Require();
        await KillAsync(await cluster.CreateDatabaseAsync(), LongRun.Scale(20, 500), seed: 2);
    }

    [Fact]
    public Task Set_TwoProcessesAtOnceOnSqlite_ExactlyOneWins() => RaceAsync(temporary["flags.db"]);

    [Fact]
    public async Task Set_TwoProcessesAtOnceOnPostgres_ExactlyOneWins()
    {
        PostgresCluster.Require();
        await RaceAsync(await cluster.CreateDatabaseAsync());
    }

    public void Dispose() => temporary.Dispose();

    private async Task<Cli> WithFlagAsync(string where)
    {
        var cli = new Cli(temporary).With("PAWL_DB", where);
        await cli.JsonAsync("flag", "create", "f", "--variants", """{"a":1,"b":2}""", "--default", "a");
        return cli;
    }

    private async Task KillAsync(string where, int kills, int seed)
    {
        var cli = await WithFlagAsync(where);
        var random = new Random(seed);
        var whole = await TypicalAsync(cli);
        var (killed, changed, last) = (0, 0, 2L);
        for (var n = 0; n < kills; n++)
        {
            string[] change = n % 3 == 2 ? ["flag", "rollback", "f", "--to", "1"] : ["flag", "set", "f", "--promote", n % 2 == 0 ? "b" : "a"];
            using var process = cli.Start(["--json", .. change]);
            var output = process.StandardOutput.ReadToEndAsync();
            // Most of a command is the runtime's start: the moments around its commit are aimed at.
            if (!process.WaitForExit(TimeSpan.FromTicks((long)(whole.Ticks * (0.5 + (random.NextDouble() * 0.6)))))) killed++;
            process.Kill();
            await process.WaitForExitAsync();
            var now = AssertTogether(where);
            Assert.InRange(now, last, last + 1);
            if ((await output).Contains("\"changed\"", StringComparison.Ordinal)) Assert.Equal(last + 1, now); // what was acknowledged is there
            if (now > last) changed++;
            whole *= now > last ? 0.98 : 1.02; // so that half of the kills come before the commit, whatever else the machine does
            last = now;
        }

        Assert.Equal(last, (await cli.JsonAsync("flag", "history", "f")).GetArrayLength());
        Assert.Equal(0, (await cli.RunAsync("ledger", "verify")).ExitCode);

        Assert.True(killed > 0 && changed > 0 && changed < kills, $"{killed} of {kills} processes were killed, {changed} changes were made: the moments were ill chosen.");
    }

    private static async Task<TimeSpan> TypicalAsync(Cli cli)
    {
        var start = Stopwatch.GetTimestamp();
        await cli.JsonAsync("flag", "set", "f", "--promote", "b");
        return Stopwatch.GetElapsedTime(start);
    }

    // The flag, its history and its receipts say the same, one receipt for each version.
    private static long AssertTogether(string where)
    {
        var version = Number("select version from flags");
        Assert.Equal(1, Number("select count(*) from flags f join flag_versions v on v.key = f.key and v.version = f.version and v.document = f.document"));
        Assert.Equal(version, Number("select count(*) from flag_versions"));
        Assert.Equal(version, Number("select count(*) from flag_versions v join receipts r on r.seq = v.receipt and r.ref = v.reference and r.seq = v.version - 1 and r.ok = 1 and r.subject = 'flag:f'"));
        Assert.Equal(version, Number("select count(*) from receipts"));
        Assert.Equal(version, Number("select size from ledger_head"));
        Assert.Equal(version, Number("select value from heads where name = 'flags'"));
        return version;

        long Number(string sql)
        {
            if (File.Exists(where)) return Sqlite.Number(where, sql);
            using var connection = new NpgsqlConnection(where);
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test wrote the text.
            command.CommandText = sql;
#pragma warning restore CA2100
            return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    private async Task RaceAsync(string where)
    {
        var cli = await WithFlagAsync(where);
        for (var version = 1; version <= LongRun.Scale(4, 40); version++)
        {
            var ended = await Task.WhenAll(new[] { "a", "b" }.Select(variant => cli.RunAsync("--json", "flag", "set", "f", "--promote", variant, "--version", $"{version}")));
            Assert.Equal([0, 1], ended.Select(e => e.ExitCode).Order());
            var conflict = ended.Single(e => e.ExitCode == 1);
            Assert.Equal(("conflict", version + 1L), (conflict.Json.GetProperty("outcome").GetString(), conflict.Json.GetProperty("current_version").GetInt64()));
            Assert.Contains($"at version {version + 1}", conflict.Error, StringComparison.Ordinal);
            Assert.Equal(version + 1, AssertTogether(where));
        }
    }
}
