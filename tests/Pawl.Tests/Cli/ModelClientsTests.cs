using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.AI;
using Pawl.Cli.Models;
using Pawl.Experiments;
using Pawl.Tests.Experiments;
using Xunit;

namespace Pawl.Tests.Cli;

/// <summary>The vendors' own client libraries against a server that speaks their protocols.</summary>
public sealed class ModelClientsTests
{
    private const string Key = "gateway-key-0123456789";

    private static readonly string Good = Written(RuleBasedPlanner.Plan(Plans.Contract, Plans.Fresh) with { Summary = "In the model's own words." });

    private static readonly string NoTool = Good.Replace("\"name\":\"StartRun\"", "\"name\":\"DropDatabase\"", StringComparison.Ordinal);

    public static TheoryData<string> Vendors { get; } = ["openai", "anthropic"];

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task PlanAsync_AGoodAnswer_WasAskedForAsTheVendorWantsIt(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        await using var server = new ScriptedHttpServer(vendor.Says(Good));

        var answer = await PlanAsync(vendor, server);

        Assert.Equal("model:m-1", answer.By);
        Assert.Empty(answer.Notes);
        Assert.Equal("In the model's own words.", answer.Plan.Summary);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", vendor.Path), (request.Method, request.Path));
        Assert.Equal("Bearer " + Key, request.Headers["Authorization"]);
        Assert.StartsWith("application/json", request.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(kind == "anthropic", request.Headers.ContainsKey("anthropic-version"));
        var body = Json.Parse(request.Body);
        Assert.Equal("m-1", body.GetProperty("model").GetString());
        Assert.Equal(CanonicalJson.Digest(PlanSchema.For(Plans.Contract, Plans.Steps)), CanonicalJson.Digest(vendor.Schema(body)));
        Assert.Equal(16_384, vendor.MaxTokens(body));
        Assert.Equal(["system", "user"], vendor.Messages(body).Select(message => message.Role));
        Assert.Contains(Plans.Steps[0].IdempotencyKey, vendor.Messages(body)[1].Text, StringComparison.Ordinal);
        Assert.False(body.TryGetProperty("tools", out _) || body.TryGetProperty("temperature", out _));
        Assert.DoesNotContain(Key, request.Body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task PlanAsync_BadJsonThenAGoodAnswer_IsMendedInOneConversation(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        await using var server = new ScriptedHttpServer(vendor.Says("{\"summary\":"), vendor.Says(Good) with { Zipped = true });

        var answer = await PlanAsync(vendor, server);

        Assert.Equal("model:m-1", answer.By);
        Assert.Contains("not valid JSON", Assert.Single(answer.Notes), StringComparison.Ordinal);
        var messages = vendor.Messages(Json.Parse(server.Requests[1].Body));
        Assert.Equal(["system", "user", "assistant", "user"], messages.Select(message => message.Role));
        Assert.Equal("{\"summary\":", messages[2].Text);
        Assert.Contains("not valid JSON", messages[3].Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task PlanAsync_TwoAnswersThatAreRefused_IsTheRulesPlan(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        await using var server = new ScriptedHttpServer(vendor.Says("{\"summary\":\"all\"}"), vendor.Says(NoTool));

        var answer = await PlanAsync(vendor, server);

        AssertRule(answer);
        Assert.Equal(2, server.Requests.Count);
        Assert.Contains("registration is missing", answer.Notes[0], StringComparison.Ordinal);
        Assert.Contains("there is no \"DropDatabase\"", answer.Notes[1], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task PlanAsync_AnswersThatAreNoPlan_AreNoted(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        await AssertGivesUpAsync(vendor, vendor.Refuses(), "answer 1: the model refused: I cannot help with that.");
        await AssertGivesUpAsync(vendor, vendor.Truncated(Good), "answer 1: it was cut off at the largest number of tokens");
        await AssertGivesUpAsync(vendor, vendor.CallsATool(), "answer 1: the model called a tool, PromoteVariant, and was given none");
        await AssertGivesUpAsync(vendor, vendor.Says(""), "answer 1: it was empty");
        await AssertGivesUpAsync(vendor, vendor.Says(new string('{', Limits.PlannerBytes + 1)), "answer 1: it has 262145 bytes, more than the 262144 allowed");
        await AssertGivesUpAsync(vendor, vendor.Says(new string('{', Limits.ModelResponseBytes)) with { Zipped = true }, "the response has more than the 4194304 bytes allowed");
        await AssertGivesUpAsync(vendor, new HttpAnswer("<html>"), "answer 1: ");
        await AssertGivesUpAsync(vendor, new HttpAnswer("{}"), "answer 1: ");
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task PlanAsync_TooManyRequests_WaitsAsToldAndTriesAgain(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        await using var server = new ScriptedHttpServer(vendor.Fails(429, "slow down", "Retry-After: 0"), vendor.Says(Good));

        var answer = await PlanAsync(vendor, server, retries: 2);

        Assert.Equal("model:m-1", answer.By);
        Assert.Empty(answer.Notes);
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task PlanAsync_AServiceThatStaysDown_IsNotedWithItsStatus(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        await AssertGivesUpAsync(vendor, vendor.Fails(429, "slow down", "Retry-After: 0"), kind == "openai" ? "429" : "TooManyRequests", requests: 2, retries: 1);
        await AssertGivesUpAsync(vendor, vendor.Fails(500, "broken", "Retry-After: 0"), kind == "openai" ? "500" : "InternalServerError", requests: 2, retries: 1);
        await AssertGivesUpAsync(vendor, vendor.Fails(400, "schema too deep"), "schema too deep", retries: 1);
        await AssertGivesUpAsync(vendor, vendor.Fails(307, "moved to another place", "Location: http://127.0.0.1:9/"), "moved to another place", retries: 1);
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task PlanAsync_AKeyThatIsNotAccepted_IsNeverNoted(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        await using var server = new ScriptedHttpServer(vendor.Fails(401, $"Incorrect API key provided: {Key}"));

        var answer = await PlanAsync(vendor, server);

        AssertRule(answer);
        Assert.Contains("Incorrect API key provided: [redacted]", answer.Notes[0], StringComparison.Ordinal);
        Assert.All(answer.Notes, note => Assert.DoesNotContain(Key, note, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task PlanAsync_AServerThatNeverAnswers_IsGivenUpWhenTheTimeIsOver(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        var clock = new VirtualClock();
        await using var server = new ScriptedHttpServer(HttpAnswer.None);
        var planning = PlanAsync(vendor, server, clock: clock);

        await Eventually.Holds(() => server.Requests.Count == 1, "the model is asked", timeoutSeconds: 45);
        clock.Advance(TimeSpan.FromSeconds(60));

        var answer = await planning;
        AssertRule(answer);
        Assert.Equal("answer 1: none came within 60 s", answer.Notes[0]);
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task PlanAsync_NobodyListens_IsNoted(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}");
        taken.Stop();

        var answer = await ModelClients.CreatePlanner(Settings(vendor, address), new VirtualClock(), retries: 0).PlanAsync(Plans.Contract, Plans.Fresh, default);

        AssertRule(answer);
        Assert.StartsWith("answer 1: the model could not be asked: ", answer.Notes[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Vendors))]
    public async Task GetResponseAsync_AnAnswer_HasTokensAndModel(string kind)
    {
        var vendor = VendorProtocol.Of(kind);
        await using var server = new ScriptedHttpServer(vendor.Says("yes"));
        using var client = ModelClients.Create(Settings(vendor, server.Address));

        var response = await client.GetResponseAsync([new ChatMessage(ChatRole.User, "Is it?")]);

        Assert.Equal(("yes", "m-1", ChatFinishReason.Stop), (response.Text, response.ModelId, response.FinishReason));
        Assert.Equal((900, 300), (response.Usage?.InputTokenCount, response.Usage?.OutputTokenCount));
    }

    [Fact]
    public async Task GetStreamingResponseAsync_OpenAI_IsTheAnswer()
    {
        var vendor = VendorProtocol.Of("openai");
        await using var server = new ScriptedHttpServer(vendor.Says("yes"));
        using var client = ModelClients.Create(Settings(vendor, server.Address));

        Assert.Equal("yes", (await client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "Is it?")]).ToChatResponseAsync()).Text);
    }

    [Fact]
    public async Task GetResponseAsync_ToolsOfferedToOpenAI_AreMisuse()
    {
        using var client = ModelClients.Create(Settings(VendorProtocol.Of("openai"), new Uri("http://127.0.0.1:9")));

        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync([], new ChatOptions { Tools = [new HostedWebSearchTool()] }));
    }

    private static async Task AssertGivesUpAsync(VendorProtocol vendor, HttpAnswer only, string note, int requests = 1, int retries = 0)
    {
        await using var server = new ScriptedHttpServer(only);

        var answer = await PlanAsync(vendor, server, retries);

        AssertRule(answer);
        Assert.Contains(note, answer.Notes[0], StringComparison.Ordinal);
        Assert.Equal((requests, 2), (server.Requests.Count, answer.Notes.Count));
    }

    private static void AssertRule(PlannerAnswer answer)
    {
        Assert.Equal("rule", answer.By);
        Assert.Equal(Written(RuleBasedPlanner.Plan(Plans.Contract, Plans.Fresh)), Written(answer.Plan));
        Assert.Equal("the rule's plan is used", answer.Notes[^1]);
    }

    private static Task<PlannerAnswer> PlanAsync(VendorProtocol vendor, ScriptedHttpServer server, int retries = 0, VirtualClock? clock = null) =>
        ModelClients.CreatePlanner(Settings(vendor, server.Address), clock ?? new VirtualClock(), retries).PlanAsync(Plans.Contract, Plans.Fresh, default);

    private static PlannerSettings.Model Settings(VendorProtocol vendor, Uri server) => new() { Vendor = vendor.Vendor, Name = "m-1", BaseUrl = vendor.BaseUrl(server), Key = Key };

    private static string Written(Plan plan) => PlanJson.Write(plan).GetRawText();
}
