using System.Text.RegularExpressions;

namespace Pawl.Forges;

/// <summary>The commands by which a person pushes a branch and opens the draft pull request: what is printed where no forge is to be asked.</summary>
public static partial class PullRequestCommands
{
    /// <summary>
    /// Two commands for a POSIX shell, safe whatever the texts hold: the push, and the draft, at the forge that the remote's host tells of. Where it tells of none, the second
    /// is a comment that says what to do.
    /// </summary>
    /// <param name="remote">The name of the remote: <c>origin</c>.</param>
    /// <param name="remoteUrl">Its URL; null where there is no such remote, and a comment says so first. Names and passwords in it are left out.</param>
    /// <param name="request">What is proposed; an empty target is the default branch.</param>
    /// <param name="bodyFile">The file that holds the description; null: it stands in the command.</param>
    public static IReadOnlyList<string> For(string remote, string? remoteUrl, DraftPullRequest request, string? bodyFile)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(remote);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Branch);
        var push = $"git push {(remote[0] == '-' || request.Branch[0] == '-' ? "-- " : "")}{Quoted(remote)} {Quoted(request.Branch)}";
        if (remoteUrl is null) return [$"# there is no remote {Line(remote)} here yet: git remote add {Quoted(remote)} URL", push, Words("your forge", request)];
        return [push, Place.Of(remoteUrl) is { } place ? Draft(place, request, bodyFile) : Words("your forge", request)];
    }

    private static string Draft(Place place, DraftPullRequest request, string? bodyFile)
    {
        var text = bodyFile is null ? Quoted(request.Body, lines: true) : $"\"$(cat -- {Quoted(bodyFile)})\"";
        var (branch, title, repository) = (Quoted(request.Branch), Quoted(request.Title), place.Repository);
        return place.Kind switch
        {
            ForgeKind.GitHub => $"gh pr create --draft --repo {Quoted(place.Host == "github.com" ? repository : $"{place.Host}/{repository}")} --head {branch}{Option("--base", request.Target)} --title {title} "
                + (bodyFile is null ? $"--body {text}" : $"--body-file {Quoted(bodyFile)}"),
            ForgeKind.GitLab => $"glab mr create --draft --repo {Quoted($"https://{place.Host}/{repository}")} --source-branch {branch}{Option("--target-branch", request.Target)} --title {title} --description {text} --yes",
            ForgeKind.Gitea => $"tea pulls create --repo {Quoted(repository)} --head {branch}{Option("--base", request.Target)} --title {Quoted("WIP: " + request.Title)} --description {text}",
            _ => Words($"https://{place.Host}/{repository}", request),
        };
    }

    private static string Option(string name, string value) => value.Length == 0 ? "" : $" {name} {Quoted(value)}";

    // A comment for the shell: whoever pastes it does nothing.
    private static string Words(string where, DraftPullRequest request) =>
        $"# open a draft pull request of {Line(request.Branch)}{(request.Target.Length == 0 ? "" : $" into {Line(request.Target)}")} at {Line(where)}: {Line(request.Title)}";

    private static string Line(string text) => ForgeText.Shown(ForgeText.OneLine(text));

    // Between single quotes a shell reads nothing but the closing one. What a terminal would act on, and what would show another command than the one that runs, is taken out.
    private static string Quoted(string text, bool lines = false)
    {
        var clean = lines ? string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => ForgeText.Shown(ForgeText.OneLine(line, trim: false)))) : Line(text);
        return Plain().IsMatch(clean) ? clean : $"'{clean.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_./:@+-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();

    // user@host:path, as scp writes it; a drive's letter is no host.
    [GeneratedRegex(@"\A(?:[^@/\s]+@)?(?<host>[A-Za-z0-9.-]{2,}):(?!//)(?<path>.+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Scp();

    /// <summary>Where a remote's URL leads.</summary>
    private sealed record Place(ForgeKind? Kind, string Host, string Repository)
    {
        public static Place? Of(string? remoteUrl)
        {
            if (string.IsNullOrWhiteSpace(remoteUrl)) return null;
            var text = remoteUrl.Trim();
            string host, path;
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" or "ssh" or "git" or "git+ssh")
                (host, path) = (url.Scheme is "https" or "http" ? url.Authority : url.Host, url.AbsolutePath);
            else if (Scp().Match(text) is { Success: true } match)
                (host, path) = (match.Groups["host"].Value, match.Groups["path"].Value);
            else
                return null;
            path = path.Trim('/');
            if (path.EndsWith(".git", StringComparison.Ordinal)) path = path[..^4];
            var kind = KindOf(host.ToLowerInvariant());
            return host.Length == 0 || path.Length == 0 ? null : new Place(kind is { } known && ForgeAccess.IsRepository(known, path) ? kind : null, host.ToLowerInvariant(), path);
        }

        private static ForgeKind? KindOf(string host) =>
            host.Contains("github", StringComparison.Ordinal) ? ForgeKind.GitHub
            : host.Contains("gitlab", StringComparison.Ordinal) ? ForgeKind.GitLab
            : host == "codeberg.org" || host.Contains("gitea", StringComparison.Ordinal) || host.Contains("forgejo", StringComparison.Ordinal) ? ForgeKind.Gitea
            : null;
    }
}
