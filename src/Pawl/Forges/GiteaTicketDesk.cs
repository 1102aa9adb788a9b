using System.Globalization;
using System.Text.Json;

namespace Pawl.Forges;

/// <summary>Tickets as issues at Gitea or Forgejo (API v1). The token needs to write issues; labels go by number there, and those that are missing are made.</summary>
internal sealed class GiteaTicketDesk(ForgeAccess access, IReadOnlyList<string> labels, TimeProvider time) : IssueDesk(access, labels, time)
{
    private const string Colour = "#b60205";
    private const int LabelPages = 20;

    private readonly string _labels = access.Root + "/labels";

    protected override string List => $"issues?labels={Label}&state=all&type=issues&limit={PageSize}";

    protected override (string Number, string Body, string Url) Members => ("number", "body", "html_url");

    protected override async Task<JsonElement?> CreateAsync(NewIssue issue, IReadOnlyList<string> owners, CancellationToken cancellationToken)
    {
        var ids = await LabelsAsync(issue.Labels, cancellationToken).ConfigureAwait(false);
        return await PostIssueAsync(
            to =>
            {
                to.WriteString("title", issue.Title);
                to.WriteString("body", issue.Body);
                to.WriteStartArray("labels");
                foreach (var id in ids) to.WriteNumberValue(id);
                to.WriteEndArray();
                if (owners.Count == 0) return;
                to.WriteStartArray("assignees");
                foreach (var owner in owners) to.WriteStringValue(owner);
                to.WriteEndArray();
            },
            owners.Count > 0,
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<long>> LabelsAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var page = 1; page <= LabelPages; page++)
        {
            var list = await GetAsync(string.Create(CultureInfo.InvariantCulture, $"{_labels}?limit={PageSize}&page={page}"), cancellationToken).ConfigureAwait(false);
            if (list.ValueKind != JsonValueKind.Array) break;
            foreach (var label in list.EnumerateArray())
            {
                if (label.ValueKind == JsonValueKind.Object && label.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String) known.TryAdd(name.GetString()!, Number(label, "id"));
            }

            if (list.GetArrayLength() < PageSize) break;
        }

        List<long> ids = [];
        foreach (var name in names)
        {
            if (!known.TryGetValue(name, out var id)) id = await MakeAsync(name, cancellationToken).ConfigureAwait(false);
            ids.Add(id);
        }

        return ids;
    }

    private async Task<long> MakeAsync(string name, CancellationToken cancellationToken)
    {
        var made = await PostAsync(
            _labels,
            to =>
            {
                to.WriteString("name", name);
                to.WriteString("color", Colour);
            },
            cancellationToken).ConfigureAwait(false);
        return Number(made, "id");
    }
}
