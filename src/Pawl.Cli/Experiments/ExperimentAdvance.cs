using System.Text.Json;
using Pawl.Cli.Ledger;
using Pawl.Experiments;

namespace Pawl.Cli.Experiments;

/// <summary>How the commands that carry an experiment on tell what came of it.</summary>
internal static class ExperimentAdvance
{
    /// <summary>The exit code of a state: where the rule took the change back, the answer is no. What a person takes back is done as they said.</summary>
    public static int ExitCodeOf(Experiment experiment) => experiment is { EndedAt: not null, Verdict: Verdict.GuardrailStop or Verdict.Rollback } && experiment.Verdict.Reasons.All(reason => reason.Code != VerdictCode.ByPerson)
        ? ExitCode.AnswerIsNo
        : ExitCode.Done;

    /// <summary>Tells it.</summary>
    public static int Tell(CommandContext context, AdvanceOutcome outcome, SigningReport? signing)
    {
        var (experiment, look, next, why) = outcome switch
        {
            AdvanceOutcome.Waiting waiting => (waiting.Experiment, waiting.Look, (DateTimeOffset?)waiting.Next, waiting.Why),
            AdvanceOutcome.Ended ended => (ended.Experiment, ended.Look, null, null),
            _ => throw new ArgumentException($"{outcome} is no outcome of carrying on.", nameof(outcome)),
        };
        if (context.IsJson) CommandContext.WriteJson(to => Write(to, experiment, look, next, why, signing));
        else Show(experiment, look, next, why);
        return ExitCodeOf(experiment);
    }

    private static void Show(Experiment experiment, LookReport? look, DateTimeOffset? next, string? why)
    {
        ExperimentText.Head(experiment);
        if (look is not null) ExperimentText.Look(experiment, look);
        Terminal.Line();
        if (why is not null) Terminal.Line(why);
        if (experiment.Approval is { ApprovedBy: null } waiting && experiment.Verdict is null) Terminal.Line($"A person has to approve the promotion of {waiting.Arm}: pawl experiment approve {experiment.Id}");
        Terminal.Line(next is { } at
            ? $"{(look is null ? "No look is due. " : "")}The next look is due at {Terminal.Instant(at)}. All that is known: pawl experiment show {experiment.Id}"
            : $"{experiment.Id} has ended with {experiment.State}; the flag was read back. All that is known: pawl experiment show {experiment.Id}");
    }

    private static void Write(Utf8JsonWriter to, Experiment experiment, LookReport? look, DateTimeOffset? next, string? why, SigningReport? signing)
    {
        to.WriteStartObject();
        ExperimentShowJson.Members(to, experiment);
        ExperimentShowJson.Look(to, "look", look);
        if (next is { } at) to.WriteString("next_look_at", at);
        else to.WriteNull("next_look_at");
        to.WriteString("waits_because", why);
        signing?.Write(to);
        to.WriteEndObject();
    }
}
