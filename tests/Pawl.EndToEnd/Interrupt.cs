using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Whether processes that are started from here can be interrupted.</summary>
internal static class Interrupt
{
    /// <summary>Skips where they cannot.</summary>
    public static void Require()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT for one process.");
        Assert.SkipWhen(IsIgnored(), "SIGINT is ignored here, as in what a shell runs in the background, and so it is in all that is started from here.");
    }

    // Signal n is bit n - 1 of a mask in hexadecimal.
    private static bool IsIgnored() => File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[^1] is '2' or '3' or '6' or '7' or 'a' or 'b' or 'e' or 'f';
}
