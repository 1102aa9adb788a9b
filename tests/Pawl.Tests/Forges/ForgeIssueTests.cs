using Pawl.Forges;
using Xunit;
using Answer = Pawl.Tests.Forges.LoopbackForge.Answer;

namespace Pawl.Tests.Forges;

public sealed class ForgeIssueTests
{
    private readonly ImpatientClock _clock = new();

    [Theory]
    [InlineData("github", "/api/v3/repos/pawl/shop/issues/12", """{"number":12,"title":"Sum is wrong","body":"See <!-- x -->\n1+1","html_url":"https://forge.test/12","state":"open","labels":[{"name":"bug"},{"name":"p1"}]}""")]
    [InlineData("gitlab", "/api/v4/projects/pawl%2Fshop/issues/12", """{"id":900,"iid":12,"title":"Sum is wrong","description":"See <!-- x -->\n1+1","web_url":"https://forge.test/12","state":"opened","labels":["bug","p1"]}""")]
    [InlineData("gitea", "/api/v1/repos/pawl/shop/issues/12", """{"number":12,"title":"Sum is wrong","body":"See <!-- x -->\n1+1","html_url":"https://forge.test/12","state":"open","labels":[{"id":1,"name":"bug"},{"id":2,"name":"p1"}],"pull_request":null}""")]
    public async Task ReadIssueAsync_AnIssue_IsReadAsTheApiDocuments(string kind, string target, string json)
    {
        await using var forge = new LoopbackForge(_ => new Answer(200, json));

        var issue = await Pulls.At(kind, forge, _clock).ReadIssueAsync(12, default);

        Assert.Equal((12, "Sum is wrong", "See <!-- x -->\n1+1", "https://forge.test/12", false), (issue.Number, issue.Title, issue.Body, issue.Url, issue.IsClosed));
        Assert.Equal(["bug", "p1"], issue.Labels);
        Assert.Equal($"GET {target}", Assert.Single(forge.Requests).Line);
    }

    [Fact]
    public async Task ReadIssueAsync_AnOddIssue_HasATitleOnOneLineAndWholeCharacters()
    {
        await using var forge = new LoopbackForge(_ => new Answer(200, """{"number":12,"title":" a\u001b]0;b\r\nc ","body":null,"html_url":"https://forge.test/12","state":"closed","labels":[{"name":"x\u0007"},7,{}],"user":"\ud83d"}"""));

        var issue = await Pulls.At("github", forge, _clock).ReadIssueAsync(12, default);

        Assert.Equal(("a ]0;b  c", "", true), (issue.Title, issue.Body, issue.IsClosed));
        Assert.Equal(["x"], issue.Labels);
    }

    [Fact]
    public async Task ReadIssueAsync_APullRequest_IsRefused()
    {
        await using var forge = new LoopbackForge(_ => new Answer(200, """{"number":12,"title":"x","html_url":"https://forge.test/12","pull_request":{"url":"https://forge.test"}}"""));

        Assert.Contains("that is a pull request", (await Assert.ThrowsAsync<BadInputException>(() => Pulls.At("github", forge, _clock).ReadIssueAsync(12, default))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task ReadIssueAsync_NoSuchIssue_IsBadInput(int status)
    {
        await using var forge = new LoopbackForge(_ => new Answer(status, """{"message":"Not Found"}"""));

        Assert.StartsWith("github:pawl/shop has no issue 12, or shows it only", (await Assert.ThrowsAsync<BadInputException>(() => Pulls.At("github", forge, _clock).ReadIssueAsync(12, default))).Message, StringComparison.Ordinal);
        Assert.Single(forge.Requests);
    }

    [Theory]
    [InlineData("github", 401, "X-A: 1", "does not accept the token")]
    [InlineData("github", 403, "X-Accepted-GitHub-Permissions: pull_requests=write", "Give it the permissions \"Issues: read\" and \"Pull requests: read and write\", or the scope repo there (pull_requests=write).")]
    [InlineData("gitlab", 403, "X-A: 1", "Give it the scope api, and at least the role Developer there.")]
    [InlineData("gitea", 403, "X-A: 1", "Give it the scopes read:issue and write:repository there.")]
    [InlineData("github", 301, "Location: http://127.0.0.1:1/elsewhere", "Set its new address")]
    [InlineData("github", 422, "X-A: 1", "refuses what was sent. (HTTP 422: Said [secret] here)")]
    [InlineData("github", 429, "Retry-After: 3600", "it asks to wait 3600 s")]
    [InlineData("github", 403, "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1795266000", "it asks to wait 3600 s")]
    public async Task ReadIssueAsync_AnAnswerThatWillNotGetBetter_IsUnavailableAtOnceAndSaysWhatToDo(string kind, int status, string header, string advice)
    {
        await using var forge = new LoopbackForge(_ => new Answer(status, $$"""{"message":"Said {{Pulls.Token}}\nhere"}""", header));

        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => Pulls.At(kind, forge, _clock).ReadIssueAsync(12, default));

        Assert.Contains(advice, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Pulls.Token, thrown.ToString(), StringComparison.Ordinal);
        Assert.Single(forge.Requests);
    }

    [Theory]
    [InlineData(429, "Retry-After: 7", 7)]
    [InlineData(403, "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1795262403", 3)]
    [InlineData(502, "X-A: 1", 1)]
    public async Task ReadIssueAsync_AForgeThatIsBusy_IsAskedAgainAfterTheTimeItAsksFor(int status, string header, int seconds)
    {
        var asked = 0;
        await using var forge = new LoopbackForge(_ => Interlocked.Increment(ref asked) == 1 ? new Answer(status, "<html>", header) : new Answer(200, """{"number":12,"title":"x","html_url":"https://forge.test/12"}"""));

        Assert.Equal("x", (await Pulls.At("github", forge, _clock).ReadIssueAsync(12, default)).Title);
        Assert.Equal([TimeSpan.FromSeconds(seconds)], _clock.Waits);
    }

    [Theory]
    [InlineData("<html>Sign in</html>", "not in JSON")]
    [InlineData("[]", "not what its API answers")]
    [InlineData("", "not what its API answers")]
    [InlineData("""{"number":13,"title":"x","html_url":"https://forge.test/13"}""", "not what its API answers")]
    [InlineData("""{"number":12,"title":"x","html_url":"javascript:alert(1)"}""", "not what its API answers")]
    public async Task ReadIssueAsync_Garbage_IsUnavailable(string answer, string reason)
    {
        await using var forge = new LoopbackForge(_ => new Answer(200, answer));

        Assert.Contains(reason, (await Assert.ThrowsAsync<UnavailableException>(() => Pulls.At("github", forge, _clock).ReadIssueAsync(12, default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadIssueAsync_AnAnswerWithoutEnd_IsUnavailableAtOnce()
    {
        await using var forge = new LoopbackForge(_ => new Answer(200, new string(' ', (16 * 1024 * 1024) + 1)));

        Assert.Equal("github:pawl/shop answers more than 16 MiB. Check the address.", (await Assert.ThrowsAsync<UnavailableException>(() => Pulls.At("github", forge, _clock).ReadIssueAsync(12, default))).Message);
        Assert.Single(forge.Requests);
    }

    [Theory]
    [MemberData(nameof(Pulls.Kinds), MemberType = typeof(Pulls))]
    public async Task ReadIssueAsync_WithoutAToken_SendsNoneAndSaysThatOneMayBeMissing(string kind)
    {
        var status = 200;
        await using var forge = new LoopbackForge(_ => new Answer(status, """{"number":12,"iid":12,"title":"x","html_url":"https://forge.test/12","web_url":"https://forge.test/12"}"""));
        var type = Enum.Parse<ForgeKind>(kind, ignoreCase: true);
        var all = RepositoryForge.Of(new ForgeAccess(type, ForgeAccess.ApiOf(type, new Uri(forge.Url)), "pawl/shop", null), _clock);

        Assert.Equal("x", (await all.ReadIssueAsync(12, default)).Title);
        Assert.False(forge.Requests.Single().Headers.ContainsKey("Authorization") || forge.Requests.Single().Headers.ContainsKey("PRIVATE-TOKEN"));

        status = 401;
        Assert.Contains("wants a token", (await Assert.ThrowsAsync<UnavailableException>(() => all.ReadIssueAsync(12, default))).Message, StringComparison.Ordinal);
        status = 403;
        Assert.Contains("Set a token that has the ", (await Assert.ThrowsAsync<UnavailableException>(() => all.ReadIssueAsync(12, default))).Message, StringComparison.Ordinal);
        status = 404;
        Assert.Contains("or set a token under forge:", (await Assert.ThrowsAsync<BadInputException>(() => all.ReadIssueAsync(12, default))).Message, StringComparison.Ordinal);
        Assert.Contains("or set a token", (await Assert.ThrowsAsync<UnavailableException>(() => all.FindAsync("x", default))).Message, StringComparison.Ordinal);
    }
}
