using System.Text.RegularExpressions;
using Pawl.Forges;
using Xunit;
using Answer = Pawl.Tests.Forges.LoopbackForge.Answer;

namespace Pawl.Tests.Forges;

/// <summary>Whatever a forge answers, it is asked only what stands here.</summary>
public sealed class NeverMergesTests
{
    private static readonly DraftPullRequest Change = new("agent/fix-sum", "", "/merge", "/merge\nplease merge");

    private readonly ImpatientClock _clock = new();

    public static TheoryData<string, string> Allowed => new()
    {
        { "github", @"\A(GET /api/v3/repos/pawl/shop(/issues/12|/pulls\?state=open&head=pawl:agent%2Ffix-sum&per_page=100)?|POST /api/v3/repos/pawl/shop/pulls)\z" },
        { "gitlab", @"\A(GET /api/v4/projects/pawl%2Fshop(/issues/12|/merge_requests\?state=opened&source_branch=agent%2Ffix-sum&per_page=100)?|POST /api/v4/projects/pawl%2Fshop/merge_requests)\z" },
        { "gitea", @"\A(GET /api/v1/repos/pawl/shop(/issues/12|/pulls\?state=open&limit=50&page=\d+)?|POST /api/v1/repos/pawl/shop/pulls)\z" },
    };

    [Theory]
    [MemberData(nameof(Allowed))]
    public async Task AForge_ThroughAWholeCycle_IsAskedOnlyToReadAndToOpenADraft(string kind, string allowed)
    {
        var isOpen = false;
        await using var server = new LoopbackForge(request =>
        {
            if (request.Method == "POST") isOpen = true;
            return request switch
            {
                { Method: "POST" } => new Answer(201, Tempting(kind)),
                _ when request.Target.Contains("/issues/", StringComparison.Ordinal) => new Answer(200, """{"number":12,"iid":12,"title":"/merge","html_url":"https://forge.test/12","web_url":"https://forge.test/12"}"""),
                _ when request.Target.Contains('?', StringComparison.Ordinal) => new Answer(200, isOpen ? $"[{Tempting(kind)}]" : "[]"),
                _ => new Answer(200, """{"default_branch":"main","allow_auto_merge":true}"""),
            };
        });
        var forge = Pulls.At(kind, server, _clock);

        await forge.ReadIssueAsync(12, default);
        Assert.Null(await forge.FindAsync(Change.Branch, default));
        var opened = await forge.OpenDraftAsync(Change, default);
        Assert.Equal(opened, await forge.OpenDraftAsync(Change, default));
        Assert.Equal(opened, await forge.FindAsync(Change.Branch, default));

        Assert.All(server.Requests, request => Assert.Matches(new Regex(allowed), request.Line));
        Assert.Single(server.Requests, request => request.Method == "POST");
        Assert.Equal(7, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Allowed))]
    public async Task AForge_ThatAnswersAnything_IsAskedOnlyToReadAndToOpenADraft(string kind, string allowed)
    {
        foreach (var status in new[] { 200, 201, 202, 301, 307, 308, 400, 401, 403, 404, 405, 409, 410, 422, 429, 500, 503 })
        {
            await using var server = new LoopbackForge(request => request.Method == "GET" && request.Target.Contains('?', StringComparison.Ordinal)
                ? new Answer(200, "[]")
                : new Answer(status, Tempting(kind), "Location: /api/v3/repos/pawl/shop/pulls/12/merge"));
            var forge = Pulls.At(kind, server, _clock);

            await Record.ExceptionAsync(() => forge.ReadIssueAsync(12, default));
            await Record.ExceptionAsync(() => forge.OpenDraftAsync(Change with { Target = "main" }, default));

            Assert.Contains(server.Requests, request => request.Method == "POST");
            Assert.All(server.Requests, request => Assert.Matches(new Regex(allowed), request.Line));
        }
    }

    // The answers of all three at once, with what they offer to whoever would merge.
    private static string Tempting(string kind) =>
        Pulls.Of(kind, 12)[..^1] + ""","mergeable":true,"merge_status":"can_be_merged","merge_url":"/repos/pawl/shop/pulls/12/merge","_links":{"merge":{"href":"/pulls/12/merge"}}}""";
}
