using System.Data.Common;
using System.Text;
using Pawl.Runs;
using Pawl.Runs.Formats;

namespace Pawl.Storage;

/// <summary>Runs in a SQL database: an append-only table of events, and tables for reading that are folded from it.</summary>
internal sealed class SqlRunStore(Database database) : IRunStore
{
    private const string OwnerColumns = "o.id, o.host, o.boot, o.process_id, o.process_start, o.heartbeat_at";

    /// <summary>The clock that decides whether an owner is dead.</summary>
    internal TimeProvider Time { get; set; } = TimeProvider.System;

    public bool Register(ITransaction transaction, RunOwner owner, DateTimeOffset now) => DbSession.Of(transaction).Execute(
        """
        insert into run_owners (id, host, boot, process_id, process_start, heartbeat_at, fenced)
        values (@id, @host, @boot, @process, @start, @now, 0)
        on conflict (id) do update set heartbeat_at = excluded.heartbeat_at where run_owners.fenced = 0
        """,
        ("id", owner.Id), ("host", owner.Host), ("boot", owner.Boot), ("process", (long)owner.ProcessId), ("start", owner.ProcessStart), ("now", now.UtcTicks)) > 0;

    public IReadOnlySet<string> Reclaim(ITransaction transaction, string formerOwner, RunOwner owner, DateTimeOffset now)
    {
        Register(transaction, owner, now);
        return DbSession.Of(transaction).Query(
            "update runs set owner_id = @owner where owner_id = @former returning id",
            row => row.GetString(0),
            ("owner", owner.Id), ("former", formerOwner)).ToHashSet(StringComparer.Ordinal);
    }

    public bool TryStart(ITransaction transaction, RunOwner owner, Run run, string line)
    {
        var db = DbSession.Of(transaction);
        if (db.TryFirst("select owner_id from runs where id = @id", row => row.TextOrNull(0), out var holder, ("id", run.Id.Value)))
            return holder == owner.Id; // the same start again
        RunRows.Insert(db, RunRows.NextNumber(db), run, line.TrimEnd('\n'), owner.Id, importKey: null);
        Append(db, line, 1);
        return true;
    }

    public bool Append(ITransaction transaction, string ownerId, string lines, int count)
    {
        var db = DbSession.Of(transaction);
        if (db.Number("select coalesce(max(1 - fenced), 0) from run_owners where id = @id", ("id", ownerId)) == 0) return false;
        Append(db, lines, count);
        return true;
    }

    public bool AppendSpilled(ITransaction transaction, string ownerId, string runId, string line)
    {
        var db = DbSession.Of(transaction);
        if (db.Number("select count(*) from runs where id = @id and owner_id = @owner", ("id", runId), ("owner", ownerId)) == 0) return false;
        Append(db, line, 1);
        return true;
    }

    public ResumeOutcome Resume(ITransaction transaction, RunId id, RunOwner owner, DateTimeOffset now)
    {
        var db = DbSession.Of(transaction);
        RunFold.All(db);
        if (!db.TryFirst(
            "select status, owner_id, last_event, next_decision, next_problem, node_id from runs where id = @id",
            row => (Status: RunRows.Status(row.GetString(0)), Owner: row.TextOrNull(1),
                State: new ResumeOutcome.Resumed(row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.TextOrNull(5))),
            out var found,
            ("id", id.Value)))
        {
            return new ResumeOutcome.NotFound();
        }

        if (found.Status is not (RunStatus.Running or RunStatus.Stuck)) return new ResumeOutcome.Ended(found.Status);
        if (found.Owner == owner.Id) return found.State;
        if (found.Owner is { } former)
        {
            if (db.TryFirst($"select {OwnerColumns} from run_owners o where o.id = @id and o.fenced = 0", Owner, out var holder, ("id", former))
                && holder.Owner.IsAlive(holder.LastWord, now))
            {
                return new ResumeOutcome.Owned(holder.Owner);
            }

            db.Execute("update run_owners set fenced = 1 where id = @id", ("id", former));
        }

        db.Execute("update runs set owner_id = @owner, status = 'running' where id = @id", ("owner", owner.Id), ("id", id.Value));
        return found.State;
    }

    public IReadOnlyList<ImportOutcome> Import(ITransaction transaction, IReadOnlyList<(Run Run, string Key)> runs)
    {
        var db = DbSession.Of(transaction);
        var fold = new RunFold(db);
        var outcomes = new List<ImportOutcome>(runs.Count);
        foreach (var (run, key) in runs)
        {
            if (db.TryFirst("select 1 from runs where import_key = @key", row => row.GetInt32(0), out _, ("key", key))) outcomes.Add(ImportOutcome.Duplicate);
            else if (RunRows.Find(db, run.Id) is { } stored) outcomes.Add(IsSame(stored, run) ? ImportOutcome.Duplicate : ImportOutcome.Conflict);
            else
            {
                fold.Add(run, key);
                outcomes.Add(ImportOutcome.Imported);
            }
        }

        fold.Save();
        return outcomes;
    }

    // A run that was recorded here, or came from another format, has no key that an export of it would have.
    private static bool IsSame(StoredRun stored, Run run) => RunImporter.Digest(RunAssembler.Assemble(stored)) == RunImporter.Digest(run);

    public async Task<Run?> FindAsync(RunId id, CancellationToken cancellationToken = default)
    {
        await FoldAsync(cancellationToken).ConfigureAwait(false);
        return database.Read(db => RunRows.Find(db, id)) is { } stored ? RunAssembler.Assemble(stored) : null;
    }

    public async Task<IReadOnlyList<RunListing>> ListAsync(RunQuery query, CancellationToken cancellationToken = default)
    {
        await FoldAsync(cancellationToken).ConfigureAwait(false);
        return database.Read(db => RunRows.List(db, query));
    }

    public async Task<IReadOnlyList<RunId>> IdsAsync(string? goalId, CancellationToken cancellationToken = default)
    {
        await FoldAsync(cancellationToken).ConfigureAwait(false);
        return database.Read(db => goalId is null
            ? db.Query("select id from runs order by no", row => RunId.Parse(row.GetString(0)))
            : db.Query("select id from runs where goal_id = @goal order by no", row => RunId.Parse(row.GetString(0)), ("goal", goalId)));
    }

    public Task<EventPage> EventsAsync(long? after, CancellationToken cancellationToken = default) => Task.FromResult(database.Read(db =>
    {
        if (after is not { } from) return new EventPage(db.Number("select value from heads where name = 'run_events'"), []);
        var lines = new List<string>();
        db.Each("select seq, lines from run_events where seq > @after order by seq limit 64", row =>
        {
            from = row.GetInt64(0);
            lines.AddRange(row.GetString(1).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }, ("after", from));
        return new EventPage(from, lines);
    }));

    /// <summary>Brings in the events that wait, and marks the runs of dead processes as stuck. Costs one small read where there is nothing to do.</summary>
    internal async Task FoldAsync(CancellationToken cancellationToken)
    {
        var (behind, dead) = database.Read(db => (RunFold.IsBehind(db), DeadOwners(db)));
        while (behind)
        {
            behind = await database.WriteAsync(tx =>
            {
                var db = DbSession.Of(tx);
                RunFold.Some(db);
                return RunFold.IsBehind(db);
            }, cancellationToken).ConfigureAwait(false);
        }

        if (dead.Count > 0) await database.WriteAsync(tx => MarkStuck(DbSession.Of(tx)), cancellationToken).ConfigureAwait(false);
    }

    private int MarkStuck(DbSession db)
    {
        RunFold.All(db);
        var lines = new StringBuilder();
        var count = 0;
        foreach (var (owner, lastWord) in DeadOwners(db))
        {
            foreach (var run in db.Query("select id from runs where owner_id = @owner and status = 'running'", row => row.GetString(0), ("owner", owner.Id)))
            {
                var problem = new Problem
                {
                    Id = RunFold.StuckProblem,
                    Severity = Severity.Critical,
                    Description = "The process that recorded this run is gone and never ended it",
                    RootCause = $"process {owner.ProcessId} on {owner.Host.Split('/')[0]}, last heard of at {lastWord:yyyy-MM-dd'T'HH:mm:ss'Z'}",
                    Timestamp = Time.GetUtcNow(),
                };
                lines.Append(Encoding.UTF8.GetString(EventWriter.Stuck(RunId.Parse(run), problem))).Append('\n');
                count++;
            }
        }

        if (count == 0) return 0;
        Append(db, lines.ToString(), count);
        RunFold.All(db);
        return count;
    }

    private List<(RunOwner Owner, DateTimeOffset LastWord)> DeadOwners(DbSession db)
    {
        var now = Time.GetUtcNow();
        return
        [
            .. db.Query(
                $"select {OwnerColumns} from run_owners o where o.id in (select distinct owner_id from runs where status = 'running')", Owner)
                .Where(o => !o.Owner.IsAlive(o.LastWord, now)),
        ];
    }

    private static void Append(DbSession db, string lines, int count)
    {
        var seq = db.Number("update heads set value = value + @count where name = 'run_events' returning value", ("count", (long)count));
        db.Execute("insert into run_events (seq, count, lines) values (@seq, @count, @lines)", ("seq", seq), ("count", (long)count), ("lines", lines));
    }

    private static (RunOwner Owner, DateTimeOffset LastWord) Owner(DbDataReader row) =>
        (new RunOwner(row.GetString(0), row.GetString(1), row.GetString(2), (int)row.GetInt64(3), row.GetInt64(4)), row.Instant(5));
}
