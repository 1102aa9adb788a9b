using Pawl.Cli;
using Pawl.Cli.Changes;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Cli;

/// <summary>What the command line keeps from agents and checks, wherever it is.</summary>
public sealed class HiddenFromAgentsTests
{
    [Fact]
    public async Task Hidden_TheConfigurationThatWasRead_IsInIt()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("elsewhere/pawl.yaml", "forge: {kind: github, repository: a/b, token: \"LITERAL\"}\n");
        var context = new CommandContext();
        context.Read(CommandLine.Root(context).Parse(["--config", file, "--db", folder["pawl.db"], "gate", "run"]));
        await using var database = Database.Open(folder["pawl.db"]);

        Assert.Contains(file, ChangeSession.Hidden(context, database));
    }
}
