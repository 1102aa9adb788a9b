using System.CommandLine;
using Pawl.Changes;

namespace Pawl.Cli.Changes;

/// <summary><c>pawl self-heal</c></summary>
internal static class SelfHealCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("self-heal", "Where the gate is red, let a coding agent mend the code: at most three attempts, proposed on a branch and never merged. Exit code 2: it gave up, a person is needed.");
        var options = new ChangeOptions();
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            ChangeCommand.RunAsync(context, command, options, parsed, ChangePurpose.Heal, _ => Task.FromResult<StoredIssue?>(null), cancellationToken));
        return command;
    }
}
