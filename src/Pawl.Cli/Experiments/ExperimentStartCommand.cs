using System.CommandLine;
using Pawl.Experiments;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment start REQUEST</c></summary>
internal static class ExperimentStartCommand
{
    public static Command Create(CommandContext context)
    {
        var request = RequestFile.Request();
        var command = new Command("start", "Register a request as a contract, make its flag, and allocate traffic. One that runs already is carried on.") { request };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var file = parsed.GetValue(request)!;
            var utf8 = await RequestFile.ReadAsync(file, cancellationToken);
            await using var session = ExperimentSession.Open(context, "start an experiment");
            // What is asked for is asked of a file, whatever its content was then.
            var outcome = await session.Orchestrator.StartAsync(utf8, file == "-" ? null : Path.GetFullPath(file), cancellationToken);
            var advanced = outcome is StartOutcome.Started(var started, _) ? await session.Orchestrator.AdvanceAsync(started.Id, cancellationToken) : null;
            var signing = await session.SignAsync(cancellationToken);
            if (advanced is null) return ExperimentPlanCommand.Tell(context, outcome);
            if (outcome is StartOutcome.Started { Answer: { Notes.Count: > 0 } answer }) Terminal.Error($"pawl: planned by {answer.By}: {string.Join("; ", answer.Notes)}");
            return ExperimentAdvance.Tell(context, advanced, signing);
        });
        return command;
    }
}
