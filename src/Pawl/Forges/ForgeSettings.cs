using System.Text.Json;

namespace Pawl.Forges;

/// <summary>
/// The part <c>forge:</c> of pawl.yaml: <c>{kind: none | github | gitlab | gitea, url, repository, token}</c>. Token and address may name environment variables, as
/// <c>${GITHUB_TOKEN}</c>.
/// </summary>
public static class ForgeSettings
{
    private const string Kinds = "none, github, gitlab or gitea";

    /// <summary>Reads it, and makes the forge.</summary>
    /// <param name="forge">The value of <c>forge:</c>, as JSON; <c>default</c> where there is none.</param>
    /// <param name="environment">Gives the value of an environment variable; null where it is not set.</param>
    /// <param name="time">The clock by which the forge waits.</param>
    /// <returns>The forge; null for <c>none</c> and where nothing is set: people get the commands they would run, see <see cref="PullRequestCommands"/>.</returns>
    /// <exception cref="BadInputException">It is not what belongs there; the message names the place and holds no secret.</exception>
    public static IForge? Read(JsonElement forge, Func<string, string?> environment, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(time);
        if (forge.ValueKind == JsonValueKind.Undefined) return null;
        try
        {
            return Forge(new SettingsMembers(forge, environment, "kind", "url", "repository", "token"), time);
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"forge{e.Message[1..]}", e); // the message begins with the path, from $
        }
    }

    /// <summary>The token with which one may push to an address: that of the forge, where the address is on its host and encrypted; else null.</summary>
    /// <param name="forge">The value of <c>forge:</c>, as JSON; <c>default</c> where there is none.</param>
    /// <param name="environment">Gives the value of an environment variable; null where it is not set.</param>
    /// <param name="remote">The address of the remote.</param>
    /// <exception cref="BadInputException">It is not what belongs there; the message names the place and holds no secret.</exception>
    public static string? PushToken(JsonElement forge, Func<string, string?> environment, string remote)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (forge.ValueKind != JsonValueKind.Object || !Uri.TryCreate(remote, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps) return null;
        var (kind, url, token) = (Text("kind"), Text("url"), Text("token"));
        var host = url is null ? kind switch { "github" => "github.com", "gitlab" => "gitlab.com", _ => null } : !Uri.TryCreate(url, UriKind.Absolute, out var api) ? null : api.Host is "api.github.com" ? "github.com" : api.Host;
        return host is null || kind is null or "none" || !string.Equals(address.Host, host, StringComparison.OrdinalIgnoreCase) || string.IsNullOrEmpty(token) ? null : token;

        string? Text(string name) => forge.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? EnvironmentText.Expand(value.GetString()!, environment) : null;
    }

    private static RepositoryForge? Forge(SettingsMembers members, TimeProvider time)
    {
        ForgeKind kind;
        switch (members.Required("kind", Kinds))
        {
            case "none":
                members.Only();
                return null;
            case "github": kind = ForgeKind.GitHub; break;
            case "gitlab": kind = ForgeKind.GitLab; break;
            case "gitea": kind = ForgeKind.Gitea; break;
            default: throw new JsonShapeException($"is unknown: there are {Kinds}").Inside("kind");
        }

        return RepositoryForge.Of(members.Access(kind, "may read issues and open pull requests"), time);
    }
}
