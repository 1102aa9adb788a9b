using System.Diagnostics;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

/// <summary>Tests run once more as nobody: an ordinary user has other rights than root, from whom nothing can be denied.</summary>
internal static class OrdinaryUser
{
    private const string Nobody = "65534";

    /// <summary>Runs the tests that a filter of the runner's own names. Skips where this is no root, who alone can become somebody else.</summary>
    public static async Task PassesAsync(string filter, string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), "Only root can become somebody else.");
        Assert.SkipWhen(SandboxTools.Find().SetPriv is null, "setpriv is not installed.");
        using var home = new TemporaryFolder();
        home.Write(".profile", "secret");
        File.SetUnixFileMode(home.Path, (UnixFileMode)Convert.ToInt32("777", 8));
        var start = new ProcessStartInfo(SandboxTools.Find().SetPriv!, ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--", Environment.ProcessPath!, .. TestProgram.Arguments, filter, name, "-noColor"])
        {
            WorkingDirectory = "/",
        };
        start.Environment["HOME"] = home.Path;
        var (exitCode, output) = await Rungs.RunAsync(start);

        Assert.SkipWhen(output.Contains("ermission denied", StringComparison.Ordinal) && exitCode is 126 or 127, "An ordinary user may not read the test program.");
        Assert.True(exitCode == 0, output);
        Assert.Contains("Failed: 0", output, StringComparison.Ordinal);
    }
}
