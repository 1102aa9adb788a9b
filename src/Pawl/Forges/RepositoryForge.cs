using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Pawl.Forges;

/// <summary>What the forges' APIs have in common. Every request is a GET, or the POST that opens a pull request.</summary>
internal abstract class RepositoryForge(ForgeAccess access, string needs, TimeProvider time) : IForge
{
    private const int TitleCharacters = 255;

    private readonly ForgeHttp _http = new(new ForgeCaller(access.Name, access.Secrets, needs, access.Token is not null), time);

    /// <inheritdoc/>
    public string Name => access.Name;

    /// <summary>Where it is, and who asks.</summary>
    public ForgeAccess Access => access;

    /// <summary>The forge at a repository.</summary>
    public static RepositoryForge Of(ForgeAccess access, TimeProvider time) => access.Kind switch
    {
        ForgeKind.GitHub => new GitHubForge(access, time),
        ForgeKind.GitLab => new GitLabForge(access, time),
        _ => new GiteaForge(access, time),
    };

    /// <summary>What pull requests are called in the API.</summary>
    protected abstract string Pulls { get; }

    /// <summary>What stands before the number of a pull request.</summary>
    protected abstract char Sign { get; }

    /// <summary>What the number, the text and the address of an issue or a pull request are called.</summary>
    protected abstract (string Number, string Body, string Url) Members { get; }

    /// <summary>What begins the title of a draft; empty where a draft is marked otherwise.</summary>
    protected abstract string TitlePrefix { get; }

    /// <summary>How long a description may be.</summary>
    protected abstract int BodyCharacters { get; }

    /// <summary>Pages of the list that are looked through at most.</summary>
    protected virtual int Pages => 1;

    /// <summary>The query for open pull requests, of the branch where the forge can tell.</summary>
    protected abstract string Query(string branch, int page);

    /// <summary>Whether a pull request is of this branch, and of no fork's branch of the same name.</summary>
    protected abstract bool IsOf(JsonElement pull, string branch);

    /// <summary>Whether a pull request is a draft.</summary>
    protected abstract bool IsDraft(JsonElement pull);

    /// <summary>Writes the members by which one is opened.</summary>
    protected abstract void Write(Utf8JsonWriter to, DraftPullRequest request);

    /// <summary>The description without what the forge would do instead of show.</summary>
    protected virtual string Harmless(string body) => body;

    /// <summary>Why no pull request was opened, in the words of this forge.</summary>
    protected virtual ForgeFailure Refusal(ForgeFailure said, DraftPullRequest request) => new(
        $"{said.Message} Check that the branch {request.Branch} is pushed and has something that {request.Target} has not, that {request.Target} is there, and that the token may open pull requests.",
        isTransient: false,
        said);

    /// <inheritdoc/>
    public async Task<ForgeIssue> ReadIssueAsync(long number, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(number);
        try
        {
            return await _http.TryAsync(
                async (_, token) => Issue(await GetAsync(string.Create(CultureInfo.InvariantCulture, $"{access.Root}/issues/{number}"), token).ConfigureAwait(false), number),
                cancellationToken).ConfigureAwait(false);
        }
        catch (UnavailableException e) when (e.InnerException is ForgeFailure { Status: HttpStatusCode.NotFound or HttpStatusCode.Gone })
        {
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Name} has no issue {number}, or shows it only to whoever may see it. Check the number and the repository{(access.Token is null ? ", or set a token under forge: in pawl.yaml" : ", and what the token may see")}."), e);
        }
    }

    /// <inheritdoc/>
    public Task<OpenedPullRequest?> FindAsync(string branch, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(branch);
        return _http.TryAsync((_, token) => FindOnceAsync(branch, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<OpenedPullRequest> OpenDraftAsync(DraftPullRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Branch);
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Title);
        var target = request.Target;
        return _http.TryAsync(
            async (_, token) =>
            {
                // A try that seemed to fail may have opened it, as may a process that was killed.
                if (await FindOnceAsync(request.Branch, token).ConfigureAwait(false) is { } open) return open;
                if (target.Length == 0) target = await DefaultBranchAsync(token).ConfigureAwait(false);
                if (target == request.Branch) throw new BadInputException($"The branch {target} cannot be proposed for itself. Name another target, or work on another branch.");
                return await OpenOnceAsync(request with { Target = target, Title = Title(request.Title), Body = Body(Harmless(request.Body)) }, token).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>A text of an answer; null where there is none.</summary>
    protected static string? Text(JsonElement answer, string member) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Whether a member is <c>true</c>; null where it is neither that nor <c>false</c>.</summary>
    protected static bool? Flag(JsonElement answer, string member) =>
        answer.TryGetProperty(member, out var value) ? value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null } : null;

    /// <summary>Whether the branch of a pull request, as GitHub and Gitea describe it, is one of this repository.</summary>
    protected bool IsHead(JsonElement pull, string branch) =>
        pull.TryGetProperty("head", out var head) && Text(head, "ref") == branch
        && head.TryGetProperty("repo", out var repository) && string.Equals(Text(repository, "full_name"), access.Repository, StringComparison.OrdinalIgnoreCase);

    private async Task<OpenedPullRequest> OpenOnceAsync(DraftPullRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var body = Encoding.UTF8.GetBytes(Json.Object(to => Write(to, request)).GetRawText());
            return Opened(Json.Whole(await _http.SendAsync(HttpMethod.Post, Address($"{access.Root}/{Pulls}"), access.Sign, body, cancellationToken).ConfigureAwait(false)));
        }
        catch (ForgeFailure e) when (e.Status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity)
        {
            // Somebody else may have opened it in between.
            return await FindOnceAsync(request.Branch, cancellationToken).ConfigureAwait(false) ?? throw Refusal(e, request);
        }
    }

    private async Task<OpenedPullRequest?> FindOnceAsync(string branch, CancellationToken cancellationToken)
    {
        for (var page = 1; page <= Pages; page++)
        {
            var pulls = await GetAsync($"{access.Root}/{Pulls}?{Query(Uri.EscapeDataString(branch), page)}", cancellationToken).ConfigureAwait(false);
            if (pulls.ValueKind != JsonValueKind.Array) throw Unexpected();
            foreach (var pull in pulls.EnumerateArray())
            {
                if (pull.ValueKind != JsonValueKind.Object) throw Unexpected();
                if (IsOf(pull, branch)) return Opened(pull);
            }

            // A forge may be set to pages shorter than asked for: only an empty one is surely the last.
            if (pulls.GetArrayLength() == 0) return null;
        }

        return null;
    }

    private async Task<string> DefaultBranchAsync(CancellationToken cancellationToken) =>
        Text(await GetAsync(access.Root, cancellationToken).ConfigureAwait(false), "default_branch") is { Length: > 0 } branch ? branch : throw Unexpected();

    private ForgeIssue Issue(JsonElement issue, long number)
    {
        if (Number(issue) != number || Text(issue, "title") is not { } title) throw Unexpected();
        if (issue.TryGetProperty("pull_request", out var pull) && pull.ValueKind == JsonValueKind.Object)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{Name} has no issue {number}: that is a pull request. Name an issue."));
        return new ForgeIssue(number, ForgeText.OneLine(title), Text(issue, Members.Body) ?? "", Url(issue), Text(issue, "state") == "closed", Labels(issue));
    }

    // GitLab names labels; the others describe them.
    private static List<string> Labels(JsonElement issue) => issue.TryGetProperty("labels", out var labels) && labels.ValueKind == JsonValueKind.Array
        ? [.. labels.EnumerateArray().Select(label => label.ValueKind == JsonValueKind.String ? label.GetString() : Text(label, "name")).OfType<string>().Select(name => ForgeText.OneLine(name))]
        : [];

    private OpenedPullRequest Opened(JsonElement pull) => new(string.Create(CultureInfo.InvariantCulture, $"{Sign}{Number(pull)}"), Url(pull), IsDraft(pull));

    private long Number(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(Members.Number, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var value) && value > 0 ? value : throw Unexpected();

    private string Url(JsonElement answer) =>
        Uri.TryCreate(Text(answer, Members.Url), UriKind.Absolute, out var url) && url.Scheme is "https" or "http" ? url.AbsoluteUri : throw Unexpected();

    private string Title(string title)
    {
        var line = ForgeText.Shown(ForgeText.OneLine(title));
        return ShortText.Start(line.StartsWith(TitlePrefix.TrimEnd(), StringComparison.OrdinalIgnoreCase) ? line : TitlePrefix + line, TitleCharacters);
    }

    // The note stands first: whatever the cut leaves open, a comment or a block of code, cannot hide it.
    private string Body(string body)
    {
        if (body.Length <= BodyCharacters) return body;
        var note = string.Create(CultureInfo.InvariantCulture, $"> Cut off: {Name} takes {BodyCharacters} characters, and this text has {body.Length}.\n\n");
        return $"{note}{ShortText.Start(body, BodyCharacters - note.Length - 1)}…";
    }

    private async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) =>
        Json.Whole(await _http.SendAsync(HttpMethod.Get, Address(path), access.Sign, null, cancellationToken).ConfigureAwait(false));

    private ForgeFailure Unexpected() => new($"{Name} gave JSON that is not what its API answers. Check the address.", isTransient: false);

    private Uri Address(string path) => new($"{access.Api.AbsoluteUri.TrimEnd('/')}/{path}");
}
