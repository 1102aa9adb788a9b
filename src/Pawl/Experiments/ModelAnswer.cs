using System.Text;
using Microsoft.Extensions.AI;

namespace Pawl.Experiments;

/// <summary>What a model answered.</summary>
internal abstract record ModelAnswer
{
    private ModelAnswer()
    {
    }

    /// <summary>A text, from beginning to end.</summary>
    public sealed record Text(string Value) : ModelAnswer;

    /// <summary>Nothing that could be read, or mended by asking again.</summary>
    /// <param name="Why">Why.</param>
    public sealed record None(string Why) : ModelAnswer;

    public static ModelAnswer Of(ChatResponse response)
    {
        var contents = response.Messages.SelectMany(message => message.Contents).ToList();
        var text = response.Text;
        if (contents.OfType<ErrorContent>().FirstOrDefault() is { } error) return new None($"the model refused: {ShortText.Start(error.Message, 200)}");
        if (response.FinishReason == ChatFinishReason.ContentFilter) return new None($"the model refused: {ShortText.Start(text, 200)}");
        if (response.FinishReason == ChatFinishReason.Length) return new None("it was cut off at the largest number of tokens");
        if (contents.OfType<FunctionCallContent>().FirstOrDefault() is { } call) return new None($"the model called a tool, {ShortText.Start(call.Name, 60)}, and was given none");
        if (string.IsNullOrWhiteSpace(text)) return new None("it was empty");
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes > Limits.PlannerBytes ? new None($"it has {bytes} bytes, more than the {Limits.PlannerBytes} allowed") : new Text(text);
    }
}
