using Pawl.Forges;
using Xunit;
using Answer = Pawl.Tests.Forges.LoopbackForge.Answer;

namespace Pawl.Tests.Forges;

public sealed class IssueAddressTests
{
    private readonly ImpatientClock _clock = new();

    [Theory]
    [InlineData("https://github.com/pawl/shop/issues/12", "https://github.com/", "pawl/shop", 12)]
    [InlineData(" https://GitHub.com/pawl/shop/issues/12/?a=b#issuecomment-7\n", "https://github.com/", "pawl/shop", 12)]
    [InlineData("https://ghe.test:8443/pawl/shop.net/issues/1", "https://ghe.test:8443/", "pawl/shop.net", 1)]
    [InlineData("https://gitlab.com/group/sub/shop/-/issues/3#note_1", "https://gitlab.com/", "group/sub/shop", 3)]
    [InlineData("https://gitlab.com/group/shop/-/work_items/3", "https://gitlab.com/", "group/shop", 3)]
    [InlineData("http://127.0.0.1:3000/pawl/shop/issues/4", "http://127.0.0.1:3000/", "pawl/shop", 4)]
    public void TryParse_AnIssuesAddress_HasItsParts(string text, string site, string repository, long number)
    {
        Assert.True(IssueAddress.TryParse(text, out var address));
        Assert.Equal((site, repository, number), (address.Site.AbsoluteUri, address.Repository, address.Number));
    }

    [Theory]
    [InlineData("ISSUE.md")]
    [InlineData("issues/12")]
    [InlineData("")]
    [InlineData("C:\\issue.md")]
    [InlineData("file:///etc/passwd")]
    public void TryParse_NoAddress_IsFalse(string text) => Assert.False(IssueAddress.TryParse(text, out _));

    [Theory]
    [InlineData("https://github.com/pawl/shop", "is not that of an issue")]
    [InlineData("https://github.com/pawl/shop/pull/12", "is not that of an issue")]
    [InlineData("https://github.com/pawl/shop/issues/new", "is not that of an issue")]
    [InlineData("https://github.com/pawl/shop/issues/0", "is not that of an issue")]
    [InlineData("https://github.com/pawl/shop/issues/-1", "is not that of an issue")]
    [InlineData("https://github.com/pawl/shop/issues/99999999999999999999", "is not that of an issue")]
    [InlineData("https://github.com/pawl/shop%2F..%2F..%2Fuser/issues/1", "is not that of an issue")]
    [InlineData("https://github.com/pawl//issues/1", "is not that of an issue")]
    [InlineData("https://gitlab.com/shop/-/issues/1", "names no repository")]
    [InlineData("https://", "cannot be read")]
    [InlineData("https://me:pw@github.com/pawl/shop/issues/1", "has a name or a password")]
    [InlineData("http://github.com/pawl/shop/issues/1", "would be read unencrypted")]
    public void TryParse_AnAddressOfSomethingElse_IsRefused(string text, string reason)
    {
        var thrown = Assert.Throws<BadInputException>(() => IssueAddress.TryParse(text, out _));

        Assert.Contains(reason, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("pw", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://github.com/pawl/shop/issues/12", "github:pawl/shop", "https://api.github.com/")]
    [InlineData("https://gitlab.com/a/b/c/-/issues/12", "gitlab:a/b/c", "https://gitlab.com/api/v4")]
    [InlineData("https://codeberg.org/pawl/shop/issues/12", "gitea:pawl/shop", "https://codeberg.org/api/v1")]
    public void Forge_APublicHost_IsAskedWithoutAToken(string text, string name, string api)
    {
        var elsewhere = Configured("""{"kind":"github","url":"https://ghe.test","repository":"pawl/shop","token":"secret"}""");

        foreach (var configured in new[] { null, elsewhere })
        {
            var forge = Assert.IsType<RepositoryForge>(Parsed(text).Forge(configured, _clock), exactMatch: false);
            Assert.Equal((name, api, null), (forge.Name, forge.Access.Api.AbsoluteUri, forge.Access.Token));
        }
    }

    [Theory]
    [InlineData("""{"kind":"github","repository":"pawl/shop","token":"secret"}""", "https://github.com/pawl/Shop/issues/1", "https://github.com/pawl/other/issues/1", "github:pawl/other")]
    [InlineData("""{"kind":"github","url":"https://ghe.test","repository":"pawl/shop","token":"secret"}""", "https://ghe.test/pawl/shop/issues/1", "https://ghe.test/a/b/issues/1", "github:a/b")]
    [InlineData("""{"kind":"gitlab","url":"https://forge.test/gitlab","repository":"a/b/c","token":"secret"}""", "https://forge.test/gitlab/a/b/c/-/issues/1", "https://forge.test/gitlab/a/b/-/issues/1", "gitlab:a/b")]
    [InlineData("""{"kind":"gitea","url":"https://forge.test:3000/git","repository":"a/b","token":"secret"}""", "https://forge.test:3000/git/a/b/issues/1", "https://forge.test:3000/git/a/c/issues/1", "gitea:a/c")]
    public void Forge_OnTheConfiguredHost_IsTheConfiguredOneOrOneLikeIt(string settings, string same, string other, string name)
    {
        var configured = Configured(settings);

        Assert.Same(configured, Parsed(same).Forge(configured, _clock));
        var alike = Assert.IsType<RepositoryForge>(Parsed(other).Forge(configured, _clock), exactMatch: false);
        Assert.Equal((name, "secret", ((RepositoryForge)configured).Access.Api), (alike.Name, alike.Access.Token, alike.Access.Api));
    }

    [Theory]
    [InlineData("https://ghe.test:444/pawl/shop/issues/1", "What forge is at ghe.test:444 is not known")]
    [InlineData("https://ghe.test.evil.test/pawl/shop/issues/1", "What forge is at ghe.test.evil.test is not known")]
    [InlineData("https://github.com:444/pawl/shop/issues/1", "What forge is at github.com:444 is not known")]
    [InlineData("https://ghe.test/a/b/c/issues/1", "is not that of an issue at https://ghe.test/")]
    [InlineData("https://github.com/a/b/c/issues/1", "is not that of an issue at https://github.com/")]
    public void Forge_AHostThatNobodyConfigured_IsRefused(string text, string reason)
    {
        var configured = Configured("""{"kind":"github","url":"https://ghe.test","repository":"pawl/shop","token":"secret"}""");

        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Parsed(text).Forge(configured, _clock)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forge_AnAddressOnLoopback_IsReadWithItsNumber()
    {
        await using var server = new LoopbackForge(_ => new Answer(200, """{"number":4,"title":"x","html_url":"https://forge.test/4"}"""));
        var address = Parsed($"{server.Url}/pawl/shop/issues/4");

        var issue = await address.Forge(Pulls.At("gitea", server, _clock), _clock).ReadIssueAsync(address.Number, default);

        Assert.Equal(("x", "GET /api/v1/repos/pawl/shop/issues/4"), (issue.Title, server.Requests.Single().Line));
    }

    private static IssueAddress Parsed(string text) => IssueAddress.TryParse(text, out var address) ? address : throw new InvalidOperationException(text);

    private IForge Configured(string settings) => ForgeSettings.Read(Json.Parse(settings), _ => null, _clock)!;
}
