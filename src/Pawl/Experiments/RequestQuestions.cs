using System.Security.Cryptography;
using Pawl.Ledger;

namespace Pawl.Experiments;

/// <summary>What the ledger remembers of a request that did not become an experiment: that it was asked for what it lacks (one asks once), and why it was refused.</summary>
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

    /// <summary>Puts on record that a request was refused before there was anything that could be registered.</summary>
    public static Task RefuseAsync(ExperimentServices services, ReadOnlyMemory<byte> request, IReadOnlyList<string> reasons, CancellationToken cancellationToken)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(request.Span));
        return services.Store.WriteAsync(
            transaction => services.Ledger.Append(transaction, new ReceiptDraft
            {
                Tool = "RegisterExperiment",
                Ok = false,
                Ref = "REFUSED-" + digest[..8],
                Key = IdempotencyKey.Derive("RegisterExperiment", digest, "", "refuse"),
                Args = Json.From(digest),
                Actor = services.Actor,
                Subject = "request:" + digest,
                Message = ShortText.Start(string.Join("; ", reasons), Limits.ReceiptMessageCharacters),
            }),
            cancellationToken);
    }
}
