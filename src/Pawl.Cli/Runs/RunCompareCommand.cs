using System.CommandLine;
using Pawl.Cli.Insights;
using Pawl.Insights;
using Pawl.Runs;

namespace Pawl.Cli.Runs;

/// <summary><c>pawl run compare A B</c></summary>
internal static class RunCompareCommand
{
    public static Command Create(CommandContext context)
    {
        var first = new Argument<string>("A") { Description = "A run." };
        var second = new Argument<string>("B") { Description = "Another run." };
        var command = new Command("compare", "Two runs side by side: where they decided differently, and how each step came out.") { first, second };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var comparison = await new Analyst(database.Insights, database.Runs)
                .CompareAsync(RunId.Parse(parsed.GetValue(first)!), RunId.Parse(parsed.GetValue(second)!), cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => InsightJson.Write(to, comparison));
            else InsightsCompareCommand.Show(comparison);
            return ExitCode.Done;
        });
        return command;
    }
}
