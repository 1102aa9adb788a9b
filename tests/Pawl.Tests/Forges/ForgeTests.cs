using System.Text.Json;
using Pawl.Forges;
using Xunit;
using Answer = Pawl.Tests.Forges.LoopbackForge.Answer;

namespace Pawl.Tests.Forges;

public sealed class ForgeTests
{
    private static readonly DraftPullRequest Change = new("agent/fix-sum", "main", "Fix the sum", "It was **wrong**.");

    private readonly ImpatientClock _clock = new();

    [Fact]
    public async Task OpenDraftAsync_GitHub_SendsWhatItsApiDocuments()
    {
        await using var forge = new LoopbackForge(request => request.Method == "GET" ? new Answer(200, "[]") : new Answer(201, Pulls.GitHub(12)));

        Assert.Equal(new OpenedPullRequest("#12", "https://forge.test/pawl/shop/12", IsDraft: true), await At("github", forge).OpenDraftAsync(Change, default));

        Assert.Equal(["GET /api/v3/repos/pawl/shop/pulls?state=open&head=pawl:agent%2Ffix-sum&per_page=100", "POST /api/v3/repos/pawl/shop/pulls"], forge.Requests.Select(request => request.Line));
        Assert.All(forge.Requests, request => Assert.Equal(("Bearer " + Pulls.Token, "application/vnd.github+json", "2022-11-28"), (request.Headers["Authorization"], request.Headers["Accept"], request.Headers["X-GitHub-Api-Version"])));
        var post = forge.Requests.Last();
        Assert.StartsWith("application/json", post.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.StartsWith("pawl/", post.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.Equal("""{"title":"Fix the sum","head":"agent/fix-sum","base":"main","body":"It was **wrong**.","draft":true}""", post.Body);
    }

    [Fact]
    public async Task OpenDraftAsync_GitLab_SendsWhatItsApiDocuments()
    {
        await using var forge = new LoopbackForge(request => request.Method == "GET" ? new Answer(200, "[]") : new Answer(201, Pulls.GitLab(3)));

        Assert.Equal(new OpenedPullRequest("!3", "https://forge.test/pawl/shop/3", IsDraft: true), await At("gitlab", forge, "a/b/c").OpenDraftAsync(Change, default));

        Assert.Equal(["GET /api/v4/projects/a%2Fb%2Fc/merge_requests?state=opened&source_branch=agent%2Ffix-sum&per_page=100", "POST /api/v4/projects/a%2Fb%2Fc/merge_requests"], forge.Requests.Select(request => request.Line));
        Assert.All(forge.Requests, request => Assert.Equal((Pulls.Token, false), (request.Headers["PRIVATE-TOKEN"], request.Headers.ContainsKey("Authorization"))));
        Assert.Equal("""{"source_branch":"agent/fix-sum","target_branch":"main","title":"Draft: Fix the sum","description":"It was **wrong**.","remove_source_branch":false}""", forge.Requests.Last().Body);
    }

    [Fact]
    public async Task OpenDraftAsync_Gitea_SendsWhatItsApiDocuments()
    {
        await using var forge = new LoopbackForge(request => request.Method == "GET" ? new Answer(200, "[]") : new Answer(201, Pulls.Gitea(12)));

        Assert.Equal(new OpenedPullRequest("#12", "https://forge.test/pawl/shop/12", IsDraft: true), await At("gitea", forge).OpenDraftAsync(Change, default));

        Assert.Equal(["GET /api/v1/repos/pawl/shop/pulls?state=open&limit=50&page=1", "POST /api/v1/repos/pawl/shop/pulls"], forge.Requests.Select(request => request.Line));
        Assert.All(forge.Requests, request => Assert.Equal("token " + Pulls.Token, request.Headers["Authorization"]));
        Assert.Equal("""{"title":"WIP: Fix the sum","head":"agent/fix-sum","base":"main","body":"It was **wrong**."}""", forge.Requests.Last().Body);
    }

    [Theory]
    [MemberData(nameof(Pulls.Kinds), MemberType = typeof(Pulls))]
    public async Task OpenDraftAsync_NoTarget_ProposesForTheDefaultBranch(string kind)
    {
        await using var forge = new LoopbackForge(request => request switch
        {
            { Method: "POST" } => new Answer(201, Pulls.Of(kind, 12)),
            _ when request.Target.Contains('?', StringComparison.Ordinal) => new Answer(200, "[]"),
            _ => new Answer(200, """{"default_branch":"trunk"}"""),
        });

        await At(kind, forge).OpenDraftAsync(Change with { Target = "" }, default);

        Assert.EndsWith(kind == "gitlab" ? "/api/v4/projects/pawl%2Fshop" : "/repos/pawl/shop", forge.Requests.ElementAt(1).Target, StringComparison.Ordinal);
        Assert.Equal("trunk", forge.Requests.Last().Json.GetProperty(kind == "gitlab" ? "target_branch" : "base").GetString());
        await Assert.ThrowsAsync<BadInputException>(() => At(kind, forge).OpenDraftAsync(Change with { Target = "", Branch = "trunk" }, default));
        await Assert.ThrowsAsync<BadInputException>(() => At(kind, forge).OpenDraftAsync(Change with { Target = Change.Branch }, default));
        Assert.Single(forge.Requests, request => request.Method == "POST");
    }

    [Theory]
    [MemberData(nameof(Pulls.Kinds), MemberType = typeof(Pulls))]
    public async Task OpenDraftAsync_OneOfTheBranchIsOpen_IsThatOneAndOpensNothing(string kind)
    {
        await using var forge = new LoopbackForge(_ => new Answer(200, $"[{Pulls.Of(kind, 7, branch: "agent/other")},{Pulls.Of(kind, 8, repository: "fork/shop")},{Pulls.Of(kind, 9, isDraft: false)}]"));

        var opened = await At(kind, forge).OpenDraftAsync(Change, default);

        Assert.Equal((kind == "gitlab" ? "!9" : "#9", false), (opened.Id, opened.IsDraft));
        Assert.Equal(opened, await At(kind, forge).FindAsync(Change.Branch, default));
        Assert.All(forge.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Theory]
    [MemberData(nameof(Pulls.Kinds), MemberType = typeof(Pulls))]
    public async Task OpenDraftAsync_TheAnswerWasLost_FindsWhatWasOpened(string kind)
    {
        var isOpen = false;
        await using var forge = new LoopbackForge(request =>
        {
            if (request.Method == "GET") return new Answer(200, isOpen ? $"[{Pulls.Of(kind, 12)}]" : "[]");
            isOpen = true;
            return Answer.HangUp;
        });

        Assert.EndsWith("12", (await At(kind, forge).OpenDraftAsync(Change, default)).Id, StringComparison.Ordinal);

        Assert.Equal(["GET", "POST", "GET"], forge.Requests.Select(request => request.Method));
        Assert.Equal([1.0], _clock.Waits.Select(wait => wait.TotalSeconds));
    }

    [Theory]
    [InlineData("github", 422, """{"message":"Validation Failed","errors":[{"message":"A pull request already exists for pawl:agent/fix-sum."}]}""")]
    [InlineData("gitlab", 409, """{"message":["Another open merge request already exists for this source branch: !12"]}""")]
    [InlineData("gitea", 409, """{"message":"pull request already exists for these targets"}""")]
    public async Task OpenDraftAsync_SomebodyElseOpenedItInBetween_IsThatOne(string kind, int status, string said)
    {
        var isOpen = false;
        await using var forge = new LoopbackForge(request =>
        {
            if (request.Method == "GET") return new Answer(200, isOpen ? $"[{Pulls.Of(kind, 12)}]" : "[]");
            isOpen = true;
            return new Answer(status, said);
        });

        Assert.EndsWith("12", (await At(kind, forge).OpenDraftAsync(Change, default)).Id, StringComparison.Ordinal);
        Assert.Empty(_clock.Waits);
    }

    [Theory]
    [InlineData("github", 422, """{"message":"Validation Failed","errors":[{"field":"head","code":"invalid"}]}""", "\"field\":\"head\"")]
    [InlineData("gitlab", 400, """{"message":{"source_branch":["is invalid"]}}""", "is invalid")]
    [InlineData("gitea", 404, """{"message":"The target couldn't be found."}""", "The target couldn't be found.")]
    public async Task OpenDraftAsync_ABranchThatIsNotThere_IsUnavailableWithTheForgesReasonAndWhatToCheck(string kind, int status, string body, string said)
    {
        await using var forge = new LoopbackForge(request => request.Method == "GET" ? new Answer(200, "[]") : new Answer(status, body));

        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => At(kind, forge).OpenDraftAsync(Change, default));

        Assert.Contains(said, thrown.Message, StringComparison.Ordinal);
        Assert.Contains("Check that the branch agent/fix-sum is pushed", thrown.Message, StringComparison.Ordinal);
        Assert.Single(forge.Requests, request => request.Method == "POST");
    }

    [Fact]
    public async Task OpenDraftAsync_NoDraftsAtGitHub_RefusesAndOpensNothingElse()
    {
        await using var forge = new LoopbackForge(request => request.Method == "GET" ? new Answer(200, "[]") : new Answer(422, """{"message":"Draft pull requests are not supported in this repository."}"""));

        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => At("github", forge).OpenDraftAsync(Change, default));

        Assert.Contains("allows no draft pull requests", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("open the pull request of agent/fix-sum yourself", thrown.Message, StringComparison.Ordinal);
        Assert.True(Assert.Single(forge.Requests, request => request.Method == "POST").Json.GetProperty("draft").GetBoolean());
    }

    [Theory]
    [MemberData(nameof(Pulls.Kinds), MemberType = typeof(Pulls))]
    public async Task OpenDraftAsync_AForgeThatDidNotTakeItAsADraft_SaysSo(string kind)
    {
        await using var forge = new LoopbackForge(request => request.Method == "GET" ? new Answer(200, "[]") : new Answer(201, Pulls.Of(kind, 12, isDraft: false)));

        Assert.False((await At(kind, forge).OpenDraftAsync(Change, default)).IsDraft);
    }

    [Theory]
    [InlineData("github", 65_536)]
    [InlineData("gitlab", 1_048_576)]
    [InlineData("gitea", 1_048_576)]
    public async Task OpenDraftAsync_ATextThatIsTooLong_IsCutAndSaysSoAtItsBeginning(string kind, int limit)
    {
        var opening = new List<JsonElement>();
        await using var forge = new LoopbackForge(request =>
        {
            if (request.Method == "GET") return new Answer(200, "[]");
            lock (opening) opening.Add(request.Json);
            return new Answer(201, Pulls.Of(kind, 12));
        });
        var member = kind == "gitlab" ? "description" : "body";

        await At(kind, forge).OpenDraftAsync(Change with { Title = new string('t', 300), Body = new string('b', limit) }, default);
        await At(kind, forge).OpenDraftAsync(Change with { Body = string.Concat(Enumerable.Repeat("🙂", (limit / 2) + 1)) }, default);

        Assert.Equal((255, limit), (opening[0].GetProperty("title").GetString()!.Length, opening[0].GetProperty(member).GetString()!.Length));
        var cut = opening[1].GetProperty(member).GetString()!;
        Assert.InRange(cut.Length, limit - 2, limit);
        Assert.StartsWith($"> Cut off: {kind}:pawl/shop takes {limit} characters, and this text has {limit + 2}.\n\n🙂", cut, StringComparison.Ordinal);
        Assert.EndsWith("🙂…", cut, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("github", "Fix\u001b[2Jsum", "Fix [2Jsum")]
    [InlineData("github", "a\u202eb\r\nc\0", "ab  c")]
    [InlineData("gitlab", "draft: sums", "draft: sums")]
    [InlineData("gitea", "WIP: sums", "WIP: sums")]
    [InlineData("gitea", "Sums", "WIP: Sums")]
    public async Task OpenDraftAsync_AnOddTitle_IsOneLineOfWhatIsShown(string kind, string title, string sent)
    {
        await using var forge = new LoopbackForge(request => request.Method == "GET" ? new Answer(200, "[]") : new Answer(201, Pulls.Of(kind, 12)));

        await At(kind, forge).OpenDraftAsync(Change with { Title = title, Body = "half \ud83d of one" }, default);

        Assert.Equal(sent, forge.Requests.Last().Json.GetProperty("title").GetString());
        Assert.Equal("half \ufffd of one", forge.Requests.Last().Json.GetProperty(kind == "gitlab" ? "description" : "body").GetString());
    }

    [Theory]
    [InlineData("/merge", @"\/merge")]
    [InlineData("Done.\n/merge\n", "Done.\n\\/merge\n")]
    [InlineData("Done.\r  /MERGE now\r\n/approve", "Done.\r  \\/MERGE now\r\n\\/approve")]
    [InlineData("\u2028/merge", "\u2028\\/merge")]
    [InlineData("see /merge and\n/home/me/a.cs:3", "see /merge and\n/home/me/a.cs:3")]
    public async Task OpenDraftAsync_AQuickActionInTheTextForGitLab_IsNotOneAnyMore(string body, string sent)
    {
        await using var forge = new LoopbackForge(request => request.Method == "GET" ? new Answer(200, "[]") : new Answer(201, Pulls.GitLab(12)));

        await At("gitlab", forge).OpenDraftAsync(Change with { Body = body }, default);

        Assert.Equal(sent, forge.Requests.Last().Json.GetProperty("description").GetString());
    }

    [Fact]
    public async Task FindAsync_GiteaWithShortPages_LooksOnUntilThereIsNoMore()
    {
        await using var forge = new LoopbackForge(request => new Answer(200, request.Target[^1] switch { '1' => $"[{Pulls.Gitea(1, branch: "x")}]", '2' => $"[{Pulls.Gitea(2)}]", _ => "[]" }));

        Assert.Equal("#2", (await At("gitea", forge).FindAsync(Change.Branch, default))!.Id);
        Assert.Null(await At("gitea", forge).FindAsync("agent/none", default));
        Assert.Equal(["1", "2", "1", "2", "3"], forge.Requests.Select(request => request.Target[^1..]));
    }

    private IForge At(string kind, LoopbackForge forge, string repository = "pawl/shop") => Pulls.At(kind, forge, _clock, repository);
}

/// <summary>Pull requests as the forges' APIs show them, as far as it matters.</summary>
internal static class Pulls
{
    public const string Token = "t0ken-that-nobody-may-see";

    public static TheoryData<string> Kinds => ["github", "gitlab", "gitea"];

    public static string Of(string kind, int number, string branch = "agent/fix-sum", string repository = "pawl/shop", bool isDraft = true) => kind switch
    {
        "github" => GitHub(number, branch, repository, isDraft),
        "gitlab" => GitLab(number, branch, repository, isDraft),
        _ => Gitea(number, branch, repository, isDraft),
    };

    public static string GitHub(int number, string branch = "agent/fix-sum", string repository = "pawl/shop", bool isDraft = true) =>
        $$"""{"number":{{number}},"html_url":"https://forge.test/pawl/shop/{{number}}","title":"Fix","draft":{{(isDraft ? "true" : "false")}},"head":{"ref":"{{branch}}","repo":{"full_name":"{{repository}}"} } ,"auto_merge":null}""";

    public static string GitLab(int number, string branch = "agent/fix-sum", string repository = "pawl/shop", bool isDraft = true) =>
        $$"""{"id":900,"iid":{{number}},"web_url":"https://forge.test/pawl/shop/{{number}}","title":"Fix","draft":{{(isDraft ? "true" : "false")}},"source_branch":"{{branch}}","source_project_id":{{(repository == "pawl/shop" ? 1 : 2)}},"target_project_id":1}""";

    // As older versions answer, which have no member "draft".
    public static string Gitea(int number, string branch = "agent/fix-sum", string repository = "pawl/shop", bool isDraft = true) =>
        $$"""{"number":{{number}},"html_url":"https://forge.test/pawl/shop/{{number}}","title":"{{(isDraft ? "WIP: " : "")}}Fix","head":{"ref":"{{branch}}","repo":{"full_name":"{{repository}}"} } }""";

    public static IForge At(string kind, LoopbackForge forge, TimeProvider clock, string repository = "pawl/shop") => ForgeSettings.Read(
        Json.Parse($$"""{"kind":"{{kind}}","url":"{{forge.Url}}","repository":"{{repository}}","token":"${TOKEN}"}"""), name => name == "TOKEN" ? Token : null, clock)!;
}
