using System.Text.Json;

namespace Pawl.Forges;

/// <summary>The members of a part of pawl.yaml that says where a forge is: they are all known, no secret stands in a message, and no token goes unencrypted.</summary>
internal sealed class SettingsMembers
{
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _lists = new(StringComparer.Ordinal);

    /// <summary>Reads the members.</summary>
    /// <param name="part">The part, as JSON.</param>
    /// <param name="environment">Gives the value of an environment variable; null where it is not set.</param>
    /// <param name="known">The members there are: <c>kind</c> and <c>repository</c> as they stand, <c>labels</c> a list, the others may name environment variables.</param>
    public SettingsMembers(JsonElement part, Func<string, string?> environment, params string[] known) => JsonShape.Members(part, (name, value) =>
    {
        if (!known.Contains(name, StringComparer.Ordinal)) throw new JsonShapeException($"is unknown: there are {string.Join(", ", known[..^1])} and {known[^1]}");
        if (name == "labels") _lists.Add(name, JsonShape.List(value, JsonShape.Name));
        else _texts.Add(name, name is "kind" or "repository" ? JsonShape.Text(value) : Expanded(JsonShape.Text(value), environment));
    });

    /// <summary>A text; null where it is not there.</summary>
    public string? this[string name] => _texts.GetValueOrDefault(name);

    /// <summary>A list of names; empty where it is not there.</summary>
    public IReadOnlyList<string> Names(string name) => _lists.GetValueOrDefault(name) ?? [];

    /// <summary>A text that must be there.</summary>
    public string Required(string name, string what) =>
        _texts.TryGetValue(name, out var text) && text.Length > 0 ? text : throw new JsonShapeException($"\"{name}\" is missing: {what}");

    /// <summary>Refuses every member but the kind and these.</summary>
    public void Only(params string[] members)
    {
        foreach (var name in _texts.Keys.Concat(_lists.Where(list => list.Value.Count > 0).Select(list => list.Key)))
        {
            if (name != "kind" && !members.Contains(name, StringComparer.Ordinal)) throw new JsonShapeException($"does not belong to {_texts["kind"]}").Inside(name);
        }
    }

    /// <summary>The repository, and who is let in.</summary>
    /// <param name="kind">Which forge it is at.</param>
    /// <param name="needs">What the token must be allowed, after "a token that".</param>
    public ForgeAccess Access(ForgeKind kind, string needs)
    {
        var repository = Required("repository", "the repository, such as pawl/shop").Trim('/');
        if (!ForgeAccess.IsRepository(kind, repository)) throw new JsonShapeException("expected the owner and the name of a repository, such as pawl/shop").Inside("repository");
        var token = Required("token", $"a token that {needs}, such as ${{GITHUB_TOKEN}}").Trim();
        if (token.Length == 0 || token.Any(c => c is < '!' or > '~')) throw new JsonShapeException("is no token: it is empty, or has characters that no header can carry").Inside("token");
        var url = this["url"] is { } text ? Address(text) : null;
        if (url is null && kind == ForgeKind.Gitea) throw new JsonShapeException("\"url\" is missing: the address of the forge");
        return new ForgeAccess(kind, ForgeAccess.ApiOf(kind, url), repository, token);
    }

    /// <summary>An address that secrets may be sent to.</summary>
    public static Uri Address(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http")) throw new JsonShapeException("expected an address that begins with https://").Inside("url");
        if (address.UserInfo.Length > 0) throw new JsonShapeException("has a name or a password in it: give the token by itself").Inside("url");
        return address.Scheme == "https" || address.IsLoopback ? address : throw new JsonShapeException("would send the token for all to read: begin it with https://").Inside("url");
    }

    // An empty token is no token.
    private static string Expanded(string text, Func<string, string?> environment) =>
        EnvironmentText.Expand(text, name => environment(name) is { Length: > 0 } value ? value : null);
}
