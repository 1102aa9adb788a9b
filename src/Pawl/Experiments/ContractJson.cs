using System.Text.Json;
using Pawl.Metrics;

namespace Pawl.Experiments;

/// <summary>The JSON form of a contract.</summary>
internal static class ContractJson
{
    private const string Version = "pawl.contract.v1";

    public static JsonElement Write(ExperimentRequest request)
    {
        var whole = Json.Object(to =>
        {
            to.WritePropertyName("request");
            RequestWriter.Write(to, request);
        });
        return whole.GetProperty("request");
    }

    public static JsonElement Write(ContractTerms terms) => Json.Object(to =>
    {
        to.WriteString("contract", Version);
        to.WritePropertyName("request");
        RequestWriter.Write(to, terms.Request);
        RequestWriter.WriteBaseline(to, terms.Baseline);
        WriteMetrics(to, terms.Metrics);
        to.WriteStartObject("plan");
        to.WriteStartObject("units");
        foreach (var (arm, units) in terms.Request.Arms.Zip(terms.Plan.Units)) to.WriteNumber(arm.Name, units);
        to.WriteEndObject();
        to.WriteNumber("total", terms.Plan.Total);
        to.WriteNumber("days", terms.Plan.Days);
        to.WriteNumber("looks", terms.Plan.Looks);
        to.WriteEndObject();
        to.WriteString("rule", terms.Rule);
        to.WriteStartObject("flag");
        to.WriteString("key", terms.FlagKey);
        to.WriteString("seed", terms.Seed);
        to.WriteNumber("hash_version", terms.HashVersion);
        to.WriteEndObject();
        to.WriteStartObject("policy");
        to.WriteString("id", terms.PolicyId);
        RequestWriter.WriteTexts(to, "clauses", terms.Clauses);
        to.WriteEndObject();
        to.WriteString("promoted_by", RequestNames.Of(RequestNames.Promoters, terms.Approval));
    });

    public static Contract Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return new Contract(new ContractDraft(Yaml.Read(utf8)).Terms());
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"The contract cannot be used: {e.Message}", e);
        }
    }

    private static void WriteMetrics(Utf8JsonWriter to, IReadOnlyList<KnownMetric> metrics)
    {
        to.WriteStartObject("metrics");
        foreach (var metric in metrics)
        {
            to.WriteStartObject(metric.Name);
            to.WriteString("kind", RequestNames.Of(RequestNames.Kinds, metric.Kind));
            to.WriteString("better", RequestNames.Of(RequestNames.Betters, metric.Better));
            if (metric.Definition is { } definition) to.WriteString("definition", definition);
            to.WriteEndObject();
        }

        to.WriteEndObject();
    }

    /// <summary>A contract while it is read. Each member is there, once, and nothing else is: the hash says so of everything.</summary>
    private sealed class ContractDraft
    {
        private static readonly string[] MembersThere = ["contract", "request", "baseline", "metrics", "plan", "rule", "flag", "policy", "promoted_by"];

        private readonly Dictionary<string, JsonElement> _members;

        public ContractDraft(JsonElement document)
        {
            _members = RequestShape.Parts(document, "a contract", MembersThere);
            var version = In("contract", JsonShape.Text);
            if (version != Version) throw new JsonShapeException($"expected {Version}, found \"{ShortText.Start(version, 60)}\"").Inside("contract");
        }

        public ContractTerms Terms()
        {
            var metrics = In("metrics", Metrics);
            var request = In("request", value => RequestReader.Read(value, metrics) is RequestReading.Complete complete
                ? complete.Request
                : throw new JsonShapeException("the request is not complete"));
            var baseline = In("baseline", value => RequestParts.Baseline(value, MetricKind.Mean));
            var flag = In("flag", value => RequestShape.Parts(value, "a flag of a contract", ["key", "seed", "hash_version"]));
            var policy = In("policy", value => RequestShape.Parts(value, "a policy of a contract", ["id", "clauses"]));
            return new ContractTerms
            {
                Request = request,
                Baseline = baseline,
                Metrics = metrics,
                Plan = In("plan", value => Plan(value, request)),
                Rule = In("rule", JsonShape.Name),
                FlagKey = JsonShape.Name(flag["key"]),
                Seed = JsonShape.Name(flag["seed"]),
                HashVersion = RequestShape.Whole(flag["hash_version"], 1, 2),
                PolicyId = JsonShape.Name(policy["id"]),
                Clauses = JsonShape.List(policy["clauses"], JsonShape.Name),
                Approval = In("promoted_by", value => RequestShape.OneOf(value, RequestNames.Promoters)),
            };
        }

        private T In<T>(string member, Func<JsonElement, T> read)
        {
            T result = default!;
            JsonShape.Within(member, () => result = read(_members[member]));
            return result;
        }

        private static List<KnownMetric> Metrics(JsonElement value)
        {
            var metrics = new List<KnownMetric>();
            JsonShape.Members(value, (name, metric) =>
            {
                var isDefined = metric.ValueKind == JsonValueKind.Object && metric.TryGetProperty("definition", out _);
                var parts = RequestShape.Parts(metric, "a metric of a contract", isDefined ? ["kind", "better", "definition"] : ["kind", "better"]);
                metrics.Add(new KnownMetric(
                    name, RequestShape.OneOf(parts["kind"], RequestNames.Kinds), RequestShape.OneOf(parts["better"], RequestNames.Betters), isDefined ? JsonShape.Name(parts["definition"]) : null));
            });
            return [.. metrics.OrderBy(metric => metric.Name, StringComparer.Ordinal)];
        }

        private static PlannedSample Plan(JsonElement value, ExperimentRequest request)
        {
            var parts = RequestShape.Parts(value, "a plan", ["units", "total", "days", "looks"]);
            var units = RequestShape.Parts(parts["units"], "a plan's units", [.. request.Arms.Select(arm => arm.Name)]);
            var plan = new PlannedSample
            {
                Units = [.. request.Arms.Select(arm => JsonShape.Count(units[arm.Name]))],
                Days = RequestShape.Positive(parts["days"]),
                Looks = RequestShape.Whole(parts["looks"], 1, 500),
            };
            return JsonShape.Count(parts["total"]) == plan.Total ? plan : throw new JsonShapeException("the total is not the sum of the arms' units").Inside("total");
        }
    }
}
