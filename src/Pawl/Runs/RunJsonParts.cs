using System.Text.Json;
using static Pawl.JsonShape;

namespace Pawl.Runs;

/// <summary>Collects a decision's members, whether they stand in a run or in a <c>decide</c> event.</summary>
internal sealed class DecisionReader(RunJsonReader reader)
{
    private readonly ExtraMembers _extra = new();
    private DateTimeOffset? _timestamp;
    private string? _node, _intent, _chosen;
    private DecisionType _type = DecisionType.Custom;
    private List<Option> _options = [];
    private string _reasoning = "";
    private List<string> _constraints = [];
    private JsonElement _context = Json.EmptyObject;
    private Outcome? _outcome;
    private List<Outcome> _earlier = [];
    private DecisionEvaluation? _evaluation;

    public string? Id { get; set; }

    public string? Chosen { get => _chosen; set => _chosen = value; }

    public void Member(string name, JsonElement v)
    {
        switch (name)
        {
            case "timestamp": _timestamp = v.ValueKind == JsonValueKind.Null ? null : reader.Instant(v); break;
            case "node_id": _node = v.ValueKind == JsonValueKind.Null ? null : Name(v); break;
            case "intent": _intent = Intent(v); break;
            case "decision_type": _type = RunJsonReader.Type(v); break;
            case "options": _options = Options(v); break;
            case "chosen_option_id": _chosen = v.ValueKind == JsonValueKind.Null ? null : NameOrEmpty(v); break;
            case "reasoning": _reasoning = TextOrNull(v) ?? ""; break;
            case "active_constraints": _constraints = List(v, Text); break;
            case "input_context": _context = Object(v); break;
            case "outcome": _outcome = v.ValueKind == JsonValueKind.Null ? null : reader.Outcome(v); break;
            case "earlier_outcomes": _earlier = List(v, o => reader.Outcome(o)); break;
            case "evaluation": _evaluation = v.ValueKind == JsonValueKind.Null ? null : reader.Evaluation(v); break;
            case "chosen_option" or "was_successful" or "was_good_decision": break; // derived, and stale in real files
            default: _extra.Add(name, v); break;
        }
    }

    public Decision Result(DateTimeOffset? now, string? defaultNode = null) => new()
    {
        Id = Id ?? throw new JsonShapeException("the member \"id\" is missing"),
        Timestamp = _timestamp ?? now ?? throw new JsonShapeException("the member \"timestamp\" is missing"),
        NodeId = _node ?? defaultNode ?? throw new JsonShapeException("the member \"node_id\" is missing"),
        Intent = _intent ?? throw new JsonShapeException("the member \"intent\" is missing"),
        DecisionType = _type,
        Options = _options,
        ChosenOptionId = _chosen ?? throw new JsonShapeException("the member \"chosen_option_id\" is missing"),
        Reasoning = _reasoning,
        ActiveConstraints = _constraints,
        InputContext = _context,
        Outcome = _outcome,
        EarlierOutcomes = _earlier,
        Evaluation = _evaluation,
        Extra = _extra.Taken,
    };

    private List<Option> Options(JsonElement value)
    {
        var options = List(value, reader.Option);
        if (options.Count > Limits.OptionsPerDecision)
            throw new JsonShapeException($"{options.Count} options are more than the {Limits.OptionsPerDecision} that a decision may weigh");
        RunJsonReader.Unique(options.Select(o => o.Id));
        return options;
    }

    // Real files name options that are not there; only what no column can hold is refused.
    private static string NameOrEmpty(JsonElement value)
    {
        var text = Text(value);
        return Names.Fault(text) is { } fault ? throw new JsonShapeException(fault) : text;
    }

    private static string Intent(JsonElement value)
    {
        var text = Text(value);
        return text.Contains('\0', StringComparison.Ordinal) ? throw new JsonShapeException("an intent may not hold a NUL character") : text;
    }
}

/// <summary>Collects what a run has from its start on.</summary>
internal sealed class StartReader
{
    private string _description = "";
    private JsonElement _input = Json.EmptyObject;
    private AgentIdentity? _agent;
    private List<ServedFlag> _served = [];
    private List<Reference> _refs = [];

    public bool TryRead(string name, JsonElement v)
    {
        switch (name)
        {
            case "goal_description": _description = TextOrNull(v) ?? ""; return true;
            case "input_data": _input = Object(v); return true;
            case "agent": _agent = v.ValueKind == JsonValueKind.Null ? null : Agent(v); return true;
            case "served": _served = List(v, Served); return true;
            case "refs": _refs = List(v, Ref); return true;
            default: return false;
        }
    }

    public Run Apply(Run run) => run with { GoalDescription = _description, InputData = _input, Agent = _agent, Served = _served, Refs = _refs };

    private static AgentIdentity Agent(JsonElement value)
    {
        string? name = null, version = null, commit = null;
        var extra = new ExtraMembers();
        Members(value, (member, v) =>
        {
            switch (member)
            {
                case "name": name = Name(v); break;
                case "version": version = TextOrNull(v); break;
                case "commit": commit = TextOrNull(v); break;
                default: extra.Add(member, v); break;
            }
        });
        return new AgentIdentity(name ?? throw new JsonShapeException("the member \"name\" is missing"), version, commit) { Extra = extra.Taken };
    }

    private static ServedFlag Served(JsonElement value)
    {
        string? flag = null, variant = null, experiment = null, unit = null;
        long version = 0;
        var extra = new ExtraMembers();
        Members(value, (member, v) =>
        {
            switch (member)
            {
                case "flag": flag = Name(v); break;
                case "version": version = Count(v); break;
                case "variant": variant = Name(v); break;
                case "experiment": experiment = TextOrNull(v); break;
                case "unit": unit = TextOrNull(v); break;
                default: extra.Add(member, v); break;
            }
        });
        return new ServedFlag(
            flag ?? throw new JsonShapeException("the member \"flag\" is missing"),
            version,
            variant ?? throw new JsonShapeException("the member \"variant\" is missing"),
            experiment,
            unit)
        { Extra = extra.Taken };
    }

    private static Reference Ref(JsonElement value)
    {
        string? kind = null, id = null;
        var extra = new ExtraMembers();
        Members(value, (member, v) =>
        {
            switch (member)
            {
                case "kind": kind = Name(v); break;
                case "id": id = Name(v); break;
                default: extra.Add(member, v); break;
            }
        });
        return new Reference(
            kind ?? throw new JsonShapeException("the member \"kind\" is missing"),
            id ?? throw new JsonShapeException("the member \"id\" is missing"))
        { Extra = extra.Taken };
    }
}
