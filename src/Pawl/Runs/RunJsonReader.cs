using System.Text.Json;
using static Pawl.JsonShape;

namespace Pawl.Runs;

/// <summary>Reads runs and their parts from JSON. Members that stand for derived values are passed over, unknown ones are kept.</summary>
internal sealed class RunJsonReader(Instants instants)
{
    /// <summary>A whole run, as hive directories and <c>run show --json</c> hold it.</summary>
    /// <exception cref="JsonShapeException">Something is not what belongs in its place.</exception>
    public Run Run(JsonElement value)
    {
        string? id = null, goal = null;
        DateTimeOffset? started = null, completed = null;
        RunStatus? status = null;
        var decisions = new List<Decision>();
        var problems = new List<Problem>();
        List<string> nodes = [], edges = [];
        IReadOnlyDictionary<string, JsonElement> metricsExtra = Extras.None;
        var narrative = "";
        var output = Json.EmptyObject;
        var start = new StartReader();
        var extra = new ExtraMembers();
        Members(value, (name, v) =>
        {
            switch (name)
            {
                case "id": id = RunIdText(v); break;
                case "goal_id": goal = Name(v); break;
                case "started_at": started = instants.Read(v); break;
                case "status": status = Status(v); break;
                case "completed_at": completed = v.ValueKind == JsonValueKind.Null ? null : instants.Read(v); break;
                case "decisions": decisions = List(v, d => Decision(d)); break;
                case "problems": problems = List(v, p => Problem(p, DateTimeOffset.MinValue)); break;
                case "metrics": metricsExtra = Metrics(v, out nodes, out edges); break;
                case "narrative": narrative = TextOrNull(v) ?? ""; break;
                case "output_data": output = Object(v); break;
                case "duration_ms": break;
                default:
                    if (!start.TryRead(name, v)) extra.Add(name, v);
                    break;
            }
        });
        Unique(decisions.Select(d => d.Id), "decisions");
        Unique(problems.Select(p => p.Id), "problems");
        var begun = started ?? throw new JsonShapeException("the member \"started_at\" is missing");
        foreach (var node in decisions.Select(d => d.NodeId))
        {
            if (!nodes.Contains(node, StringComparer.Ordinal)) nodes.Add(node);
        }

        return start.Apply(new Run
        {
            Id = RunId.Parse(id ?? throw new JsonShapeException("the member \"id\" is missing")),
            GoalId = goal ?? throw new JsonShapeException("the member \"goal_id\" is missing"),
            StartedAt = begun,
            Status = status ?? throw new JsonShapeException("the member \"status\" is missing"),
            CompletedAt = completed,
            Decisions = decisions,
            Problems = [.. problems.Select(p => p.Timestamp == DateTimeOffset.MinValue ? p with { Timestamp = begun } : p)],
            NodesExecuted = nodes,
            EdgesTraversed = edges,
            MetricsExtra = metricsExtra,
            Narrative = narrative,
            OutputData = output,
            Extra = extra.Taken,
        });
    }

    public Decision Decision(JsonElement value)
    {
        var read = new DecisionReader(this);
        Members(value, (name, v) =>
        {
            if (name == "id") read.Id = Name(v);
            else read.Member(name, v);
        });
        return read.Result(null);
    }

    public Outcome Outcome(JsonElement value, Func<string, bool>? passOver = null)
    {
        bool? success = null;
        var outcome = new Outcome { Success = false };
        var extra = new ExtraMembers();
        Members(value, (name, v) =>
        {
            switch (name)
            {
                case "success": success = Flag(v); break;
                case "result": outcome = outcome with { Result = v.Clone() }; break;
                case "error": outcome = outcome with { Error = TextOrNull(v) }; break;
                case "state_changes": outcome = outcome with { StateChanges = Object(v) }; break;
                case "tokens_used": outcome = outcome with { TokensUsed = Count(v) }; break;
                case "latency_ms": outcome = outcome with { LatencyMs = Count(v) }; break;
                case "summary": outcome = outcome with { Summary = TextOrNull(v) ?? "" }; break;
                case "timestamp": outcome = outcome with { Timestamp = v.ValueKind == JsonValueKind.Null ? null : instants.Read(v) }; break;
                default:
                    if (passOver is null || !passOver(name)) extra.Add(name, v);
                    break;
            }
        });
        return outcome with { Success = success ?? throw new JsonShapeException("the member \"success\" is missing"), Extra = extra.Taken };
    }

    public DecisionEvaluation Evaluation(JsonElement value, Func<string, bool>? passOver = null)
    {
        var evaluation = new DecisionEvaluation();
        var extra = new ExtraMembers();
        Members(value, (name, v) =>
        {
            switch (name)
            {
                case "goal_aligned": evaluation = evaluation with { GoalAligned = Flag(v) }; break;
                case "alignment_score": evaluation = evaluation with { AlignmentScore = Share(v) }; break;
                case "better_option_existed": evaluation = evaluation with { BetterOptionExisted = Flag(v) }; break;
                case "better_option_id": evaluation = evaluation with { BetterOptionId = TextOrNull(v) }; break;
                case "why_better": evaluation = evaluation with { WhyBetter = TextOrNull(v) }; break;
                case "outcome_quality": evaluation = evaluation with { OutcomeQuality = Share(v) }; break;
                case "contributed_to_success": evaluation = evaluation with { ContributedToSuccess = FlagOrNull(v) }; break;
                case "explanation": evaluation = evaluation with { Explanation = TextOrNull(v) ?? "" }; break;
                default:
                    if (passOver is null || !passOver(name)) extra.Add(name, v);
                    break;
            }
        });
        return evaluation with { Extra = extra.Taken };
    }

    public Problem Problem(JsonElement value, DateTimeOffset fallback, Func<string, bool>? passOver = null, string? givenId = null)
    {
        string? id = givenId, severity = null, description = null, cause = null, decision = null, fix = null;
        var at = fallback;
        var extra = new ExtraMembers();
        Members(value, (name, v) =>
        {
            switch (name)
            {
                case "id" when givenId is null: id = Name(v); break;
                case "severity": severity = Name(v); break;
                case "description": description = Text(v); break;
                case "root_cause": cause = TextOrNull(v); break;
                case "decision_id": decision = TextOrNull(v); break;
                case "timestamp": at = v.ValueKind == JsonValueKind.Null ? fallback : instants.Read(v); break;
                case "suggested_fix": fix = TextOrNull(v); break;
                default:
                    if (passOver is null || !passOver(name)) extra.Add(name, v);
                    break;
            }
        });
        return new Problem
        {
            Id = id ?? throw new JsonShapeException("the member \"id\" is missing"),
            Severity = severity ?? throw new JsonShapeException("the member \"severity\" is missing (critical, warning or minor)"),
            Description = description ?? throw new JsonShapeException("the member \"description\" is missing"),
            RootCause = cause,
            DecisionId = decision,
            Timestamp = at,
            SuggestedFix = fix,
            Extra = extra.Taken,
        };
    }

    public Option Option(JsonElement value)
    {
        string? id = null;
        var option = new Option { Id = "" };
        var extra = new ExtraMembers();
        Members(value, (name, v) =>
        {
            switch (name)
            {
                case "id": id = Name(v); break;
                case "description": option = option with { Description = TextOrNull(v) ?? "" }; break;
                case "action_type": option = option with { ActionType = Text(v) }; break;
                case "action_params": option = option with { ActionParams = Object(v) }; break;
                case "pros": option = option with { Pros = List(v, Text) }; break;
                case "cons": option = option with { Cons = List(v, Text) }; break;
                case "confidence": option = option with { Confidence = Share(v) }; break;
                default: extra.Add(name, v); break;
            }
        });
        return option with { Id = id ?? throw new JsonShapeException("the member \"id\" is missing"), Extra = extra.Taken };
    }

    public DateTimeOffset Instant(JsonElement value) => instants.Read(value);

    public static RunStatus Status(JsonElement value) => Text(value) switch
    {
        "running" => RunStatus.Running,
        "completed" => RunStatus.Completed,
        "failed" => RunStatus.Failed,
        "stuck" => RunStatus.Stuck,
        "cancelled" => RunStatus.Cancelled,
        _ => throw Unexpected(value, "running, completed, failed, stuck or cancelled"),
    };

    public static DecisionType Type(JsonElement value) => Text(value) switch
    {
        "tool_selection" => DecisionType.ToolSelection,
        "parameter_choice" => DecisionType.ParameterChoice,
        "path_choice" => DecisionType.PathChoice,
        "output_format" => DecisionType.OutputFormat,
        "retry_strategy" => DecisionType.RetryStrategy,
        "delegation" => DecisionType.Delegation,
        "termination" => DecisionType.Termination,
        "custom" => DecisionType.Custom,
        _ => throw Unexpected(value, "a decision type (tool_selection, parameter_choice, path_choice, output_format, retry_strategy, delegation, termination, custom)"),
    };

    public static string RunIdText(JsonElement value) => RunId.TryParse(Text(value), null, out var id)
        ? id.Value
        : throw Unexpected(value, "a run id (1 to 128 of the characters A-Z a-z 0-9 . _ - and no dot in front)");

    public static void Unique(IEnumerable<string> ids, string? where = null)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            if (seen.Add(id)) continue;
            var twice = new JsonShapeException($"the id \"{id}\" stands twice");
            throw where is null ? twice : twice.Inside(where);
        }
    }

    private static IReadOnlyDictionary<string, JsonElement> Metrics(JsonElement value, out List<string> nodes, out List<string> edges)
    {
        List<string> nodesRead = [], edgesRead = [];
        var extra = new ExtraMembers();
        Members(value, (name, v) =>
        {
            switch (name)
            {
                case "nodes_executed": nodesRead = List(v, Name); break;
                case "edges_traversed": edgesRead = List(v, Name); break;
                // Counts and rates are derived anew: the ones in files can be stale or above 1.
                case "total_decisions" or "successful_decisions" or "failed_decisions" or "total_tokens" or "total_latency_ms" or "success_rate": break;
                default: extra.Add(name, v); break;
            }
        });
        (nodes, edges) = (nodesRead, edgesRead);
        return extra.Taken;
    }
}

/// <summary>Collects the members that nobody knew.</summary>
internal sealed class ExtraMembers
{
    private Dictionary<string, JsonElement>? _members;

    public IReadOnlyDictionary<string, JsonElement> Taken => _members ?? Extras.None;

    public void Add(string name, JsonElement value) => (_members ??= [])[name] = value.Clone();
}
