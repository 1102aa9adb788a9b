using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Pawl.Forges;

/// <summary>
/// Tickets sent to an address as JSON: <c>{"key", "title", "description", "severity", "owners"}</c>. The header <c>Idempotency-Key</c> has the key, and with a
/// secret <c>X-Pawl-Signature-256</c> has <c>sha256=</c> and the HMAC-SHA256 of the body. A webhook cannot be asked what it was sent, so that after a crash the
/// same ticket is sent again, with the same key: whoever receives it does nothing the second time. An answer <c>{"id", "url"}</c> is kept.
/// </summary>
internal sealed class WebhookTicketDesk(Uri address, string? secret, TimeProvider time) : ITicketDesk
{
    // The path and the query are left out: many webhooks have their secret there.
    private readonly ForgeHttp _http = new(new ForgeCaller($"webhook:{address.Host}", [address.PathAndQuery, secret ?? ""], "the right to send tickets"), time);

    /// <inheritdoc/>
    public string Name => $"webhook:{address.Host}";

    /// <inheritdoc/>
    public Task<OpenedTicket?> FindAsync(string key, CancellationToken cancellationToken) => Task.FromResult<OpenedTicket?>(null);

    /// <inheritdoc/>
    public async Task<OpenedTicket> OpenAsync(Ticket ticket, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ArgumentException.ThrowIfNullOrEmpty(key);
        var body = Encoding.UTF8.GetBytes(Json.Object(to =>
        {
            to.WriteString("key", key);
            to.WriteString("title", ticket.Title);
            to.WriteString("description", ticket.Description);
            to.WriteString("severity", ticket.Severity);
            to.WriteStartArray("owners");
            foreach (var owner in ticket.Owners) to.WriteStringValue(owner);
            to.WriteEndArray();
        }).GetRawText());
        var answer = await _http.TryAsync((_, token) => _http.AcceptAsync(address, request => Sign(request, key, body), body, token), cancellationToken).ConfigureAwait(false);
        return new OpenedTicket(Text(answer, "id") ?? key, Text(answer, "url"));
    }

    private void Sign(HttpRequestMessage request, string key, byte[] body)
    {
        request.Headers.Add("Idempotency-Key", key);
        if (secret is not null) request.Headers.Add("X-Pawl-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)));
    }

    private static string? Text(JsonElement answer, string member) => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(member, out var value)
        ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null }
        : null;
}
