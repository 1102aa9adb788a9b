using System.Text;
using System.Text.Json;

namespace Pawl.Runs;

/// <summary>A decision as it is stored: its events' JSON.</summary>
internal sealed record StoredDecision(string Decided, string? Outcome, string? EarlierOutcomes, string? Evaluation);

/// <summary>A run as it is stored: its events' JSON and what was folded from them.</summary>
internal sealed record StoredRun(
    RunStatus Status,
    DateTimeOffset? CompletedAt,
    string Started,
    string? Ended,
    string Nodes,
    string Edges,
    IReadOnlyList<StoredDecision> Decisions,
    IReadOnlyList<string> Problems);

/// <summary>Puts a run together from its events' JSON.</summary>
internal static class RunAssembler
{
    private static readonly RunJsonReader Reader = new(Instants.Utc);

    public static Run Assemble(StoredRun stored)
    {
        var run = Started(stored.Started) with
        {
            Status = stored.Status,
            CompletedAt = stored.CompletedAt,
            Decisions = [.. stored.Decisions.Select(Decision)],
            Problems = [.. stored.Problems.Select(Problem)],
            NodesExecuted = Strings(stored.Nodes),
            EdgesTraversed = Strings(stored.Edges),
        };
        if (stored.Ended is { } ended) run = End(run, ended);
        return run.Narrative.Length == 0 && run.Status != RunStatus.Running ? run with { Narrative = RunText.Narrative(run) } : run;
    }

    /// <summary>The run that a <c>start_run</c> event begins.</summary>
    public static Run Started(string line)
    {
        string? id = null, goal = null;
        DateTimeOffset? at = null;
        var start = new StartReader();
        var extra = new ExtraMembers();
        var metricsExtra = new ExtraMembers();
        var envelope = new Envelope();
        JsonShape.Members(Parse(line), (name, v) =>
        {
            switch (name)
            {
                case var _ when envelope.Takes(name): id = name == "run_id" ? JsonShape.Text(v) : id; break;
                case "goal_id": goal = JsonShape.Text(v); break;
                case "started_at": at = Reader.Instant(v); break;
                case "metrics": JsonShape.Members(v, metricsExtra.Add); break;
                default:
                    if (!start.TryRead(name, v)) extra.Add(name, v);
                    break;
            }
        });
        return start.Apply(new Run
        {
            Id = RunId.Parse(id!),
            GoalId = goal!,
            StartedAt = at!.Value,
            Status = RunStatus.Running,
            Extra = extra.Taken,
            MetricsExtra = metricsExtra.Taken,
        });
    }

    public static Decision Decision(StoredDecision stored)
    {
        var read = new DecisionReader(Reader);
        var envelope = new Envelope("decision_id");
        JsonShape.Members(Parse(stored.Decided), (name, v) =>
        {
            if (!envelope.Takes(name)) read.Member(name, v);
            else if (name == "decision_id") read.Id = JsonShape.Text(v);
        });
        return read.Result(null) with
        {
            Outcome = stored.Outcome is { } outcome ? Outcome(Parse(outcome)) : null,
            EarlierOutcomes = stored.EarlierOutcomes is { } earlier ? JsonShape.List(Parse(earlier), Outcome) : [],
            Evaluation = stored.Evaluation is { } evaluation ? Reader.Evaluation(Parse(evaluation), new Envelope("decision_id").Takes) : null,
        };
    }

    public static Problem Problem(string line)
    {
        var value = Parse(line);
        var id = value.EnumerateObject().First(m => m.NameEquals("problem_id"u8)).Value;
        return Reader.Problem(value, default, new Envelope("problem_id").Takes, JsonShape.Text(id));
    }

    private static Outcome Outcome(JsonElement value) => Reader.Outcome(value, new Envelope("decision_id").Takes);

    private static Run End(Run run, string line)
    {
        var extra = new ExtraMembers();
        var envelope = new Envelope();
        foreach (var (name, value) in run.Extra) extra.Add(name, value);
        JsonShape.Members(Parse(line), (name, v) =>
        {
            switch (name)
            {
                case var _ when envelope.Takes(name): break;
                case "narrative": run = run with { Narrative = JsonShape.Text(v) }; break;
                case "output_data": run = run with { OutputData = v.Clone() }; break;
                case "status" or "completed_at": break; // folded into the run's row
                default: extra.Add(name, v); break;
            }
        });
        return run with { Extra = extra.Taken };
    }

    private static List<string> Strings(string json) => JsonShape.List(Parse(json), JsonShape.Text);

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json), Json.Stored);
        return document.RootElement.Clone();
    }

    /// <summary>
    /// What an event's line holds in front of its content, always in this order. A member of one of these names further back is one that
    /// Pawl does not know, and is kept.
    /// </summary>
    private sealed class Envelope(string? subject = null)
    {
        private int _seen;

        public bool Takes(string name)
        {
            var rank = name switch { "n" => 1, "event" => 2, "run_id" => 3, _ => name == subject ? 4 : 0 };
            if (rank <= _seen) return false;
            _seen = rank;
            return true;
        }
    }
}
