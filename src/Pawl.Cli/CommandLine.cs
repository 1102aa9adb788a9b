using System.CommandLine;
using Pawl.Cli.Runs;

namespace Pawl.Cli;

/// <summary>The tree of commands.</summary>
internal static class CommandLine
{
    public static RootCommand Root(CommandContext context)
    {
        var root = new RootCommand("Pawl: the control plane for changes that AI agents make.")
        {
            DemoCommand.Create(context),
            new Command("run", "Record, import and read agents' runs.")
            {
                RunRecordCommand.Create(context),
                RunImportCommand.Create(context),
                RunListCommand.Create(context),
                RunShowCommand.Create(context),
                RunSummaryCommand.Create(context),
                RunExportCommand.Create(context),
                RunTailCommand.Create(context),
            },
            DoctorCommand.Create(context),
        };
        context.AddGlobalOptions(root);
        return root;
    }
}
