using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

/// <summary>The rungs of this machine, and commands to run on them.</summary>
internal static class Rungs
{
    private static readonly ConcurrentDictionary<SandboxRung, Lazy<Task<SandboxFinding>>> Findings = new();

    public static TheoryData<SandboxRung> All => [SandboxRung.Bubblewrap, SandboxRung.Unshare, SandboxRung.ProcessGroup];

    public static TheoryData<SandboxRung> WithNamespaces => [SandboxRung.Bubblewrap, SandboxRung.Unshare];

    /// <summary>What the ladder finds on this machine, tried once.</summary>
    public static Task<SandboxFinding> FindingAsync(SandboxRung rung) => Findings.GetOrAdd(rung, r => new(async () => (await SandboxLadder.ProbeAllAsync(default)).Single(f => f.Rung == r))).Value;

    /// <summary>A sandbox on that rung. Skips where the rung cannot be started here; one that starts and leaks is not skipped.</summary>
    public static async Task<Sandbox> TakeAsync(SandboxRung rung)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Sandboxes are of Linux.");
        var finding = await FindingAsync(rung);
        Assert.SkipWhen(finding.Problem is not null, $"{rung} {finding.Problem}");
        return new Sandbox(rung, SandboxTools.Find(), finding.Probes);
    }

    /// <summary>A shell script in the tree.</summary>
    public static SandboxedCommand Shell(string tree, string script, params string[] arguments) => new()
    {
        Argv = ["sh", "-c", script, "test", .. arguments],
        WorkingDirectory = tree,
        Budget = new CommandBudget { Wall = TimeSpan.FromSeconds(60) },
    };

    public static SandboxedCommand With(this SandboxedCommand command, string name, string value) => command with { Environment = new Dictionary<string, string> { [name] = value } };

    /// <summary>The processes of this machine that were started with a variable of this value.</summary>
    public static IReadOnlyList<ProcessEntry> Marked(string name, string value) =>
        [.. ProcessTable.Read().Where(p => p.IsAlive && ProcessTable.HasInEnvironment(p.Id, $"{name}={value}"))];

    /// <summary>A process that belongs to nobody's sandbox.</summary>
    public static Process StartBystander(string mark)
    {
        var start = new ProcessStartInfo("sleep", ["60"]);
        start.Environment["BYSTANDER"] = mark;
        return Process.Start(start)!;
    }

    /// <summary>Runs a program to its end and returns its exit code and all that it printed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var text = new StringBuilder();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        text.Append(await output).Append(await error);
        await process.WaitForExitAsync();
        return (process.ExitCode, text.ToString());
    }
}
