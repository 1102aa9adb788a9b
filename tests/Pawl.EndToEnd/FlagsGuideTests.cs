using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>The commands of the guide to flags do what the guide says, as they are written.</summary>
public sealed class FlagsGuideTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    [Fact]
    public async Task Guide_CommandsAndProgramAsWritten_DoWhatItSays()
    {
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "docs/guides/flags.md"));
        var lines = guide.Split('\n').Where(line => line.StartsWith("    ./pawl ", StringComparison.Ordinal)).ToList();
        Assert.True(lines.Count >= 10, "The commands of the guide were not found.");
        var cli = new Cli(temporary).With("PAWL_DB", "pawl.db");

        foreach (var line in lines)
        {
            var ended = await cli.ShellAsync(line.Replace("./pawl", Cli.InShell, StringComparison.Ordinal));
            Assert.True(ended.ExitCode == 0, $"{line}: {ended.Error}");
        }

        var history = (await cli.JsonAsync("flag", "history", "checkout")).EnumerateArray().Select(v => v.GetProperty("receipt").GetString());
        Assert.Equal(["SET-checkout@6", "RB-checkout@5", "PROM-treatment@4", "ALLOC-checkout@3", "ALLOC-checkout@2", "FLAG-checkout"], history);

        var programs = ReadmeTests.CSharp().Matches(guide).Select(match => match.Groups["code"].Value).ToList();
        Assert.Equal(2, programs.Count);
        Assert.Contains("page 1, control, ", await RunAsync(cli, programs[0]));

        await cli.JsonAsync("flag", "set", "checkout", "--split", "control=0,treatment=100");
        Assert.EndsWith("7 counts for checkout as treatment\npage 2", await RunAsync(cli, programs[1]), StringComparison.Ordinal); // after what the build may say
        await cli.JsonAsync("flag", "set", "checkout", "--split", "control=100,treatment=0");
        Assert.Equal("7 counts for checkout as treatment\npage 2", (await cli.ShellAsync("dotnet run -c Release --no-build")).Output.Trim());
    }

    private static async Task<string> RunAsync(Cli cli, string program)
    {
        ReadmeTests.Program(cli.WorkingDirectory, program);
        return (await cli.ShellAsync("dotnet run -c Release")).Output.Trim();
    }

    public void Dispose() => temporary.Dispose();
}
