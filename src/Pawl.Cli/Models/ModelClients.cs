using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.RegularExpressions;
using Anthropic;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using Pawl.Experiments;

namespace Pawl.Cli.Models;

/// <summary>Models as pawl.yaml names them, by their vendors' own client libraries. Those are loaded on first use only.</summary>
internal static class ModelClients
{
    private const int Retries = 2;

    private static readonly Uri OpenAI = new("https://api.openai.com/v1");
    private static readonly Uri Anthropic = new("https://api.anthropic.com");

    /// <summary>The planner that asks the model.</summary>
    public static ModelPlanner CreatePlanner(PlannerSettings.Model settings, TimeProvider time, int retries = Retries)
    {
        var redaction = new RedactionOptions { Patterns = { new Regex(Regex.Escape(settings.Key), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking) } };
        var options = new ModelPlannerOptions { Timeout = settings.Timeout, TotalTimeout = 2 * settings.Timeout };
        return new ModelPlanner(Create(settings, retries), settings.Name, time, options, new SecretRedactor(redaction));
    }

    /// <summary>The model itself.</summary>
    /// <param name="settings">Which, where and with what key.</param>
    /// <param name="retries">How often the client tries again by itself after 408, 429, 5xx or a lost connection.</param>
    public static IChatClient Create(PlannerSettings.Model settings, int retries = Retries) => settings.Vendor switch
    {
        ModelVendor.OpenAI => CreateOpenAI(settings, retries),
        _ => CreateAnthropic(settings, retries),
    };

    // Addresses are always set: the libraries would read them from the environment, and the key would go somewhere that no configuration names.
    private static OpenAIChatClient CreateOpenAI(PlannerSettings.Model settings, int retries) => new(new ChatClient(settings.Name, new ApiKeyCredential(settings.Key), new OpenAIClientOptions
    {
        Endpoint = settings.BaseUrl ?? OpenAI,
        NetworkTimeout = settings.Timeout,
        RetryPolicy = new ClientRetryPolicy(retries),
        Transport = new HttpClientPipelineTransport(Http()),
    }));

    private static IChatClient CreateAnthropic(PlannerSettings.Model settings, int retries) => new AnthropicClient
    {
        ApiKey = settings.Key,
        BaseUrl = (settings.BaseUrl ?? Anthropic).ToString().TrimEnd('/'),
        HttpClient = Http(),
        MaxRetries = retries,
        Timeout = settings.Timeout,
    }.AsIChatClient(settings.Name);

    // The planner keeps the time. A redirect would take the key elsewhere.
    private static HttpClient Http() => new(new BoundedResponses(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = System.Net.DecompressionMethods.All }))
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
