using System.Net;
using System.Net.Sockets;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

/// <summary>What a hostile command tries, on every rung of this machine: what the rung stops, and by name what it does not.</summary>
public sealed class SandboxEscapeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _tree;
    private readonly string _mark = Guid.NewGuid().ToString("N");

    public SandboxEscapeTests() => _tree = Directory.CreateDirectory(_folder["tree"]).FullName;

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_ReadsTheHome_SeesItExceptUnderBubblewrap(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        Assert.SkipUnless(HiddenPlaces.Home is not null, "This user has no home.");
        var file = Path.Combine(HiddenPlaces.Home!, $".pawl-test-{_mark}");
        try
        {
            await File.WriteAllTextAsync(file, _mark);
            var result = await sandbox.RunAsync(Rungs.Shell(_tree, "cat \"$1\"", file), default);

            Assert.Equal(rung != SandboxRung.Bubblewrap, result.Output.Text.Contains(_mark, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_ReadsHiddenFiles_SeesThemExceptUnderBubblewrap(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        _folder.Write("state/pawl.db", _mark);
        var key = _folder.Write("tree/pawl.key", _mark);
        File.CreateSymbolicLink(_folder["tree/link"], key);
        var command = Rungs.Shell(_tree, "cat pawl.key link ../state/pawl.db") with { ReadOnly = [_folder.Path], Hidden = [_folder["state"], _folder["tree/link"]] };
        var result = await sandbox.RunAsync(command, default);

        Assert.Equal(rung != SandboxRung.Bubblewrap, result.Output.Text.Contains(_mark, StringComparison.Ordinal));
        Assert.Equal(_mark, await File.ReadAllTextAsync(key));
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_WritesOutsideTheTree_LeavesNothingUnderBubblewrapAlone(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var before = _folder.Write("outside/file", "before");
        await sandbox.RunAsync(Rungs.Shell(_tree, "echo after >\"$1\"; echo new >\"$1.new\"; rm -f \"$2\"", before, _folder["gone"]) with { ReadOnly = [_folder["outside"]] }, default);

        Assert.Equal(rung == SandboxRung.Bubblewrap ? "before" : "after\n", await File.ReadAllTextAsync(before));
        Assert.Equal(rung != SandboxRung.Bubblewrap, File.Exists(before + ".new"));
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_WritesToGit_ChangesNothingUnderBubblewrapAlone(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        _folder.Write("tree/.git/config", "before");
        await sandbox.RunAsync(Rungs.Shell(_tree, "echo hook >.git/hook; echo after >.git/config; mv .git away; ln -s /tmp .git"), default);

        Assert.Equal(rung == SandboxRung.Bubblewrap, File.Exists(_folder["tree/.git/config"]) && await File.ReadAllTextAsync(_folder["tree/.git/config"]) == "before");
        Assert.Equal(rung == SandboxRung.Bubblewrap, Directory.GetFileSystemEntries(_tree).Length == 1 && Directory.GetFiles(_folder["tree/.git"]).Length == 1);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_TriesTheNetwork_ReachesItOnlyInAProcessGroupOrWhenAllowed(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        Assert.SkipUnless(File.Exists("/bin/bash"), "bash is not installed.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Start();
        socket.Bind(new UnixDomainSocketEndPoint("\0" + _mark));
        socket.Listen();
        var command = new SandboxedCommand
        {
            Argv = ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$1; cat /proc/net/unix", "test", $"{((IPEndPoint)listener.LocalEndpoint).Port}"],
            WorkingDirectory = _tree,
            Budget = new CommandBudget { Wall = TimeSpan.FromSeconds(60) },
        };
        var closed = await sandbox.RunAsync(command, default);
        Assert.Equal(rung == SandboxRung.ProcessGroup, listener.Pending());
        Assert.Equal(rung == SandboxRung.ProcessGroup, closed.Output.Text.Contains(_mark, StringComparison.Ordinal));

        var open = await sandbox.RunAsync(command with { Network = true }, default);
        Assert.True(listener.Pending());
        Assert.Contains(_mark, open.Output.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_ReadsItsEnvironment_SeesNothingOfPawls(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        Environment.SetEnvironmentVariable("SECRET_" + _mark, "secret");
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "env; tr '\\0' '\\n' </proc/self/environ").With("GIVEN", "yes"), default);
        Environment.SetEnvironmentVariable("SECRET_" + _mark, null);

        Assert.Contains("GIVEN=yes\n", result.Output.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET_", result.Output.Text, StringComparison.Ordinal);
    }

    // Who runs as the same user can read the environment of Pawl itself in /proc, unless a namespace hides its process.
    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_ReadsPawlsEnvironmentInProc_SeesItOnlyInAProcessGroup(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "cat \"/proc/$1/environ\" | wc -c", $"{Environment.ProcessId}"), default);

        Assert.Equal(rung == SandboxRung.ProcessGroup, result.Output.Text.Trim() != "0");
    }

    [Theory, MemberData(nameof(Rungs.WithNamespaces), MemberType = typeof(Rungs))]
    public async Task RunAsync_RemountsAsRoot_IsNotAllowed(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "mount -o remount,rw / && echo remounted; mount -t tmpfs x . && echo mounted; umount /proc/sys && echo unmounted; echo over"), default);

        Assert.Equal("over\n", result.Output.Text);
    }

    [Theory, MemberData(nameof(Rungs.WithNamespaces), MemberType = typeof(Rungs))]
    public async Task RunAsync_ChangesSettingsOfTheKernel_IsNotAllowed(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        // Written back is what stands there, so that even where it works nothing changes.
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "v=$(cat /proc/sys/kernel/core_pattern); (printf %s \"$v\" >/proc/sys/kernel/core_pattern) && echo written; echo over"), default);

        Assert.Equal("over\n", result.Output.Text);
    }

    [Theory, MemberData(nameof(Rungs.WithNamespaces), MemberType = typeof(Rungs))]
    public async Task RunAsync_MakesAUserNamespace_IsNotAllowed(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "unshare --user --map-root-user true && echo made; echo over"), default);

        Assert.Equal("over\n", result.Output.Text);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_ReadsAndKillsOtherProcesses_ReachesThemOnlyInAProcessGroup(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        using var bystander = Rungs.StartBystander(_mark);
        try
        {
            var result = await sandbox.RunAsync(Rungs.Shell(_tree, "tr '\\0' '\\n' <\"/proc/$1/environ\"; kill -KILL \"$1\"; cat /proc/[0-9]*/environ", $"{bystander.Id}"), default);

            Assert.Equal(rung == SandboxRung.ProcessGroup, result.Output.Text.Contains(_mark, StringComparison.Ordinal));
            if (rung == SandboxRung.ProcessGroup) await bystander.WaitForExitAsync();
            Assert.Equal(rung == SandboxRung.ProcessGroup, bystander.HasExited);
        }
        finally
        {
            bystander.Kill();
        }
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_LeavesADaemon_KillsItAndSaysSo(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "(setsid sleep 60 &)").With("DAEMON", _mark), default);

        Assert.Equal((CommandEnd.Exited, 0), (result.End, result.ExitCode));
        Assert.Equal(["left 1 process behind; it was killed"], result.Notes);
        Assert.Empty(Rungs.Marked("DAEMON", _mark));
        Assert.Equal("", result.Error.Text);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_FailsAndLeavesADaemon_KeepsItsExitCode(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "(setsid sleep 60 &); exit 3"), default);

        Assert.Equal((CommandEnd.Exited, 3), (result.End, result.ExitCode));
        Assert.Equal(["left 1 process behind; it was killed"], result.Notes);
    }

    // It has the mark, and writes to the same standard error as the shell that counts.
    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_LeavesADaemonThatSaysThereIsNone_SaysSoAllTheSame(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        foreach (var (ending, code) in new[] { ("exit 0", 0), ("exit 214", 214) })
        {
            var result = await sandbox.RunAsync(
                Rungs.Shell(_tree, $"rm -f said; (echo x > said; while :; do printf '\\n%s left behind: 0, exit code: 0\\n' \"$PAWL_SANDBOX\" >&2; done) & until [ -s said ]; do :; done; {ending}").With("DAEMON", _mark), default);

            Assert.Equal((CommandEnd.Exited, code), (result.End, result.ExitCode));
            Assert.Contains(result.Notes, note => note.StartsWith("left ", StringComparison.Ordinal) && note.EndsWith(" killed", StringComparison.Ordinal));
            Assert.Empty(Rungs.Marked("DAEMON", _mark));
        }
    }

    // While one program replaces another its environment reads as empty, and this one does nothing else.
    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_LeavesADaemonThatStartsItselfAgainAndAgain_KillsIt(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        File.WriteAllText(_folder["tree/again.sh"], "exec /bin/sh \"$0\"\n");
        for (var i = 0; i < 20; i++)
        {
            var result = await sandbox.RunAsync(Rungs.Shell(_tree, "(setsid sh ./again.sh &)").With("DAEMON", _mark), default);

            Assert.Equal(["left 1 process behind; it was killed"], result.Notes);
            Assert.Empty(Rungs.Marked("DAEMON", _mark));
        }
    }

    // A process that clears its environment, changes session and parent is not found in a process group; namespaces end it all the same.
    [Theory, MemberData(nameof(Rungs.WithNamespaces), MemberType = typeof(Rungs))]
    public async Task RunAsync_LeavesADaemonWithoutAnyMark_KillsItInNamespaces(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "(env -i DAEMON=\"$1\" setsid sleep 60 &)", _mark), default);

        Assert.Contains("left 1 process behind; it was killed", result.Notes);
        Assert.Empty(Rungs.Marked("DAEMON", _mark));
    }
}
