using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using static Pawl.JsonShape;

namespace Pawl.Runs;

/// <summary>
/// Records what comes in as flat JSON objects, one an event: how any language and any shell records. A line is refused with a reason or
/// becomes an event; the answer is given when that event is durable.
/// </summary>
public sealed class RecordProtocol(RunRecorder recorder)
{
    // Members of a run or a decision that other events own, or that Pawl gives out.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "n", "id", "decision_id", "problem_id", "decisions", "problems", "metrics", "outcome", "earlier_outcomes", "evaluation", "duration_ms", "completed_at",
    };

    private static readonly RunJsonReader Reader = new(Instants.Utc);

    /// <summary>Takes one line. The task yields the answer's JSON, without a line feed, once the event is durable or refused.</summary>
    /// <param name="line">One JSON object in UTF-8, at most <see cref="Limits.EventBytes"/>.</param>
    public async Task<Task<RecordAnswer>> TakeAsync(ReadOnlyMemory<byte> line)
    {
        var answer = new RecordAnswer();
        try
        {
            return await TakeCoreAsync(line, answer).ConfigureAwait(false);
        }
        catch (JsonShapeException e)
        {
            answer.Error = e.Message;
        }
        catch (UnavailableException e)
        {
            answer.Error = e.Message; // whether the run may be recorded into cannot be told now; the next line may fare better
        }
        catch (Exception e) when (e is BadInputException or ArgumentException)
        {
            answer.Error = e.Message.Split(" (Parameter '", 2)[0];
        }

        return Task.FromResult(answer);
    }

    /// <summary>The answer to a line that is longer than an event may be.</summary>
    public static RecordAnswer TooLong(long bytes) => new() { Error = $"the line holds {bytes} bytes, more than the {Limits.EventBytes} of an event" };

    private async Task<Task<RecordAnswer>> TakeCoreAsync(ReadOnlyMemory<byte> line, RecordAnswer answer)
    {
        var json = Parse(line);
        if (json.TryGetProperty("tag", out var tag)) answer.Tag = tag;
        if (json.TryGetProperty("event", out var kind) && kind.ValueKind == JsonValueKind.String) answer.Event = kind.GetString();
        if (answer.Event is null) throw new JsonShapeException("the member \"event\" is missing (start_run, set_node, decide, record_outcome, evaluate, traverse_edge, report_problem, end_run)");
        if (answer.Event == "start_run")
        {
            var started = await StartAsync(json).ConfigureAwait(false);
            answer.RunId = started.Id.Value;
            answer.Ok = started.LostStart is null;
            if (!answer.Ok) answer.Error = "neither the database nor the spill file took the start";
            return Task.FromResult(answer);
        }

        var run = await FindAsync(json, answer).ConfigureAwait(false);
        var durable = answer.Event switch
        {
            "set_node" => SetNode(run, json),
            "decide" => Decide(run, json, answer),
            "record_outcome" => Outcome(run, json, answer),
            "evaluate" => Evaluate(run, json, answer),
            "traverse_edge" => Edge(run, json),
            "report_problem" => Problem(run, json, answer),
            "end_run" => End(run, json),
            _ => throw new JsonShapeException($"\"{answer.Event}\" is no event (start_run, set_node, decide, record_outcome, evaluate, traverse_edge, report_problem, end_run)"),
        };
        return WhenDurable(durable, answer);
    }

    private static async Task<RecordAnswer> WhenDurable(Task<bool> durable, RecordAnswer answer)
    {
        answer.Ok = await durable.ConfigureAwait(false);
        if (!answer.Ok) answer.Error = "the event is lost: the run has ended or was taken over, or neither the database nor the spill file took it";
        return answer;
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> line)
    {
        if (!Utf8.IsValid(line.Span)) throw new BadInputException("the line is not UTF-8");
        try
        {
            ExpectUnicode(line.Span);
            var json = Json.Parse(line);
            Expect(json, JsonValueKind.Object, "an object");
            return json;
        }
        catch (JsonException e) when (e.BytePositionInLine is null && MemberTwice(line.Span) is { } name)
        {
            throw new BadInputException($"the member \"{(name.Length <= 60 ? name : name[..60])}\" stands twice in one object", e);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"the line is no JSON object (byte {e.BytePositionInLine + 1}): {e.Message.Split(" LineNumber:", 2)[0]}", e);
        }
    }

    // The parser refuses such an object, but tells the name in its prose only.
    private static string? MemberTwice(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Limits.JsonDepth });
        var open = new Stack<HashSet<string>>();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartObject) open.Push(new HashSet<string>(StringComparer.Ordinal));
            else if (reader.TokenType == JsonTokenType.EndObject) open.Pop();
            else if (reader.TokenType == JsonTokenType.PropertyName && reader.GetString() is { } name && !open.Peek().Add(name)) return name;
        }

        return null;
    }

    private async Task<ActiveRun> StartAsync(JsonElement json)
    {
        string? goal = null;
        var start = new StartReader();
        var extra = new ExtraMembers();
        Members(json, (name, v) =>
        {
            switch (name)
            {
                case "event" or "tag": break;
                case "goal_id": goal = Name(v); break;
                case "run_id" or "started_at" or "status" or "narrative" or "output_data":
                    throw new JsonShapeException("this is not given at the start: Pawl gives out the id and the time, the rest belongs to end_run");
                default:
                    if (!start.TryRead(name, v)) extra.Add(NotReserved(name), v);
                    break;
            }
        });
        var known = start.Apply(new Run
        {
            Id = default,
            GoalId = goal ?? throw new JsonShapeException("the member \"goal_id\" is missing"),
            StartedAt = default,
            Status = RunStatus.Running,
        });
        return await recorder.StartRunAsync(goal, new RunDetails
        {
            GoalDescription = known.GoalDescription,
            InputData = known.InputData,
            Agent = known.Agent,
            Served = known.Served,
            Refs = known.Refs,
            Extra = extra.Taken,
        }).ConfigureAwait(false);
    }

    private async Task<ActiveRun> FindAsync(JsonElement json, RecordAnswer answer)
    {
        if (!json.TryGetProperty("run_id", out var given)) throw new JsonShapeException("the member \"run_id\" is missing; start_run answers with it");
        RunId id;
        try
        {
            id = RunId.Parse(RunJsonReader.RunIdText(given));
        }
        catch (JsonShapeException e)
        {
            throw e.Inside("run_id");
        }

        answer.RunId = id.Value;
        if (recorder.Find(id) is { } active) return active;
        var (run, outcome) = await recorder.ResumeRunAsync(id).ConfigureAwait(false);
        return run ?? throw new BadInputException(outcome switch
        {
            ResumeOutcome.NotFound => $"there is no run {id}",
            ResumeOutcome.Ended ended => $"the run {id} has ended ({RunText.Word(ended.Status)})",
            ResumeOutcome.Owned owned => $"the run {id} is being recorded by process {owned.Owner.ProcessId} on {owned.Owner.Host.Split('/')[0]}",
            _ => throw new InvalidOperationException("A resumed run has a handle."),
        });
    }

    private static Task<bool> SetNode(ActiveRun run, JsonElement json)
    {
        var node = Member(json, "node_id");
        return run.MoveTo(node);
    }

    private static Task<bool> Edge(ActiveRun run, JsonElement json) => run.Post(EventWriter.Edge(run.Id, Member(json, "edge_id")));

    private static Task<bool> Decide(ActiveRun run, JsonElement json, RecordAnswer answer)
    {
        var read = new DecisionReader(Reader) { Id = "new" };
        string? chosen = null, chosenId = null;
        Members(json, (name, v) =>
        {
            switch (name)
            {
                case "event" or "tag" or "run_id": break;
                case "chosen": chosen = JsonShape.Text(v); break;
                case "chosen_option_id": chosenId = JsonShape.Text(v); break;
                default: read.Member(NotReserved(name), v); break;
            }
        });
        if (chosen is not null && chosenId is not null && chosen != chosenId) throw new JsonShapeException("\"chosen\" and \"chosen_option_id\" name different options");
        read.Chosen = chosen ?? chosenId;
        answer.DecisionId = run.Record(read.Result(run.Now(), run.CurrentNode), out var durable);
        return durable;
    }

    private static Task<bool> Outcome(ActiveRun run, JsonElement json, RecordAnswer answer)
    {
        answer.DecisionId = Member(json, "decision_id");
        return run.RecordCore(answer.DecisionId, Reader.Outcome(json, IsEnvelope));
    }

    private static Task<bool> Evaluate(ActiveRun run, JsonElement json, RecordAnswer answer)
    {
        answer.DecisionId = Member(json, "decision_id");
        return run.EvaluateCore(answer.DecisionId, Reader.Evaluation(json, IsEnvelope));
    }

    private static Task<bool> Problem(ActiveRun run, JsonElement json, RecordAnswer answer)
    {
        foreach (var member in json.EnumerateObject())
        {
            if (member.Name is not "decision_id") NotReserved(member.Name);
        }

        answer.ProblemId = run.Record(Reader.Problem(json, run.Now(), IsEnvelope, givenId: "new"), out var durable);
        return durable;
    }

    private static Task<bool> End(ActiveRun run, JsonElement json)
    {
        RunStatus? status = null;
        var narrative = "";
        var output = Json.EmptyObject;
        var extra = new ExtraMembers();
        Members(json, (name, v) =>
        {
            switch (name)
            {
                case "event" or "tag" or "run_id": break;
                case "status": status = RunJsonReader.Status(v); break;
                case "narrative": narrative = TextOrNull(v) ?? ""; break;
                case "output_data": output = Object(v); break;
                case "goal_id" or "goal_description" or "started_at" or "input_data" or "agent" or "served" or "refs":
                    throw new JsonShapeException("this belongs to start_run");
                default: extra.Add(NotReserved(name), v); break;
            }
        });
        if (status is null) throw new JsonShapeException("the member \"status\" is missing (completed, failed or cancelled)");
        if (status is RunStatus.Running or RunStatus.Stuck) throw new JsonShapeException("a run ends as completed, failed or cancelled").Inside("status");
        return run.End(status.Value, narrative, output, extra.Taken);
    }

    private static string Member(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value)) throw new JsonShapeException($"the member \"{name}\" is missing");
        try
        {
            return Name(value);
        }
        catch (JsonShapeException e)
        {
            throw e.Inside(name);
        }
    }

    private static string NotReserved(string name) =>
        Reserved.Contains(name) ? throw new JsonShapeException($"the member \"{name}\" is not given here: Pawl gives it out, or another event owns it") : name;

    private static bool IsEnvelope(string name) => name is "event" or "tag" or "run_id" or "decision_id";
}

/// <summary>The answer to one recorded line.</summary>
public sealed class RecordAnswer
{
    /// <summary>Whether the event is durable.</summary>
    public bool Ok { get; internal set; }

    /// <summary>Why not.</summary>
    public string? Error { get; internal set; }

    internal string? Event { get; set; }

    internal JsonElement? Tag { get; set; }

    internal string? RunId { get; set; }

    internal string? DecisionId { get; set; }

    internal string? ProblemId { get; set; }

    /// <summary>Writes the answer as one JSON line.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        using (var to = new Utf8JsonWriter(output, Json.Plain))
        {
            to.WriteStartObject();
            to.WriteBoolean("ok"u8, Ok);
            to.WriteString("event"u8, Event);
            if (Tag is { } tag)
            {
                to.WritePropertyName("tag"u8);
                tag.WriteTo(to);
            }

            if (RunId is not null) to.WriteString("run_id"u8, RunId);
            if (DecisionId is not null) to.WriteString("decision_id"u8, DecisionId);
            if (ProblemId is not null) to.WriteString("problem_id"u8, ProblemId);
            if (Error is not null) to.WriteString("error"u8, Error);
            to.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}
