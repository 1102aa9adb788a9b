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
        JsonShape.Members(Parse(line), (name, v) =>
        {
            switch (name)
            {
                case "run_id": id = JsonShape.Text(v); break;
                case "goal_id": goal = JsonShape.Text(v); break;
                case "started_at": at = Reader.Instant(v); break;
                case "metrics": JsonShape.Members(v, metricsExtra.Add); break;
                default:
                    if (!IsEnvelope(name) && !start.TryRead(name, v)) extra.Add(name, v);
                    break;
            }
        });
        return start.Apply(new Run
        {
            Id = RunId.Parse(id!), GoalId = goal!, StartedAt = at!.Value, Status = RunStatus.Running, Extra = extra.Taken, MetricsExtra = metricsExtra.Taken,
        });
    }

    public static Decision Decision(StoredDecision stored)
    {
        var read = new DecisionReader(Reader);
        JsonShape.Members(Parse(stored.Decided), (name, v) =>
        {
            if (name == "decision_id") read.Id = JsonShape.Text(v);
            else if (!IsEnvelope(name)) read.Member(name, v);
        });
        return read.Result(null) with
        {
            Outcome = stored.Outcome is { } outcome ? Outcome(Parse(outcome)) : null,
            EarlierOutcomes = stored.EarlierOutcomes is { } earlier ? JsonShape.List(Parse(earlier), Outcome) : [],
            Evaluation = stored.Evaluation is { } evaluation ? Reader.Evaluation(Parse(evaluation), IsEnvelopeOrDecision) : null,
        };
    }

    public static Problem Problem(string line)
    {
        var value = Parse(line);
        return Reader.Problem(value, default, name => IsEnvelope(name) || name == "problem_id", JsonShape.Text(value.GetProperty("problem_id")));
    }

    private static Outcome Outcome(JsonElement value) => Reader.Outcome(value, IsEnvelopeOrDecision);

    private static Run End(Run run, string line)
    {
        var extra = new ExtraMembers();
        foreach (var (name, value) in run.Extra) extra.Add(name, value);
        JsonShape.Members(Parse(line), (name, v) =>
        {
            switch (name)
            {
                case "narrative": run = run with { Narrative = JsonShape.Text(v) }; break;
                case "output_data": run = run with { OutputData = v.Clone() }; break;
                case "status" or "completed_at": break; // folded into the run's row
                default:
                    if (!IsEnvelope(name)) extra.Add(name, v);
                    break;
            }
        });
        return run with { Extra = extra.Taken };
    }

    private static bool IsEnvelope(string name) => name is "event" or "run_id" or "n";

    private static bool IsEnvelopeOrDecision(string name) => IsEnvelope(name) || name == "decision_id";

    private static List<string> Strings(string json) => JsonShape.List(Parse(json), JsonShape.Text);

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json), new JsonDocumentOptions { MaxDepth = Limits.JsonDepth + 8 });
        return document.RootElement.Clone();
    }
}
