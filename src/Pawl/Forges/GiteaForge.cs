using System.Globalization;
using System.Text.Json;

namespace Pawl.Forges;

/// <summary>
/// A repository at Gitea or Forgejo (API v1), where a title that begins with <c>WIP:</c> makes a draft, unless an instance is set to other words. The API cannot
/// be asked for the pull requests of a branch alone: among the newest 1,000 that are open, the branch's is found.
/// </summary>
internal sealed class GiteaForge(ForgeAccess access, TimeProvider time)
    : RepositoryForge(access, "the scopes read:issue and write:repository", time)
{
    protected override string Pulls => "pulls";

    protected override char Sign => '#';

    protected override (string Number, string Body, string Url) Members => ("number", "body", "html_url");

    protected override string TitlePrefix => "WIP: ";

    protected override int BodyCharacters => 1_048_576;

    protected override int Pages => 20;

    protected override string Query(string branch, int page) => string.Create(CultureInfo.InvariantCulture, $"state=open&limit=50&page={page}");

    protected override bool IsOf(JsonElement pull, string branch) => IsHead(pull, branch);

    // Older versions do not say, but go by the title.
    protected override bool IsDraft(JsonElement pull) => Flag(pull, "draft")
        ?? (Text(pull, "title") is { } title && (title.StartsWith("WIP:", StringComparison.OrdinalIgnoreCase) || title.StartsWith("[WIP]", StringComparison.OrdinalIgnoreCase)));

    protected override void Write(Utf8JsonWriter to, DraftPullRequest request)
    {
        to.WriteString("title", request.Title);
        to.WriteString("head", request.Branch);
        to.WriteString("base", request.Target);
        to.WriteString("body", request.Body);
    }
}
