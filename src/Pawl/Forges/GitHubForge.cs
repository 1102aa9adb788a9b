using System.Text.Json;

namespace Pawl.Forges;

/// <summary>A repository at GitHub (REST API 2022-11-28), where drafts take a public repository or a plan that has them.</summary>
internal sealed class GitHubForge(ForgeAccess access, TimeProvider time)
    : RepositoryForge(access, "the permissions \"Issues: read\" and \"Pull requests: read and write\", or the scope repo", time)
{
    protected override string Pulls => "pulls";

    protected override char Sign => '#';

    protected override (string Number, string Body, string Url) Members => ("number", "body", "html_url");

    protected override string TitlePrefix => "";

    protected override int BodyCharacters => 65_536;

    protected override string Query(string branch, int page) => $"state=open&head={Access.Repository.Split('/')[0]}:{branch}&per_page=100";

    // GitHub leaves out a filter that it does not understand.
    protected override bool IsOf(JsonElement pull, string branch) => IsHead(pull, branch);

    protected override bool IsDraft(JsonElement pull) => Flag(pull, "draft") == true;

    protected override void Write(Utf8JsonWriter to, DraftPullRequest request)
    {
        to.WriteString("title", request.Title);
        to.WriteString("head", request.Branch);
        to.WriteString("base", request.Target);
        to.WriteString("body", request.Body);
        to.WriteBoolean("draft", true);
    }

    protected override ForgeFailure Refusal(ForgeFailure said, DraftPullRequest request) =>
        said.Message.Contains("draft pull requests are not supported", StringComparison.OrdinalIgnoreCase)
            ? new ForgeFailure($"{Name} allows no draft pull requests: they take a public repository, or a plan that has them. Nothing else is opened here: open the pull request of {request.Branch} yourself.", isTransient: false, said)
            : base.Refusal(said, request);
}
