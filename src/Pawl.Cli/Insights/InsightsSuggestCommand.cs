using System.CommandLine;
using System.Globalization;
using Pawl.Insights;

namespace Pawl.Cli.Insights;

/// <summary><c>pawl insights suggest --goal GOAL</c></summary>
internal static class InsightsSuggestCommand
{
    private const int Listed = 10;

    public static Command Create(CommandContext context)
    {
        var goal = InsightOptions.Goal();
        var command = new Command("suggest", "What would improve the agent, the greatest expected effect first.") { goal };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var suggestions = await new Analyst(database.Insights, database.Runs).SuggestAsync(parsed.GetValue(goal)!, cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => InsightJson.Write(to, suggestions));
            else Show(suggestions);
            return ExitCode.Done;
        });
        return command;
    }

    public static void Show(Suggestions suggestions)
    {
        var success = suggestions.Runs.Success;
        if (success.N == 0)
        {
            Terminal.Line("No run of this goal has ended yet, so there is nothing to learn from.");
            return;
        }

        Terminal.Line($"{InsightText.Of(success)} of the runs that ended reached the goal.");
        if (suggestions.Items.Count == 0) Terminal.Line("Nothing in their record calls for a change.");
        var number = 0;
        foreach (var item in suggestions.Items.Take(Listed))
        {
            Terminal.Line();
            Terminal.Markup($"[bold]{++number}. {Terminal.Plain(Terminal.Short(item.Title, 160))}[/]{Effect(item.Effect)}");
            Terminal.Line("   " + Terminal.Short(item.Why, 900));
            if (item.Evidence.Count > 0)
                Terminal.Line("   see " + string.Join(", ", item.Evidence.Take(3)) + (item.Evidence.Count > 3 ? $" and {item.Evidence.Count - 3} more (--json)" : ""));
        }

        if (suggestions.Items.Count > Listed) Terminal.Line($"\n{suggestions.Items.Count - Listed} more with --json.");
        Terminal.Line();
        Terminal.Line(Suggestions.Note);
    }

    private static string Effect(ExpectedEffect? effect) => effect is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $"  [{(effect.IsClear ? "green" : "grey")}]about {effect.Runs:0.#} runs ({effect.Low:0.#} to {effect.High:0.#})[/]");
}
