using System.Data.Common;
using Pawl.Insights;
using Pawl.Runs;

namespace Pawl.Storage;

/// <summary>The insights' view of a SQL database.</summary>
internal sealed class SqlInsightStore(Database database, SqlRunStore runs) : IInsightStore
{
    public async Task<T> ReadAsync<T>(Func<IInsightView, T> analysis, CancellationToken cancellationToken = default)
    {
        await runs.FoldAsync(cancellationToken).ConfigureAwait(false);
        return database.Read(db => analysis(new SqlInsightView(db)));
    }
}

/// <summary>
/// The statements behind the insights. What all decisions have to say comes from <c>decision_counts</c>; of <c>decisions</c> only the
/// failures are read, through their own index, and the newest runs.
/// </summary>
internal sealed class SqlInsightView(DbSession db) : IInsightView
{
    private const string Ended = "('completed', 'failed', 'stuck')";
    private const string NotCompleted = "('failed', 'stuck')";

    // How the runs of a group ended, for a group that joined runs as r.
    private const string Endings = """
        cast(sum(case when r.status = 'completed' then 1 else 0 end) as bigint), cast(sum(case when r.status in ('failed', 'stuck') then 1 else 0 end) as bigint)
        """;

    public IReadOnlyList<string> Goals(int limit) => db.Query(
        "select distinct goal_id from runs order by goal_id limit @limit", row => row.GetString(0), ("limit", (long)limit));

    public RunTally Runs(string? goal, RunWindow window = default)
    {
        var counts = db.Query(
            $"select status, count(*) from runs where {Goal(goal)} and started_at >= @from and started_at < @before group by status",
            row => (Status: row.GetString(0), Count: row.GetInt64(1)),
            ("goal", goal ?? ""), ("from", From(window)), ("before", Before(window))).ToDictionary(c => c.Status, c => c.Count, StringComparer.Ordinal);
        return new RunTally(Of(RunStatus.Completed), Of(RunStatus.Failed), Of(RunStatus.Stuck), Of(RunStatus.Cancelled), Of(RunStatus.Running));

        long Of(RunStatus status) => counts.GetValueOrDefault(RunText.Word(status));
    }

    public IReadOnlyList<NodeTally> Nodes(string goal, int limit) => db.Query(
        """
        select node_id, cast(sum(case when succeeded = 1 then count else 0 end) as bigint), cast(sum(case when succeeded = 0 then count else 0 end) as bigint),
            cast(sum(case when succeeded is null then count else 0 end) as bigint)
        from decision_counts where goal_id = @goal group by node_id having sum(count) > 0 order by 3 desc, 1 limit @limit
        """,
        row => new NodeTally(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)),
        ("goal", goal), ("limit", (long)limit));

    public IReadOnlyList<WordCount> DecisionTypes(string goal) => db.Query(
        "select decision_type, cast(sum(count) as bigint) from decision_counts where goal_id = @goal group by decision_type having sum(count) > 0 order by 2 desc, 1",
        Word,
        ("goal", goal));

    public FailureTally Failures(string goal, int limit)
    {
        var (decisions, kinds) = (0L, 0L);
        var most = new List<WordCount>();
        db.Each(
            """
            select fingerprint, cast(sum(count) as bigint) from decision_counts where goal_id = @goal and succeeded = 0
            group by fingerprint having sum(count) > 0 order by 2 desc, 1
            """,
            row =>
            {
                decisions += row.GetInt64(1);
                if (kinds++ < limit) most.Add(Word(row));
            },
            ("goal", goal));
        return new FailureTally(decisions, kinds, most);
    }

    public ChoiceTally Choices(string goal, string? intent, int limit)
    {
        var all = intent is not null ? 1 : db.Number("select count(distinct intent) from decision_counts where goal_id = @goal and count > 0", ("goal", goal));
        var intents = new List<IntentCollector>();
        db.Each(
            $"""
            select intent, option_ids, chosen_option_id, succeeded, cast(sum(count) as bigint) from decision_counts
            where goal_id = @goal {(intent is not null ? "and intent = @intent" : all <= limit ? ""
                : "and intent in (select intent from decision_counts where goal_id = @goal group by intent order by sum(count) desc, intent limit @limit)")}
            group by intent, option_ids, chosen_option_id, succeeded having sum(count) > 0 order by intent
            """,
            row =>
            {
                if (intents.Count == 0 || intents[^1].Intent != row.GetString(0)) intents.Add(new IntentCollector(row.GetString(0)));
                intents[^1].Add(row.GetString(1), row.GetString(2), row.NumberOrNull(3), row.GetInt64(4));
            },
            intent is not null ? [("goal", goal), ("intent", RunFold.Cut(intent))] : all <= limit ? [("goal", goal)] : [("goal", goal), ("limit", (long)limit)]);
        return new ChoiceTally(all, [.. intents.OrderByDescending(i => i.Decisions).ThenBy(i => i.Intent, StringComparer.Ordinal).Select(i => i.Tally())]);
    }

    public string? Example(string goal, string fingerprint) => db.Query(
        "select outcome from decisions where goal_id = @goal and fingerprint = @fingerprint order by run_no desc, n desc limit 1",
        row => Error(row.GetString(0)),
        ("goal", goal), ("fingerprint", fingerprint)).FirstOrDefault();

    public IReadOnlyList<DecisionRef> Evidence(string goal, string fingerprint, int limit) => db.Query(
        """
        select r.id, d.id from decisions d join runs r on r.no = d.run_no
        where d.goal_id = @goal and d.fingerprint = @fingerprint order by d.run_no desc, d.n desc limit @limit
        """,
        row => new DecisionRef(row.GetString(0), row.GetString(1)),
        ("goal", goal), ("fingerprint", fingerprint), ("limit", (long)limit));

    public IReadOnlyList<DecisionRef> FailuresAt(string goal, string node, int limit) => db.Query(
        """
        select r.id, d.id from decisions d join runs r on r.no = d.run_no
        where d.goal_id = @goal and d.fingerprint is not null and d.node_id = @node order by d.run_no desc, d.n desc limit @limit
        """,
        row => new DecisionRef(row.GetString(0), row.GetString(1)),
        ("goal", goal), ("node", node), ("limit", (long)limit));

    public IReadOnlyDictionary<string, IReadOnlyList<DecisionRef>> FailuresByNode(string goal, int limit)
    {
        var nodes = new Dictionary<string, List<DecisionRef>>(StringComparer.Ordinal);
        db.Each(
            """
            select w.node_id, r.id, w.id from
                (select node_id, run_no, id, row_number() over (partition by node_id order by run_no desc, n desc) as place
                from decisions where goal_id = @goal and fingerprint is not null) w
            join runs r on r.no = w.run_no
            where w.place <= @limit order by w.place, w.node_id limit @ids
            """,
            row =>
            {
                var node = row.GetString(0);
                if (!nodes.TryGetValue(node, out var ids)) nodes.Add(node, ids = []);
                ids.Add(new DecisionRef(row.GetString(1), row.GetString(2)));
            },
            ("goal", goal), ("limit", (long)limit), ("ids", (long)InsightLimits.IdsAtOnce));
        return nodes.ToDictionary(n => n.Key, IReadOnlyList<DecisionRef> (n) => n.Value, StringComparer.Ordinal);
    }

    public IReadOnlyList<FailedRuns> FirstFailures(string? goal, int limit, int examples)
    {
        var groups = new List<FailedRuns>();
        db.Each(
            $"""
            select w.fingerprint, w.runs, w.stuck, d.outcome, w.id, d.id from
                (select f.fingerprint, f.run_no, f.n, r.id, row_number() over (partition by f.fingerprint order by f.run_no desc) as place,
                    count(*) over (partition by f.fingerprint) as runs,
                    cast(sum(case when r.status = 'stuck' then 1 else 0 end) over (partition by f.fingerprint) as bigint) as stuck
                from
                    (select run_no, n, fingerprint, row_number() over (partition by run_no order by n) as place
                    from decisions where {Goal(goal)} and fingerprint is not null) f
                join runs r on r.no = f.run_no where f.place = 1 and r.status in {NotCompleted}) w
            join decisions d on d.run_no = w.run_no and d.n = w.n
            where w.place <= @examples order by w.runs desc, w.fingerprint, w.place limit @rows
            """,
            row =>
            {
                var id = new DecisionRef(row.GetString(4), row.GetString(5));
                if (groups.Count > 0 && groups[^1].Fingerprint == row.GetString(0)) groups[^1] = groups[^1] with { DecisionIds = [.. groups[^1].DecisionIds, id] };
                else groups.Add(new FailedRuns(row.GetString(0), row.GetInt64(1), row.GetInt64(2), Error(row.GetString(3)), [id]));
            },
            ("goal", goal ?? ""), ("examples", (long)examples), ("rows", (long)limit * examples));
        return [.. groups.Take(limit)];
    }

    public void SilentFailures(string? goal, int examples, Action<SilentRuns> each)
    {
        SilentRuns? group = null;
        db.Each(
            $"""
            select w.description, w.root_cause, w.runs, w.stuck, w.id from
                (select p.description, p.root_cause, s.id, row_number() over (partition by p.description, p.root_cause order by s.no desc) as place,
                    count(*) over (partition by p.description, p.root_cause) as runs,
                    cast(sum(case when s.status = 'stuck' then 1 else 0 end) over (partition by p.description, p.root_cause) as bigint) as stuck
                from runs s left join problems p on p.run_no = s.no
                    and p.n = (select min(q.n) from problems q where q.run_no = s.no and q.severity = 'critical')
                where {Goal(goal, "s.")} and s.status in {NotCompleted} and s.failed = 0) w
            where w.place <= @examples order by w.description, w.root_cause, w.place
            """,
            row =>
            {
                var next = new SilentRuns(row.TextOrNull(0), row.TextOrNull(1), row.GetInt64(2), row.GetInt64(3), [row.GetString(4)]);
                if (group is not null && group.Description == next.Description && group.RootCause == next.RootCause)
                {
                    group = group with { RunIds = [.. group.RunIds, .. next.RunIds] };
                    return;
                }

                if (group is not null) each(group);
                group = next;
            },
            ("goal", goal ?? ""), ("examples", (long)examples));
        if (group is not null) each(group);
    }

    public IReadOnlyList<string> GoalDescriptions(IReadOnlyList<string> runIds)
    {
        var wanted = runIds.Take(InsightLimits.Examples).ToList();
        // As many places as there can be, so that it is one statement, prepared once.
        (string, object?)[] values = [.. Enumerable.Range(0, InsightLimits.Examples).Select(i => ($"id{i}", (object?)(wanted.ElementAtOrDefault(i) ?? "")))];
        var found = db.Query(
            $"select id, started from runs where id in ({string.Join(", ", values.Select(value => "@" + value.Item1))})",
            row => (Id: row.GetString(0), Text: Description(row.GetString(1))),
            values).ToDictionary(run => run.Id, run => run.Text, StringComparer.Ordinal);
        return [.. wanted.Select(id => found.GetValueOrDefault(id, "")).Where(text => text.Length > 0).Distinct(StringComparer.Ordinal)];
    }

    public IReadOnlyList<EndedRuns> RunsByFailure(string goal, int limit) => ByDecision("fingerprint", goal, limit);

    public IReadOnlyList<EndedRuns> RunsByFailingNode(string goal, int limit) => ByDecision("node_id", goal, limit);

    public IReadOnlyList<CohortCount> CohortsByFailure(string goal, RunWindow first, RunWindow second, int limit) => Cohorts("fingerprint", goal, first, second, limit);

    public IReadOnlyList<CohortCount> CohortsByFailingNode(string goal, RunWindow first, RunWindow second, int limit) => Cohorts("node_id", goal, first, second, limit);

    public IReadOnlyList<EndedRuns> RunsByNode(string goal, RunWindow window)
    {
        var nodes = new Dictionary<string, EndedRuns>(StringComparer.Ordinal);
        db.Each(
            $"select r.nodes, {Endings} from runs r where r.goal_id = @goal and r.started_at >= @from and r.started_at < @before group by r.nodes",
            row =>
            {
                foreach (var node in Strings(row.GetString(0)).Distinct(StringComparer.Ordinal))
                {
                    var before = nodes.GetValueOrDefault(node) ?? new EndedRuns(node, 0, 0);
                    nodes[node] = before with { Completed = before.Completed + row.GetInt64(1), NotCompleted = before.NotCompleted + row.GetInt64(2) };
                }
            },
            ("goal", goal), ("from", From(window)), ("before", Before(window)));
        return [.. nodes.Values.OrderBy(n => n.Word, StringComparer.Ordinal)];
    }

    public EndedRuns RunsWithFailures(string goal) => db.Query(
        "select cast(coalesce(sum(case when status = 'completed' then 1 else 0 end), 0) as bigint), "
        + $"cast(coalesce(sum(case when status <> 'completed' then 1 else 0 end), 0) as bigint) from runs where goal_id = @goal and status in {Ended} and failed > 0",
        row => new EndedRuns("", row.GetInt64(0), row.GetInt64(1)),
        ("goal", goal))[0];

    public EndedRuns NewestEnded(string goal, int runs) => db.Query(
        $"""
        select cast(coalesce(sum(case when status = 'completed' then 1 else 0 end), 0) as bigint), cast(coalesce(sum(case when status = 'completed' then 0 else 1 end), 0) as bigint)
        from (select status from runs where goal_id = @goal and status in {Ended} order by started_at desc, no desc limit @runs) newest
        """,
        row => new EndedRuns("", row.GetInt64(0), row.GetInt64(1)),
        ("goal", goal), ("runs", (long)runs))[0];

    public void Steps(string goal, int runs, Action<RunStep> each) => db.Each(
        $"""
        select r.no, r.id, r.status, d.n, d.id, d.intent, d.chosen_option_id, d.fingerprint from
            (select no, id, status from runs where goal_id = @goal and status in {Ended} order by started_at desc, no desc limit @runs) r
        join decisions d on d.run_no = r.no order by r.no, d.n
        """,
        row => each(new RunStep(
            row.GetInt64(0), row.GetString(1), row.GetString(2) == "completed", row.GetInt64(3), row.GetString(4), row.GetString(5), row.GetString(6), row.TextOrNull(7))),
        ("goal", goal), ("runs", (long)runs));

    public string? Decided(long runNumber, long n) =>
        db.TryFirst("select decided from decisions where run_no = @run and n = @n", row => row.GetString(0), out var line, ("run", runNumber), ("n", n)) ? line : null;

    // Runs are counted once, however often they failed in one way.
    private List<EndedRuns> ByDecision(string column, string goal, int limit) => db.Query(
        $"""
        select x.word, {Endings} from
            (select distinct {column} as word, run_no from decisions where goal_id = @goal and fingerprint is not null) x
        join runs r on r.no = x.run_no where r.status in {Ended} group by x.word order by count(*) desc, 1 limit @limit
        """,
        row => new EndedRuns(row.GetString(0), row.GetInt64(1), row.GetInt64(2)),
        ("goal", goal), ("limit", (long)limit));

    private List<CohortCount> Cohorts(string column, string goal, RunWindow first, RunWindow second, int limit) => db.Query(
        $"""
        select x.word, cast(sum(case when r.started_at >= @from and r.started_at < @before then 1 else 0 end) as bigint),
            cast(sum(case when r.started_at >= @from2 and r.started_at < @before2 then 1 else 0 end) as bigint)
        from (select distinct {column} as word, run_no from decisions where goal_id = @goal and fingerprint is not null) x
        join runs r on r.no = x.run_no where r.status in {Ended} group by x.word order by count(*) desc, 1 limit @limit
        """,
        row => new CohortCount(row.GetString(0), row.GetInt64(1), row.GetInt64(2)),
        ("goal", goal), ("from", From(first)), ("before", Before(first)), ("from2", From(second)), ("before2", Before(second)), ("limit", (long)limit));

    // A list of all goals rather than no condition, so that the indexes that begin with the goal serve for all goals too.
    private static string Goal(string? goal, string table = "") =>
        goal is null ? $"{table}goal_id in (select goal_id from runs where goal_id >= @goal)" : $"{table}goal_id = @goal";

    private static long From(RunWindow window) => window.From?.UtcTicks ?? 0;

    private static long Before(RunWindow window) => window.Before?.UtcTicks ?? long.MaxValue;

    private static WordCount Word(DbDataReader row) => new(row.GetString(0), row.GetInt64(1));

    private static string Error(string outcome)
    {
        var fields = EventFields.Read(System.Text.Encoding.UTF8.GetBytes(outcome));
        return string.IsNullOrWhiteSpace(fields.Error) ? fields.Summary : fields.Error;
    }

    private static string Description(string started) =>
        Json.Parse(started).TryGetProperty("goal_description", out var text) && text.ValueKind == System.Text.Json.JsonValueKind.String ? text.GetString()! : "";

    private static List<string> Strings(string json) => JsonShape.List(Json.Parse(json), JsonShape.Text);

    // Options of one intent. Agents that offer ever new options (file names, say) must not fill the memory.
    private sealed class IntentCollector(string intent)
    {
        private const int Most = 4096;
        private readonly Dictionary<string, OptionTally> _options = new(StringComparer.Ordinal);

        public string Intent => intent;

        public long Decisions { get; private set; }

        public void Add(string optionIds, string chosen, long? succeeded, long count)
        {
            Decisions += count;
            var options = Strings(optionIds);
            if (!options.Contains(chosen, StringComparer.Ordinal)) options.Add(chosen);
            foreach (var option in options)
            {
                if (!_options.TryGetValue(option, out var tally))
                {
                    if (_options.Count >= Most) continue;
                    tally = new OptionTally(option, 0, 0, 0);
                }

                _options[option] = option != chosen ? tally : tally with
                {
                    Chosen = tally.Chosen + count,
                    Succeeded = tally.Succeeded + (succeeded == 1 ? count : 0),
                    Failed = tally.Failed + (succeeded == 0 ? count : 0),
                };
            }
        }

        public IntentTally Tally() => new(intent,
            [.. _options.Values.OrderByDescending(o => o.Chosen).ThenBy(o => o.Option, StringComparer.Ordinal).Take(Limits.OptionsPerDecision)]);
    }
}
