using System.CommandLine;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment check ID</c></summary>
internal static class ExperimentCheckCommand
{
    public static Command Create(CommandContext context)
    {
        var id = RequestFile.Id();
        var command = new Command("check", "Make the look that is due, and do what follows from it. Before a look is due, nothing is done.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = ExperimentSession.Open(context, "look at an experiment");
            var experiment = await RequestFile.FindAsync(session.Services, parsed.GetValue(id)!, cancellationToken);
            var outcome = await session.Orchestrator.AdvanceAsync(experiment.Id, cancellationToken);
            return ExperimentAdvance.Tell(context, outcome, await session.SignAsync(cancellationToken));
        });
        return command;
    }
}
