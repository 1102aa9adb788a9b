using System.Text.Json;

namespace Pawl.Forges;

/// <summary>
/// The part <c>tickets:</c> of pawl.yaml: <c>{kind: database | github | gitlab | gitea | webhook, url, repository, token, labels, secret}</c>. Token, secret and
/// address may name environment variables, as <c>${GITHUB_TOKEN}</c>.
/// </summary>
public static class TicketSettings
{
    private const string Kinds = "database, github, gitlab, gitea or webhook";

    /// <summary>Reads it, and makes the desk.</summary>
    /// <param name="tickets">The value of <c>tickets:</c>, as JSON.</param>
    /// <param name="environment">Gives the value of an environment variable; null where it is not set.</param>
    /// <param name="time">The clock by which the desk waits.</param>
    /// <returns>The desk; null where tickets stay in Pawl's database.</returns>
    /// <exception cref="BadInputException">It is not what belongs there; the message names the place and holds no secret.</exception>
    public static ITicketDesk? Read(JsonElement tickets, Func<string, string?> environment, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(time);
        try
        {
            return new Members(tickets, environment).Desk(time);
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"tickets{e.Message[1..]}", e); // the message begins with the path, from $
        }
    }

    private sealed class Members
    {
        private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
        private readonly List<string> _labels = [];

        public Members(JsonElement tickets, Func<string, string?> environment) => JsonShape.Members(tickets, (name, value) =>
        {
            switch (name)
            {
                case "kind" or "repository": _texts.Add(name, JsonShape.Text(value)); break;
                case "url" or "token" or "secret": _texts.Add(name, Expanded(JsonShape.Text(value), environment)); break;
                case "labels": _labels.AddRange(JsonShape.List(value, JsonShape.Name)); break;
                default: throw new JsonShapeException("is unknown: there are kind, url, repository, token, labels and secret");
            }
        });

        public ITicketDesk? Desk(TimeProvider time)
        {
            switch (Required("kind", Kinds))
            {
                case "database":
                    Only();
                    return null;
                case "github":
                    Only("url", "repository", "token", "labels");
                    return new GitHubTicketDesk(Access(ForgeKind.GitHub), _labels, time);
                case "gitlab":
                    Only("url", "repository", "token", "labels");
                    return new GitLabTicketDesk(Access(ForgeKind.GitLab), _labels, time);
                case "gitea":
                    Only("url", "repository", "token", "labels");
                    return new GiteaTicketDesk(Access(ForgeKind.Gitea), _labels, time);
                case "webhook":
                    Only("url", "secret");
                    return new WebhookTicketDesk(Address(Required("url", "the address that tickets are sent to")), _texts.GetValueOrDefault("secret"), time);
                default: throw new JsonShapeException($"is unknown: there are {Kinds}").Inside("kind");
            }
        }

        // An empty token is no token.
        private static string Expanded(string text, Func<string, string?> environment) =>
            EnvironmentText.Expand(text, name => environment(name) is { Length: > 0 } value ? value : null);

        private ForgeAccess Access(ForgeKind kind)
        {
            var repository = Required("repository", "the repository, such as pawl/shop").Trim('/');
            var parts = repository.Split('/');
            if (parts.Length < 2 || (parts.Length > 2 && kind != ForgeKind.GitLab) || parts.Any(part => part.Length == 0 || part is "." or ".."))
                throw new JsonShapeException("expected the owner and the name of a repository, such as pawl/shop").Inside("repository");
            var token = Required("token", "a token that may read and write issues, such as ${GITHUB_TOKEN}").Trim();
            if (token.Length == 0 || token.Any(c => c is < '!' or > '~')) throw new JsonShapeException("is no token: it is empty, or has characters that no header can carry").Inside("token");
            var url = _texts.TryGetValue("url", out var text) ? Address(text) : null;
            if (url is null && kind == ForgeKind.Gitea) throw new JsonShapeException("\"url\" is missing: the address of the forge");
            return new ForgeAccess(kind, ForgeAccess.ApiOf(kind, url), repository, token);
        }

        private string Required(string name, string what) =>
            _texts.TryGetValue(name, out var text) && text.Length > 0 ? text : throw new JsonShapeException($"\"{name}\" is missing: {what}");

        private void Only(params string[] members)
        {
            foreach (var name in _texts.Keys.Concat(_labels.Count > 0 ? ["labels"] : []))
            {
                if (name != "kind" && !members.Contains(name, StringComparer.Ordinal)) throw new JsonShapeException($"does not belong to {_texts["kind"]}").Inside(name);
            }
        }

        private static Uri Address(string text)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http")) throw new JsonShapeException("expected an address that begins with https://").Inside("url");
            if (address.UserInfo.Length > 0) throw new JsonShapeException("has a name or a password in it: give the token by itself").Inside("url");
            return address.Scheme == "https" || address.IsLoopback ? address : throw new JsonShapeException("would send the token for all to read: begin it with https://").Inside("url");
        }
    }
}
