using System.Globalization;
using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>Reads the policy of <c>pawl.yaml</c>, strictly: a clause that is misspelled would guard nothing.</summary>
public static class PolicyReader
{
    private const string MembersThere = "id, domains, guardrails, max_concurrent, max_split, max_ramp_step, min_days, max_days, promote, blackouts, not_primary";

    /// <summary>Reads a policy: the value of <c>policy:</c>, as YAML or JSON.</summary>
    /// <param name="utf8">The document, at most <see cref="Limits.ExperimentRequestBytes"/>.</param>
    /// <exception cref="BadInputException">It is no policy; the message has the path to what is wrong.</exception>
    public static Policy Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            if (utf8.Length > Limits.ExperimentRequestBytes) throw new JsonShapeException($"{utf8.Length} bytes are more than the {Limits.ExperimentRequestBytes} allowed");
            return Read(Yaml.Read(utf8));
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"The policy cannot be used: {e.Message}", e);
        }
    }

    internal static Policy Read(JsonElement document)
    {
        var policy = new Policy { Id = "" };
        RequestShape.Given(document, (name, value) => policy = name switch
        {
            "id" => policy with { Id = Id(value) },
            "domains" => policy with { Domains = JsonShape.List(value, Domain) },
            "guardrails" => policy with { Guardrails = ByDomain(value, metrics => (IReadOnlyList<string>)JsonShape.List(metrics, JsonShape.Name)) },
            "max_concurrent" => policy with { MaxConcurrent = RequestShape.Whole(value, 0, 10_000) },
            "max_split" => policy with { MaxSplit = RequestShape.Positive(value, 100) },
            "max_ramp_step" => policy with { MaxRampStep = RequestShape.Positive(value, 100) },
            "min_days" => policy with { MinDays = RequestShape.Days(value) },
            "max_days" => policy with { MaxDays = RequestShape.Days(value) },
            "promote" => policy with { Promote = ByDomain(value, Promoters) },
            "blackouts" => policy with { Blackouts = Blackouts(value) },
            "not_primary" => policy with { NotPrimary = JsonShape.List(value, JsonShape.Name) },
            _ => throw RequestShape.Unknown("a policy", MembersThere),
        });
        return policy.Id.Length > 0 ? policy : throw new JsonShapeException("the policy has no id; give it one, and another with every change: id: exp_policy.v1");
    }

    // What is cited is {id}#{clause}.
    private static string Id(JsonElement value)
    {
        var id = JsonShape.Name(value);
        return id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') ? id : throw new JsonShapeException($"\"{ShortText.Start(id, 60)}\" is no id: letters, digits and . _ -");
    }

    private static string Domain(JsonElement value) => Domain(JsonShape.Text(value));

    private static string Domain(string name) => ExperimentRequest.Domains.Contains(name, StringComparer.Ordinal)
        ? name
        : throw new JsonShapeException($"there is no domain \"{ShortText.Start(name, 60)}\"; there are {string.Join(", ", ExperimentRequest.Domains)}");

    private static Dictionary<string, T> ByDomain<T>(JsonElement value, Func<JsonElement, T> read)
    {
        var byDomain = new Dictionary<string, T>(StringComparer.Ordinal);
        RequestShape.Given(value, (domain, member) => byDomain[Domain(domain)] = read(member));
        return byDomain;
    }

    private static Promoters Promoters(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array) return RequestShape.OneOf<Promoters>(value, ("rule", new Promoters.ByRule()), ("human", new Promoters.AnyPerson()));
        var actors = JsonShape.List(value, JsonShape.Name);
        if (actors.Count == 0) throw new JsonShapeException("nobody may promote then; name at least one, such as os:mara");
        return actors.FirstOrDefault(actor => actor.StartsWith("agent:", StringComparison.Ordinal)) is { } agent
            ? throw new JsonShapeException($"{agent} is an agent; promotion is approved by people")
            : new Promoters.Named(actors);
    }

    private static List<Blackout> Blackouts(JsonElement value)
    {
        var blackouts = new List<Blackout>();
        RequestShape.Given(value, (name, times) =>
        {
            DateTimeOffset? from = null, to = null;
            RequestShape.Given(times, (member, at) =>
            {
                if (member == "from") from = Instant(at);
                else if (member == "to") to = Instant(at);
                else throw RequestShape.Unknown("a blackout", "from, to");
            });
            blackouts.Add(from is { } begin && to is { } end && begin < end
                ? new Blackout(name, begin, end)
                : throw new JsonShapeException("a blackout has a from and a later to"));
        });
        return blackouts;
    }

    private static DateTimeOffset Instant(JsonElement value)
    {
        var text = JsonShape.Text(value);
        string[] forms = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"];
        // Without an offset a time would mean another one on every host.
        return text.Length > 0 && (text[^1] == 'Z' || text.LastIndexOfAny(['+', '-']) > 9) && DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw JsonShape.Unexpected(value, "a time with its offset, such as 2026-12-20T00:00Z");
    }
}
