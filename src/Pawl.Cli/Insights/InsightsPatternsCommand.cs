using System.CommandLine;
using Pawl.Insights;
using Spectre.Console;

namespace Pawl.Cli.Insights;

/// <summary><c>pawl insights patterns --goal GOAL</c></summary>
internal static class InsightsPatternsCommand
{
    private const int Listed = 15;

    public static Command Create(CommandContext context)
    {
        var goal = InsightOptions.Goal();
        var command = new Command("patterns", "What the runs of a goal have in common.") { goal };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var patterns = await new Analyst(database.Insights, database.Runs).PatternsAsync(parsed.GetValue(goal)!, cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => InsightJson.Write(to, patterns));
            else Show(patterns);
            return ExitCode.Done;
        });
        return command;
    }

    public static void Show(GoalPatterns patterns)
    {
        Terminal.Line($"{patterns.Runs.Total} runs; {InsightText.Of(patterns.Runs.Success)} of those that ended reached the goal");
        Terminal.Line($"{patterns.FailedDecisions} decisions failed, in {patterns.FailureKinds} ways");
        if (patterns.CommonFailures.Count > 0)
        {
            var failures = new Listing(">count", "failure", "example", "asked for", "=newest decision") { LeaveOut = ["example", "asked for"] };
            foreach (var f in patterns.CommonFailures.Take(Listed))
            {
                failures.Add(
                    $"{f.Count}", Terminal.Plain(Terminal.Short(f.Fingerprint, 60)), InsightOptions.Example(f.Fingerprint, f.Example), InsightOptions.AskedFor(f.GoalDescriptions),
                    Terminal.Plain($"{f.DecisionIds.FirstOrDefault()}"));
            }

            failures.Show();
        }

        if (patterns.ProblematicNodes.Count > 0)
        {
            Terminal.Markup("[bold]Nodes that fail too often[/]");
            InsightsNodesCommand.Show(patterns.ProblematicNodes);
        }

        Terminal.Line($"Decisions by type: {string.Join(", ", patterns.DecisionTypes.Select(t => $"{t.Word} {t.Count}"))}");
        if (patterns.Choices.Count == 0) return;
        var choices = new Listing("intent", "option", ">chosen", ">succeeded");
        foreach (var choice in patterns.Choices.Take(Listed))
        {
            foreach (var option in choice.Options.Where((o, i) => i == 0 || o.Chosen > 0).Take(5))
                choices.Add(Terminal.Plain(Terminal.Short(choice.Intent, 60)), Terminal.Plain(Terminal.Short(option.Option, 60)), $"{option.Chosen}", $"{option.Succeeded}");
        }

        choices.Show();
        if (patterns.Intents > Listed) Terminal.Line($"The {Listed} most frequent of {patterns.Intents} intents; --json lists up to {InsightLimits.Intents}, with the options never taken.");
    }
}
