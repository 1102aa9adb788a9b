using Pawl.Ledger;

namespace Pawl.Experiments;

/// <summary>Remembers, in the ledger, that a request was asked for what it lacks: one asks once.</summary>
internal sealed class RequestQuestions(ExperimentServices services, string name)
{
    private string Reference => "ASK-" + CanonicalJson.Digest(Json.From(name))[..8];

    /// <summary>Whether it was asked before.</summary>
    public bool WasAsked => services.Receipts.Read(view => view.FindByRef(Reference)).Count > 0;

    public Task AskAsync(IReadOnlyList<MissingField> missing, CancellationToken cancellationToken) => services.Store.WriteAsync(
        transaction => services.Ledger.Append(transaction, new ReceiptDraft
        {
            Tool = "RegisterExperiment",
            Ok = false,
            Ref = Reference,
            Key = IdempotencyKey.Derive("RegisterExperiment", name, "", "ask"),
            Args = Json.From(name),
            Actor = services.Actor,
            Subject = ShortText.Start("request:" + name, 500),
            Message = $"Needs input: {string.Join(", ", missing.Select(field => field.Field))}.",
        }),
        cancellationToken);
}
