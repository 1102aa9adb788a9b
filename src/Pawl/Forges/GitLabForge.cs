using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pawl.Forges;

/// <summary>A project at GitLab (API v4), where a title that begins with <c>Draft:</c> makes a draft.</summary>
internal sealed partial class GitLabForge(ForgeAccess access, TimeProvider time)
    : RepositoryForge(access, "the scope api, and at least the role Developer", time)
{
    protected override string Pulls => "merge_requests";

    protected override char Sign => '!';

    protected override (string Number, string Body, string Url) Members => ("iid", "description", "web_url");

    protected override string TitlePrefix => "Draft: ";

    protected override int BodyCharacters => 1_048_576;

    protected override string Query(string branch, int page) => $"state=opened&source_branch={branch}&per_page=100";

    protected override bool IsOf(JsonElement pull, string branch) =>
        Text(pull, "source_branch") == branch && pull.TryGetProperty("source_project_id", out var source) && pull.TryGetProperty("target_project_id", out var target) && source.GetRawText() == target.GetRawText();

    protected override bool IsDraft(JsonElement pull) => Flag(pull, "draft") ?? Flag(pull, "work_in_progress") ?? false;

    protected override void Write(Utf8JsonWriter to, DraftPullRequest request)
    {
        to.WriteString("source_branch", request.Branch);
        to.WriteString("target_branch", request.Target);
        to.WriteString("title", request.Title);
        to.WriteString("description", request.Body);
        to.WriteBoolean("remove_source_branch", false);
    }

    // GitLab does what a line of a description tells it that is nothing but a slash, a word and arguments, and one of these words merges: what an agent wrote must not.
    // Where Markdown is shown, the backslash is not.
    protected override string Harmless(string body) => QuickAction().Replace(body, @"${before}\/");

    [GeneratedRegex(@"(?<before>(?:\A|[\r\n\v\f\x85\u2028\u2029])\s*)/(?=[A-Za-z_]+(?:\s|\z))", RegexOptions.CultureInvariant)]
    private static partial Regex QuickAction();
}
