using System.CommandLine;
using Pawl.Insights;

namespace Pawl.Cli.Insights;

/// <summary><c>pawl insights nodes --goal GOAL</c></summary>
internal static class InsightsNodesCommand
{
    public static Command Create(CommandContext context)
    {
        var goal = InsightOptions.Goal();
        var command = new Command("nodes", "How often the decisions of each node fail.") { goal };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var name = parsed.GetValue(goal)!;
            var nodes = await new Analyst(database.Insights, database.Runs).NodesAsync(name, cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => InsightJson.Write(to, name, nodes));
            else if (nodes.Count == 0) Terminal.Line("No decision is recorded for this goal.");
            else Show(nodes);
            return ExitCode.Done;
        });
        return command;
    }

    public static void Show(IReadOnlyList<NodeInsight> nodes)
    {
        var table = new Listing("node", ">decided", ">failed", ">rate", ">95% interval", ">pending", "=newest failure") { LeaveOut = ["pending", "95% interval", "decided"] };
        foreach (var node in nodes)
        {
            var rate = node.FailureRate.Rate is { } r ? Terminal.Percent(r) : "";
            table.Add(
                Terminal.Plain(Terminal.Short(node.NodeId, 60)), $"{node.FailureRate.N}", $"{node.FailureRate.Count}", node.IsProblematic ? $"[red]{rate}[/]" : rate,
                node.FailureRate.Wilson is { } w ? $"{Terminal.Percent(w.Low)} to {Terminal.Percent(w.High)}" : "", $"{node.Pending}",
                Terminal.Plain(node.DecisionIds.Count > 0 ? node.DecisionIds[0].ToString() : ""));
        }

        table.Show();
    }
}
