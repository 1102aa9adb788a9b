using System.Text.Json;

namespace Pawl.Forges;

/// <summary>Tickets as issues at GitLab (API v4). The token needs the scope <c>api</c>; labels that are missing are made by GitLab.</summary>
internal sealed class GitLabTicketDesk(ForgeAccess access, IReadOnlyList<string> labels, TimeProvider time) : IssueDesk(access, labels, time)
{
    protected override string List => $"issues?labels={Label}&state=all&order_by=created_at&sort=desc&per_page={PageSize}";

    protected override (string Number, string Body, string Url) Members => ("iid", "description", "web_url");

    protected override async Task<JsonElement?> CreateAsync(NewIssue issue, IReadOnlyList<string> owners, CancellationToken cancellationToken)
    {
        List<long> ids = [];
        foreach (var owner in owners)
        {
            if (await UserAsync(owner, cancellationToken).ConfigureAwait(false) is not { } id) return null;
            ids.Add(id);
        }

        return await PostIssueAsync(
            to =>
            {
                to.WriteString("title", issue.Title);
                to.WriteString("description", issue.Body);
                to.WriteString("labels", string.Join(',', issue.Labels));
                if (ids.Count == 0) return;
                to.WriteStartArray("assignee_ids");
                foreach (var id in ids) to.WriteNumberValue(id);
                to.WriteEndArray();
            },
            ids.Count > 0,
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<long?> UserAsync(string name, CancellationToken cancellationToken)
    {
        var users = await GetAsync($"users?username={Uri.EscapeDataString(name)}", cancellationToken).ConfigureAwait(false);
        return users.ValueKind == JsonValueKind.Array && users.GetArrayLength() > 0 ? Number(users[0], "id") : null;
    }
}
