using System.CommandLine;
using Pawl.Experiments;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment watch ID</c></summary>
internal static class ExperimentWatchCommand
{
    public static Command Create(CommandContext context)
    {
        var id = RequestFile.Id();
        var command = new Command("watch", "Look at an experiment on its schedule until it ends. It may be stopped at any time and watched again.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = ExperimentSession.Open(context, "watch an experiment");
            var experiment = await RequestFile.FindAsync(session.Services, parsed.GetValue(id)!, cancellationToken);
            var watch = new ExperimentWatch(session.Orchestrator, new InProcessScheduler(TimeProvider.System));
            var ended = await watch.RunAsync(
                experiment.Id,
                async outcome =>
                {
                    await session.SignAsync(cancellationToken);
                    if (outcome is AdvanceOutcome.Waiting waiting && !context.IsJson) Line(waiting);
                },
                error => Terminal.Error("pawl: " + error),
                cancellationToken);
            return ExperimentAdvance.Tell(context, ended, await session.SignAsync(cancellationToken));
        });
        return command;
    }

    private static void Line(AdvanceOutcome.Waiting waiting)
    {
        if (waiting.Look is { } look) Terminal.Line($"{Terminal.Instant(look.At)}  look {look.Number}  {look.Verdict.State}: {look.Verdict.Reasons[0].Text}");
        if (waiting.Why is { } why) Terminal.Line(why);
        Terminal.Line($"{"",20}  next look at {Terminal.Instant(waiting.Next)}");
    }
}
