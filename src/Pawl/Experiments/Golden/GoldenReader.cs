using System.Text.Json;
using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments.Golden;

/// <summary>Reads golden traces, in YAML or JSON; what it does not know, it refuses.</summary>
public static class GoldenReader
{
    private static readonly (string Name, MetricKind Value)[] Kinds =
        [("proportion", MetricKind.Proportion), ("mean", MetricKind.Mean), ("ratio", MetricKind.Ratio), ("value", MetricKind.Value)];

    /// <summary>Reads one, at most <see cref="Limits.ExperimentRequestBytes"/>.</summary>
    /// <exception cref="BadInputException">It is none; the message has the path to what is wrong.</exception>
    public static GoldenTrace Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            if (utf8.Length > Limits.ExperimentRequestBytes) throw new JsonShapeException($"{utf8.Length} bytes are more than the {Limits.ExperimentRequestBytes} allowed");
            return Read(Yaml.Read(utf8));
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"The golden trace cannot be used: {e.Message}", e);
        }
    }

    private static GoldenTrace Read(JsonElement document)
    {
        var trace = new GoldenTrace { Name = "", Request = default, World = new GoldenWorld(0, new Dictionary<string, GoldenMetric>(StringComparer.Ordinal)), Seed = 0, Expected = [] };
        RequestShape.Given(document, (name, value) => trace = name switch
        {
            "name" => trace with { Name = JsonShape.Name(value) },
            "request" => trace with { Request = value.Clone() },
            "policy" => trace with { Policy = value.Clone() },
            "world" => trace with { World = World(value) },
            "faults" => trace with { Faults = JsonShape.List(value, Fault) },
            "approvals" => trace with { Approvals = JsonShape.List(value, Approval) },
            "seed" => trace with { Seed = RequestShape.Whole(value, 0, int.MaxValue) },
            "expected" => trace with { Expected = JsonShape.List(value, JsonShape.Text) },
            _ => throw RequestShape.Unknown("a golden trace", "name, request, policy, world, faults, approvals, seed, expected"),
        });
        if (trace.Name.Length == 0) throw new JsonShapeException("name is missing");
        if (trace.Request.ValueKind == JsonValueKind.Undefined) throw new JsonShapeException("request is missing");
        return trace.World.Metrics.Count > 0 ? trace : throw new JsonShapeException("world is missing, or has no metrics");
    }

    private static GoldenWorld World(JsonElement value)
    {
        var parts = RequestShape.Parts(value, "a world", ["units_per_day", "metrics"]);
        var metrics = new Dictionary<string, GoldenMetric>(StringComparer.Ordinal);
        JsonShape.Within("metrics", () => JsonShape.Members(parts["metrics"], (name, metric) => metrics[name] = Metric(metric)));
        return new GoldenWorld(RequestShape.Positive(parts["units_per_day"], 1_000_000), metrics);
    }

    private static GoldenMetric Metric(JsonElement value)
    {
        var (kind, better, deviation, arms) = (MetricKind.Proportion, Side.Greater, 1.0, new Dictionary<string, double>(StringComparer.Ordinal));
        RequestShape.Given(value, (name, member) =>
        {
            switch (name)
            {
                case "kind": kind = RequestShape.OneOf(member, Kinds); break;
                case "better": better = RequestShape.OneOf(member, RequestNames.Betters); break;
                case "deviation": deviation = RequestShape.Positive(member); break;
                case "arms": JsonShape.Members(member, (arm, level) => arms[arm] = RequestShape.Finite(level)); break;
                default: throw RequestShape.Unknown("a metric of a world", "kind, better, deviation, arms");
            }
        });
        return new GoldenMetric(kind, better, arms, deviation);
    }

    private static GoldenFault Fault(JsonElement value)
    {
        var kind = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("kind", out var given) ? JsonShape.Text(given) : "";
        string[] members = kind switch
        {
            "source_down" => ["day", "hours"],
            "crash" => ["after"],
            "crossover" => ["day", "share"],
            "loss" => ["day", "arm", "share"],
            "shift" => ["day", "metric", "arm", "to"],
            _ => throw new JsonShapeException($"there is no fault \"{ShortText.Start(kind, 60)}\"; there are source_down, crash, crossover, loss, shift"),
        };
        var parts = RequestShape.Parts(value, $"a fault {kind}", ["kind", .. members]);
        return kind switch
        {
            "source_down" => new GoldenFault.SourceDown(Day(parts), RequestShape.Hours(parts["hours"])),
            "crash" => new GoldenFault.Crash(ExperimentTool.Find(JsonShape.Text(parts["after"]))?.Name ?? throw new JsonShapeException("there is no such tool").Inside("after")),
            "crossover" => new GoldenFault.Crossover(Day(parts), JsonShape.Share(parts["share"])),
            "loss" => new GoldenFault.Loss(Day(parts), JsonShape.Name(parts["arm"]), JsonShape.Share(parts["share"])),
            _ => new GoldenFault.Shift(Day(parts), JsonShape.Name(parts["metric"]), JsonShape.Name(parts["arm"]), RequestShape.Finite(parts["to"])),
        };
    }

    private static GoldenApproval Approval(JsonElement value)
    {
        var parts = RequestShape.Parts(value, "an approval", ["day", "actor"]);
        return new GoldenApproval(Day(parts), JsonShape.Name(parts["actor"]));
    }

    private static double Day(Dictionary<string, JsonElement> parts) => RequestShape.Between(parts["day"], 0, Limits.ExperimentDays, "a day from 0");
}
