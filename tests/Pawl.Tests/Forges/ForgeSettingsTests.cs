using Pawl.Forges;
using Xunit;

namespace Pawl.Tests.Forges;

public sealed class ForgeSettingsTests
{
    [Fact]
    public void Read_NoneOrNothing_IsNoForge()
    {
        Assert.Null(Read("""{"kind":"none"}"""));
        Assert.Null(ForgeSettings.Read(default, _ => null, TimeProvider.System));
    }

    [Theory]
    [InlineData("""{"kind":"github","repository":"pawl/shop","token":"x"}""", "github:pawl/shop")]
    [InlineData("""{"kind":"gitlab","repository":"a/b/c","token":"x"}""", "gitlab:a/b/c")]
    [InlineData("""{"kind":"gitea","url":"https://codeberg.org","repository":"pawl/shop","token":"x"}""", "gitea:pawl/shop")]
    public void Read_AForge_HasItsName(string settings, string name) => Assert.Equal(name, Read(settings)!.Name);

    [Theory]
    [InlineData("""[]""", "expected an object")]
    [InlineData("""null""", "expected an object")]
    [InlineData("""{}""", "\"kind\" is missing: none, github")]
    [InlineData("""{"kind":"bitbucket"}""", "forge.kind: is unknown: there are none, github")]
    [InlineData("""{"kind":"none","token":"x"}""", "forge.token: does not belong to none")]
    [InlineData("""{"kind":"github","labels":[]}""", "forge.labels: is unknown: there are kind, url, repository and token")]
    [InlineData("""{"kind":"github","repository":"pawl/shop"}""", "\"token\" is missing: a token that may read issues and open pull requests")]
    [InlineData("""{"kind":"github","repository":"a/b/c","token":"x"}""", "forge.repository: expected the owner")]
    [InlineData("""{"kind":"github","repository":"pawl/shop","token":"${NONE}"}""", "forge.token: the environment variable NONE is not set")]
    [InlineData("""{"kind":"gitea","url":"http://forge.test","repository":"pawl/shop","token":"x"}""", "forge.url: would send the token for all to read")]
    public void Read_WhatDoesNotBelongThere_IsRefusedWithThePlace(string settings, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Read(settings)).Message, StringComparison.Ordinal);

    private static IForge? Read(string settings) => ForgeSettings.Read(Json.Parse(settings), _ => null, TimeProvider.System);
}
