using System.Diagnostics;
using Pawl.Changes.Sandboxes;

namespace Pawl.Benchmarks;

/// <summary>What trying the sandbox costs, and what each command in it costs beside the same without.</summary>
internal static class SandboxCosts
{
    private const int Probes = 5;
    private const int Commands = 30;

    public static async Task RunAsync()
    {
        using var folder = new ScratchFolder();
        var command = new SandboxedCommand { Argv = ["sh", "-c", ":"], WorkingDirectory = folder.Path, Budget = new CommandBudget() };
        var sandboxes = new List<Sandbox>();
        foreach (var rung in SandboxLadder.Rungs)
        {
            var probing = new List<double>();
            SandboxFinding finding = null!;
            for (var i = 0; i <= Probes; i++)
            {
                var start = Stopwatch.GetTimestamp();
                finding = await SandboxLadder.ProbeAsync(rung, CancellationToken.None);
                probing.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            var name = SandboxFinding.NameOf(rung);
            if (finding.IsUsable) sandboxes.Add(new Sandbox(rung, SandboxTools.Find(), finding.Probes));
            Report.Row($"trying {name}, once for each change", finding.IsUsable ? $"{Report.Number(Report.Median(probing.Skip(1)), "0")} ms" : SandboxLadder.Failure(finding));
        }

        var direct = new List<double>();
        var inside = sandboxes.ToDictionary(sandbox => sandbox.Rung, _ => new List<double>());
        for (var i = 0; i <= Commands; i++)
        {
            var start = Stopwatch.GetTimestamp();
            CommandLine.Run("sh", folder.Path, "-c", ":");
            direct.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            foreach (var sandbox in sandboxes)
            {
                start = Stopwatch.GetTimestamp();
                var ended = await sandbox.RunAsync(command, CancellationToken.None);
                inside[sandbox.Rung].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (ended is not { End: CommandEnd.Exited, ExitCode: 0 }) throw new InvalidOperationException($"{sandbox.Rung}: {ended.End}, {ended.Error.Text}");
            }
        }

        Report.Row("a command that does nothing, by itself", $"{Report.Number(Report.Median(direct.Skip(1)), "0.0")} ms");
        foreach (var sandbox in sandboxes) Report.Row($"the same in {SandboxFinding.NameOf(sandbox.Rung)}", $"{Report.Number(Report.Median(inside[sandbox.Rung].Skip(1)), "0.0")} ms");
    }
}
