using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pawl.Metrics;

/// <summary>Reads <c>metrics:</c>; what it does not know, it refuses.</summary>
internal sealed partial class MetricsReader(Func<string, string?> environment)
{
    private const double LimitSecondsMax = 3600;

    private readonly Dictionary<string, MetricSourceDefinition> _sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MetricDefinition> _definitions = new(StringComparer.Ordinal);
    private ExposureDefinition? _exposures;

    public MetricsConfiguration Read(JsonElement metrics)
    {
        var parts = new MetricMembers(metrics, "sources", "exposures", "definitions");
        parts.Read("sources", sources => JsonShape.Members(sources, (name, source) => _sources.Add(Named(name), Source(name, source))));
        parts.Read("exposures", exposures => _exposures = Exposures(exposures));
        parts.Read("definitions", definitions => JsonShape.Members(
            definitions, (name, definition) => _definitions.Add(Named(name), new MetricDefinitionReader(_sources, _exposures).Read(name, definition))));
        return new MetricsConfiguration { Sources = _sources, Exposures = _exposures, Definitions = _definitions };
    }

    private static string Named(string name) =>
        name.Length == 0 ? throw new JsonShapeException("expected a name, found an empty one") : Names.Fault(name) is { } fault ? throw new JsonShapeException(fault) : name;

    private MetricSourceDefinition Source(string name, JsonElement source)
    {
        var members = new MetricMembers(source, "kind", "connection", "path", "timeout_seconds");
        var limit = TimeSpan.FromSeconds(members.Number("timeout_seconds", above: 0, upTo: LimitSecondsMax) ?? 60);
        var kind = members.Text("kind", required: true);
        MetricSourceDefinition read = kind switch
        {
            "embedded" => new MetricSourceDefinition.Embedded { Name = name, Limit = limit },
            "postgres" => new MetricSourceDefinition.Postgres { Name = name, Limit = limit, Connection = Expanded(members, "connection") },
            "sqlite" => new MetricSourceDefinition.Sqlite { Name = name, Limit = limit, Path = Expanded(members, "path") },
            _ => throw members.Fault("kind", $"\"{kind}\" is unknown: there are embedded, postgres and sqlite"),
        };
        if (read is not MetricSourceDefinition.Postgres) members.Refuse("connection", "only a source of kind postgres has it");
        if (read is not MetricSourceDefinition.Sqlite) members.Refuse("path", "only a source of kind sqlite has it");
        return read;
    }

    private ExposureDefinition Exposures(JsonElement exposures)
    {
        var members = new MetricMembers(exposures, "source", "sql");
        var source = members.Text("source", required: true)!;
        if (!_sources.TryGetValue(source, out var found)) throw members.Fault("source", $"there is no source \"{source}\" under metrics.sources");
        if (found is MetricSourceDefinition.Embedded) throw members.Fault("source", "the embedded source has exposures of its own: leave this part out");
        return new ExposureDefinition(source, members.Select("sql"));
    }

    // The message names the variable and never what the text would have become.
    private string Expanded(MetricMembers members, string member) => Variable().Replace(
        members.Text(member, required: true)!,
        match => environment(match.Groups["name"].Value) ?? throw members.Fault(member, $"the environment variable {match.Groups["name"].Value} is not set"));

    [GeneratedRegex(@"\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();
}
