using System.Security.Cryptography;
using System.Text;

namespace Pawl.Ledger;

/// <summary>Verifies the data that stands aside.</summary>
internal static class BodyVerifier
{
    public static void Verify(ILedgerView view, LedgerFindings findings)
    {
        var (changed, count) = ((string?)null, 0L);
        view.EachBody(stored =>
        {
            if (stored is { Digest: { } digest, Body: { } body } && Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))) == digest) return;
            count++;
            changed ??= stored.Digest ?? "";
        });
        if (changed is not null)
        {
            var receipt = view.FirstWithBody(changed);
            findings.Add(LedgerFault.Body, receipt, receipt is null
                ? $"{count} bodies were changed."
                : $"The data of receipt {receipt}, which stands aside, was changed: it does not have the digest {changed}.");
        }

        if (view.FirstWithoutBody() is { } without) findings.Add(LedgerFault.Body, without, $"The data of receipt {without}, which stands aside, is missing.");
        if (view.BodyWithoutReceipt() is { } orphan) findings.Add(LedgerFault.Body, null, $"Data stands aside under {orphan} that belongs to no receipt.");
    }
}
