using System.CommandLine;
using Pawl.Cli.Insights;
using Pawl.Cli.Runs;
using Pawl.Insights;
using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Cli.Demo;

/// <summary><c>pawl demo</c></summary>
internal static class DemoCommand
{
    private const int Runs = 10;
    private const int Seed = 5;

    public static Command Create(CommandContext context)
    {
        var command = new Command("demo", "Ten recorded runs of a small agent and what they teach, then two changes to one as experiments and two changes to code, all in a temporary folder. Needs no network.");
        command.SetAction(async (_, cancellationToken) =>
        {
            if (context.IsJson) return context.Usage("The demo is for people; it has no --json.", command);
            await DemonstrateAsync(cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task DemonstrateAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("pawl-demo-").FullName;
        var path = Path.Combine(folder, "demo.db");
        await using var database = Database.Open(path);
        Heading($"A small agent tidies {Runs} folders, and Pawl records every decision in {path}");
        var ids = new List<RunId>();
        await using (var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { SpillDirectory = Path.Combine(folder, "spill") }))
        {
            for (var i = 0; i < Runs; i++)
            {
                var agent = new TidyAgent(Path.Combine(folder, $"mess-{i}"), new Random(Seed + i));
                agent.MakeMess();
                ids.Add(await agent.RunAsync(recorder, cancellationToken));
            }
        }

        var runs = new List<Run>();
        foreach (var id in ids) runs.Add((await database.Runs.FindAsync(id, cancellationToken))!);
        foreach (var run in runs)
            Terminal.Markup($"  {Terminal.Plain(run.Id.Value)}  {Terminal.Status(run.Status)}  {run.Decisions.Count} decisions, {run.Metrics.FailedDecisions} failed");
        var shown = runs.Find(r => r.Status == RunStatus.Failed) ?? runs[0];
        Heading("One of them: what it decided, what it did not choose, why, and what came of it");
        RunShowCommand.Show(shown);
        Heading("What to read first about it");
        RunSummaryCommand.Show(RunSummary.Of(shown));
        Heading($"What all {Runs} say about the agent");
        var analyst = new Analyst(database.Insights, database.Runs);
        InsightsPatternsCommand.Show(await analyst.PatternsAsync("tidy-folder", cancellationToken));
        Heading("What would improve it");
        InsightsSuggestCommand.Show(await analyst.SuggestAsync("tidy-folder", cancellationToken));
        var experiments = new DemoExperiments(database, folder);
        await experiments.DemonstrateAsync(cancellationToken);
        var changes = new DemoChanges(folder, path);
        await changes.DemonstrateAsync(cancellationToken);
        await experiments.VerifyAsync(cancellationToken);
        Heading("Where to go on");
        Terminal.Line($"  export PAWL_DB={path}");
        WhereTo("./pawl run list", "these runs");
        WhereTo($"./pawl insights failures {shown.Id}", "why that one failed");
        WhereTo($"./pawl experiment show {experiments.Promoted}", "the experiment: its arms, effects, guardrails and receipts");
        WhereTo($"./pawl experiment show {experiments.Promoted} --html {Path.Combine(folder, "dashboard.html")}", "the same as a page for a browser");
        WhereTo("./pawl flag history prompts.v7", "what was live, and since when");
        WhereTo(changes.Diff, "what the coding agent proposes");
        WhereTo($"cat {changes.Proposal}", "what stands in the pull request: what was asked, what the gate said, who made it and in which sandbox");
        WhereTo($"./pawl run show {changes.Healing}", "what was decided while the other one healed the build");
        WhereTo($"./pawl ledger verify --against {experiments.Checkpoints}", "that no receipt was changed or taken away");
        WhereTo("./pawl run record --help", "record your own agent, from any language");
        WhereTo("docs/guides/experiments.md", "an experiment of your own, in five minutes");
        WhereTo("docs/guides/changes.md", "an issue of your own, in five minutes");
    }

    private static void WhereTo(string command, string what)
    {
        Terminal.Line("  " + command);
        Terminal.Line("      " + what);
    }

    public static void Heading(string text)
    {
        Terminal.Line();
        Terminal.Markup($"[bold underline]{Terminal.Plain(text)}[/]");
        Terminal.Line();
    }
}
