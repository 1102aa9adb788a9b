using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Pawl.Tests.Experiments.Flagd;

/// <summary>flagd's own evaluator in a node process; what it does stands in tests/flagd.</summary>
internal static class FlagdEvaluator
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests/flagd");

    /// <summary>The variant that each context gets. Ends the test as skipped where the evaluator is not installed.</summary>
    public static async Task<IReadOnlyList<string>> VariantsAsync(string definition, string flag, IEnumerable<JsonElement> contexts)
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Folder, "node_modules/@openfeature/flagd-core")), "flagd's evaluator is not installed: `npm install --no-package-lock --prefix tests/flagd`.");
        using var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(Folder, "evaluate.js"), definition, flag])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        foreach (var context in contexts) await process.StandardInput.WriteLineAsync(context.GetRawText());
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
