using System.Text.Json;

namespace Pawl.Forges;

/// <summary>Tickets as issues at GitHub (REST API 2022-11-28). The token needs to read and write issues; labels that are missing are made by GitHub.</summary>
internal sealed class GitHubTicketDesk(ForgeAccess access, IReadOnlyList<string> labels, TimeProvider time) : IssueDesk(access, labels, time)
{
    protected override string List => $"issues?labels={Label}&state=all&sort=created&direction=desc&per_page={PageSize}";

    protected override (string Number, string Body, string Url) Members => ("number", "body", "html_url");

    protected override Task<JsonElement?> CreateAsync(NewIssue issue, IReadOnlyList<string> owners, CancellationToken cancellationToken) => PostIssueAsync(
        to =>
        {
            to.WriteString("title", issue.Title);
            to.WriteString("body", issue.Body);
            to.WriteStartArray("labels");
            foreach (var label in issue.Labels) to.WriteStringValue(label);
            to.WriteEndArray();
            if (owners.Count == 0) return;
            to.WriteStartArray("assignees");
            foreach (var owner in owners) to.WriteStringValue(owner);
            to.WriteEndArray();
        },
        owners.Count > 0,
        cancellationToken);
}
