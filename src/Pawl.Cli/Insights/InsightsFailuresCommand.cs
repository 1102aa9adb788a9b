using System.CommandLine;
using Pawl.Insights;
using Pawl.Runs;
using Spectre.Console;

namespace Pawl.Cli.Insights;

/// <summary><c>pawl insights failures [RUN]</c></summary>
internal static class InsightsFailuresCommand
{
    private const int Listed = 15;

    public static Command Create(CommandContext context)
    {
        var id = new Argument<string?>("RUN") { Description = "The run to explain. Default: all that failed.", Arity = ArgumentArity.ZeroOrOne };
        var goal = new Option<string?>("--goal") { Description = "Without RUN: only runs of this goal.", HelpName = "GOAL" };
        var command = new Command("failures", "Why a run failed, or why all of them did.") { id, goal };
        command.Validators.Add(r =>
        {
            if (r.GetResult(id)?.Tokens.Count > 0 && r.GetResult(goal) is not null) r.AddError("Give a RUN or --goal, not both.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var analyst = new Analyst(database.Insights, database.Runs);
            if (parsed.GetValue(id) is { } run)
            {
                var failure = await analyst.FailureAsync(RunId.Parse(run), cancellationToken);
                if (context.IsJson) CommandContext.WriteJson(to => InsightJson.Write(to, failure));
                else Show(failure);
                return ExitCode.Done;
            }

            var overview = await analyst.FailuresAsync(parsed.GetValue(goal), cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => InsightJson.Write(to, overview));
            else Show(overview);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(RunFailure failure)
    {
        Terminal.Markup($"[bold]{Terminal.Plain(failure.RunId.Value)}[/]  {Terminal.Status(failure.Status)}  goal {Terminal.Plain(failure.GoalId)}");
        if (failure.GoalDescription.Length > 0) Terminal.Line("for " + Terminal.Short(failure.GoalDescription, 400));
        Terminal.Line(Terminal.Short(failure.Headline, 400));
        if (failure.RootCause is { } cause)
        {
            Terminal.Title("Root cause");
            Terminal.Line("  " + Terminal.Short(cause, 400));
        }

        if (failure.Chain.Count > 0) Terminal.Title("The way there");
        if (failure.EarlierSteps > 0) Terminal.Line($"  … {failure.EarlierSteps} steps before these");
        foreach (var step in failure.Chain)
            Terminal.Line($"  {step.DecisionIds[^1].DecisionId,-8} {Terminal.Short(step.Line, 140)}{(step.DecisionIds.Count > 1 ? $" (×{step.DecisionIds.Count})" : "")}");
        if (failure.Problems.Count > 0) Terminal.Title("Problems");
        foreach (var problem in failure.Problems)
            Terminal.Line($"  {problem.Severity}: {Terminal.Short(problem.Description, 160)}{(problem.DecisionId is { } d ? $" ({d})" : "")}");
        if (failure.Suggestions.Count > 0) Terminal.Title("What to try");
        foreach (var advice in failure.Suggestions)
            Terminal.Line($"  - {Terminal.Short(advice.Text, 400)}{(advice.DecisionIds.Count > 0 ? $" [{string.Join(", ", advice.DecisionIds.Take(3).Select(i => i.DecisionId))}]" : "")}");
    }

    private static void Show(FailureOverview overview)
    {
        var failed = overview.Runs.Failed + overview.Runs.Stuck;
        Terminal.Line($"{overview.Runs.Total} runs, {overview.Runs.Failed} failed, {overview.Runs.Stuck} stuck; {InsightText.Of(overview.Runs.Success)} of those that ended reached their goal");
        if (failed == 0) return;
        if (overview.Silent > 0) Terminal.Line($"{overview.Silent} of these {failed} failed though no recorded decision did.");
        var table = new Listing(">runs", "began with", "example or cause", "asked for", "=newest run") { LeaveOut = ["example or cause", "asked for"] };
        foreach (var group in overview.Groups.Take(Listed))
        {
            table.Add(
                $"{group.Runs}", group.IsSilent ? "[yellow]no failed decision[/]" : Terminal.Plain(Terminal.Short(group.Fingerprint, 70)),
                InsightOptions.Example(group.Fingerprint, group.RootCause ?? group.Example), InsightOptions.AskedFor(group.GoalDescriptions), Terminal.Plain(group.RunIds[0]));
        }

        table.Show();
        if (overview.Groups.Count > Listed) Terminal.Line($"{overview.Groups.Count - Listed} smaller groups with --json.");
        if (overview.LeftOut > 0) Terminal.Line($"{overview.LeftOut} more runs failed in other ways.");
        Terminal.Line($"Next: pawl insights failures {overview.Groups[0].RunIds[0]}");
    }
}
