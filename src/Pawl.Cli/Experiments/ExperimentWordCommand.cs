using System.CommandLine;
using Pawl.Experiments;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment approve|promote|stop|rollback ID</c>: a person's word, and then whatever follows from it.</summary>
internal static class ExperimentWordCommand
{
    public static Command Approve(CommandContext context) => Create(
        context, "approve", "Approve the promotion that waits for a person. Guardrails are looked at once more, then it is promoted.",
        (orchestrator, experiment, _, cancellationToken) => orchestrator.ApproveAsync(experiment.Id, cancellationToken), hasWhy: false);

    public static Command Promote(CommandContext context) => Create(
        context, "promote", "Carry out a promotion that the rule has decided: approves the one that waits, continues one that was interrupted.",
        (orchestrator, experiment, _, cancellationToken) => PromoteAsync(orchestrator, experiment, cancellationToken), hasWhy: false);

    public static Command Stop(CommandContext context) => Create(
        context, "stop", "Stop an experiment: everyone gets the control, and nothing is concluded.",
        (orchestrator, experiment, why, cancellationToken) => orchestrator.StopAsync(experiment.Id, why, cancellationToken), hasWhy: true);

    public static Command RollBack(CommandContext context) => Create(
        context, "rollback", "Give everyone the control back, whether the experiment runs or has ended. Always allowed.",
        (orchestrator, experiment, why, cancellationToken) => orchestrator.RollBackAsync(experiment.Id, why, cancellationToken), hasWhy: true);

    private static Command Create(CommandContext context, string name, string description, Func<Orchestrator, Experiment, string, CancellationToken, Task<WordOutcome>> speak, bool hasWhy)
    {
        var id = RequestFile.Id();
        var why = new Option<string?>("--why") { Description = "The reason, for the receipt.", HelpName = "TEXT" };
        var command = new Command(name, description) { id };
        if (hasWhy) command.Options.Add(why);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = ExperimentSession.Open(context, $"{name} an experiment");
            var experiment = await RequestFile.FindAsync(session.Services, parsed.GetValue(id)!, cancellationToken);
            var word = await speak(session.Orchestrator, experiment, hasWhy ? parsed.GetValue(why) ?? "" : "", cancellationToken);
            if (word is WordOutcome.Refused(var reason)) return ExperimentPlanCommand.Tell(context, new StartOutcome.Refused([reason]));
            var outcome = await session.Orchestrator.AdvanceAsync(experiment.Id, cancellationToken);
            var signing = await session.SignAsync(cancellationToken);
            return ExperimentAdvance.Tell(context, outcome, signing);
        });
        return command;
    }

    // Nobody promotes what the rule did not decide for: a person decides whether to take its advice, and not what the data say.
    private static Task<WordOutcome> PromoteAsync(Orchestrator orchestrator, Experiment experiment, CancellationToken cancellationToken) => experiment switch
    {
        { EndedAt: null, Verdict: Verdict.Promote } => Task.FromResult<WordOutcome>(new WordOutcome.Taken(experiment)),
        { Verdict: null, Approval.ApprovedBy: null } => orchestrator.ApproveAsync(experiment.Id, cancellationToken),
        _ => Task.FromResult<WordOutcome>(new WordOutcome.Refused(
            $"The rule has not decided to promote in {experiment.Id}; it is {experiment.State}. `pawl experiment show {experiment.Id}` says what is undecided and why. To serve a variant without a verdict, change the flag itself: `pawl flag set`.")),
    };
}
