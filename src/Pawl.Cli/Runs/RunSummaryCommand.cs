using System.CommandLine;
using Pawl.Runs;

namespace Pawl.Cli.Runs;

/// <summary><c>pawl run summary RUN</c></summary>
internal static class RunSummaryCommand
{
    public static Command Create(CommandContext context)
    {
        var id = new Argument<string>("RUN") { Description = "The run's id." };
        var command = new Command("summary", "What to read first about a run.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var summary = RunSummary.Of(await RunShowCommand.FindAsync(database.Runs, parsed.GetValue(id)!, cancellationToken));
            if (context.IsJson) CommandContext.WriteJson(summary.WriteTo);
            else Show(summary);
            return ExitCode.Done;
        });
        return command;
    }

    public static void Show(RunSummary summary)
    {
        Terminal.Markup($"[bold]{Terminal.Plain(summary.RunId.Value)}[/]  {Terminal.Status(summary.Status)}  goal {Terminal.Plain(summary.GoalId)}");
        Terminal.Line($"{summary.DecisionCount} decisions, {Terminal.Percent(summary.SuccessRate)} of the decided ones succeeded, {summary.ProblemCount} problems, {summary.DurationMs} ms");
        Terminal.Line();
        Terminal.Line(summary.Narrative);
        List("Key decisions", summary.KeyDecisions);
        List("Critical problems", summary.CriticalProblems);
        List("Warnings", summary.Warnings);
        List("Successes", summary.Successes);
    }

    private static void List(string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return;
        Terminal.Line();
        Terminal.Markup($"[bold]{title}[/]");
        foreach (var line in lines) Terminal.Line("  " + Terminal.Short(line, 200));
    }
}
