using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Pawl.Runs;

/// <summary>Records what a model decides.</summary>
public static class RecordingChatClientExtensions
{
    /// <summary>
    /// Records every tool call that the model asks for as a decision among the tools it was offered, with the model's words as its reasoning.
    /// The tool's result, when it is sent back to the model, is the outcome; tokens and latency are those of the model's answer that asked for
    /// the call. A failing model call is reported as a problem.
    /// </summary>
    /// <param name="client">Any chat client. Put this inside of what invokes the tools, so that each round is seen.</param>
    /// <param name="run">The run to record into.</param>
    public static IChatClient WithPawl(this IChatClient client, ActiveRun run) => new RecordingChatClient(client, run);
}

internal sealed class RecordingChatClient(IChatClient inner, ActiveRun run) : DelegatingChatClient(inner)
{
    private readonly Dictionary<string, Asked> _asked = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var sent = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        RecordResults(sent);
        var start = run.Time.GetTimestamp();
        try
        {
            var response = await base.GetResponseAsync(sent, options, cancellationToken).ConfigureAwait(false);
            RecordCalls(response, sent, options, Milliseconds(start));
            return response;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            RecordFault(e);
            throw;
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var sent = messages as IReadOnlyList<ChatMessage> ?? [.. messages];
        RecordResults(sent);
        var start = run.Time.GetTimestamp();
        var updates = new List<ChatResponseUpdate>();
        var stream = base.GetStreamingResponseAsync(sent, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (stream.ConfigureAwait(false))
        {
            while (await NextAsync(stream).ConfigureAwait(false))
            {
                updates.Add(stream.Current);
                yield return stream.Current;
            }
        }

        RecordCalls(updates.ToChatResponse(), sent, options, Milliseconds(start));
    }

    private async Task<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> stream)
    {
        try
        {
            return await stream.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            RecordFault(e);
            throw;
        }
    }

    private void RecordCalls(ChatResponse response, IReadOnlyList<ChatMessage> sent, ChatOptions? options, long milliseconds)
    {
        var tokens = Math.Max(0, response.Usage?.TotalTokenCount ?? (response.Usage?.InputTokenCount ?? 0) + (response.Usage?.OutputTokenCount ?? 0));
        foreach (var message in response.Messages)
        {
            foreach (var call in message.Contents.OfType<FunctionCallContent>())
            {
                RecordCall(call, response.Text, sent, options, tokens, milliseconds);
                (tokens, milliseconds) = (0, 0); // one answer's cost counts once, however many calls it asks for
            }
        }

        RecordResults(response.Messages); // whoever invokes the tools may stand below us
    }

    private void RecordCall(FunctionCallContent call, string reasoning, IReadOnlyList<ChatMessage> sent, ChatOptions? options, long tokens, long milliseconds)
    {
        var chosen = Name(call.Name);
        var offered = (options?.Tools ?? []).Select(t => (Id: Name(t.Name), t.Description)).Where(t => t.Id != chosen).DistinctBy(t => t.Id, StringComparer.Ordinal);
        var description = options?.Tools?.FirstOrDefault(t => Name(t.Name) == chosen)?.Description ?? "";
        var lastUserMessage = sent.LastOrDefault(m => m.Role == ChatRole.User)?.Text;
        var id = run.Decide(
            "Call " + chosen,
            [
                new Option { Id = chosen, Description = description, ActionType = "tool_call", ActionParams = Arguments(call.Arguments) },
                .. offered.Take(Limits.OptionsPerDecision - 1).Select(t => new Option { Id = t.Id, Description = t.Description, ActionType = "tool_call" }),
            ],
            chosen,
            reasoning,
            DecisionType.ToolSelection,
            inputContext: string.IsNullOrEmpty(lastUserMessage) ? null : new { last_user_message = lastUserMessage });
        if (id.Length == 0) return;
        lock (_lock) _asked[call.CallId] = new Asked(id, tokens, milliseconds);
    }

    private void RecordResults(IEnumerable<ChatMessage> messages)
    {
        foreach (var result in messages.SelectMany(m => m.Contents).OfType<FunctionResultContent>())
        {
            Asked? asked;
            lock (_lock)
            {
                if (!_asked.Remove(result.CallId, out asked)) continue; // recorded when it was first sent
            }

            var text = result.Result as string ?? (result.Result is JsonElement { ValueKind: JsonValueKind.String } json ? json.GetString() : null);
            var error = result.Exception?.Message ?? (text?.StartsWith("Error", StringComparison.Ordinal) == true ? text : null);
            run.RecordOutcome(asked.DecisionId, new Outcome
            {
                Success = error is null,
                Result = Json.FromAny(result.Result),
                Error = error,
                TokensUsed = asked.Tokens,
                LatencyMs = asked.Milliseconds,
            });
        }
    }

    private void RecordFault(Exception e)
    {
        if (!run.HasEnded) run.ReportProblem(Severity.Warning, "A call of the model failed", e.Message);
    }

    private long Milliseconds(long start) => (long)Math.Round(run.Time.GetElapsedTime(start).TotalMilliseconds);

    // What a model makes up must not throw into the agent: names are cut to what a record holds.
    private static string Name(string name)
    {
        var clean = name.Replace("\0", "", StringComparison.Ordinal);
        return clean.Length == 0 ? "unnamed" : ShortText.Start(clean, Limits.NameCharacters);
    }

    private static JsonElement Arguments(IDictionary<string, object?>? arguments) =>
        arguments is null || arguments.Count == 0 ? Json.EmptyObject : Json.FromAny(arguments) is { ValueKind: JsonValueKind.Object } json ? json : Json.EmptyObject;

    private sealed record Asked(string DecisionId, long Tokens, long Milliseconds);
}
