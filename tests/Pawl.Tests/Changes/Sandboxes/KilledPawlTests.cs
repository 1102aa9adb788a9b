using System.Diagnostics;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

/// <summary>What is left of a command when Pawl itself is killed.</summary>
public sealed class KilledPawlTests : IDisposable
{
    private const string Rung = "PAWL_TEST_VICTIM_RUNG", Tree = "PAWL_TEST_VICTIM_TREE", Mark = "PAWL_TEST_VICTIM_MARK";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SandboxRung.Bubblewrap, "setsid sleep 60 & echo >started; sleep 60")]
    [InlineData(SandboxRung.Unshare, "setsid sleep 60 & echo >started; sleep 60")]
    // Without a namespace only the command itself goes with Pawl, not what it started.
    [InlineData(SandboxRung.ProcessGroup, "echo >started; exec sleep 60")]
    public async Task RunAsync_PawlIsKilled_EndsWithIt(SandboxRung rung, string script)
    {
        await Rungs.TakeAsync(rung);
        var mark = Guid.NewGuid().ToString("N");
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. TestProgram.Arguments, "-method", $"{typeof(KilledPawlTests).FullName}.{nameof(Victim_StartedByTheTestAbove_WaitsToBeKilled)}", "-explicit", "only"]);
        (start.Environment[Rung], start.Environment[Tree], start.Environment[Mark], start.Environment["PAWL_TEST_VICTIM_SCRIPT"]) = ($"{rung}", _folder.Path, mark, script);
        start.RedirectStandardOutput = true;
        using var victim = Process.Start(start)!;
        await Eventually.Holds(() => File.Exists(_folder["started"]), "the command had started", 60);
        Assert.NotEmpty(Rungs.Marked("MARK", mark));
        victim.Kill();

        await Eventually.Holds(() => Rungs.Marked("MARK", mark).Count == 0, "nothing of the command was left", 20);
    }

    [Fact(Explicit = true)]
    public async Task Victim_StartedByTheTestAbove_WaitsToBeKilled()
    {
        Assert.SkipUnless(Enum.TryParse<SandboxRung>(Environment.GetEnvironmentVariable(Rung), out var rung), "It is of use only to the test above.");
        var command = Rungs.Shell(Environment.GetEnvironmentVariable(Tree)!, Environment.GetEnvironmentVariable("PAWL_TEST_VICTIM_SCRIPT")!);
        var result = await new Sandbox(rung, SandboxTools.Find(), []).RunAsync(command.With("MARK", Environment.GetEnvironmentVariable(Mark)!), default);

        Assert.Fail($"It ended by itself: {result.Error.Text}");
    }
}
