using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pawl.Forges;

/// <summary>
/// The address of an issue as people copy it: <c>https://github.com/pawl/shop/issues/12</c>, <c>https://gitlab.com/group/sub/shop/-/issues/3#note_1</c>; a query and
/// an anchor do not matter.
/// </summary>
public sealed record IssueAddress
{
    private const int CharactersMax = 2_048;
    private const string Shape = "expected that of an issue, such as https://github.com/pawl/shop/issues/12";

    private IssueAddress(Uri site, string repository, long number)
    {
        Site = site;
        Repository = repository;
        Number = number;
    }

    /// <summary>The forge: scheme, host and port.</summary>
    public Uri Site { get; }

    /// <summary>What stands before the issue: the repository's <c>owner/name</c>, and where the forge is not at the root of its host also the path to it.</summary>
    public string Repository { get; }

    /// <summary>The issue's number.</summary>
    public long Number { get; }

    /// <summary>Reads an address.</summary>
    /// <returns>False where the text is no address of the web at all, a file's name for instance.</returns>
    /// <exception cref="BadInputException">It is an address, but not that of an issue, or one that is sent unencrypted to another machine.</exception>
    public static bool TryParse(string text, [NotNullWhen(true)] out IssueAddress? address)
    {
        ArgumentNullException.ThrowIfNull(text);
        address = null;
        var trimmed = text.Trim();
        if (!trimmed.StartsWith("https://", StringComparison.OrdinalIgnoreCase) && !trimmed.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) return false;
        if (trimmed.Length > CharactersMax || !Uri.TryCreate(trimmed, UriKind.Absolute, out var url)) throw new BadInputException($"The address of the issue cannot be read: {Shape}.");
        if (url.UserInfo.Length > 0) throw new BadInputException($"The address of an issue at {url.Host} has a name or a password in it: leave it out.");
        if (url.Scheme != Uri.UriSchemeHttps && !url.IsLoopback) throw new BadInputException($"The issue at {url.Host} would be read unencrypted: begin its address with https://.");
        var parts = url.AbsolutePath.Trim('/').Split('/');
        if (parts.Length < 4 || parts[^2] is not ("issues" or "work_items") || !parts.All(IsName) || !long.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            throw new BadInputException($"The address {url.GetLeftPart(UriPartial.Path)} is not that of an issue: {Shape}.");
        // GitLab puts a dash between what belongs to the project's name and what does not.
        var repository = parts[^3] == "-" ? parts[..^3] : parts[..^2];
        if (repository.Length < 2) throw new BadInputException($"The address {url.GetLeftPart(UriPartial.Path)} names no repository: {Shape}.");
        address = new IssueAddress(new Uri(url.GetLeftPart(UriPartial.Authority)), string.Join('/', repository), number);
        return true;
    }

    /// <summary>The forge that has the issue: the configured one, with its token, where the address is on its host; else a public one, without a token.</summary>
    /// <param name="configured">What <see cref="ForgeSettings"/> gave; null for none. Its token goes to its own host and nowhere else.</param>
    /// <param name="time">The clock by which the forge waits.</param>
    /// <exception cref="BadInputException">Nobody said what forge it is on that host, or the address is not that of one of its repositories.</exception>
    public IForge Forge(IForge? configured, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        if (configured is RepositoryForge forge && IsOn(forge.Access.Site))
        {
            var access = forge.Access;
            var repository = Below(access.Site, access.Kind);
            return string.Equals(repository, access.Repository, StringComparison.OrdinalIgnoreCase) ? forge : RepositoryForge.Of(new ForgeAccess(access.Kind, access.Api, repository, access.Token), time);
        }

        ForgeKind? kind = Site.IsDefaultPort ? Site.Host switch { "github.com" => ForgeKind.GitHub, "gitlab.com" => ForgeKind.GitLab, "codeberg.org" or "gitea.com" => ForgeKind.Gitea, _ => null } : null;
        return kind is { } known
            ? RepositoryForge.Of(new ForgeAccess(known, ForgeAccess.ApiOf(known, Site), Below(Site, known), null), time)
            : throw new BadInputException($"What forge is at {Site.Authority} is not known. Set kind, url, repository and token under forge: in pawl.yaml, or give the issue as a file.");
    }

    /// <summary>The address, as people write it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Site.AbsoluteUri}{Repository}/issues/{Number}");

    // The letters of names at every forge; nothing that could lead elsewhere in an API's path.
    private static bool IsName(string part) => part.Length > 0 && part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private bool IsOn(Uri site) => site.Scheme == Site.Scheme && site.Authority == Site.Authority;

    private string Below(Uri site, ForgeKind kind)
    {
        var folder = site.AbsolutePath.Trim('/') is { Length: > 0 } path ? path + "/" : "";
        var repository = Repository.StartsWith(folder, StringComparison.Ordinal) ? Repository[folder.Length..] : "";
        return ForgeAccess.IsRepository(kind, repository) ? repository : throw new BadInputException($"The address {this} is not that of an issue at {site.AbsoluteUri}: {Shape}.");
    }
}
