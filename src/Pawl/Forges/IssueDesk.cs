using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Pawl.Forges;

/// <summary>
/// Tickets as issues of a repository. Each carries the label <c>pawl</c> and, in a comment that is not shown, its key. It is found by listing the issues of that
/// label: the forges' search lags behind.
/// </summary>
internal abstract class IssueDesk(ForgeAccess access, IReadOnlyList<string> labels, TimeProvider time) : ITicketDesk
{
    /// <summary>The label of every ticket.</summary>
    public const string Label = "pawl";

    /// <summary>Issues in one page of a list.</summary>
    protected const int PageSize = 50;

    private const int Pages = 20;
    private const int TitleCharacters = 255;
    private const int DescriptionCharacters = 60_000;

    private readonly ForgeHttp _http = new(new ForgeCaller(access.Name, access.Secrets, "the right to read and write issues"), time);

    /// <inheritdoc/>
    public string Name => access.Name;

    /// <summary>Where the issues of the label stand, the newest first: a path below the repository's, but for the page.</summary>
    protected abstract string List { get; }

    /// <summary>What an issue's number, body and address are called.</summary>
    protected abstract (string Number, string Body, string Url) Members { get; }

    /// <inheritdoc/>
    public Task<OpenedTicket?> FindAsync(string key, CancellationToken cancellationToken) =>
        _http.TryAsync((_, token) => FindOnceAsync(Marker(key), token), cancellationToken);

    /// <inheritdoc/>
    public Task<OpenedTicket> OpenAsync(Ticket ticket, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        var marker = Marker(key);
        return _http.TryAsync(
            // A try that seemed to fail may have opened it.
            async (tries, token) => (tries > 0 ? await FindOnceAsync(marker, token).ConfigureAwait(false) : null) ?? await OpenOnceAsync(ticket, marker, token).ConfigureAwait(false),
            cancellationToken);
    }

    /// <summary>Opens an issue.</summary>
    /// <param name="issue">What it says.</param>
    /// <param name="owners">Whom it is to be assigned to, by name; may be empty.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The issue; null where an owner is unknown at the forge.</returns>
    protected abstract Task<JsonElement?> CreateAsync(NewIssue issue, IReadOnlyList<string> owners, CancellationToken cancellationToken);

    /// <summary>Asks once.</summary>
    protected Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => _http.SendAsync(HttpMethod.Get, Address(path), access.Sign, null, cancellationToken);

    /// <summary>Sends an object once.</summary>
    protected Task<JsonElement> PostAsync(string path, Action<Utf8JsonWriter> members, CancellationToken cancellationToken) =>
        _http.SendAsync(HttpMethod.Post, Address(path), access.Sign, System.Text.Encoding.UTF8.GetBytes(Json.Object(members).GetRawText()), cancellationToken);

    /// <summary>Sends an issue; null where an owner is unknown.</summary>
    protected async Task<JsonElement?> PostIssueAsync(Action<Utf8JsonWriter> members, bool hasOwners, CancellationToken cancellationToken)
    {
        try
        {
            return await PostAsync($"{access.Root}/issues", members, cancellationToken).ConfigureAwait(false);
        }
        catch (ForgeFailure e) when (hasOwners && e.Status == HttpStatusCode.UnprocessableEntity)
        {
            return null;
        }
    }

    private async Task<OpenedTicket> OpenOnceAsync(Ticket ticket, string marker, CancellationToken cancellationToken)
    {
        var issue = new NewIssue(
            ShortText.Start(ticket.Title, TitleCharacters),
            // Nobody else's text may pass for a key.
            ShortText.Start(ticket.Description, DescriptionCharacters).Replace("<!-- pawl:", "<!- - pawl:", StringComparison.Ordinal),
            [Label, $"severity: {ticket.Severity}", .. labels.Where(label => label != Label)]);
        var created = await CreateAsync(issue with { Body = $"{issue.Body}\n\n{marker}" }, ticket.Owners, cancellationToken).ConfigureAwait(false);
        if (created is null)
        {
            var unassigned = $"{issue.Body}\n\nNot assigned: {string.Join(", ", ticket.Owners)} — at least one of them cannot be assigned here.\n\n{marker}";
            created = await CreateAsync(issue with { Body = unassigned }, [], cancellationToken).ConfigureAwait(false);
        }

        return Opened(created!.Value);
    }

    private async Task<OpenedTicket?> FindOnceAsync(string marker, CancellationToken cancellationToken)
    {
        for (var page = 1; page <= Pages; page++)
        {
            var issues = await GetAsync(string.Create(CultureInfo.InvariantCulture, $"{access.Root}/{List}&page={page}"), cancellationToken).ConfigureAwait(false);
            if (issues.ValueKind != JsonValueKind.Array) throw Unexpected();
            foreach (var issue in issues.EnumerateArray())
            {
                if (issue.ValueKind == JsonValueKind.Object && issue.TryGetProperty(Members.Body, out var body) && body.ValueKind == JsonValueKind.String && body.GetString()!.Contains(marker, StringComparison.Ordinal)) return Opened(issue);
            }

            if (issues.GetArrayLength() < PageSize) return null;
        }

        return null;
    }

    /// <summary>A number of an object that the forge answered with.</summary>
    protected long Number(JsonElement answer, string member) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(member, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var value) ? value : throw Unexpected();

    private OpenedTicket Opened(JsonElement issue)
    {
        var number = Number(issue, Members.Number);
        return new OpenedTicket(string.Create(CultureInfo.InvariantCulture, $"#{number}"), issue.TryGetProperty(Members.Url, out var url) && url.ValueKind == JsonValueKind.String ? url.GetString() : null);
    }

    private ForgeFailure Unexpected() => new($"{Name} gave JSON that is not what its API answers. Check the address.", isTransient: false);

    private Uri Address(string path) => new($"{access.Api.AbsoluteUri.TrimEnd('/')}/{path}");

    private static string Marker(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (key.Contains("--", StringComparison.Ordinal) || key.Contains('>', StringComparison.Ordinal)) throw new ArgumentException($"The key {key} cannot stand in a comment.", nameof(key));
        return $"<!-- pawl: {key} -->";
    }
}

/// <summary>What an issue is to say.</summary>
internal sealed record NewIssue(string Title, string Body, IReadOnlyList<string> Labels);
