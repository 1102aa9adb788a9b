using Xunit;
using Xunit.Sdk;

namespace Pawl.Tests;

public sealed class SharedDataTests
{
    [Fact]
    public void Find_AFileThatIsNotThere_IsNull() => Assert.Null(SharedData.Find("runs/no-such-file.json"));

    [Fact]
    public void Require_AFileThatIsNotThere_SkipsAndSaysHowToPointToIt()
    {
        var reason = "";
        try
        {
            SharedData.Require("runs/no-such-file.json");
        }
        catch (SkipException skip)
        {
            reason = skip.Message;
        }

        Assert.Contains("runs/no-such-file.json", reason, StringComparison.Ordinal);
        Assert.Contains("PAWL_SHARED_DATA", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Require_ARealTrajectoryFile_IsAnAbsolutePathToIt()
    {
        var path = SharedData.Require("runs/tau-airline.json");

        Assert.True(Path.IsPathFullyQualified(path));
        Assert.True(File.Exists(path));
    }
}
