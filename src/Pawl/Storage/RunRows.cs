using System.Globalization;
using System.Text;
using System.Text.Json;
using Pawl.Runs;

namespace Pawl.Storage;

/// <summary>Runs as rows.</summary>
internal static class RunRows
{
    public static long NextNumber(DbSession db) => db.Number("update heads set value = value + 1 where name = 'runs' returning value");

    public static void Insert(DbSession db, long no, Run run, string started, string? ownerId, string? importKey, string? ended = null)
    {
        var metrics = run.Metrics;
        db.Execute(
            """
            insert into runs (no, id, goal_id, status, started_at, completed_at, owner_id, last_event, next_decision, next_problem, node_id,
                decisions, succeeded, failed, problems, import_key, nodes, edges, started, ended)
            values (@no, @id, @goal, @status, @started_at, @completed_at, @owner, 0, @next_decision, @next_problem, null,
                @decisions, @succeeded, @failed, @problems, @key, @nodes, @edges, @started, @ended)
            """,
            ("no", no), ("id", run.Id.Value), ("goal", run.GoalId), ("status", RunText.Word(run.Status)), ("started_at", run.StartedAt.UtcTicks),
            ("completed_at", run.CompletedAt?.UtcTicks), ("owner", ownerId), ("next_decision", (long)run.Decisions.Count),
            ("next_problem", (long)run.Problems.Count), ("decisions", metrics.TotalDecisions), ("succeeded", metrics.SuccessfulDecisions),
            ("failed", metrics.FailedDecisions), ("problems", (long)run.Problems.Count), ("key", importKey),
            ("nodes", Strings(run.NodesExecuted)), ("edges", Strings(run.EdgesTraversed)), ("started", started), ("ended", ended));
    }

    public static StoredRun? Find(DbSession db, RunId id)
    {
        if (!db.TryFirst(
            "select no, status, completed_at, started, ended, nodes, edges from runs where id = @id",
            row => (No: row.GetInt64(0), Run: new StoredRun(
                Status(row.GetString(1)), row.InstantOrNull(2), row.GetString(3), row.TextOrNull(4), row.GetString(5), row.GetString(6), [], [])),
            out var found,
            ("id", id.Value)))
        {
            return null;
        }

        return found.Run with
        {
            Decisions = db.Query(
                "select decided, outcome, earlier_outcomes, evaluation from decisions where run_no = @no order by n",
                row => new StoredDecision(row.GetString(0), row.TextOrNull(1), row.TextOrNull(2), row.TextOrNull(3)),
                ("no", found.No)),
            Problems = db.Query("select body from problems where run_no = @no order by n", row => row.GetString(0), ("no", found.No)),
        };
    }

    public static List<RunListing> List(DbSession db, RunQuery query) => db.Query(
        """
        select id, goal_id, status, started_at, completed_at, decisions, succeeded, failed, problems from runs
        where (@goal = '' or goal_id = @goal) and (@status = '' or status = @status)
        order by started_at desc, no desc limit @limit
        """,
        row => new RunListing(
            RunId.Parse(row.GetString(0)), row.GetString(1), Status(row.GetString(2)), row.Instant(3), row.InstantOrNull(4),
            row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8)),
        ("goal", query.GoalId ?? ""), ("status", query.Status is { } status ? RunText.Word(status) : ""), ("limit", (long)query.Limit));

    public static RunStatus Status(string word) => word switch
    {
        "running" => RunStatus.Running,
        "completed" => RunStatus.Completed,
        "failed" => RunStatus.Failed,
        "stuck" => RunStatus.Stuck,
        "cancelled" => RunStatus.Cancelled,
        _ => throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"The database holds a run of the status \"{word}\".")),
    };

    public static string Strings(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0) return "[]";
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer, Json.Plain))
        {
            to.WriteStartArray();
            foreach (var text in texts) to.WriteStringValue(text);
            to.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
