using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

/// <summary>What a well-behaved command needs, on every rung of this machine.</summary>
public sealed class SandboxCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _tree;
    private readonly string _mark = Guid.NewGuid().ToString("N");

    public SandboxCommandTests() => _tree = Directory.CreateDirectory(_folder["tree"]).FullName;

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_ExitCodes_ArePassedOn(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);

        foreach (var (script, code) in new[] { ("exit 0", 0), ("exit 3", 3), ("exit 255", 255), ("exit 212", 212), ("kill -TERM $$", 143), ("kill -KILL $$", 137) })
        {
            var result = await sandbox.RunAsync(Rungs.Shell(_tree, script), default);
            Assert.Equal((CommandEnd.Exited, code), (result.End, result.ExitCode));
            Assert.Empty(result.Notes);
        }
    }

    // The shell above a command in a namespace has two codes for itself.
    [Theory, MemberData(nameof(Rungs.WithNamespaces), MemberType = typeof(Rungs))]
    public async Task RunAsync_AnExitCodeOfTheSandboxesOwn_IsAFailureAndNoNote(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);

        foreach (var (script, code) in new[] { ("exit 213", 215), ("exit 214", 216) })
        {
            var result = await sandbox.RunAsync(Rungs.Shell(_tree, script), default);
            Assert.Equal((CommandEnd.Exited, code), (result.End, result.ExitCode));
            Assert.Empty(result.Notes);
        }
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_Input_IsReadOrIgnored(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var input = string.Concat(Enumerable.Repeat("zeile ü\n", 50_000));

        Assert.Equal("450000\n", (await sandbox.RunAsync(Rungs.Shell(_tree, "wc -c") with { Input = input }, default)).Output.Text);
        Assert.Equal("0\n", (await sandbox.RunAsync(Rungs.Shell(_tree, "wc -c"), default)).Output.Text);
        Assert.Equal(0, (await sandbox.RunAsync(Rungs.Shell(_tree, "exit 0") with { Input = input }, default)).ExitCode);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_ArgumentsAndEnvironment_ArriveAsTheyAre(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "printf '%s|' \"$@\" \"$VALUE\"; pwd", "a b", "$HOME", "", "ü\n").With("VALUE", " x=y "), default);

        Assert.Equal($"a b|$HOME||ü\n| x=y |{RealPath.Of(_tree)}\n", result.Output.Text);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_HomeAndTemporaryFolder_AreEmptyAndWritableAndGoneAfterwards(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "echo x >\"$HOME/pawl-$1\" && echo x >\"$TMPDIR/pawl-$1\" && ls \"$TMPDIR\" | grep -v ^pawl-; echo \"$HOME/pawl-$1\"; echo \"$TMPDIR/pawl-$1\"", _mark), default);
        var files = result.Output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains(files, f => f.Contains(_mark, StringComparison.Ordinal));
        Assert.All(files.Where(f => f.Contains(_mark, StringComparison.Ordinal)), f => Assert.False(File.Exists(f), f));
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_Folders_AreReadableAndWritableAsGiven(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        _folder.Write("objects/pack", "packed");
        Directory.CreateDirectory(_folder["reports"]);
        var command = Rungs.Shell(_tree, "cat ../objects/pack && echo report >../reports/r && echo change >file") with { ReadOnly = [_folder["objects"], _folder["absent"]], Writable = [_folder["reports"]] };
        var result = await sandbox.RunAsync(command, default);

        Assert.Equal(("packed", 0), (result.Output.Text, result.ExitCode));
        Assert.Equal("report\n", await File.ReadAllTextAsync(_folder["reports/r"]));
        Assert.Equal("change\n", await File.ReadAllTextAsync(_folder["tree/file"]));
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_ProgramBelowAHiddenFolder_IsFound(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var program = _folder.Write("tools/hello", "#!/bin/sh\necho hello\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "") with { Argv = [program] }, default);

        Assert.Equal("hello\n", result.Output.Text);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_FoldersOfPathBelowAHome_CanStillBeUsed(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var folders = SandboxTools.SearchPath().Where(f => HiddenPlaces.Home is { } home && RealPath.IsWithin(RealPath.Of(f), home) && Directory.EnumerateFiles(f).Any()).ToArray();
        Assert.SkipUnless(folders.Length > 0, "No folder of PATH lies below the home.");
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "for f in \"$@\"; do if [ -z \"$(ls \"$f\")\" ]; then echo \"$f\"; fi; done; echo over", folders), default);

        Assert.Equal("over\n", result.Output.Text);
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_UnknownProgram_DoesNotStart(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        var result = await sandbox.RunAsync(Rungs.Shell(_tree, "") with { Argv = ["no-such-program"] }, default);

        Assert.Equal((CommandEnd.NotStarted, "'no-such-program' was not found on PATH."), (result.End, result.Error.Text));
    }

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task RunAsync_Cancelled_EndsAllItStarted(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);
        using var cancel = new CancellationTokenSource();
        var running = sandbox.RunAsync(Rungs.Shell(_tree, "setsid sleep 60 & echo >started; sleep 60").With("MARK", _mark), cancel.Token);
        await Eventually.Holds(() => File.Exists(_folder["tree/started"]), "the command had started", 30);
        await cancel.CancelAsync();
        var result = await running;

        Assert.Equal((CommandEnd.Cancelled, -1), (result.End, result.ExitCode));
        Assert.Empty(Rungs.Marked("MARK", _mark));
        Assert.Equal(CommandEnd.Cancelled, (await sandbox.RunAsync(Rungs.Shell(_tree, "echo >again"), cancel.Token)).End);
        Assert.False(File.Exists(_folder["tree/again"]));
    }

    [Fact]
    public async Task RunAsync_GitMayBeWritten_WhenAsked()
    {
        var sandbox = await Rungs.TakeAsync(SandboxRung.Bubblewrap);
        var config = _folder.Write("tree/.git/config", "before");
        await sandbox.RunAsync(Rungs.Shell(_tree, "echo after >.git/config") with { GitReadOnly = false }, default);

        Assert.Equal("after\n", await File.ReadAllTextAsync(config));
    }
}
