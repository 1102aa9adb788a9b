using System.Globalization;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>kill -9 at every step of a change, and at every write: whoever resumes it ends with one proposal, and with everything once.</summary>
public sealed class ChangeCrashTests(PostgresCluster cluster) : IDisposable
{
    // Whoever resumes first says that it is the one who goes on with the run: killed right after that, it has got nowhere.
    private const int WritesToGetOn = 2;

    private readonly List<TemporaryFolder> _folders = [];

    // The lines on standard error, by their numbers; the ordinary run takes one within the verdict, and the last one.
    public static TheoryData<int> Lines => LongRun.Enabled ? [.. Enumerable.Range(1, 13)] : [9, 13];

    public static TheoryData<string, int> Moments => LongRun.Enabled ? [.. ((string[])["before", "after"]).SelectMany(when => Enumerable.Range(1, 9).Select(write => (when, write)))] : [("before", 9)];

    [Theory]
    [MemberData(nameof(Lines))]
    public Task IssueToPr_KilledAtALine_IsResumedToOneProposal(int line) => KillAtLineAsync(New(), line);

    [Theory]
    [MemberData(nameof(Moments))]
    public Task IssueToPr_KilledAtAWrite_IsResumedToOneProposal(string when, int write) => KillAtWriteAsync(New(), when, write);

    [Fact]
    public async Task IssueToPr_EachProcessKilledAfterAFewWrites_EndsWithOneProposal()
    {
        await KillEachAsync(New(), "after", 3);
        if (!LongRun.Enabled) return;
        foreach (var write in (int[])[WritesToGetOn, 4]) await KillEachAsync(New(), "after", write);
        foreach (var write in (int[])[WritesToGetOn + 1, 4]) await KillEachAsync(New(), "before", write);
    }

    [Fact]
    public async Task IssueToPr_KilledOnPostgres_IsResumedToOneProposal()
    {
        PostgresCluster.Require();
        await KillEachAsync(await OnPostgresAsync(), "before", 4);
        if (!LongRun.Enabled) return;
        await KillEachAsync(await OnPostgresAsync(), "after", WritesToGetOn);
        foreach (var row in Lines) await KillAtLineAsync(await OnPostgresAsync(), row.Data);
        foreach (var row in Moments) await KillAtWriteAsync(await OnPostgresAsync(), row.Data.Item1, row.Data.Item2);
    }

    [Fact]
    public async Task IssueToPr_KilledBeforeItWasStored_LeavesNothingOnceAnotherBegins()
    {
        var scene = New();
        using (var actor = Actor(scene, ChangeScene.Right, "before", 1)) await actor.WaitForExitAsync();
        Assert.Single(Directory.GetDirectories(scene.Changes));

        var before = scene.Fingerprint();
        Assert.Equal(65, (await scene.Cli.RunAsync(scene.IssueToPr(ChangeScene.Right, "--resume"))).ExitCode);
        var ended = await scene.Cli.RunAsync(scene.IssueToPr(ChangeScene.Right));

        Assert.True(ended.ExitCode == 0, ended.Error);
        await scene.AssertOneProposalAsync(before, "agent/add-numbers");
    }

    [Fact]
    public async Task SelfHeal_KilledWhenItHadGivenUp_TellsItAtTheNextResume()
    {
        var scene = New();
        var ended = await KillWhenAsync(scene, scene.SelfHeal(ChangeScene.Idle), line => line.Contains("attempt 2 of 2  attempt", StringComparison.Ordinal), scene.SelfHeal(ChangeScene.Idle, "--resume"));

        Assert.Equal(2, ended.ExitCode);
        Assert.Equal(["END", "START"], scene.Rows("select ref from receipts where ok = 1 and tool in ('StartChange', 'EndChange')").Select(name => name.Split('-')[0]).Order());
        var run = await scene.Cli.JsonAsync("run", "show", ChangeScene.Member("run")(scene.Rows("select document from changes")[0]));
        Assert.Equal(("failed", 3), (run.GetProperty("status").GetString(), run.GetProperty("decisions").GetArrayLength()));
        Assert.Equal(["lock"], Directory.EnumerateFileSystemEntries(Assert.Single(Directory.GetDirectories(scene.Changes))).Select(Path.GetFileName));
    }

    public void Dispose() => _folders.ForEach(folder => folder.Dispose());

    private ChangeScene New(string? database = null)
    {
        var folder = new TemporaryFolder();
        _folders.Add(folder);
        return new ChangeScene(folder, database).WithSums();
    }

    private async Task<ChangeScene> OnPostgresAsync() => New(await cluster.CreateDatabaseAsync());

    private static async Task KillAtLineAsync(ChangeScene scene, int line)
    {
        var before = scene.Fingerprint();
        var number = 0;
        var ended = await KillWhenAsync(scene, scene.IssueToPr(ChangeScene.Right), _ => ++number == line, ["issue-to-pr", "--repo", scene.Repository, "--agent", ChangeScene.Right, "--resume"]);

        // What had ended before the kill came is said to have ended, and what it came to.
        Assert.True(ended.ExitCode == 0 || (ended.ExitCode == 65 && ended.Error.Contains("has ended: Proposed as", StringComparison.Ordinal)), $"{ended.ExitCode}: {ended.Error}");
        await scene.AssertOneProposalAsync(before, "agent/add-numbers");
    }

    private static async Task KillAtWriteAsync(ChangeScene scene, string when, int write)
    {
        var before = scene.Fingerprint();
        using (var actor = Actor(scene, ChangeScene.Right, when, write))
        {
            var error = actor.StandardError.ReadToEndAsync();
            await actor.WaitForExitAsync();
            Assert.True(actor.ExitCode == 137, $"{when} {write}: {actor.ExitCode} {await error}");
        }

        var isStored = when == "after" || write > 1;
        var ended = await scene.Cli.RunAsync(scene.IssueToPr(ChangeScene.Right, isStored ? ["--resume"] : []));
        Assert.True(ended.ExitCode == 0, ended.Error);
        await scene.AssertOneProposalAsync(before, "agent/add-numbers");
    }

    private static async Task KillEachAsync(ChangeScene scene, string when, int write)
    {
        var before = scene.Fingerprint();
        var kills = 0;
        while (true)
        {
            using var actor = Actor(scene, ChangeScene.Right, when, write);
            var error = actor.StandardError.ReadToEndAsync();
            await actor.WaitForExitAsync();
            Assert.True(actor.ExitCode is 0 or 137, $"{actor.ExitCode}: {await error}");
            if (actor.ExitCode == 0) break;
            Assert.InRange(++kills, 1, 40);
        }

        Assert.True(kills >= 2, $"{kills} processes were killed: the moments were ill chosen.");
        await scene.AssertOneProposalAsync(before, "agent/add-numbers");
    }

    private static System.Diagnostics.Process Actor(ChangeScene scene, string agent, string when, int write) =>
        LedgerActor.Start("change", scene.Where, scene.Repository, scene.Changes, agent, when, write.ToString(CultureInfo.InvariantCulture));

    // Kills a command at a line of its standard error, and runs another when nothing of it is left.
    private static async Task<Ended> KillWhenAsync(ChangeScene scene, string[] command, Func<string, bool> isTheLine, string[] then)
    {
        using (var process = scene.Cli.Start(command))
        {
            var output = process.StandardOutput.ReadToEndAsync();
            List<string> lines = [];
            while (await process.StandardError.ReadLineAsync() is { } line)
            {
                lines.Add(line);
                if (!isTheLine(line)) continue;
                process.Kill();
                break;
            }

            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 137, $"It was not killed: {process.ExitCode}\n{string.Join('\n', lines)}\n{await output}");
        }

        await Eventually.Holds(() => scene.Processes().Count == 0, "nothing of the killed process was left", 20);
        return await scene.Cli.RunAsync(then);
    }
}
