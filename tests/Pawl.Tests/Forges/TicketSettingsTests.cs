using Pawl.Forges;
using Xunit;

namespace Pawl.Tests.Forges;

public sealed class TicketSettingsTests
{
    [Fact]
    public void Read_Database_IsNoDesk() => Assert.Null(Read("""{"kind":"database"}"""));

    [Theory]
    [InlineData("""{"kind":"github","repository":"pawl/shop","token":"x"}""", "github:pawl/shop")]
    [InlineData("""{"kind":"gitlab","repository":"a/b/c","token":"x"}""", "gitlab:a/b/c")]
    [InlineData("""{"kind":"gitea","url":"https://codeberg.org","repository":"pawl/shop","token":"x"}""", "gitea:pawl/shop")]
    [InlineData("""{"kind":"webhook","url":"https://hooks.test/T1/secret"}""", "webhook:hooks.test")]
    public void Read_ADesk_HasItsName(string settings, string name) => Assert.Equal(name, Read(settings)!.Name);

    [Theory]
    [InlineData("""[]""", "expected an object")]
    [InlineData("""{}""", "\"kind\" is missing")]
    [InlineData("""{"kind":"jira"}""", "tickets.kind: is unknown: there are database, github")]
    [InlineData("""{"kind":"database","token":"x"}""", "tickets.token: does not belong to database")]
    [InlineData("""{"kind":"webhook","url":"https://a.test","labels":["x"]}""", "tickets.labels: does not belong to webhook")]
    [InlineData("""{"kind":"github","repository":"pawl/shop"}""", "\"token\" is missing")]
    [InlineData("""{"kind":"github","repository":"shop","token":"x"}""", "tickets.repository: expected the owner")]
    [InlineData("""{"kind":"github","repository":"pawl/../shop","token":"x"}""", "tickets.repository: expected the owner")]
    [InlineData("""{"kind":"github","repository":"pawl/shop","token":"a\r\nb"}""", "tickets.token: is no token")]
    [InlineData("""{"kind":"github","repository":"pawl/shop","token":"${NONE}"}""", "tickets.token: the environment variable NONE is not set")]
    [InlineData("""{"kind":"gitea","repository":"pawl/shop","token":"x"}""", "\"url\" is missing")]
    [InlineData("""{"kind":"gitea","url":"http://forge.test","repository":"pawl/shop","token":"x"}""", "tickets.url: would send the token for all to read")]
    [InlineData("""{"kind":"gitea","url":"https://me:pw@forge.test","repository":"pawl/shop","token":"x"}""", "tickets.url: has a name or a password")]
    [InlineData("""{"kind":"gitea","url":"forge","repository":"pawl/shop","token":"x"}""", "tickets.url: expected an address")]
    [InlineData("""{"kind":"github","repo":"pawl/shop"}""", "tickets.repo: is unknown")]
    public void Read_WhatDoesNotBelongThere_IsRefusedWithThePlace(string settings, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Read(settings)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("GitHub", null, "https://api.github.com/")]
    [InlineData("GitHub", "https://github.com", "https://api.github.com/")]
    [InlineData("GitHub", "https://ghe.test/", "https://ghe.test/api/v3")]
    [InlineData("GitHub", "https://ghe.test/api/v3/", "https://ghe.test/api/v3")]
    [InlineData("GitLab", null, "https://gitlab.com/api/v4")]
    [InlineData("GitLab", "https://forge.test/gitlab", "https://forge.test/gitlab/api/v4")]
    [InlineData("Gitea", "https://codeberg.org", "https://codeberg.org/api/v1")]
    public void ApiOf_AnAddress_IsThatOfTheApi(string kind, string? url, string api) =>
        Assert.Equal(api, ForgeAccess.ApiOf(Enum.Parse<ForgeKind>(kind), url is null ? null : new Uri(url)).AbsoluteUri);

    private static ITicketDesk? Read(string settings) => TicketSettings.Read(Json.Parse(settings), _ => null, TimeProvider.System);
}
