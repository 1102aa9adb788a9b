using System.Text.Json;

namespace Pawl.Forges;

/// <summary>
/// The part <c>tickets:</c> of pawl.yaml: <c>{kind: database | github | gitlab | gitea | webhook, url, repository, token, labels, secret}</c>. Token, secret and
/// address may name environment variables, as <c>${GITHUB_TOKEN}</c>.
/// </summary>
public static class TicketSettings
{
    private const string Kinds = "database, github, gitlab, gitea or webhook";
    private const string Needs = "may read and write issues";

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
            return Desk(new SettingsMembers(tickets, environment, "kind", "url", "repository", "token", "labels", "secret"), time);
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"tickets{e.Message[1..]}", e); // the message begins with the path, from $
        }
    }

    private static ITicketDesk? Desk(SettingsMembers members, TimeProvider time)
    {
        var labels = members.Names("labels");
        switch (members.Required("kind", Kinds))
        {
            case "database":
                members.Only();
                return null;
            case "github":
                members.Only("url", "repository", "token", "labels");
                return new GitHubTicketDesk(members.Access(ForgeKind.GitHub, Needs), labels, time);
            case "gitlab":
                members.Only("url", "repository", "token", "labels");
                return new GitLabTicketDesk(members.Access(ForgeKind.GitLab, Needs), labels, time);
            case "gitea":
                members.Only("url", "repository", "token", "labels");
                return new GiteaTicketDesk(members.Access(ForgeKind.Gitea, Needs), labels, time);
            case "webhook":
                members.Only("url", "secret");
                return new WebhookTicketDesk(SettingsMembers.Address(members.Required("url", "the address that tickets are sent to")), members["secret"], time);
            default: throw new JsonShapeException($"is unknown: there are {Kinds}").Inside("kind");
        }
    }
}
