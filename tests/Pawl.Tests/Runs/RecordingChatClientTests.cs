using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Pawl.Runs;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Runs;

public sealed class RecordingChatClientTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private Database _database = null!;
    private RunRecorder _recorder = null!;
    private ActiveRun _run = null!;

    private static ChatOptions Tools { get; } = new()
    {
        Tools = [AIFunctionFactory.Create(() => "", "search", "Search the web"), AIFunctionFactory.Create(() => "", "read", "Read a file")],
    };

    public async ValueTask InitializeAsync()
    {
        _database = Database.Open(Path.Combine(_folder.Path, "pawl.db"));
        _recorder = new RunRecorder(_database, _database.Runs, new RunRecorderOptions { SpillDirectory = _folder.Path });
        _run = await _recorder.StartRunAsync("chat");
    }

    public async ValueTask DisposeAsync()
    {
        await _recorder.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task GetResponse_WhenTheModelCallsATool_RecordsADecisionAmongTheToolsOffered()
    {
        var client = new ScriptedModel(Call("1", "read", ("path", "a.txt"))).WithPawl(_run);

        await client.GetResponseAsync("What does a.txt say?", Tools);

        var decision = Assert.Single((await RecordedAsync()).Decisions);
        Assert.Equal("read", decision.ChosenOptionId);
        Assert.Equal(["read", "search"], decision.Options.Select(o => o.Id).Order());
        Assert.Equal("Search the web", decision.Options.Single(o => o.Id == "search").Description);
        Assert.Equal("""{"path":"a.txt"}""", decision.ChosenOption!.ActionParams.GetRawText());
        Assert.Equal("I will look.", decision.Reasoning);
        Assert.Equal("What does a.txt say?", decision.InputContext.GetProperty("last_user_message").GetString());
        Assert.Null(decision.Outcome);
    }

    [Fact]
    public async Task GetResponse_WhenTheResultComesBack_RecordsItOnceWithTheTokensOfTheAnswerThatAsked()
    {
        var client = new ScriptedModel(Call("1", "read"), Say("It says hello.")).WithPawl(_run);
        List<ChatMessage> messages = [new(ChatRole.User, "Read it")];
        messages.AddRange((await client.GetResponseAsync(messages, Tools)).Messages);
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("1", "hello")]));

        messages.AddRange((await client.GetResponseAsync(messages, Tools)).Messages);

        var outcome = Assert.Single((await RecordedAsync()).Decisions).Outcome!;
        Assert.True(outcome.Success);
        Assert.Equal("hello", outcome.Result.GetString());
        Assert.Equal(42, outcome.TokensUsed);
    }

    [Theory]
    [InlineData("Error: no such file", null)]
    [InlineData(null, "disk on fire")]
    public async Task GetResponse_WhenTheToolFailed_RecordsAFailure(string? text, string? exception)
    {
        var client = new ScriptedModel(Call("1", "read"), Say("Sorry.")).WithPawl(_run);
        List<ChatMessage> messages = [.. (await client.GetResponseAsync("Read it", Tools)).Messages];
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("1", text) { Exception = exception is null ? null : new IOException(exception) }]));

        await client.GetResponseAsync(messages, Tools);

        var outcome = Assert.Single((await RecordedAsync()).Decisions).Outcome!;
        Assert.False(outcome.Success);
        Assert.Equal(text ?? exception, outcome.Error);
    }

    [Fact]
    public async Task GetStreamingResponse_WhenTheModelCallsATool_PassesTheUpdatesOnAndRecords()
    {
        var client = new ScriptedModel(Call("1", "search", ("q", "pawl"))).WithPawl(_run);
        var seen = 0;

        await foreach (var _ in client.GetStreamingResponseAsync("Look it up", Tools)) seen++;

        Assert.True(seen > 0);
        Assert.Equal("search", Assert.Single((await RecordedAsync()).Decisions).ChosenOptionId);
    }

    [Fact]
    public async Task GetResponse_WhenTheModelAsksForAToolItWasNotOffered_RecordsThatToo()
    {
        var client = new ScriptedModel(Call("1", "made_up")).WithPawl(_run);

        await client.GetResponseAsync("Do it", Tools);

        Assert.Equal("made_up", Assert.Single((await RecordedAsync()).Decisions).ChosenOptionId);
    }

    [Fact]
    public async Task GetResponse_WhenTheModelFails_ReportsAProblemAndThrowsOn()
    {
        var client = new ScriptedModel().WithPawl(_run);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetResponseAsync("Hello", Tools));

        var problem = Assert.Single((await RecordedAsync()).Problems);
        Assert.Equal("overloaded", problem.RootCause);
    }

    [Fact]
    public async Task GetResponse_WhenAResultNestsDeeperThanARecordMay_RecordsItsText()
    {
        var deep = System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(
            new string('[', 100) + new string(']', 100), new System.Text.Json.JsonSerializerOptions { MaxDepth = 200 });
        var client = new ScriptedModel(Call("1", "read"), Say("Done.")).WithPawl(_run);
        List<ChatMessage> messages = [.. (await client.GetResponseAsync("Read it", Tools)).Messages];
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("1", deep)]));

        await client.GetResponseAsync(messages, Tools);

        Assert.Equal(deep.GetRawText(), Assert.Single((await RecordedAsync()).Decisions).Outcome!.Result.GetString());
    }

    private static ChatResponse Call(string id, string tool, params (string Name, object? Value)[] arguments) => new(new ChatMessage(
        ChatRole.Assistant, [new TextContent("I will look."), new FunctionCallContent(id, tool, arguments.ToDictionary(a => a.Name, a => a.Value))]))
    {
        Usage = new UsageDetails { InputTokenCount = 40, OutputTokenCount = 2, TotalTokenCount = 42 },
    };

    private static ChatResponse Say(string text) => new(new ChatMessage(ChatRole.Assistant, text));

    private async Task<Run> RecordedAsync()
    {
        await _recorder.FlushAsync();
        return (await _database.Runs.FindAsync(_run.Id))!;
    }

    /// <summary>A model that gives the answers it was told to, and fails when it has none left.</summary>
    private sealed class ScriptedModel(params ChatResponse[] answers) : IChatClient
    {
        private int _next;

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            _next < answers.Length ? Task.FromResult(answers[_next++]) : Task.FromException<ChatResponse>(new HttpRequestException("overloaded"));

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates()) yield return update;
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
