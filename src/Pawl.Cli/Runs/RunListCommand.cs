using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Pawl.Runs;

namespace Pawl.Cli.Runs;

/// <summary><c>pawl run list</c></summary>
internal static class RunListCommand
{
    public static Command Create(CommandContext context)
    {
        var goal = new Option<string?>("--goal") { Description = "Only runs of this goal.", HelpName = "GOAL" };
        var status = new Option<string?>("--status") { Description = "Only runs that stand so: running, completed, failed, stuck or cancelled." };
        status.AcceptOnlyFromAmong("running", "completed", "failed", "stuck", "cancelled");
        var limit = new Option<int>("--limit") { Description = "At most so many.", DefaultValueFactory = _ => 50, CustomParser = Limit, HelpName = "N" };
        var command = new Command("list", "List the newest runs.") { goal, status, limit };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            RunStatus? wanted = parsed.GetValue(status) is { } word ? Enum.Parse<RunStatus>(word, ignoreCase: true) : null;
            var runs = await database.Runs.ListAsync(new RunQuery(parsed.GetValue(goal), wanted, parsed.GetValue(limit)), cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, runs));
            else Show(runs, parsed.GetValue(limit));
            return ExitCode.Done;
        });
        return command;
    }

    private static int Limit(ArgumentResult given)
    {
        if (int.TryParse(given.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= 100_000) return limit;
        given.AddError($"--limit is a whole number from 1 to 100000, not \"{given.Tokens[0].Value}\".");
        return 0;
    }

    private static void Write(System.Text.Json.Utf8JsonWriter to, IReadOnlyList<RunListing> runs)
    {
        to.WriteStartArray();
        foreach (var run in runs)
        {
            to.WriteStartObject();
            to.WriteString("id", run.Id.Value);
            to.WriteString("goal_id", run.GoalId);
            to.WriteString("status", RunText.Word(run.Status));
            to.WriteString("started_at", run.StartedAt);
            if (run.CompletedAt is { } end) to.WriteString("completed_at", end);
            else to.WriteNull("completed_at");
            to.WriteNumber("total_decisions", run.Decisions);
            to.WriteNumber("successful_decisions", run.Succeeded);
            to.WriteNumber("failed_decisions", run.Failed);
            to.WriteNumber("problem_count", run.Problems);
            to.WriteEndObject();
        }

        to.WriteEndArray();
    }

    private static void Show(IReadOnlyList<RunListing> runs, int limit)
    {
        if (runs.Count == 0)
        {
            Terminal.Line("No runs. Record or import some first: pawl run record --help, pawl run import --help");
            return;
        }

        var table = new Listing("=run", "goal", "=status", "=started", ">decisions", ">succeeded", ">failed", ">problems")
        {
            LeaveOut = ["problems", "started", "goal", "succeeded", "decisions"],
        };
        foreach (var run in runs)
        {
            table.Add(
                Terminal.Plain(run.Id.Value), Terminal.Plain(Terminal.Short(run.GoalId, 40)), Terminal.Status(run.Status), Terminal.Instant(run.StartedAt),
                $"{run.Decisions}", $"{run.Succeeded}", $"{run.Failed}", $"{run.Problems}");
        }

        table.Show();
        if (runs.Count == limit) Terminal.Line($"The newest {limit}; --limit shows more.");
    }
}
