using System.CommandLine;
using Pawl.Experiments;
using Pawl.Experiments.Dashboard;
using Pawl.Ledger;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment show ID</c></summary>
internal static class ExperimentShowCommand
{
    public static Command Create(CommandContext context)
    {
        var id = RequestFile.Id();
        var html = new Option<string?>("--html") { Description = "Write the dashboard as it is now to this file: one page that needs nothing else.", HelpName = "FILE" };
        var command = new Command("show", "Show an experiment: arms, effects with intervals, guardrails, the split, days left, receipts.") { id, html };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var found = (await RequestFile.FindAsync(database.Experiments, () => [.. context.Metrics().Definitions.Values.Select(KnownMetric.Of)], parsed.GetValue(id)!, cancellationToken)).Id;
            var (experiment, looks, tickets) = database.Experiments.Read(view => (view.Find(found)!, view.Looks(found), view.Tickets(found)));
            var receipts = database.Ledger.Read(view => view.List(new LedgerQuery(Contract: experiment.Contract.Hash, Limit: Limits.ExperimentPageReceipts))).OrderBy(receipt => receipt.Seq).ToList();
            if (parsed.GetValue(html) is { } file) await File.WriteAllTextAsync(file, DashboardPage.Render(experiment, looks, receipts).Html, cancellationToken);
            if (context.IsJson) Write(experiment, looks, receipts, tickets);
            else Show(experiment, looks, receipts, tickets);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(Experiment experiment, IReadOnlyList<LookReport> looks, IReadOnlyList<Receipt> receipts, IReadOnlyList<StoredTicket> tickets)
    {
        ExperimentText.Head(experiment);
        if (looks.Count > 0) ExperimentText.Look(experiment, looks[^1]);
        ExperimentText.Next(experiment, TimeProvider.System.GetUtcNow(), receipts, tickets);
    }

    private static void Write(Experiment experiment, IReadOnlyList<LookReport> looks, IReadOnlyList<Receipt> receipts, IReadOnlyList<StoredTicket> tickets) => CommandContext.WriteJson(to =>
    {
        to.WriteStartObject();
        ExperimentShowJson.Members(to, experiment);
        to.WritePropertyName("contract_document");
        experiment.Contract.Document.WriteTo(to);
        ExperimentShowJson.Look(to, "last_look", looks.Count > 0 ? looks[^1] : null);
        to.WriteStartArray("look_history");
        foreach (var look in looks) LookReportJson.Write(to, look);
        to.WriteEndArray();
        to.WriteStartArray("tickets");
        foreach (var ticket in tickets)
        {
            to.WriteStartObject();
            to.WriteString("id", ticket.Id);
            to.WriteString("at", ticket.At);
            to.WriteString("title", ticket.Title);
            to.WriteString("description", ticket.Description);
            to.WriteString("severity", ticket.Severity);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        ExperimentShowJson.Receipts(to, receipts);
        to.WriteEndObject();
    });
}
