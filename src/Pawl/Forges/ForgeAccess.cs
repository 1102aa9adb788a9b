namespace Pawl.Forges;

/// <summary>Which forge a repository is at; each has its own API.</summary>
internal enum ForgeKind
{
    /// <summary>GitHub, or GitHub Enterprise Server.</summary>
    GitHub,

    /// <summary>GitLab.</summary>
    GitLab,

    /// <summary>Gitea, or Forgejo.</summary>
    Gitea,
}

/// <summary>A repository at a forge, and the token by which Pawl is let in. It writes itself without the token.</summary>
/// <param name="kind">Which forge.</param>
/// <param name="api">The root of its API, without a slash at the end.</param>
/// <param name="repository">The repository: <c>owner/name</c>.</param>
/// <param name="token">The token; null for what everyone may read.</param>
internal sealed class ForgeAccess(ForgeKind kind, Uri api, string repository, string? token)
{
    public ForgeKind Kind => kind;

    public Uri Api => api;

    public string Repository => repository;

    public string? Token => token;

    /// <summary>What must stand in no message.</summary>
    public IReadOnlyList<string> Secrets => token is null ? [] : [token];

    /// <summary>Its name for people: <c>github:pawl/shop</c>.</summary>
    public string Name => $"{kind.ToString().ToLowerInvariant()}:{repository}";

    /// <summary>The path of the repository in the API.</summary>
    public string Root => kind == ForgeKind.GitLab
        ? $"projects/{Uri.EscapeDataString(repository)}"
        : $"repos/{string.Join('/', repository.Split('/').Select(Uri.EscapeDataString))}";

    /// <summary>The root of the API of a forge at an address as people give it: the address itself where it leads to an API already.</summary>
    /// <param name="kind">Which forge.</param>
    /// <param name="url">The address; null: github.com or gitlab.com.</param>
    public static Uri ApiOf(ForgeKind kind, Uri? url)
    {
        if (url is null) return new Uri(kind == ForgeKind.GitLab ? "https://gitlab.com/api/v4" : "https://api.github.com");
        var text = url.AbsoluteUri.TrimEnd('/');
        if (url.Host == "github.com") return new Uri("https://api.github.com");
        if (url.Host == "api.github.com" || url.AbsolutePath.Contains("/api/", StringComparison.Ordinal)) return new Uri(text);
        return new Uri(text + kind switch { ForgeKind.GitHub => "/api/v3", ForgeKind.GitLab => "/api/v4", _ => "/api/v1" });
    }

    /// <summary>The address at which people find the forge.</summary>
    public Uri Site
    {
        get
        {
            if (api.Host == "api.github.com") return new Uri("https://github.com");
            var text = api.AbsoluteUri.TrimEnd('/');
            var end = text.LastIndexOf("/api/", StringComparison.Ordinal);
            return new Uri(end < 0 ? text : text[..end]);
        }
    }

    /// <summary>Whether a path is that of a repository: <c>owner/name</c>, at GitLab also below groups within groups.</summary>
    public static bool IsRepository(ForgeKind kind, string path)
    {
        var parts = path.Split('/');
        return parts.Length >= 2 && (parts.Length == 2 || kind == ForgeKind.GitLab) && !parts.Any(part => part.Length == 0 || part is "." or "..");
    }

    /// <summary>The headers that every request carries.</summary>
    public void Sign(HttpRequestMessage request)
    {
        request.Headers.Accept.ParseAdd(kind == ForgeKind.GitHub ? "application/vnd.github+json" : "application/json");
        if (kind == ForgeKind.GitHub) request.Headers.Add("X-GitHub-Api-Version", "2022-11-28");
        if (token is null) return;
        switch (kind)
        {
            case ForgeKind.GitHub:
                request.Headers.Authorization = new("Bearer", token);
                break;
            case ForgeKind.GitLab:
                request.Headers.Add("PRIVATE-TOKEN", token);
                break;
            default:
                request.Headers.Authorization = new("token", token);
                break;
        }
    }

    public override string ToString() => Name;
}
