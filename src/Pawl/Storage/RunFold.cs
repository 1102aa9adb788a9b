using System.Globalization;
using System.Text;
using System.Text.Json;
using Pawl.Runs;

namespace Pawl.Storage;

/// <summary>
/// Folds events into the tables for reading: collects what a few thousand events change, then writes each row once. An event whose number
/// the run has already seen is passed over, so that replaying changes nothing.
/// </summary>
internal sealed class RunFold(DbSession db)
{
    /// <summary>The id of the problem that says that a run's process is gone: one per run, however often it happens.</summary>
    public const string StuckProblem = "prob_stuck";

    private const int EventsAtOnce = 20_000;
    private const int IntentCharacters = 200;
    private const long StuckPosition = 1L << 40; // after every problem that the run itself reported

    private readonly Dictionary<string, RunState> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Run, long N), DecisionState> _decisions = [];
    private readonly Dictionary<CountKey, long> _counts = [];
    private readonly List<(long Run, long N, EventFields Fields, string Body)> _problems = [];

    public static bool IsBehind(DbSession db) => db.Number(
        "select count(*) from heads e, heads f where e.name = 'run_events' and f.name = 'run_events_folded' and e.value > f.value") > 0;

    public static void All(DbSession db)
    {
        while (IsBehind(db)) Some(db);
    }

    /// <summary>Folds the next events, at most about twenty thousand.</summary>
    public static void Some(DbSession db)
    {
        var folded = db.Number("select value from heads where name = 'run_events_folded'");
        var fold = new RunFold(db);
        var events = 0L;
        var rows = new List<(long Seq, string Lines)>();
        while (events < EventsAtOnce)
        {
            rows.Clear();
            db.Each("select seq, lines, count from run_events where seq > @folded order by seq limit 100", row =>
            {
                rows.Add((row.GetInt64(0), row.GetString(1)));
                events += row.GetInt64(2);
            }, ("folded", folded));
            if (rows.Count == 0) break;
            foreach (var (seq, lines) in rows)
            {
                foreach (var line in lines.AsSpan().EnumerateLines())
                {
                    if (line.Length > 0) fold.Apply(line.ToString());
                }

                folded = seq;
            }
        }

        fold.Save();
        db.Execute("update heads set value = @folded where name = 'run_events_folded'", ("folded", folded));
    }

    /// <summary>Adds a whole run that is not there yet.</summary>
    public void Add(Run run, string key)
    {
        var no = RunRows.NextNumber(db);
        var started = Encoding.UTF8.GetString(EventWriter.Start(run));
        var ended = run.Status == RunStatus.Running && run.Narrative.Length == 0 && run.OutputData.GetPropertyCount() == 0
            ? null
            : Encoding.UTF8.GetString(EventWriter.End(run with { Extra = new Dictionary<string, JsonElement>(StringComparer.Ordinal) }));
        RunRows.Insert(db, no, run, started, ownerId: null, key, ended);
        for (var n = 0; n < run.Decisions.Count; n++)
        {
            var decision = run.Decisions[n];
            var state = new DecisionState(no, n, run.GoalId, true)
            {
                Id = decision.Id,
                Node = decision.NodeId,
                Intent = decision.Intent,
                Type = RunText.Word(decision.DecisionType),
                Chosen = decision.ChosenOptionId,
                OptionIds = RunRows.Strings([.. decision.Options.Select(o => o.Id)]),
                Decided = Encoding.UTF8.GetString(EventWriter.Decide(run.Id, decision)),
                Evaluation = decision.Evaluation is { } evaluation ? Encoding.UTF8.GetString(EventWriter.Evaluate(run.Id, decision.Id, evaluation)) : null,
            };
            foreach (var outcome in decision.EarlierOutcomes) state.Take(OutcomeLine(run, decision, outcome), outcome.Success, Failure(outcome.Error, outcome.Summary));
            if (decision.Outcome is { } last) state.Take(OutcomeLine(run, decision, last), last.Success, Failure(last.Error, last.Summary));
            _decisions.Add((no, n), state);
        }

        for (var n = 0; n < run.Problems.Count; n++)
        {
            var line = EventWriter.Problem(run.Id, run.Problems[n]);
            _problems.Add((no, n, EventFields.Read(line), Encoding.UTF8.GetString(line)));
        }
    }

    /// <summary>Writes what was collected.</summary>
    public void Save()
    {
        foreach (var decision in _decisions.Values) Save(decision);
        foreach (var (run, n, fields, body) in _problems) Save(run, n, fields, body);
        foreach (var run in _runs.Values) Save(run);
        foreach (var (key, count) in _counts)
        {
            if (count != 0) Save(key, count);
        }
    }

    private static string OutcomeLine(Run run, Decision decision, Outcome outcome) => Encoding.UTF8.GetString(EventWriter.Outcome(run.Id, decision.Id, outcome));

    private static string? Failure(string? error, string summary) => string.IsNullOrWhiteSpace(error) ? summary : error;

    private void Apply(string line)
    {
        var fields = EventFields.Read(Encoding.UTF8.GetBytes(line));
        if (Find(fields.RunId) is not { } run) return; // its start was refused: the run belongs to somebody else
        if (fields.Event == "stuck")
        {
            if (run.Status != "running") return;
            run.Status = "stuck";
            _problems.Add((run.No, StuckPosition, fields, line));
            return;
        }

        if (fields.Number <= run.LastEvent) return;
        run.LastEvent = fields.Number;
        if (run.Status == "stuck") run.Status = "running"; // its owner slept, and goes on
        switch (fields.Event)
        {
            case "set_node":
                run.SetNode(fields.NodeId);
                break;
            case "decide":
                Decide(run, fields, line);
                break;
            case "record_outcome":
                if (Find(run, fields.DecisionId) is { } outcome) Outcome(run, outcome, fields, line);
                break;
            case "evaluate":
                if (Find(run, fields.DecisionId) is { } evaluated) evaluated.Evaluation = line;
                break;
            case "traverse_edge":
                run.Edges.Add(fields.EdgeId);
                break;
            case "report_problem":
                _problems.Add((run.No, Number(fields.ProblemId), fields, line));
                run.Problems++;
                run.NextProblem = Math.Max(run.NextProblem, Number(fields.ProblemId) + 1);
                break;
            case "end_run":
                run.Status = fields.Status;
                run.CompletedAt = fields.CompletedAt?.UtcTicks;
                run.Ended = line;
                break;
        }
    }

    private void Decide(RunState run, EventFields fields, string line)
    {
        var n = Number(fields.DecisionId);
        if (n < run.NextDecision && Find(run, fields.DecisionId) is not null) return; // a decision is made once
        _decisions.Add((run.No, n), new DecisionState(run.No, n, run.Goal, true)
        {
            Id = fields.DecisionId,
            Node = fields.NodeId,
            Intent = fields.Intent,
            Type = fields.DecisionType,
            Chosen = fields.ChosenOptionId,
            OptionIds = RunRows.Strings(fields.OptionIds),
            Decided = line,
        });
        run.Decisions++;
        run.NextDecision = Math.Max(run.NextDecision, n + 1);
        run.Visit(fields.NodeId);
    }

    private static void Outcome(RunState run, DecisionState decision, EventFields fields, string line)
    {
        run.Count(decision.Succeeded, -1);
        decision.Take(line, fields.Success, Failure(fields.Error, fields.Summary));
        run.Count(decision.Succeeded, +1);
    }

    private RunState? Find(string id)
    {
        if (_runs.TryGetValue(id, out var run)) return run;
        if (!db.TryFirst(
            """
            select no, goal_id, status, completed_at, last_event, next_decision, next_problem, node_id, decisions, succeeded, failed, problems, nodes, edges, ended
            from runs where id = @id
            """,
            row => new RunState(row.GetInt64(0), row.GetString(1), Strings(row.GetString(12)), Strings(row.GetString(13)))
            {
                Status = row.GetString(2),
                CompletedAt = row.NumberOrNull(3),
                LastEvent = row.GetInt64(4),
                NextDecision = row.GetInt64(5),
                NextProblem = row.GetInt64(6),
                Node = row.TextOrNull(7),
                Decisions = row.GetInt64(8),
                Succeeded = row.GetInt64(9),
                Failed = row.GetInt64(10),
                Problems = row.GetInt64(11),
                Ended = row.TextOrNull(14),
            },
            out run,
            ("id", id)))
        {
            return null;
        }

        _runs.Add(id, run!);
        return run;
    }

    private DecisionState? Find(RunState run, string decisionId)
    {
        var n = Number(decisionId);
        if (_decisions.TryGetValue((run.No, n), out var decision)) return decision;
        if (!db.TryFirst(
            """
            select id, node_id, intent, decision_type, chosen_option_id, succeeded, fingerprint, decided, outcome, earlier_outcomes, evaluation
            from decisions where run_no = @run and n = @n
            """,
            row => new DecisionState(run.No, n, run.Goal, false)
            {
                Id = row.GetString(0),
                Node = row.GetString(1),
                Intent = row.GetString(2),
                Type = row.GetString(3),
                Chosen = row.GetString(4),
                Succeeded = row.NumberOrNull(5),
                Fingerprint = row.TextOrNull(6),
                Decided = row.GetString(7),
                Outcome = row.TextOrNull(8),
                Earlier = row.TextOrNull(9),
                Evaluation = row.TextOrNull(10),
                OptionIds = RunRows.Strings(EventFields.Read(Encoding.UTF8.GetBytes(row.GetString(7))).OptionIds),
            },
            out decision,
            ("run", run.No), ("n", n)))
        {
            return null;
        }

        decision!.Counted = decision.Key();
        _decisions.Add((run.No, n), decision);
        return decision;
    }

    private void Save(DecisionState d)
    {
        var key = d.Key();
        if (d.Counted is { } before && before != key) _counts[before] = _counts.GetValueOrDefault(before) - 1;
        if (d.Counted is null || d.Counted != key) _counts[key] = _counts.GetValueOrDefault(key) + 1;
        if (!d.IsNew)
        {
            db.Execute(
                """
                update decisions set succeeded = @succeeded, fingerprint = @fingerprint, outcome = @outcome, earlier_outcomes = @earlier, evaluation = @evaluation
                where run_no = @run and n = @n
                """,
                ("succeeded", d.Succeeded), ("fingerprint", d.Fingerprint), ("outcome", d.Outcome), ("earlier", d.Earlier), ("evaluation", d.Evaluation),
                ("run", d.Run), ("n", d.N));
            return;
        }

        db.Execute(
            """
            insert into decisions (run_no, n, id, goal_id, node_id, intent, decision_type, chosen_option_id, succeeded, fingerprint, decided, outcome,
                earlier_outcomes, evaluation)
            values (@run, @n, @id, @goal, @node, @intent, @type, @chosen, @succeeded, @fingerprint, @decided, @outcome, @earlier, @evaluation)
            """,
            ("run", d.Run), ("n", d.N), ("id", d.Id), ("goal", d.Goal), ("node", d.Node), ("intent", Cut(d.Intent)), ("type", d.Type), ("chosen", d.Chosen),
            ("succeeded", d.Succeeded), ("fingerprint", d.Fingerprint), ("decided", d.Decided), ("outcome", d.Outcome), ("earlier", d.Earlier),
            ("evaluation", d.Evaluation));
    }

    private void Save(long run, long n, EventFields fields, string body) => db.Execute(
        """
        insert into problems (run_no, n, severity, description, root_cause, body) values (@run, @n, @severity, @description, @cause, @body)
        on conflict (run_no, n) do update set severity = excluded.severity, description = excluded.description, root_cause = excluded.root_cause, body = excluded.body
        """,
        ("run", run), ("n", n), ("severity", fields.Severity), ("description", WithoutNul(fields.Description)), ("cause", fields.RootCause is { } c ? WithoutNul(c) : null), ("body", body));

    private void Save(RunState run) => db.Execute(
        """
        update runs set status = @status, completed_at = @completed, last_event = @last, next_decision = @next_decision, next_problem = @next_problem,
            node_id = @node, decisions = @decisions, succeeded = @succeeded, failed = @failed,
            problems = (select count(*) from problems where run_no = @no), nodes = @nodes, edges = @edges, ended = @ended
        where no = @no
        """,
        ("status", run.Status), ("completed", run.CompletedAt), ("last", run.LastEvent), ("next_decision", run.NextDecision), ("next_problem", run.NextProblem),
        ("node", run.Node), ("decisions", run.Decisions), ("succeeded", run.Succeeded), ("failed", run.Failed), ("no", run.No),
        ("nodes", RunRows.Strings(run.Nodes)), ("edges", RunRows.Strings(run.Edges)), ("ended", run.Ended));

    private void Save(CountKey key, long count) => db.Execute(
        """
        insert into decision_counts (key, goal_id, node_id, intent, decision_type, chosen_option_id, option_ids, succeeded, fingerprint, count)
        values (@key, @goal, @node, @intent, @type, @chosen, @options, @succeeded, @fingerprint, @count)
        on conflict (key) do update set count = decision_counts.count + excluded.count
        """,
        ("key", key.Digest()), ("goal", key.Goal), ("node", key.Node), ("intent", key.Intent), ("type", key.Type), ("chosen", key.Chosen),
        ("options", key.OptionIds), ("succeeded", key.Succeeded), ("fingerprint", key.Fingerprint), ("count", count));

    // "dec_12" and "prob_12" are 12.
    private static long Number(string id) => long.Parse(id.AsSpan(id.IndexOf('_', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);

    internal static string Cut(string intent) => intent.Length <= IntentCharacters ? intent : ShortText.Start(intent, IntentCharacters) + "…";

    // PostgreSQL's text holds no NUL; the event's JSON keeps it, escaped.
    private static string WithoutNul(string text) => text.Replace("\0", "", StringComparison.Ordinal);

    private static List<string> Strings(string json) => JsonShape.List(Json.Parse(json), JsonShape.Text);
}
