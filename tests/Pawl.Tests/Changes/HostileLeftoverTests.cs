using System.Text;
using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Workspaces;
using Pawl.Tests.Changes.Sandboxes;
using Pawl.Tests.Changes.Workspaces;
using Xunit;

namespace Pawl.Tests.Changes;

/// <summary>What judged code leaves behind so that whoever looks at it or takes it away fails: it ends the check or the attempt, and nothing more.</summary>
public sealed class HostileLeftoverTests : IDisposable
{
    private const string Deep = "i=0; d=$(printf '%0120d' 0); while [ $i -lt 60 ]; do mkdir $d && cd -P $d || break; i=$((i+1)); done";
    private readonly UserFolder _user = UserFolder.WithCommit(("a.txt", "one\n"), ("src/b.txt", "one\n"));

    [Theory]
    [InlineData("touch \"$PAWL_REPORTS/$(printf '\\377\\376')\"")]
    [InlineData("( cd \"$PAWL_REPORTS\"; " + Deep + " )")]
    [InlineData("mkdir -p \"$PAWL_REPORTS/d/e\"; chmod 000 \"$PAWL_REPORTS/d\"")]
    [InlineData("rm -rf \"$PAWL_REPORTS\"; ln -s / \"$PAWL_REPORTS\"")]
    public async Task Run_ReportsThatCannotBeTakenAwayByName_AreForTheNextRunToo(string script)
    {
        string[] checks = ["{id: t, run: [\"sh\", \"check.sh\"]}"];
        Check(script);

        Assert.Equal([CheckCause.None, CheckCause.None], [.. await CausesAsync(checks), .. await CausesAsync(checks)]);
    }

    [Theory]
    [InlineData(Deep)]
    [InlineData("mkdir \"$(printf '\\377')\" && touch \"$(printf '\\377')/r.xml\"")]
    [InlineData("mkdir d && touch d/r.xml && chmod 000 d")]
    [InlineData("rm -rf \"$PAWL_REPORTS\"")]
    public async Task Run_ReportsSoughtWhereNobodyCanLook_AreNotThere(string script)
    {
        Check(script);

        Assert.Equal([CheckCause.Report], await CausesAsync("{id: t, run: [\"sh\", \"check.sh\"], report: {format: junit, path: \"**/r.xml\"}}"));
    }

    [Fact]
    public async Task Run_ACheckThatTakesRightsAway_LeavesTheNextOneTheTree()
    {
        Check("echo two > src/b.txt; echo new > src/c.txt; chmod 555 src");

        var causes = await CausesAsync("{id: first, run: [\"sh\", \"check.sh\"], must_not_modify: false}", "{id: next, run: [\"sh\", \"-c\", \"grep -q one src/b.txt && test ! -e src/c.txt\"]}");

        Assert.Equal([CheckCause.None, CheckCause.None], causes);
    }

    [Theory]
    [InlineData("rm -rf \"$PWD\"")]
    [InlineData("w=$PWD; cd /; rm -rf \"$w\"; ln -s / \"$w\"")]
    public async Task Run_ACheckThatTakesItsCheckoutAway_IsRedAndSoIsWhatComesAfterIt(string script)
    {
        Check(script);

        Assert.Equal([CheckCause.Left, CheckCause.Left], await CausesAsync("{id: first, run: [\"sh\", \"check.sh\"], required: false}", "{id: next, run: [\"true\"]}"));
    }

    [Fact]
    public async Task Run_ACheckThatMakesFilesImmutable_IsRedAndSoIsWhatComesAfterIt()
    {
        RequireImmutable();
        Check("echo two > a.txt; chattr +i a.txt");
        try
        {
            Assert.Equal([CheckCause.Left, CheckCause.Left], await CausesAsync("{id: first, run: [\"sh\", \"check.sh\"], must_not_modify: false, flaky_attempts: 2}", "{id: next, run: [\"true\"]}"));
        }
        finally
        {
            UserFolder.Run("chattr", "/", "-R", "-f", "-i", _user["gate"]);
        }
    }

    [Fact]
    public async Task Run_AnAgentWhoseFilesCannotBeTakenAway_IsNoticedAndNothingElse()
    {
        RequireImmutable();
        await using var scene = new ChangeScene(SandboxRung.ProcessGroup, limits: "{attempts: 2, wall: 20s}");
        try
        {
            var change = await scene.RunAsync($$"""
                d=$(dirname "$GIT_TRACE2_EVENT"); touch "$d/im" && chattr +i "$d/im"
                if [ $PAWL_ATTEMPT = 1 ]; then printf 'add() { echo 7; }\n' > add.sh; exit 0; fi
                {{ChangeScene.Right}}
                """);

            Assert.Equal((ChangeStatus.Proposed, 2), (change.Status, change.Lanes[0].Attempts.Count));
            Assert.All(change.Lanes[0].Attempts, attempt => Assert.Contains(attempt.Agent.Notes, note => note.StartsWith("left what cannot be taken away: ", StringComparison.Ordinal)));
        }
        finally
        {
            UserFolder.Run("chattr", "/", "-R", "-f", "-i", scene.Services.Folder);
        }
    }

    [Theory]
    [InlineData("No space left on device")]
    [InlineData("x: No space left on device\nerror: y")]
    public async Task Snapshot_AnUnreadableFileThatIsCalledLikeAFullDisk_IsAFaultByName(string name)
    {
        var (change, worktree) = await _user.WorktreeAsync();
        var file = Path.Combine(worktree.Folder, name);
        File.WriteAllText(file, "x");
        File.SetUnixFileMode(file, UnixFileMode.None);

        var snapshot = await change.SnapshotAsync(worktree, TestContext.Current.CancellationToken);

        // From root nothing is kept.
        (FaultKind, string)[] expected = Environment.IsPrivilegedProcess ? [] : [(FaultKind.Unreadable, name)];
        Assert.Equal(expected, snapshot.Faults.Select(fault => (fault.Kind, fault.Path)));
    }

    [Fact]
    public Task All_AsAnOrdinaryUser_PassTheSameTests() => OrdinaryUser.PassesAsync("-class", typeof(HostileLeftoverTests).FullName!);

    public void Dispose()
    {
        WorkFolder.Delete(_user["gate"]);
        _user.Dispose();
    }

    private static void RequireImmutable() => Assert.SkipUnless(
        Environment.IsPrivilegedProcess && OperatingSystem.IsLinux() && File.Exists("/usr/bin/chattr"), "Only root makes files immutable, and with chattr.");

    private void Check(string script)
    {
        _user.Write("check.sh", script + "\nexit 0\n");
        _user.Commit("Check");
    }

    private async Task<IEnumerable<CheckCause>> CausesAsync(params string[] checks)
    {
        var token = TestContext.Current.CancellationToken;
        var file = GateFile.Read(Encoding.UTF8.GetBytes($"version: 1\nchecks: [{string.Join(", ", checks)}]\n"));
        var source = await _user.OpenAsync();
        var repository = Directory.Exists(_user["change"])
            ? await ChangeRepository.OpenAsync(_user["change"], source, token)
            : await _user.ChangeAsync();
        var confinement = new Confinement { Sandbox = await Rungs.TakeAsync(SandboxRung.ProcessGroup) };
        var result = await new Gate(file, repository, confinement, Directory.CreateDirectory(_user["gate"]).FullName, TimeProvider.System).RunCleanAsync(repository.BaseTree, "base", token);
        return result.Checks.Select(check => check.Cause);
    }
}
