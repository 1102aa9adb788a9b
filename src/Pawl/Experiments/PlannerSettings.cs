using System.Text.Json;
using Pawl.Metrics;

namespace Pawl.Experiments;

/// <summary>The part <c>planner:</c> of pawl.yaml: who plans how experiments begin.</summary>
public abstract record PlannerSettings
{
    private const double TimeoutSecondsMax = 600;

    private PlannerSettings()
    {
    }

    /// <summary>What holds where pawl.yaml has no such part: the rule.</summary>
    public static PlannerSettings Default { get; } = new Rule();

    /// <summary>Reads and checks it.</summary>
    /// <param name="planner">The value of <c>planner:</c>, as JSON.</param>
    /// <param name="environment">Gives the value of an environment variable, for <c>${NAME}</c> and for a key that is not given; null where it is not set.</param>
    /// <exception cref="BadInputException">It is not what belongs there; the message names the place, and never the key.</exception>
    public static PlannerSettings Read(JsonElement planner, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        try
        {
            var members = new MetricMembers(planner, "kind", "model", "base_url", "key", "timeout_seconds");
            var kind = members.Text("kind", required: true);
            return kind switch
            {
                "rule" => ReadRule(members),
                "openai" => ReadModel(members, ModelVendor.OpenAI, "OPENAI_API_KEY", environment),
                "anthropic" => ReadModel(members, ModelVendor.Anthropic, "ANTHROPIC_API_KEY", environment),
                _ => throw members.Fault("kind", $"\"{ShortText.Start(kind!, 60)}\" is unknown: there are rule, openai and anthropic"),
            };
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"planner{e.Message[1..]}", e); // the message begins with the path, from $
        }
    }

    private static Rule ReadRule(MetricMembers members)
    {
        foreach (var name in new[] { "model", "base_url", "key", "timeout_seconds" }) members.Refuse(name, "only a planner of kind openai or anthropic has it");
        return new Rule();
    }

    private static Model ReadModel(MetricMembers members, ModelVendor vendor, string variable, Func<string, string?> environment) => new()
    {
        Vendor = vendor,
        Name = members.Text("model") ?? throw members.Fault("model", "which model? Write its name as its vendor has it"),
        BaseUrl = BaseUrlOf(members),
        Key = KeyOf(members, variable, environment),
        Timeout = TimeSpan.FromSeconds(members.Number("timeout_seconds", above: 0, upTo: TimeoutSecondsMax) ?? 60),
    };

    private static Uri? BaseUrlOf(MetricMembers members)
    {
        if (members.Text("base_url") is not { } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp) && url is { UserInfo: "", Query: "", Fragment: "" }
            ? url
            : throw members.Fault("base_url", "expected an address such as https://gateway.example.com/v1, without user, query or fragment");
    }

    private static string KeyOf(MetricMembers members, string variable, Func<string, string?> environment)
    {
        var key = members.Text("key");
        if (key is not null) members.Read("key", _ => key = EnvironmentText.Expand(key, environment));
        key ??= environment(variable);
        if (string.IsNullOrEmpty(key)) throw members.Fault("key", $"there is none: set {variable}, or name another variable: key: \"${{NAME}}\"");
        // It becomes a header; most often this is the line end of the file that it was read from.
        return key.All(c => c is > ' ' and <= '~') ? key : throw members.Fault("key", "it holds a blank, a line end or another character that no key has");
    }

    /// <summary>The rule-based planner.</summary>
    public sealed record Rule : PlannerSettings;

    /// <summary>A model.</summary>
    public sealed record Model : PlannerSettings
    {
        /// <summary>Whose protocol it speaks.</summary>
        public required ModelVendor Vendor { get; init; }

        /// <summary>Its name, as its vendor has it.</summary>
        public required string Name { get; init; }

        /// <summary>Where it is served; null: by its vendor.</summary>
        public Uri? BaseUrl { get; init; }

        /// <summary>The key. A secret.</summary>
        public required string Key { get; init; }

        /// <summary>How long one answer may take. Default: 60 seconds; at most 600. Both answers together may take twice as long.</summary>
        public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

        /// <summary>Vendor and name; never the key.</summary>
        public override string ToString() => $"{Vendor} {Name}";
    }
}

/// <summary>Whose protocol a model speaks.</summary>
public enum ModelVendor
{
    /// <summary>OpenAI's chat completions, which many gateways and local servers speak as well.</summary>
    OpenAI,

    /// <summary>Anthropic's messages.</summary>
    Anthropic,
}
