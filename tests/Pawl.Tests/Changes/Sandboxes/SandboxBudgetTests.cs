using Pawl.Changes;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

/// <summary>What a command may use up, on every rung of this machine.</summary>
public sealed class SandboxBudgetTests : IDisposable
{
    private const int MiB = 1 << 20;
    private readonly TemporaryFolder _folder = new();
    private readonly string _mark = Guid.NewGuid().ToString("N");

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_SleepsPastItsTime_IsEndedWithAllItStarted(SandboxRung rung)
    {
        var result = await RunAsync(rung, "sleep 60 & setsid sleep 60 & sleep 60", new CommandBudget { Wall = TimeSpan.FromMilliseconds(400) });

        Assert.Equal((CommandEnd.TimedOut, -1), (result.End, result.ExitCode));
        Assert.InRange(result.Duration.TotalSeconds, 0.4, 20);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_StartsTooManyProcesses_IsEndedWithAllOfThem(SandboxRung rung)
    {
        var result = await RunAsync(rung, "i=0; while [ $i -lt 200 ]; do sleep 60 & i=$((i + 1)); done; wait", new CommandBudget { Processes = 64 });

        Assert.Equal(CommandEnd.OverProcesses, result.End);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_HasAsManyProcessesAsItMay_EndsByItself(SandboxRung rung)
    {
        var result = await RunAsync(rung, "for i in 1 2 3 4; do sleep 0.5 & done; wait", new CommandBudget { Processes = 5 });

        Assert.Equal((CommandEnd.Exited, 0), (result.End, result.ExitCode));
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_Prints100MB_IsReadToTheEndAndKeptInPart(SandboxRung rung)
    {
        var result = await RunAsync(rung, "echo first; yes 0123456789abcde 2>/dev/null | head -c 104857600; echo last; echo problem >&2", new CommandBudget());

        Assert.Equal((CommandEnd.Exited, 0), (result.End, result.ExitCode));
        Assert.Equal(104857600 + "first\nlast\n".Length, result.Output.Bytes);
        Assert.InRange(result.Output.Text.Length, 512 * 1024, (512 * 1024) + 100);
        Assert.StartsWith("first\n", result.Output.Text, StringComparison.Ordinal);
        Assert.EndsWith("last\n", result.Output.Text, StringComparison.Ordinal);
        Assert.Equal(("problem\n", 8), (result.Error.Text, result.Error.Bytes));
        Assert.Equal(["printed 104,857,611 bytes of output; the first and last 256 KiB are kept"], result.Notes);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_FillsTheDisk_IsEnded(SandboxRung rung)
    {
        var result = await RunAsync(rung, "i=0; while [ $i -lt 60 ]; do head -c 8000000 /dev/zero >f$i; i=$((i + 1)); done; sleep 60", new CommandBudget { DiskBytes = 64 * MiB });

        Assert.Equal(CommandEnd.OverDisk, result.End);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_FillsTheDiskWithFilesWithoutAName_IsEnded(SandboxRung rung)
    {
        var result = await RunAsync(rung, "i=0; while [ $i -lt 20 ]; do ( exec 3>f$i; rm f$i; head -c 24000000 /dev/zero >&3; sleep 60 ) & i=$((i + 1)); done; wait", new CommandBudget { DiskBytes = 64 * MiB });

        Assert.Equal(CommandEnd.OverDisk, result.End);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_FillsTheDiskWhereNobodyMayLook_IsEnded(SandboxRung rung)
    {
        var result = await RunAsync(rung, "mkdir d; chmod 300 d; i=0; while [ $i -lt 60 ]; do head -c 8000000 /dev/zero >d/f$i; i=$((i + 1)); done; sleep 60", new CommandBudget { DiskBytes = 64 * MiB });

        WorkFolder.Delete(_folder["d"]);
        Assert.Equal(CommandEnd.OverDisk, result.End);
    }

    [Fact]
    public async Task RunAsync_TakesItsFolderAway_EndsByItself()
    {
        var tree = Directory.CreateDirectory(_folder["tree"]).FullName;
        var sandbox = await Rungs.TakeAsync(SandboxRung.ProcessGroup);

        var result = await sandbox.RunAsync(Rungs.Shell(tree, "rm -rf \"$PWD\"; sleep 0.5"), default);

        Assert.Equal((CommandEnd.Exited, 0), (result.End, result.ExitCode));
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_WritesALargeFile_CannotWriteBeyondTheLimit(SandboxRung rung)
    {
        var result = await RunAsync(rung, "head -c 5000000 /dev/zero >large", new CommandBudget { FileBytes = MiB });

        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal(MiB, new FileInfo(_folder["large"]).Length);
    }

    [Fact]
    public async Task RunAsync_FillsTheTemporaryFileSystems_FindsThemFull()
    {
        var result = await RunAsync(
            SandboxRung.Bubblewrap,
            "for f in /tmp /var/tmp /dev/shm \"$HOME\"; do head -c 2000000 /dev/zero >\"$f/x\" && echo \"$f\" is not full; done; for f in /dev /run; do echo x >\"$f/x\" && echo \"$f\" is writable; done; echo over",
            new CommandBudget { DiskBytes = MiB });

        Assert.Equal("over\n", result.Output.Text);
        Assert.Equal(["said that no space was left; /tmp, /var/tmp, /dev/shm and its home hold 1 MiB each"], result.Notes);
    }

    // Whatever the end: nothing of the command is left when its result is there.
    private async Task<CommandResult> RunAsync(SandboxRung rung, string script, CommandBudget budget)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_folder.Path, script).With("MARK", _mark) with { Budget = budget }, default);
        Assert.Empty(Rungs.Marked("MARK", _mark));
        return result;
    }
}
