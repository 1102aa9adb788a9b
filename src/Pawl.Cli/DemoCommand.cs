using System.CommandLine;

namespace Pawl.Cli;

/// <summary><c>pawl demo</c></summary>
internal static class DemoCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("demo", "Record a small agent, and see what its record teaches.");
        command.SetAction(_ => ExitCode.Done);
        return command;
    }
}
