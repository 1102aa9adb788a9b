using System.Text;

namespace Pawl.Changes.Workspaces;

/// <summary>Where a branch is pushed to: an address without secrets in it, and the secret aside.</summary>
internal sealed record PushTarget(string Url, string? Authorization)
{
    // What GitHub, GitLab and Gitea all take beside a token.
    private const string TokenUser = "x-access-token";

    /// <summary>The target for an address as configured and perhaps a token.</summary>
    /// <exception cref="BadInputException">The address is of a kind that Pawl does not push to, or would carry the token in the clear.</exception>
    public static PushTarget Parse(string url, string? token)
    {
        if (url.Length == 0 || url[0] == '-' || url.Any(char.IsControl) || url.Contains("::", StringComparison.Ordinal)) throw Refused(Shown(url));
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || !url.Contains("://", StringComparison.Ordinal)) return new PushTarget(url, null); // a path, or user@host:path
        if (uri.Scheme is not ("https" or "http" or "ssh" or "file")) throw Refused(Shown(url));
        if (uri.Scheme is "ssh" or "file") return new PushTarget(url, null);

        var secret = token is not null ? $"{TokenUser}:{token}" : uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : null;
        if (secret is not null && uri.Scheme == "http" && !uri.IsLoopback)
            throw new BadInputException($"{Shown(url)} is not encrypted, and the token would be readable on the way; use https.");
        return new PushTarget(Shown(url), secret is null ? null : "Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)));
    }

    /// <summary>What git needs to know beside its arguments: the secret, and that ssh must not ask questions.</summary>
    public IReadOnlyDictionary<string, string> Environment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes", ["GIT_SSH_VARIANT"] = "ssh" };
        if (System.Environment.GetEnvironmentVariable("SSH_AUTH_SOCK") is { Length: > 0 } agent) environment["SSH_AUTH_SOCK"] = agent;
        if (Authorization is null) return environment;
        environment["GIT_CONFIG_COUNT"] = "1";
        environment["GIT_CONFIG_KEY_0"] = "http.extraHeader";
        environment["GIT_CONFIG_VALUE_0"] = Authorization;
        return environment;
    }

    /// <summary>A text of git's or the remote's without the secret, should either repeat it.</summary>
    public string Clean(string text) => Authorization is null ? text : text.Replace(Authorization, "…", StringComparison.Ordinal).Replace(Authorization.Split(' ')[^1], "…", StringComparison.Ordinal);

    /// <summary>An address without the name and the password that may stand in it.</summary>
    public static string Shown(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is ("https" or "http") && uri.UserInfo.Length > 0 ? url.Replace(uri.UserInfo + "@", "", StringComparison.Ordinal) : url;

    private static BadInputException Refused(string url) => new($"'{url}' is not an address to push to; https, ssh and paths are.");
}
