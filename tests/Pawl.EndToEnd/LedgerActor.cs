using System.Diagnostics;
using Pawl.Tests;

namespace Pawl.EndToEnd;

/// <summary>Real processes that append receipts; what they do stands in tests/Pawl.LedgerActor.</summary>
internal static class LedgerActor
{
    private static readonly string Dll = Path.Combine(Repository.Root, "tests/Pawl.LedgerActor/bin/Release/net10.0/Pawl.LedgerActor.dll");

    public static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [Dll, .. arguments])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>Runs one to its end; the lines that it said.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Xunit.Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)}: {await error}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
