using System.CommandLine;
using System.Text.Json;
using Pawl.Runs;

namespace Pawl.Cli.Runs;

/// <summary><c>pawl run show RUN</c></summary>
internal static class RunShowCommand
{
    public static Command Create(CommandContext context)
    {
        var id = new Argument<string>("RUN") { Description = "The run's id." };
        var command = new Command("show", "Show a run: its decisions, what came of them, its problems.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var run = await FindAsync(database.Runs, parsed.GetValue(id)!, cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(run.WriteTo);
            else Show(run);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The run of an id that a person gave.</summary>
    public static async Task<Run> FindAsync(IRunStore runs, string id, CancellationToken cancellationToken) =>
        await runs.FindAsync(RunId.Parse(id), cancellationToken) ?? throw new BadInputException($"There is no run {id}. `pawl run list` shows the newest ones.");

    public static void Show(Run run)
    {
        Terminal.Markup($"[bold]{Terminal.Plain(run.Id.Value)}[/]  {Terminal.Status(run.Status)}  goal {Terminal.Plain(run.GoalId)}  started {Terminal.Instant(run.StartedAt)}"
            + (run.CompletedAt is null ? "" : $"  took {run.DurationMs} ms"));
        if (run.GoalDescription.Length > 0) Terminal.Line("for " + Terminal.Short(run.GoalDescription, 400));
        if (run.Refs.Count > 0) Terminal.Line("about " + string.Join(", ", run.Refs.Select(reference => $"{reference.Kind} {reference.Id}")));
        if (run.Agent is { } agent) Terminal.Line($"agent {agent.Name} {agent.Version} {agent.Commit}".TrimEnd());
        Terminal.Line();
        foreach (var decision in run.Decisions) Show(decision);
        if (run.Decisions.Count == 0) Terminal.Line("No decisions.");
        if (run.Problems.Count > 0)
        {
            Terminal.Line();
            Terminal.Markup("[bold]Problems[/]");
            foreach (var problem in run.Problems)
            {
                Terminal.Line($"  {problem.Id} {problem.Severity}: {problem.Description}{(problem.DecisionId is { } d ? $" ({d})" : "")}");
                if (problem.RootCause is { } cause) Terminal.Line($"      because {cause}");
                if (problem.SuggestedFix is { } fix) Terminal.Line($"      try: {fix}");
            }
        }

        if (run.Narrative.Length == 0) return;
        Terminal.Line();
        Terminal.Line(run.Narrative);
    }

    private static void Show(Decision decision)
    {
        var pending = decision.Outcome is null;
        var colour = pending ? "grey" : decision.WasSuccessful ? "green" : "red";
        var line = RunText.Line(decision);
        Terminal.Markup($"{Terminal.Plain(decision.Id),-8} [{colour}]{(pending ? "…" + Terminal.Plain(line[1..]) : Terminal.Plain(line))}[/]");
        var chosen = decision.ChosenOption;
        if (chosen is not null && chosen.ActionParams.GetPropertyCount() > 0) Terminal.Line("           with " + Terminal.Short(chosen.ActionParams.GetRawText(), 160));
        var others = decision.Options.Where(o => o.Id != decision.ChosenOptionId).Select(o => o.Id).ToList();
        if (others.Count > 0) Terminal.Line("           not  " + Terminal.Short(string.Join(", ", others), 160));
        if (decision.Reasoning.Length > 0) Terminal.Line("           why  " + Terminal.Short(decision.Reasoning, 160));
        if (decision.Outcome is not { } outcome) return;
        if (outcome.Error is { } error)
        {
            // The first line is the cause, where there are more.
            var lines = error.Split('\n', 2, StringSplitOptions.TrimEntries);
            Terminal.Line("           error " + Terminal.Short(lines[0], 160));
            if (lines.Length > 1 && lines[1].Length > 0) Terminal.Line("                 " + Terminal.Short(lines[1], 160));
        }
        else if (outcome.Summary.Length > 0)
        {
            Terminal.Line("           came " + Terminal.Short(outcome.Summary, 160));
        }

        if (Receipts(outcome) is { Count: > 0 } receipts) Terminal.Line("           receipts " + string.Join(", ", receipts));
    }

    // By these names `pawl ledger show` finds what a decision left in the ledger.
    private static List<string> Receipts(Outcome outcome) =>
        outcome.Result.ValueKind == JsonValueKind.Object && outcome.Result.TryGetProperty("receipts", out var receipts) && receipts.ValueKind == JsonValueKind.Array
            ? [.. receipts.EnumerateArray().Where(receipt => receipt.ValueKind == JsonValueKind.String).Select(receipt => receipt.GetString()!)] : [];
}
