using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Pawl.Tests.Experiments;

/// <summary>A model that answers what a test wrote, in order, and remembers what it was asked.</summary>
internal sealed class ScriptedModel(params Func<CancellationToken, Task<ChatResponse>>[] answers) : IChatClient
{
    public List<(IReadOnlyList<ChatMessage> Messages, ChatOptions Options)> Asked { get; } = [];

    public static Func<CancellationToken, Task<ChatResponse>> Says(string text) => _ => Task.FromResult(Says(text, ChatFinishReason.Stop));

    public static ChatResponse Says(string text, ChatFinishReason finish) => new(new ChatMessage(ChatRole.Assistant, text)) { FinishReason = finish };

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Asked.Add(([.. messages], options!));
        return answers[Asked.Count - 1](cancellationToken);
    }

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
