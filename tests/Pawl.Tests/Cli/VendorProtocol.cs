using System.Text.Json;
using Pawl.Experiments;

namespace Pawl.Tests.Cli;

/// <summary>What a vendor's service says over HTTP, and where in its requests things stand.</summary>
internal abstract class VendorProtocol(ModelVendor vendor)
{
    public ModelVendor Vendor { get; } = vendor;

    public static VendorProtocol Of(string kind) => kind == "openai" ? new OpenAI() : new Anthropic();

    public abstract string Path { get; }

    public abstract Uri BaseUrl(Uri server);

    public abstract JsonElement Schema(JsonElement body);

    public abstract IReadOnlyList<(string Role, string Text)> Messages(JsonElement body);

    public abstract int MaxTokens(JsonElement body);

    public abstract HttpAnswer Says(string text);

    public abstract HttpAnswer Truncated(string text);

    public abstract HttpAnswer Refuses();

    public abstract HttpAnswer CallsATool();

    public abstract HttpAnswer Fails(int status, string message, params string[] headers);

    private sealed class OpenAI() : VendorProtocol(ModelVendor.OpenAI)
    {
        public override string Path => "/v1/chat/completions";

        public override Uri BaseUrl(Uri server) => new(server, "/v1");

        public override JsonElement Schema(JsonElement body)
        {
            var format = body.GetProperty("response_format");
            Xunit.Assert.Equal("json_schema", format.GetProperty("type").GetString());
            Xunit.Assert.True(format.GetProperty("json_schema").GetProperty("strict").GetBoolean());
            return format.GetProperty("json_schema").GetProperty("schema");
        }

        public override IReadOnlyList<(string Role, string Text)> Messages(JsonElement body) =>
            [.. body.GetProperty("messages").EnumerateArray().Select(message => (message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))];

        public override int MaxTokens(JsonElement body) => body.GetProperty("max_completion_tokens").GetInt32();

        public override HttpAnswer Says(string text) => Completion("stop", new { role = "assistant", content = text });

        public override HttpAnswer Truncated(string text) => Completion("length", new { role = "assistant", content = text });

        public override HttpAnswer Refuses() => Completion("stop", new { role = "assistant", content = (string?)null, refusal = "I cannot help with that." });

        public override HttpAnswer CallsATool() => Completion("tool_calls", new
        {
            role = "assistant",
            content = (string?)null,
            tool_calls = new[] { new { id = "call_1", type = "function", function = new { name = "PromoteVariant", arguments = "{}" } } },
        });

        public override HttpAnswer Fails(int status, string message, params string[] headers) =>
            new(JsonSerializer.Serialize(new { error = new { message, type = "error", code = "code" } }), status) { Headers = headers };

        private static HttpAnswer Completion(string finish, object message) => new(JsonSerializer.Serialize(new
        {
            id = "chatcmpl-1",
            @object = "chat.completion",
            created = 1_790_000_000,
            model = "m-1",
            choices = new[] { new { index = 0, finish_reason = finish, message } },
            usage = new { prompt_tokens = 900, completion_tokens = 300, total_tokens = 1200 },
        }));
    }

    private sealed class Anthropic() : VendorProtocol(ModelVendor.Anthropic)
    {
        public override string Path => "/v1/messages";

        public override Uri BaseUrl(Uri server) => server;

        public override JsonElement Schema(JsonElement body)
        {
            var format = body.GetProperty("output_config").GetProperty("format");
            Xunit.Assert.Equal("json_schema", format.GetProperty("type").GetString());
            return format.GetProperty("schema");
        }

        public override IReadOnlyList<(string Role, string Text)> Messages(JsonElement body) =>
            [("system", Text(body.GetProperty("system"))), .. body.GetProperty("messages").EnumerateArray().Select(message => (message.GetProperty("role").GetString()!, Text(message.GetProperty("content"))))];

        public override int MaxTokens(JsonElement body) => body.GetProperty("max_tokens").GetInt32();

        public override HttpAnswer Says(string text) => Message("end_turn", new { type = "text", text });

        public override HttpAnswer Truncated(string text) => Message("max_tokens", new { type = "text", text });

        public override HttpAnswer Refuses() => Message("refusal", new { type = "text", text = "I cannot help with that." });

        public override HttpAnswer CallsATool() => Message("tool_use", new { type = "tool_use", id = "toolu_1", name = "PromoteVariant", input = new { } });

        public override HttpAnswer Fails(int status, string message, params string[] headers) =>
            new(JsonSerializer.Serialize(new { type = "error", error = new { type = "error", message } }), status) { Headers = headers };

        private static string Text(JsonElement content) => string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));

        private static HttpAnswer Message(string stop, object part) => new(JsonSerializer.Serialize(new
        {
            id = "msg_1",
            type = "message",
            role = "assistant",
            model = "m-1",
            content = new[] { part },
            stop_reason = stop,
            stop_sequence = (string?)null,
            usage = new { input_tokens = 900, output_tokens = 300 },
        }));
    }
}
