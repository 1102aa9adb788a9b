using System.Text.Json;

namespace Pawl.Metrics;

/// <summary>Reads <c>metrics:</c>; what it does not know, it refuses.</summary>
internal sealed class MetricsReader(Func<string, string?> environment)
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
            definitions, (name, definition) => _definitions.Add(Named(name), new MetricDefinitionReader(_sources, _exposures).Read(name, definition) with { Digest = Digest(definition) })));
        return new MetricsConfiguration { Sources = _sources, Exposures = _exposures, Definitions = _definitions };
    }

    private string Digest(JsonElement definition) => CanonicalJson.Digest(Json.Object(to =>
    {
        Json.WriteMember(to, "definition", definition);
        if (_exposures is { } exposures) to.WriteString("exposures", exposures.Sql);
    }));

    private static string Named(string name) =>
        name.Length == 0 ? throw new JsonShapeException("expected a name, found an empty one") : Names.Fault(name) is { } fault ? throw new JsonShapeException(fault) : name;

    private MetricSourceDefinition Source(string name, JsonElement source)
    {
        var members = new MetricMembers(source, "kind", "connection", "path", "url", "token", "user", "password", "database", "timeout_seconds");
        var limit = TimeSpan.FromSeconds(members.Number("timeout_seconds", above: 0, upTo: LimitSecondsMax) ?? 60);
        var kind = members.Text("kind", required: true);
        MetricSourceDefinition read = kind switch
        {
            "embedded" => new MetricSourceDefinition.Embedded { Name = name, Limit = limit },
            "postgres" => new MetricSourceDefinition.Postgres { Name = name, Limit = limit, Connection = Expanded(members, "connection") },
            "sqlite" => new MetricSourceDefinition.Sqlite { Name = name, Limit = limit, Path = Expanded(members, "path") },
            "runs" => new MetricSourceDefinition.Runs { Name = name, Limit = limit },
            "prometheus" => new MetricSourceDefinition.Prometheus
            {
                Name = name,
                Limit = limit,
                Url = Url(members),
                Token = members.Has("token") ? Header(members, "token") : null,
                User = members.Has("user") ? Expanded(members, "user") : null,
                Password = members.Has("password") ? Expanded(members, "password") : null,
            },
            "clickhouse" => new MetricSourceDefinition.ClickHouse
            {
                Name = name,
                Limit = limit,
                Url = Url(members),
                User = members.Has("user") ? Expanded(members, "user") : null,
                Password = members.Has("password") ? Expanded(members, "password") : null,
                Database = members.Has("database") ? Expanded(members, "database") : null,
            },
            _ => throw members.Fault("kind", $"\"{kind}\" is unknown: there are embedded, postgres, sqlite, clickhouse, prometheus and runs"),
        };
        if (read is not MetricSourceDefinition.Postgres) members.Refuse("connection", "only a source of kind postgres has it");
        if (read is not MetricSourceDefinition.Sqlite) members.Refuse("path", "only a source of kind sqlite has it");
        if (read is not MetricSourceDefinition.Prometheus) members.Refuse("token", "only a source of kind prometheus has it");
        if (read is not MetricSourceDefinition.ClickHouse) members.Refuse("database", "only a source of kind clickhouse has it");
        foreach (var member in (string[])["url", "user", "password"])
        {
            if (read is not (MetricSourceDefinition.Prometheus or MetricSourceDefinition.ClickHouse))
                members.Refuse(member, "only a source of kind clickhouse or prometheus has it");
        }

        if (members.Has("token")) members.Refuse("user", "there is a token already: log in with either");
        if (members.Has("password") != members.Has("user")) throw new JsonShapeException("user and password go together, and one of them is missing");
        return read;
    }

    private Uri Url(MetricMembers members)
    {
        var text = Expanded(members, "url");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw members.Fault("url", "it is no address that begins with http:// or https://");
        if (url.UserInfo.Length > 0) throw members.Fault("url", "it may hold no user and no password: give them as user and password");
        if (url.Query.Length > 0 || url.Fragment.Length > 0) throw members.Fault("url", "it may hold no query and no fragment: give the address alone, of Prometheus without /api/v1");
        return url;
    }

    private string Header(MetricMembers members, string member)
    {
        var text = Expanded(members, member);
        return text.Length > 0 && text.All(c => c is > ' ' and <= '~') ? text : throw members.Fault(member, "it is empty or holds characters that no token has");
    }

    private ExposureDefinition Exposures(JsonElement exposures)
    {
        var members = new MetricMembers(exposures, "source", "sql");
        var source = members.Text("source", required: true)!;
        if (!_sources.TryGetValue(source, out var found)) throw members.Fault("source", $"there is no source \"{source}\" under metrics.sources");
        if (found is MetricSourceDefinition.Embedded) throw members.Fault("source", "the embedded source has exposures of its own: leave this part out");
        if (found is MetricSourceDefinition.Prometheus) throw members.Fault("source", "Prometheus holds no exposures: its metrics need none");
        if (found is MetricSourceDefinition.Runs) throw members.Fault("source", "runs say themselves which variants they were served: leave this part out");
        return new ExposureDefinition(source, members.Select("sql"));
    }

    private string Expanded(MetricMembers members, string member)
    {
        var text = members.Text(member, required: true)!;
        JsonShape.Within(member, () => text = EnvironmentText.Expand(text, environment));
        return text;
    }
}
