using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using AssistantMessage = OpenAI.Chat.AssistantChatMessage;
using ChatFinishReason = Microsoft.Extensions.AI.ChatFinishReason;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using OpenAIFormat = OpenAI.Chat.ChatResponseFormat;
using OpenAIMessage = OpenAI.Chat.ChatMessage;

namespace Pawl.Cli.Models;

/// <summary>OpenAI's chat completions as an <see cref="IChatClient"/>: texts and JSON Schemas, which is what planning needs. Offering tools is misuse.</summary>
internal sealed class OpenAIChatClient(ChatClient client) : IChatClient
{
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (options?.Tools is { Count: > 0 }) throw new NotSupportedException("This client offers no tools to a model.");
        ChatCompletion completion = await client.CompleteChatAsync(messages.Select(Sent), Sent(options), cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, [.. Contents(completion)]))
        {
            ResponseId = completion.Id,
            ModelId = completion.Model,
            CreatedAt = completion.CreatedAt,
            FinishReason = completion.FinishReason switch
            {
                OpenAI.Chat.ChatFinishReason.Length => ChatFinishReason.Length,
                OpenAI.Chat.ChatFinishReason.ContentFilter => ChatFinishReason.ContentFilter,
                OpenAI.Chat.ChatFinishReason.ToolCalls or OpenAI.Chat.ChatFinishReason.FunctionCall => ChatFinishReason.ToolCalls,
                _ => ChatFinishReason.Stop,
            },
            Usage = completion.Usage is { } usage
                ? new UsageDetails { InputTokenCount = usage.InputTokenCount, OutputTokenCount = usage.OutputTokenCount, TotalTokenCount = usage.TotalTokenCount }
                : null,
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates()) yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : serviceKey is null && serviceType == typeof(ChatClient) ? client : null;

    public void Dispose()
    {
    }

    private static IEnumerable<AIContent> Contents(ChatCompletion completion)
    {
        if (completion.Refusal is { Length: > 0 } refusal) yield return new ErrorContent(refusal) { ErrorCode = "Refusal" };
        foreach (var part in completion.Content.Where(part => part.Kind == ChatMessageContentPartKind.Text)) yield return new TextContent(part.Text);
        foreach (var call in completion.ToolCalls) yield return new FunctionCallContent(call.Id, call.FunctionName);
    }

    private static OpenAIMessage Sent(ChatMessage message) =>
        message.Role == ChatRole.System ? new SystemChatMessage(message.Text)
        : message.Role == ChatRole.Assistant ? new AssistantMessage(message.Text)
        : new UserChatMessage(message.Text);

    private static ChatCompletionOptions Sent(ChatOptions? options) => new()
    {
        MaxOutputTokenCount = options?.MaxOutputTokens,
        ResponseFormat = options?.ResponseFormat switch
        {
            ChatResponseFormatJson { Schema: { } schema } json =>
                OpenAIFormat.CreateJsonSchemaFormat(json.SchemaName ?? "answer", BinaryData.FromString(schema.GetRawText()), json.SchemaDescription, jsonSchemaIsStrict: true),
            ChatResponseFormatJson => OpenAIFormat.CreateJsonObjectFormat(),
            _ => null,
        },
    };
}
