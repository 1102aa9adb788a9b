using System.CommandLine;
using System.Globalization;
using Pawl.Insights;
using Pawl.Runs;

namespace Pawl.Cli.Insights;

/// <summary><c>pawl insights compare A B</c> and <c>pawl insights compare --goal GOAL --before TIME --after TIME</c></summary>
internal static class InsightsCompareCommand
{
    private const int Listed = 40;

    public static Command Create(CommandContext context)
    {
        var ids = new Argument<string[]>("RUN") { Description = "Two runs.", Arity = new ArgumentArity(0, 2) };
        var goal = new Option<string?>("--goal") { Description = "Instead of two runs: the runs of this goal.", HelpName = "GOAL" };
        var before = Time("--before", "With --goal: the first cohort started before this.");
        var after = Time("--after", "With --goal: the second cohort started at or after this.");
        var command = new Command("compare", "Two runs side by side, or a goal's runs before and after a change.") { ids, goal, before, after };
        command.Validators.Add(r =>
        {
            // What is given is counted: the value of an option that cannot be parsed throws.
            var runs = r.GetResult(ids)?.Tokens.Count ?? 0;
            var options = new System.CommandLine.Option[] { goal, before, after }.Count(o => r.GetResult(o) is not null);
            if (!((runs == 2 && options == 0) || (runs == 0 && options == 3))) r.AddError("Give two runs, or --goal, --before and --after together.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var analyst = new Analyst(database.Insights, database.Runs);
            if (parsed.GetValue(goal) is { } name)
            {
                var cohorts = await analyst.CompareAsync(name, parsed.GetValue(before)!.Value, parsed.GetValue(after)!.Value, cancellationToken);
                if (context.IsJson) CommandContext.WriteJson(to => InsightJson.Write(to, cohorts));
                else Show(cohorts);
                return ExitCode.Done;
            }

            var runs = parsed.GetValue(ids)!;
            var comparison = await analyst.CompareAsync(RunId.Parse(runs[0]), RunId.Parse(runs[1]), cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(to => InsightJson.Write(to, comparison));
            else Show(comparison);
            return ExitCode.Done;
        });
        return command;
    }

    // A time without an offset is UTC, on every machine the same.
    private static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description + " Such as 2026-11-20 or 2026-11-20T14:00:00+01:00; UTC without an offset.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time;
            result.AddError($"{name} \"{text}\" is no time. One looks like 2026-11-20 or 2026-11-20T14:00:00+01:00.");
            return null;
        },
    };

    public static void Show(RunComparison comparison)
    {
        var table = new Listing("=", Terminal.Plain(comparison.A.RunId.Value), Terminal.Plain(comparison.B.RunId.Value));
        Row("status", r => Terminal.Status(r.Status));
        Row("decisions", r => $"{r.Metrics.TotalDecisions}");
        Row("failed", r => $"{r.Metrics.FailedDecisions}");
        Row("problems", r => $"{r.Problems}");
        Row("milliseconds", r => $"{r.DurationMs}");
        Row("tokens", r => $"{r.Metrics.TotalTokens}");
        Row("only here", r => Terminal.Plain(string.Join(", ", r.OnlyNodes)));
        table.Show();
        if (comparison.A.GoalId != comparison.B.GoalId) Terminal.Line($"Their goals differ: {comparison.A.GoalId} and {comparison.B.GoalId}.");
        Terminal.Line(comparison.FirstDivergence is { } at
            ? $"{comparison.Common} {(comparison.Common == 1 ? "decision" : "decisions")} in common; they part at step {at + 1}."
            : comparison.Steps.Count == 0 ? "Neither run made a decision." : $"They made the same {comparison.Common} decisions.");
        foreach (var step in comparison.Steps.Take(Listed))
        {
            var (mark, decision) = step switch { { B: null } => ("[red]-[/]", step.A!), { A: null } => ("[green]+[/]", step.B), _ => (step.CameOutDifferently ? "[yellow]≠[/]" : " ", step.A) };
            Terminal.Markup($"  {mark} {Terminal.Plain(Terminal.Short(RunText.Line(decision), 150))}");
        }

        if (comparison.Steps.Count > Listed) Terminal.Line($"  … {comparison.Steps.Count - Listed} more steps with --json");
        if (comparison.NotAligned > 0) Terminal.Line($"  {comparison.NotAligned} decisions after these are not compared.");
        Terminal.Line("- only in the first, + only in the second, ≠ the same choice came out differently");

        void Row(string name, Func<ComparedRun, string> value) => table.Add(name, value(comparison.A), value(comparison.B));
    }

    private static void Show(CohortComparison comparison)
    {
        Terminal.Markup($"[bold]{Terminal.Plain(comparison.Verdict)}[/]");
        Terminal.Line($"before {Terminal.Instant(comparison.Before)}: {InsightText.Of(comparison.RunsBefore.Success)} of the ended runs reached the goal");
        Terminal.Line($"from {Terminal.Instant(comparison.After)}: {InsightText.Of(comparison.RunsAfter.Success)}");
        if (comparison.Difference is { } difference) Terminal.Line($"difference: {InsightText.Of(difference)}");
        if (comparison.Changes.Count == 0) return;
        var table = new Listing("what", "", "=runs before", "=runs after", "change", "=p, corrected") { LeaveOut = ["p, corrected"] };
        foreach (var change in comparison.Changes.Take(Listed))
        {
            table.Add(
                change.Kind, Terminal.Plain(Terminal.Short(change.Name, 60)), $"{change.Before.Count} of {change.Before.N}", $"{change.After.Count} of {change.After.N}",
                change.IsClear ? $"[bold]{change.Change}[/]" : $"{change.Change}{(change.AdjustedP is null ? "" : ", unsure")}",
                change.AdjustedP is { } p ? InsightText.P(p) : "");
        }

        table.Show();
        if (comparison.Changes.Count > Listed) Terminal.Line($"{comparison.Changes.Count - Listed} more with --json.");
    }
}
