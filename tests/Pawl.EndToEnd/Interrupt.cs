using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Whether processes that are started from here can be interrupted.</summary>
internal static class Interrupt
{
    /// <summary>Skips where they cannot.</summary>
    /// <param name="signal">By which signal: 1 is SIGHUP, 2 SIGINT, 3 SIGQUIT.</param>
    public static void Require(int signal = 2)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals for one process.");
        Assert.SkipWhen(IsIgnored(signal), $"Signal {signal} is ignored here, as in what a shell runs in the background, and so it is in all that is started from here.");
    }

    // Signal n is bit n - 1 of a mask in hexadecimal.
    private static bool IsIgnored(int signal) => File.Exists("/proc/self/status")
        && (Convert.ToInt64(File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Split('\t')[^1], 16) >> (signal - 1) & 1) == 1;
}
