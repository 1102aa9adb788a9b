using System.Text.Json;
using Pawl.Changes;

namespace Pawl.Storage;

/// <summary>Changes in a SQL database.</summary>
internal sealed class SqlChangeStore(Database database) : IChangeStore
{
    public Change? Find(string id) => database.Read(db =>
        db.TryFirst("select document from changes where id = @id", row => row.GetString(0), out var text, ("id", id)) ? Sound(text, ChangeJson.ReadChange) : null);

    public Change? Unfinished(string repository, ChangePurpose purpose) => database.Read(db => db.TryFirst(
        "select document from changes where repository = @repository and purpose = @purpose and status = @status order by started_at desc, id desc",
        row => row.GetString(0),
        out var text,
        ("repository", repository), ("purpose", purpose.ToString()), ("status", nameof(ChangeStatus.Working))) ? Sound(text, ChangeJson.ReadChange) : null);

    public bool TryPut(ITransaction transaction, Change change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (change.Version < 1) throw new ArgumentException("A change that is put has the version it gets, 1 or more.", nameof(change));
        var db = DbSession.Of(transaction);
        return change.Version == 1
            ? db.Execute(
                "insert into changes (id, version, repository, purpose, status, started_at, document) values (@id, 1, @repository, @purpose, @status, @at, @document) on conflict (id) do nothing",
                ("id", change.Id), ("repository", change.Repository), ("purpose", change.Purpose.ToString()), ("status", Stage(change)), ("at", change.StartedAt.UtcTicks), ("document", ChangeJson.Write(change))) > 0
            : db.Execute(
                "update changes set version = @version, status = @status, document = @document where id = @id and version = @before",
                ("id", change.Id), ("version", change.Version), ("status", Stage(change)), ("document", ChangeJson.Write(change)), ("before", change.Version - 1)) > 0;
    }

    public GateResult? Baseline(string commit, string gate) => database.Read(db =>
        db.TryFirst("select document from gate_baselines where commit_id = @commit and gate = @gate", row => row.GetString(0), out var text, ("commit", commit), ("gate", gate)) ? Sound(text, ChangeJson.ReadResult) : null);

    public void Keep(ITransaction transaction, string commit, string gate, GateResult result, DateTimeOffset at) => DbSession.Of(transaction).Execute(
        "insert into gate_baselines (commit_id, gate, at, document) values (@commit, @gate, @at, @document) on conflict (commit_id, gate) do update set at = @at, document = @document",
        ("commit", commit), ("gate", gate), ("at", at.UtcTicks), ("document", ChangeJson.Write(result)));

    // Until it has ended, it waits to be worked on, even if it is clear by then how it ends.
    private static string Stage(Change change) => (change.EndedAt is null ? ChangeStatus.Working : change.Status).ToString();

    private static T Sound<T>(string text, Func<string, T> read)
    {
        try
        {
            return read(text);
        }
        catch (JsonException e)
        {
            throw new UnavailableException($"A change is stored damaged: {e.Message.TrimEnd('.')}. Restore the database from a backup.", e);
        }
    }
}
