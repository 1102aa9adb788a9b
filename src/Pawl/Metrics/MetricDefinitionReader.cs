using System.Text.Json;
using System.Text.RegularExpressions;
using Pawl.Statistics;

namespace Pawl.Metrics;

/// <summary>Reads one metric, and holds it against the sources it may use.</summary>
internal sealed partial class MetricDefinitionReader(IReadOnlyDictionary<string, MetricSourceDefinition> sources, ExposureDefinition? exposures)
{
    private const double DaysMax = 365;

    public MetricDefinition Read(string name, JsonElement definition)
    {
        var members = new MetricMembers(
            definition, "source", "kind", "sql", "event", "numerator", "denominator", "level", "cap", "cuped", "window_days", "better", "query", "label", "of");
        var source = Source(members);
        var kind = Kind(members, source);
        var isRatio = kind == MetricKind.Ratio;
        foreach (var one in (string[])["sql", "event"])
        {
            if (isRatio) members.Refuse(one, "a ratio has it inside numerator and denominator");
        }

        foreach (var part in (string[])["numerator", "denominator"])
        {
            if (!isRatio) members.Refuse(part, "only a ratio has it");
        }

        return new MetricDefinition
        {
            Name = name,
            Source = source.Name,
            Kind = kind,
            Input = isRatio ? Part(members, "numerator", source) : Input(members, kind, source),
            Denominator = isRatio ? Part(members, "denominator", source) : null,
            Better = Better(members),
            Level = Level(members, kind),
            Cap = Cap(members, kind),
            Covariate = Covariate(members, kind),
            Window = members.Number("window_days", above: 0, upTo: DaysMax) is { } days ? TimeSpan.FromDays(days) : null,
        };
    }

    private MetricSourceDefinition Source(MetricMembers members)
    {
        var name = members.Text("source", required: true)!;
        if (!sources.TryGetValue(name, out var source)) throw members.Fault("source", $"there is no source \"{name}\" under metrics.sources");
        if (source is not (MetricSourceDefinition.Embedded or MetricSourceDefinition.Prometheus or MetricSourceDefinition.Runs) && exposures?.Source != name)
            throw members.Fault("source", $"metrics.exposures does not say where \"{name}\" holds exposures, and a metric is joined with them in one statement");
        return source;
    }

    private static MetricKind Kind(MetricMembers members, MetricSourceDefinition source) => members.Text("kind", required: true) switch
    {
        "value" when source is MetricSourceDefinition.Prometheus => MetricKind.Value,
        "value" => throw members.Fault("kind", "only a source of kind prometheus computes a value itself"),
        "ratio" when source is MetricSourceDefinition.Runs => throw members.Fault("kind", "of runs there are mean, proportion and quantile"),
        not null when source is MetricSourceDefinition.Prometheus => throw members.Fault("kind", "a source of kind prometheus knows a number for each arm alone: its kind is value"),
        "mean" => MetricKind.Mean,
        "proportion" => MetricKind.Proportion,
        "ratio" => MetricKind.Ratio,
        "quantile" => MetricKind.Quantile,
        var kind => throw members.Fault("kind", $"\"{kind}\" is unknown: there are mean, proportion, ratio, quantile and value"),
    };

    private static MetricInput Part(MetricMembers members, string name, MetricSourceDefinition source)
    {
        MetricInput? input = null;
        members.Read(name, part => input = Input(new MetricMembers(part, "sql", "event"), MetricKind.Ratio, source));
        return input ?? throw new JsonShapeException($"\"{name}\" is missing: a ratio has a numerator and a denominator");
    }

    private static MetricInput Input(MetricMembers members, MetricKind kind, MetricSourceDefinition source)
    {
        if (source is MetricSourceDefinition.Runs) return Run(members, kind);
        members.Refuse("of", "only a metric of a source of kind runs has it");
        if (source is MetricSourceDefinition.Prometheus) return Query(members);
        foreach (var one in (string[])["query", "label"]) members.Refuse(one, "only a metric of a source of kind prometheus has it");
        if (source is MetricSourceDefinition.Embedded)
        {
            members.Refuse("sql", "the embedded source is asked by event: name the event");
            return new MetricInput.Event(members.Text("event", required: true)!);
        }

        members.Refuse("event", "only the embedded source holds events: give a statement as sql");
        return new MetricInput.Sql(members.Select("sql"));
    }

    private static MetricInput.Run Run(MetricMembers members, MetricKind kind)
    {
        foreach (var one in (string[])["sql", "event", "query", "label"]) members.Refuse(one, "a metric of runs says what of a run it measures: give it as of");
        members.Refuse("cuped", "a run has no values from before it started");
        return new MetricInput.Run((kind, members.Text("of", required: true)) switch
        {
            (MetricKind.Proportion, "success") => RunMeasure.Success,
            (MetricKind.Mean or MetricKind.Quantile, "tokens") => RunMeasure.Tokens,
            (MetricKind.Mean or MetricKind.Quantile, "latency") => RunMeasure.Latency,
            (MetricKind.Mean, "problems") => RunMeasure.Problems,
            (_, var of) => throw members.Fault("of", $"\"{of}\" is none of this kind: there are a proportion of success, a mean of tokens, latency and problems, and a quantile of tokens and latency"),
        });
    }

    private static MetricInput.Query Query(MetricMembers members)
    {
        foreach (var one in (string[])["sql", "event"]) members.Refuse(one, "Prometheus is asked in PromQL: give it as query");
        members.Refuse("window_days", "a number for each arm has no units whose window could close: write a range such as [@lookback] into the query");
        var text = members.Text("query", required: true)!;
        if (PromQlText.Fault(text) is { } fault) throw members.Fault("query", fault);
        var label = members.Text("label") ?? "variant";
        return LabelName().IsMatch(label) ? new MetricInput.Query(text, label) : throw members.Fault("label", $"\"{label}\" is no name of a label");
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant)]
    private static partial Regex LabelName();

    private static Side Better(MetricMembers members) => members.Text("better") switch
    {
        null or "higher" => Side.Greater,
        "lower" => Side.Less,
        var side => throw members.Fault("better", $"\"{side}\" is unknown: there are higher and lower"),
    };

    private static double? Level(MetricMembers members, MetricKind kind)
    {
        if (kind != MetricKind.Quantile) members.Refuse("level", "only a quantile has it");
        return members.Number("level", above: 0, upTo: 1, upToIsIn: false)
            ?? (kind == MetricKind.Quantile ? throw new JsonShapeException("\"level\" is missing: a quantile needs one, such as 0.95") : null);
    }

    private static double? Cap(MetricMembers members, MetricKind kind)
    {
        if (kind is not (MetricKind.Mean or MetricKind.Ratio)) members.Refuse("cap", "only a mean or a ratio can be capped");
        return Inside(members, "cap", "percentile", above: 0.5, upTo: 1, upToIsIn: false);
    }

    private static TimeSpan? Covariate(MetricMembers members, MetricKind kind)
    {
        if (kind != MetricKind.Mean) members.Refuse("cuped", "only a mean can have a covariate");
        return Inside(members, "cuped", "days", above: 0, upTo: DaysMax, upToIsIn: true) is { } days ? TimeSpan.FromDays(days) : null;
    }

    private static double? Inside(MetricMembers members, string name, string inner, double above, double upTo, bool upToIsIn)
    {
        double? number = null;
        members.Read(name, value => number = new MetricMembers(value, inner).Number(inner, above, upTo, upToIsIn)
            ?? throw new JsonShapeException($"\"{inner}\" is missing"));
        return number;
    }
}
