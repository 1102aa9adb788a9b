using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pawl.Experiments;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment plan REQUEST</c></summary>
internal static class ExperimentPlanCommand
{
    public static Command Create(CommandContext context)
    {
        var request = RequestFile.Request();
        var command = new Command("plan", "Say what a request would register and do; nothing is changed.") { request };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var utf8 = await RequestFile.ReadAsync(parsed.GetValue(request)!, cancellationToken);
            await using var session = ExperimentSession.Open(context, "plan an experiment");
            return Tell(context, await session.Orchestrator.PlanAsync(utf8, cancellationToken));
        });
        return command;
    }

    /// <summary>Tells that a request may not be started, or what of.</summary>
    public static int Tell(CommandContext context, StartOutcome outcome)
    {
        switch (outcome)
        {
            case StartOutcome.Planned(var contract, var answer):
                if (context.IsJson) CommandContext.WriteJson(to => Write(to, contract, answer));
                else Show(contract, answer);
                return ExitCode.Done;
            case StartOutcome.NeedsInput(var missing):
                if (context.IsJson) CommandContext.WriteJson(to => Write(to, missing));
                Terminal.Error("The request lacks something. Add these, and try again:");
                foreach (var field in missing) Terminal.Error($"  {field.Field,-20} {field.Purpose}\n  {"",-20} {field.Example}");
                return ExitCode.BadInput;
            case StartOutcome.Refused(var reasons):
                if (context.IsJson) CommandContext.WriteJson(to => Write(to, reasons));
                foreach (var reason in reasons) Terminal.Error(reason);
                return ExitCode.AnswerIsNo;
            default:
                throw new ArgumentException($"{outcome} is no plan.", nameof(outcome));
        }
    }

    private static void Show(Contract contract, PlannerAnswer answer)
    {
        Terminal.Markup($"[bold]{contract.Id}[/]  {Terminal.Plain(contract.Terms.FlagKey)}  contract {contract.Hash}");
        Terminal.Line(answer.Plan.Summary);
        if (contract.IsUnderpowered) Terminal.Markup(string.Create(CultureInfo.InvariantCulture, $"[yellow]The smallest effect is out of reach:[/] it takes {contract.Terms.Plan.Days:0.#} days, and at most {contract.Request.MaxDurationDays:0.#} are allowed."));
        Terminal.Line($"planned by   {answer.By}");
        foreach (var note in answer.Notes) Terminal.Line($"             {note}");
        foreach (var clause in contract.Terms.Clauses) Terminal.Line($"clause       {clause}");
        Terminal.Line();
        foreach (var (i, step) in answer.Plan.ToolProposals.Index()) Terminal.Line($"{i + 1,3}. {step.Name} {Terminal.Short(step.Args.GetRawText(), 160)}");
        Terminal.Line();
        Terminal.Line("Nothing was changed. To begin: pawl experiment start REQUEST");
    }

    private static void Write(Utf8JsonWriter to, Contract contract, PlannerAnswer answer)
    {
        to.WriteStartObject();
        to.WriteString("outcome", "planned");
        to.WriteString("id", contract.Id);
        to.WriteString("contract_hash", contract.Hash);
        to.WriteBoolean("underpowered", contract.IsUnderpowered);
        to.WritePropertyName("contract");
        contract.Document.WriteTo(to);
        to.WriteString("planned_by", answer.By);
        to.WriteStartArray("notes");
        foreach (var note in answer.Notes) to.WriteStringValue(note);
        to.WriteEndArray();
        to.WritePropertyName("plan");
        PlanJson.Write(answer.Plan).WriteTo(to);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, IReadOnlyList<MissingField> missing)
    {
        to.WriteStartObject();
        to.WriteString("outcome", "needs_input");
        to.WriteStartArray("missing");
        foreach (var field in missing)
        {
            to.WriteStartObject();
            to.WriteString("field", field.Field);
            to.WriteString("purpose", field.Purpose);
            to.WriteString("example", field.Example);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, IReadOnlyList<string> reasons)
    {
        to.WriteStartObject();
        to.WriteString("outcome", "refused");
        to.WriteStartArray("reasons");
        foreach (var reason in reasons) to.WriteStringValue(reason);
        to.WriteEndArray();
        to.WriteEndObject();
    }
}
