using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pawl.Changes;
using Pawl.Changes.Reports;

namespace Pawl.Cli.Changes;

/// <summary><c>pawl gate run</c></summary>
internal static class GateRunCommand
{
    public static Command Create(CommandContext context)
    {
        var folder = new Option<string>("--repo") { Description = "A folder in the repository. Default: here.", DefaultValueFactory = _ => ".", HelpName = "DIR" };
        var revision = new Option<string?>("--commit") { Description = "Judge this commit. Default: the folder as it stands, with what is not committed and not ignored.", HelpName = "COMMIT" };
        var sandbox = new Option<string?>("--sandbox") { Description = "What the sandbox must be: required (bubblewrap), best, or none. Default: agent.sandbox in pawl.yaml, else best.", HelpName = "WHICH" };
        var command = new Command("run", "Run the gate by itself: in a fresh checkout, in the sandbox. Exit code 1: it is red.") { folder, revision, sandbox };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var policy = parsed.GetValue(sandbox) is { } given ? AgentSettings.PolicyOf(given) : context.Part("agent") is { } agent ? AgentSettings.From(agent).Sandbox : AgentSettings.PolicyOf("best");
            using var screen = new ChangeScreen(context.IsJson, TimeProvider.System);
            try
            {
                await using var database = context.OpenDatabase();
                var outcome = await GateTrial.RunAsync(
                    Path.GetFullPath(parsed.GetValue(folder)!), parsed.GetValue(revision), policy, ChangeSession.Hidden(context, database), TimeProvider.System,
                    progress => screen.Show(new ChangeProgress(0, 0, progress.Check, progress.Text, progress.Status, 0, progress.Limit)), cancellationToken);
                screen.Dispose();
                if (context.IsJson) CommandContext.WriteJson(to => Write(to, outcome));
                else Show(outcome);
                return outcome.Result.IsGreen ? ExitCode.Done : ExitCode.AnswerIsNo;
            }
            catch (GateMissingException e)
            {
                return context.Fail(new BadInputException($"{e.Message} `pawl gate init` drafts one."));
            }
            catch (GateSetupException e)
            {
                return context.Answer("the setup failed", e.Message);
            }
        });
        return command;
    }

    private static void Show(GateTrialResult outcome)
    {
        foreach (var check in outcome.Result.Checks)
        {
            var mark = check.Status switch { CheckStatus.Passed => "[green]passed[/]", CheckStatus.Flaky => "[yellow]flaky[/]", _ => check.Required ? "[red]failed[/]" : "[yellow]failed, not required[/]" };
            var tests = check.Report.Tests.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Tests(check, TestStatus.Passed)} passed, {Tests(check, TestStatus.Failed)} failed, {Tests(check, TestStatus.Skipped)} skipped") : "";
            Terminal.Markup($"{Terminal.Plain(check.Id)}  {mark}  {Words.Time(check.Took)}  {tests}");
            if (check.Why.Length > 0) Terminal.Line("  " + check.Why);
            foreach (var test in check.FlakyTests) Terminal.Line($"  flaky: {test}");
            foreach (var note in check.Notes) Terminal.Line($"  noticed: {note}");
            if (check.Status != CheckStatus.Failed) continue;
            foreach (var failure in check.Failures.Take(20))
            {
                if (failure.Test != GateFailure.WholeOutput) Terminal.Line($"  {failure.Test}");
                foreach (var line in failure.Message.Split('\n').Take(12)) Terminal.Line("      " + line);
                foreach (var frame in failure.Frames) Terminal.Line("      at " + frame);
            }

            if (check.Failures.Count > 20) Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"  and {check.Failures.Count - 20} more"));
        }

        Terminal.Line();
        Terminal.Line($"The gate is {(outcome.Result.IsGreen ? "green" : "red")}. Sandbox: {outcome.SandboxHolds}");
    }

    private static int Tests(CheckResult check, TestStatus status) => check.Tests(status).Count();

    private static void Write(Utf8JsonWriter to, GateTrialResult outcome)
    {
        to.WriteStartObject();
        to.WriteBoolean("green", outcome.Result.IsGreen);
        to.WriteString("sandbox", outcome.Sandbox.ToString().ToLowerInvariant());
        to.WriteStartArray("checks");
        foreach (var check in outcome.Result.Checks)
        {
            to.WriteStartObject();
            to.WriteString("id", check.Id);
            to.WriteString("status", check.Status.ToString().ToLowerInvariant());
            to.WriteBoolean("required", check.Required);
            to.WriteString("why", check.Why);
            to.WriteNumber("took_ms", (long)check.Took.TotalMilliseconds);
            to.WriteNumber("passed", Tests(check, TestStatus.Passed));
            to.WriteNumber("failed", Tests(check, TestStatus.Failed));
            to.WriteNumber("skipped", Tests(check, TestStatus.Skipped));
            to.WriteStartArray("flaky");
            foreach (var test in check.FlakyTests) to.WriteStringValue(test);
            to.WriteEndArray();
            to.WriteStartArray("notes");
            foreach (var note in check.Notes) to.WriteStringValue(note);
            to.WriteEndArray();
            to.WriteStartArray("failures");
            foreach (var failure in check.Failures) ProposalJson.Write(to, failure);
            to.WriteEndArray();
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteEndObject();
    }
}
