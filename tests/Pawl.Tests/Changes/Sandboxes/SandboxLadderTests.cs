using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

public sealed class SandboxLadderTests
{

    [Theory, MemberData(nameof(Rungs.All), MemberType = typeof(Rungs))]
    public async Task ProbeAll_RungOfThisMachine_HoldsWhatItMust(SandboxRung rung)
    {
        var sandbox = await Rungs.TakeAsync(rung);

        Assert.Equal(11, sandbox.Probes.Count);
        Assert.Empty((await Rungs.FindingAsync(rung)).Broken);
        Assert.DoesNotContain(sandbox.Probes, p => !p.Holds && rung == SandboxRung.Bubblewrap);
    }

    [Fact]
    public async Task ProbeAll_Unshare_SaysThatFilesAreOpen()
    {
        var sandbox = await Rungs.TakeAsync(SandboxRung.Unshare);

        Assert.Superset(new HashSet<string> { "hidden", "write-outside", "git" }, sandbox.Probes.Where(p => !p.Holds).Select(p => p.Name).ToHashSet());
        Assert.Contains("NOT prevented: ", sandbox.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProbeAll_ProcessGroup_SaysThatAlmostAllIsOpen()
    {
        var sandbox = await Rungs.TakeAsync(SandboxRung.ProcessGroup);

        Assert.Superset(new HashSet<string> { "hidden", "write-outside", "git", "network", "other-processes" }, sandbox.Probes.Where(p => !p.Holds).Select(p => p.Name).ToHashSet());
    }

    [Fact]
    public void IsUsable_ProbeThatMustHoldIsOpen_IsFalse()
    {
        SandboxProbe network = new("network", false, "reached"), home = new("home", false, "seen");

        Assert.False(new SandboxFinding(SandboxRung.Unshare, [network, home]).IsUsable);
        Assert.True(new SandboxFinding(SandboxRung.Unshare, [home]).IsUsable);
        Assert.False(new SandboxFinding(SandboxRung.Bubblewrap, [home]).IsUsable);
        Assert.True(new SandboxFinding(SandboxRung.ProcessGroup, [network, home]).IsUsable);
        Assert.False(new SandboxFinding(SandboxRung.ProcessGroup, []).IsUsable);
    }

    [Fact]
    public async Task ChooseAsync_Policies_TakeBubblewrapOrTheBestOrNone()
    {
        await Rungs.TakeAsync(SandboxRung.Bubblewrap);

        Assert.Equal(SandboxRung.Bubblewrap, (await SandboxLadder.ChooseAsync(SandboxPolicy.Required, default)).Rung);
        Assert.Equal(SandboxRung.Bubblewrap, (await SandboxLadder.ChooseAsync(SandboxPolicy.Best, default)).Rung);
        Assert.Equal(SandboxRung.ProcessGroup, (await SandboxLadder.ChooseAsync(SandboxPolicy.None, default)).Rung);
    }

    [Fact]
    public void Say_WithNetwork_NamesWhatComesWithIt()
    {
        SandboxProbe network = new("network", true, "tried in vain"), home = new("home", true, "tried in vain");

        Assert.Equal("bubblewrap: no network, homes hidden", SandboxFinding.Say(SandboxRung.Bubblewrap, [network, home], hasNetwork: false));
        Assert.Equal("bubblewrap: homes hidden; NOT prevented: the network, with this machine's own services and abstract sockets", SandboxFinding.Say(SandboxRung.Bubblewrap, [network, home], hasNetwork: true));
    }

    // An ordinary user has other rights, and other rungs may be closed to it: the same tests, run once more as nobody.
    [Fact]
    public Task Sandboxes_AsAnOrdinaryUser_PassTheSameTests() => OrdinaryUser.PassesAsync("-namespace", "Pawl.Tests.Changes.Sandboxes");
}

/// <summary>How this very program is started once more.</summary>
internal static class TestProgram
{
    /// <summary>What stands between the host and the tests' own arguments: nothing where the program is its own host.</summary>
    public static string[] Arguments => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(TestProgram).Assembly.Location] : [];
}
