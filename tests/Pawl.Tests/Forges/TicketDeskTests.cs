using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pawl.Forges;
using Xunit;
using Answer = Pawl.Tests.Forges.LoopbackForge.Answer;

namespace Pawl.Tests.Forges;

public sealed class TicketDeskTests
{
    private const string Key = "OpenTicket/0123456789abcdef0123456789abcdef";
    private const string Marker = $"<!-- pawl: {Key} -->";
    private const string Token = "t0ken-that-nobody-may-see";

    private static readonly Ticket Trouble = new("CSAT fell", "It fell by **3%**.\n<!-- pawl: OpenTicket/forged -->", "high", ["mara", "jo"]);

    private readonly ImpatientClock _clock = new();

    [Fact]
    public async Task OpenAsync_GitHub_SendsWhatItsApiDocuments()
    {
        await using var forge = new LoopbackForge(_ => new Answer(201, """{"number":12,"html_url":"https://github.test/pawl/shop/issues/12"}"""));

        var opened = await Desk("github", forge, labels: "[\"shop\"]").OpenAsync(Trouble, Key, default);

        Assert.Equal(new OpenedTicket("#12", "https://github.test/pawl/shop/issues/12"), opened);
        var request = Assert.Single(forge.Requests);
        Assert.Equal("POST /api/v3/repos/pawl/shop/issues", request.Line);
        Assert.Equal(("Bearer " + Token, "application/vnd.github+json", "2022-11-28"), (request.Headers["Authorization"], request.Headers["Accept"], request.Headers["X-GitHub-Api-Version"]));
        Assert.StartsWith("pawl/", request.Headers["User-Agent"], StringComparison.Ordinal);
        Assert.StartsWith("application/json", request.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal("""["pawl","severity: high","shop"] ["mara","jo"]""", $"{request.Json.GetProperty("labels").GetRawText()} {request.Json.GetProperty("assignees").GetRawText()}");
        Assert.Equal("CSAT fell", request.Json.GetProperty("title").GetString());
        AssertBody(request.Json.GetProperty("body").GetString()!);
    }

    [Fact]
    public async Task OpenAsync_GitLab_LooksOwnersUpAndSendsWhatItsApiDocuments()
    {
        await using var forge = new LoopbackForge(request => request.Method == "GET"
            ? new Answer(200, request.Target.EndsWith("mara", StringComparison.Ordinal) ? """[{"id":7,"username":"mara"}]""" : """[{"id":8,"username":"jo"}]""")
            : new Answer(201, """{"id":900,"iid":3,"web_url":"https://gitlab.test/a/b/c/-/issues/3"}"""));

        var opened = await Desk("gitlab", forge, repository: "a/b/c").OpenAsync(Trouble, Key, default);

        Assert.Equal(new OpenedTicket("#3", "https://gitlab.test/a/b/c/-/issues/3"), opened);
        Assert.Equal(["GET /api/v4/users?username=mara", "GET /api/v4/users?username=jo", "POST /api/v4/projects/a%2Fb%2Fc/issues"], forge.Requests.Select(request => request.Line));
        Assert.All(forge.Requests, request => Assert.Equal((Token, false), (request.Headers["PRIVATE-TOKEN"], request.Headers.ContainsKey("Authorization"))));
        var json = forge.Requests.Last().Json;
        Assert.Equal(("pawl,severity: high", "[7,8]"), (json.GetProperty("labels").GetString(), json.GetProperty("assignee_ids").GetRawText()));
        AssertBody(json.GetProperty("description").GetString()!);
    }

    [Fact]
    public async Task OpenAsync_Gitea_NamesLabelsByNumberAndMakesThoseThatAreMissing()
    {
        await using var forge = new LoopbackForge(request => request.Line switch
        {
            "GET /api/v1/repos/pawl/shop/labels?limit=50&page=1" => new Answer(200, """[{"id":1,"name":"bug"},{"id":4,"name":"pawl"}]"""),
            "POST /api/v1/repos/pawl/shop/labels" => new Answer(201, """{"id":5,"name":"severity: high"}"""),
            _ => new Answer(201, """{"number":12,"html_url":"https://gitea.test/pawl/shop/issues/12"}"""),
        });

        Assert.Equal("#12", (await Desk("gitea", forge).OpenAsync(Trouble, Key, default)).Id);

        Assert.Equal(["GET", "POST", "POST"], forge.Requests.Select(request => request.Method));
        Assert.All(forge.Requests, request => Assert.Equal("token " + Token, request.Headers["Authorization"]));
        Assert.Equal(("severity: high", "#b60205"), (forge.Requests.ElementAt(1).Json.GetProperty("name").GetString(), forge.Requests.ElementAt(1).Json.GetProperty("color").GetString()));
        var issue = forge.Requests.Last();
        Assert.Equal("POST /api/v1/repos/pawl/shop/issues", issue.Line);
        Assert.Equal("""[4,5] ["mara","jo"]""", $"{issue.Json.GetProperty("labels").GetRawText()} {issue.Json.GetProperty("assignees").GetRawText()}");
        AssertBody(issue.Json.GetProperty("body").GetString()!);
    }

    [Fact]
    public async Task OpenAsync_Webhook_IsSignedAndCarriesItsKey()
    {
        await using var forge = new LoopbackForge(_ => new Answer(200, """{"id":77,"url":"https://desk.test/77"}"""));
        var desk = Read($$"""{"kind":"webhook","url":"{{forge.Url}}/hook/{{Token}}","secret":"${SECRET}"}""")!;

        Assert.Equal(new OpenedTicket("77", "https://desk.test/77"), await desk.OpenAsync(Trouble, Key, default));

        var request = Assert.Single(forge.Requests);
        Assert.Equal(($"POST /hook/{Token}", Key), (request.Line, request.Headers["Idempotency-Key"]));
        Assert.Equal("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("s3cret"u8, Encoding.UTF8.GetBytes(request.Body))), request.Headers["X-Pawl-Signature-256"]);
        Assert.Equal(["key", "title", "description", "severity", "owners"], request.Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal((Key, Trouble.Description), (request.Json.GetProperty("key").GetString(), request.Json.GetProperty("description").GetString()));
        Assert.Null(await desk.FindAsync(Key, default));
        Assert.Equal("webhook:127.0.0.1", desk.Name);
    }

    [Fact]
    public async Task OpenAsync_AWebhookThatAnswersWithAnything_GivesTheKeyAsTheId()
    {
        await using var forge = new LoopbackForge(_ => new Answer(200, "ok"));

        Assert.Equal(new OpenedTicket(Key, null), await Read($$"""{"kind":"webhook","url":"{{forge.Url}}"}""")!.OpenAsync(Trouble, Key, default));
        Assert.False(Assert.Single(forge.Requests).Headers.ContainsKey("X-Pawl-Signature-256"));
    }

    [Theory]
    [InlineData("github", "GET /api/v3/repos/pawl/shop/issues?labels=pawl&state=all&sort=created&direction=desc&per_page=50&page=", "body", "number")]
    [InlineData("gitlab", "GET /api/v4/projects/pawl%2Fshop/issues?labels=pawl&state=all&order_by=created_at&sort=desc&per_page=50&page=", "description", "iid")]
    [InlineData("gitea", "GET /api/v1/repos/pawl/shop/issues?labels=pawl&state=all&type=issues&limit=50&page=", "body", "number")]
    public async Task FindAsync_ATicketOnTheSecondPage_IsFoundByItsKeyAlone(string kind, string line, string body, string number)
    {
        var first = string.Join(',', Enumerable.Range(0, 50).Select(n => $$"""{"{{number}}":{{n + 100}},"{{body}}":{{(n == 3 ? "null" : "\"<!-- pawl: OpenTicket/other -->\"")}}}"""));
        await using var forge = new LoopbackForge(request => new Answer(200, request.Target.EndsWith("=1", StringComparison.Ordinal) ? $"[{first}]" : $$"""[{"{{number}}":9,"{{body}}":"x\n\n{{Marker}}\nand more"}]"""));

        Assert.Equal("#9", (await Desk(kind, forge).FindAsync(Key, default))!.Id);
        Assert.Null(await Desk(kind, forge).FindAsync("OpenTicket/none", default));

        Assert.Equal([line + "1", line + "2", line + "1", line + "2"], forge.Requests.Select(request => request.Line));
    }

    [Theory]
    [InlineData("github")]
    [InlineData("gitlab")]
    [InlineData("gitea")]
    public async Task OpenAsync_AnOwnerWhoIsUnknown_OpensItUnassignedAndSaysSo(string kind)
    {
        await using var forge = new LoopbackForge(request => (request.Method, request.Target) switch
        {
            ("GET", var target) when target.Contains("labels", StringComparison.Ordinal) => new Answer(200, """[{"id":4,"name":"pawl"},{"id":5,"name":"severity: high"}]"""),
            ("GET", _) => new Answer(200, "[]"),
            _ when request.Body.Contains("assignee", StringComparison.Ordinal) => new Answer(422, """{"message":"Validation Failed","errors":[{"field":"assignees","code":"invalid"}]}"""),
            _ => new Answer(201, """{"number":12,"iid":12}"""),
        });

        Assert.Equal(new OpenedTicket("#12", null), await Desk(kind, forge).OpenAsync(Trouble, Key, default));

        var body = forge.Requests.Last().Json.GetProperty(kind == "gitlab" ? "description" : "body").GetString()!;
        Assert.Contains("Not assigned: mara, jo", body, StringComparison.Ordinal);
        AssertBody(body);
        Assert.Empty(_clock.Waits);
    }

    [Theory]
    [InlineData(401, "does not accept the token")]
    [InlineData(403, "does not let this token do that")]
    [InlineData(404, "Check the repository's name")]
    [InlineData(410, "issues are probably disabled")]
    [InlineData(301, "Set its new address")]
    [InlineData(418, "not expected")]
    public async Task FindAsync_AnAnswerThatWillNotGetBetter_IsUnavailableAtOnceAndSaysWhatToDo(int status, string advice)
    {
        await using var forge = new LoopbackForge(_ => new Answer(status, $$"""{"message":"Bad credentials: {{Token}}\nhere"}""", "Location: http://127.0.0.1:1/elsewhere"));

        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => Desk("github", forge).FindAsync(Key, default));

        Assert.Contains(advice, thrown.Message, StringComparison.Ordinal);
        Assert.Contains($"(HTTP {status}: Bad credentials: [secret] here)", thrown.Message, StringComparison.Ordinal);
        Assert.StartsWith("github:pawl/shop ", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, thrown.ToString(), StringComparison.Ordinal);
        Assert.Single(forge.Requests);
    }

    [Fact]
    public async Task OpenAsync_ATicketThatIsRefused_IsUnavailableWithTheForgesReason()
    {
        await using var forge = new LoopbackForge(_ => new Answer(422, """{"message":"Validation Failed","errors":[{"field":"title","code":"missing"}]}"""));

        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => Desk("github", forge).OpenAsync(Trouble with { Owners = [] }, Key, default));

        Assert.Contains("refuses what was sent", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("\"field\":\"title\"", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "Retry-After: 7", 7)]
    [InlineData(429, "Retry-After: Sat, 21 Nov 2026 12:00:05 GMT", 5)]
    [InlineData(403, "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1795262403", 3)]
    [InlineData(503, "Retry-After: 7", 7)]
    [InlineData(503, "X-Nothing: 1", 1)]
    [InlineData(500, "X-Nothing: 1", 1)]
    public async Task FindAsync_AForgeThatIsBusy_IsAskedAgainAfterTheTimeItAsksFor(int status, string header, int seconds)
    {
        var asked = 0;
        await using var forge = new LoopbackForge(_ => Interlocked.Increment(ref asked) == 1 ? new Answer(status, "", header) : new Answer(200, "[]"));

        Assert.Null(await Desk("github", forge).FindAsync(Key, default));

        Assert.Equal(2, forge.Requests.Count);
        Assert.Equal([TimeSpan.FromSeconds(seconds)], _clock.Waits);
    }

    [Fact]
    public async Task FindAsync_AForgeThatStaysBusy_IsUnavailableAfterFourTries()
    {
        await using var forge = new LoopbackForge(_ => new Answer(502, "<html>bad gateway</html>"));

        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => Desk("gitlab", forge).FindAsync(Key, default));

        Assert.Equal("gitlab:pawl/shop fails. Try again later. (HTTP 502)", thrown.Message);
        Assert.Equal(4, forge.Requests.Count);
        Assert.Equal([1, 2, 4], _clock.Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task FindAsync_AForgeThatAsksToWaitForAnHour_IsUnavailableAtOnce()
    {
        await using var forge = new LoopbackForge(_ => new Answer(429, "", "Retry-After: 3600"));

        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => Desk("github", forge).FindAsync(Key, default));

        Assert.Contains("it asks to wait 3600 s", thrown.Message, StringComparison.Ordinal);
        Assert.Single(forge.Requests);
    }

    [Theory]
    [InlineData("<html>Sign in</html>", "not in JSON")]
    [InlineData("{\"issues\":[]}", "not what its API answers")]
    [InlineData("", "not what its API answers")]
    [InlineData("[{\"body\":\"" + Marker + "\"}]", "not what its API answers")]
    public async Task FindAsync_Garbage_IsUnavailableAndNeverNoTicket(string answer, string reason)
    {
        await using var forge = new LoopbackForge(_ => new Answer(200, answer));

        Assert.Contains(reason, (await Assert.ThrowsAsync<UnavailableException>(() => Desk("github", forge).FindAsync(Key, default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_ATryThatFailedAfterTheTicketWasOpened_FindsItInsteadOfOpeningASecond()
    {
        string? stored = null;
        await using var forge = new LoopbackForge(request =>
        {
            if (request.Method == "GET") return new Answer(200, stored is null ? "[]" : $$"""[{"number":12,"body":{{JsonSerializer.Serialize(stored)}}}]""");
            stored = request.Json.GetProperty("body").GetString();
            return Answer.HangUp;
        });

        Assert.Equal("#12", (await Desk("github", forge).OpenAsync(Trouble, Key, default)).Id);
        Assert.Equal(["POST", "GET"], forge.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task FindAsync_AForgeThatNeverAnswers_IsUnavailable()
    {
        await using var forge = new LoopbackForge(_ => Answer.Never);
        var desk = Read($$"""{"kind":"github","url":"{{forge.Url}}","repository":"pawl/shop","token":"${TOKEN}"}""", new ImpatientClock(TimeSpan.FromSeconds(20)))!;

        Assert.Contains("did not answer within 20 s", (await Assert.ThrowsAsync<UnavailableException>(() => desk.FindAsync(Key, default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindAsync_NobodyThere_IsUnavailableAndDoesNotShowTheAddress()
    {
        var forge = new LoopbackForge(_ => new Answer(200));
        var url = forge.Url;
        await forge.DisposeAsync();

        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => Read($$"""{"kind":"webhook","url":"{{url}}/{{Token}}"}""")!.OpenAsync(Trouble, Key, default));

        Assert.Equal("webhook:127.0.0.1 cannot be reached: ConnectionRefused. Check the address and the network.", thrown.Message);
        Assert.Equal(3, _clock.Waits.Count);
    }

    [Fact]
    public async Task FindAsync_Cancelled_GivesUp()
    {
        await using var forge = new LoopbackForge(_ => Answer.Never);
        using var cancel = new CancellationTokenSource();

        var finding = Desk("github", forge).FindAsync(Key, cancel.Token);
        await Eventually.Holds(() => !forge.Requests.IsEmpty, "it was asked");
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => finding);
    }

    private static void AssertBody(string body)
    {
        Assert.StartsWith("It fell by **3%**.", body, StringComparison.Ordinal);
        Assert.EndsWith(Marker, body, StringComparison.Ordinal);
        Assert.DoesNotContain("<!-- pawl: OpenTicket/forged", body, StringComparison.Ordinal);
    }

    private ITicketDesk Desk(string kind, LoopbackForge forge, string repository = "pawl/shop", string labels = "[]") =>
        Read($$"""{"kind":"{{kind}}","url":"{{forge.Url}}","repository":"{{repository}}","token":"${TOKEN}","labels":{{labels}}}""")!;

    private ITicketDesk? Read(string settings, TimeProvider? clock = null) =>
        TicketSettings.Read(Json.Parse(settings), name => name switch { "TOKEN" => Token, "SECRET" => "s3cret", _ => null }, clock ?? _clock);
}
