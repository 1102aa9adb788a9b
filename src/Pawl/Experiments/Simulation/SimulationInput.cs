using System.Text.Json;
using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments.Simulation;

/// <summary>Reads what is to be simulated. A request is enough: metrics that the configuration does not define are stood in for.</summary>
public static class SimulationInput
{
    /// <summary>Draws up the contract of a request, without asking whether a policy allows it.</summary>
    /// <param name="request">The request, YAML or JSON.</param>
    /// <param name="configuration"><c>pawl.yaml</c>; null where there is none.</param>
    /// <param name="primary">What the primary metric is where the configuration does not define it; its name does not matter.</param>
    /// <exception cref="BadInputException">The request or the configuration is none, or the request lacks something: of a baseline, the numbers themselves.</exception>
    public static Contract Read(ReadOnlyMemory<byte> request, JsonElement? configuration, KnownMetric primary)
    {
        ArgumentNullException.ThrowIfNull(primary);
        var known = Known(Defined(configuration), request, primary);
        var read = RequestReader.Read(request, known) switch
        {
            RequestReading.NeedsInput { Missing: var missing } =>
                throw new BadInputException($"The experiment request lacks {string.Join("; ", missing.Select(m => $"{m.Field}: {m.Purpose} ({m.Example})"))}"),
            RequestReading.Complete { Request: var complete } => complete,
            var other => throw new InvalidOperationException($"A request cannot be read as {other.GetType().Name}."),
        };
        return read.Baseline is null
            ? throw new BadInputException("The experiment request has no baseline, and a simulation measures nothing. Give one: baseline: {mean: 0.62, variance: 0.2356, units_per_day: 4000}")
            : Contract.Create(read, known, new PolicyJudgement("none", [], DemandsApproval: false));
    }

    // Nothing is asked of the sources, so the variables with their addresses and passwords need not be set.
    private static KnownMetric[] Defined(JsonElement? configuration) =>
        configuration is { ValueKind: JsonValueKind.Object } document && document.TryGetProperty("metrics", out var metrics)
            ? [.. MetricsConfiguration.Read(metrics, _ => "-").Definitions.Values.Select(KnownMetric.Of)]
            : [];

    private static KnownMetric[] Known(KnownMetric[] defined, ReadOnlyMemory<byte> request, KnownMetric primary)
    {
        var first = new List<string>();
        var others = new List<string>();
        if (Document(request) is { ValueKind: JsonValueKind.Object } document)
        {
            foreach (var member in document.EnumerateObject())
            {
                switch (member.Name)
                {
                    case "primary_metric": first.AddRange(Texts(member.Value)); break;
                    case "metrics" when member.Value.ValueKind == JsonValueKind.Array: others.AddRange(member.Value.EnumerateArray().SelectMany(Texts)); break;
                    case "guardrails" when member.Value.ValueKind == JsonValueKind.Array: others.AddRange(member.Value.EnumerateArray().SelectMany(Name)); break;
                }
            }
        }

        return
        [
            .. defined,
            .. first.Concat(others).Distinct(StringComparer.Ordinal).Where(name => Array.TrueForAll(defined, metric => metric.Name != name))
                .Select(name => first.Contains(name) ? primary with { Name = name } : new KnownMetric(name, MetricKind.Mean, Side.Less)),
        ];
    }

    // What is no request its reader refuses, and says why.
    private static JsonElement? Document(ReadOnlyMemory<byte> request)
    {
        try
        {
            return request.Length <= Limits.ExperimentRequestBytes ? Yaml.Read(request) : null;
        }
        catch (JsonShapeException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind == JsonValueKind.String ? [value.GetString()!] : [];

    private static IEnumerable<string> Name(JsonElement guardrail) =>
        guardrail.ValueKind == JsonValueKind.Object && guardrail.TryGetProperty("name", out var name) ? Texts(name) : [];
}
