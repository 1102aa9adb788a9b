using Pawl.Forges;
using Pawl.Ledger;

namespace Pawl.Experiments;

/// <summary>Opens the ticket that a verdict demands: in the store in one transaction, or at a desk outside with an intent before it.</summary>
internal sealed class TicketStep(ExperimentServices services)
{
    public Task DoAsync(Experiment experiment, ToolProposal proposal, CancellationToken cancellationToken)
    {
        var args = proposal.Args;
        var ticket = new Ticket(Text("title"), Text("description"), Text("severity"), [.. args.GetProperty("owners").EnumerateArray().Select(owner => owner.GetString()!)]);
        return services.Desk is { } desk ? AtDeskAsync(desk, experiment, proposal, ticket, cancellationToken) : InStoreAsync(experiment, proposal, ticket, cancellationToken);

        string Text(string name) => args.GetProperty(name).GetString()!;
    }

    private Task InStoreAsync(Experiment experiment, ToolProposal proposal, Ticket ticket, CancellationToken cancellationToken)
    {
        var id = "TICKET-" + CanonicalJson.Digest(Json.From(proposal.IdempotencyKey))[..8];
        return services.Store.WriteAsync(
            transaction =>
            {
                if (services.Ledger.Earlier(transaction, proposal.IdempotencyKey, proposal.Args) is AppendOutcome.Repeated) return true;
                services.Experiments.Add(transaction, new StoredTicket(id, experiment.Id, services.Now, ticket.Title, ticket.Description, ticket.Severity, ticket.Owners));
                services.Put(transaction, experiment.Id, before => before with { Ticket = id });
                services.Ledger.Append(transaction, Draft(experiment, proposal) with { Ref = id, Message = ShortText.Start(ticket.Title, Limits.ReceiptMessageCharacters) });
                return true;
            },
            cancellationToken);
    }

    // The ticket carries its key, so whoever comes after a crash finds it instead of opening a second one.
    private async Task AtDeskAsync(ITicketDesk desk, Experiment experiment, ToolProposal proposal, Ticket ticket, CancellationToken cancellationToken)
    {
        var earlier = await services.Store.WriteAsync(
            transaction => services.Ledger.Earlier(transaction, proposal.IdempotencyKey, proposal.Args)
                ?? services.Ledger.Append(transaction, Draft(experiment, proposal) with { Kind = ReceiptKind.Intent, Ok = false, Ref = $"TICKET-{experiment.Id}", Message = $"A ticket is about to be opened at {desk.Name}." }),
            cancellationToken).ConfigureAwait(false);
        if (earlier is AppendOutcome.Repeated) return;
        var opened = await desk.FindAsync(proposal.IdempotencyKey, cancellationToken).ConfigureAwait(false)
            ?? await desk.OpenAsync(ticket, proposal.IdempotencyKey, cancellationToken).ConfigureAwait(false);
        await services.Store.WriteAsync(
            transaction =>
            {
                services.Put(transaction, experiment.Id, before => before with { Ticket = opened.Url ?? opened.Id });
                return services.Ledger.Append(transaction, Draft(experiment, proposal) with
                {
                    Ref = ShortText.Start(opened.Id, Limits.NameCharacters),
                    Message = ShortText.Start($"{ticket.Title}: opened at {desk.Name}, {opened.Url ?? opened.Id}.", Limits.ReceiptMessageCharacters),
                });
            },
            cancellationToken).ConfigureAwait(false);
    }

    private ReceiptDraft Draft(Experiment experiment, ToolProposal proposal) => new ExperimentSteps(services).Draft(experiment.Contract, proposal, "TICKET", "");
}
