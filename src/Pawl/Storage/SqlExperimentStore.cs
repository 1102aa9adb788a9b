using System.Data.Common;
using System.Text;
using System.Text.Json;
using Pawl.Experiments;

namespace Pawl.Storage;

/// <summary>Experiments in a SQL database.</summary>
internal sealed class SqlExperimentStore(Database database) : IExperimentStore
{
    private const string Columns = "id, version, contract, progress";

    public IExperimentView View(ITransaction transaction) => new ExperimentView(DbSession.Of(transaction));

    public T Read<T>(Func<IExperimentView, T> read) => database.Read(db => read(new ExperimentView(db)));

    public bool TryPut(ITransaction transaction, Experiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        if (experiment.Version < 1) throw new ArgumentException("An experiment that is put has the version it gets, 1 or more.", nameof(experiment));
        var db = DbSession.Of(transaction);
        return experiment.Version == 1
            ? db.Execute(
                "insert into experiments (id, version, active, registered_at, contract, progress) values (@id, 1, @active, @at, @contract, @progress) on conflict (id) do nothing",
                ("id", experiment.Id), ("active", experiment.IsActive ? 1L : 0L), ("at", experiment.RegisteredAt.UtcTicks),
                ("contract", Encoding.UTF8.GetString(CanonicalJson.Serialize(experiment.Contract.Document))), ("progress", ExperimentJson.Progress(experiment))) > 0
            : db.Execute(
                "update experiments set version = @version, active = @active, progress = @progress where id = @id and version = @before",
                ("id", experiment.Id), ("version", experiment.Version), ("active", experiment.IsActive ? 1L : 0L), ("progress", ExperimentJson.Progress(experiment)), ("before", experiment.Version - 1)) > 0;
    }

    public void Add(ITransaction transaction, string experiment, LookReport look) => DbSession.Of(transaction).Execute(
        "insert into experiment_looks (experiment, number, at, report) values (@experiment, @number, @at, @report)",
        ("experiment", experiment), ("number", (long)look.Number), ("at", look.At.UtcTicks), ("report", ExperimentJson.Look(look)));

    public void Add(ITransaction transaction, StoredTicket ticket) => DbSession.Of(transaction).Execute(
        "insert into tickets (id, experiment, at, title, description, severity, owners) values (@id, @experiment, @at, @title, @description, @severity, @owners) on conflict (id) do nothing",
        ("id", ticket.Id), ("experiment", ticket.Experiment), ("at", ticket.At.UtcTicks), ("title", ticket.Title), ("description", ticket.Description), ("severity", ticket.Severity),
        ("owners", JsonSerializer.Serialize(ticket.Owners)));

    public void Add(ITransaction transaction, Snapshot snapshot) => DbSession.Of(transaction).Execute(
        "insert into snapshots (digest, html, data) values (@digest, @html, @data) on conflict (digest) do nothing",
        ("digest", snapshot.Digest), ("html", snapshot.Html), ("data", snapshot.Json));

    private sealed class ExperimentView(DbSession db) : IExperimentView
    {
        public int Active => (int)db.Number("select count(*) from experiments where active = 1");

        public Experiment? Find(string id) => db.TryFirst($"select {Columns} from experiments where id = @id", Read, out var experiment, ("id", id)) ? experiment : null;

        public IReadOnlyList<Experiment> All() => db.Query($"select {Columns} from experiments order by registered_at desc, id", Read);

        public IReadOnlyList<LookReport> Looks(string experiment) =>
            db.Query("select report from experiment_looks where experiment = @experiment order by number", Look, ("experiment", experiment));

        public LookReport? Look(string experiment, int number) =>
            db.TryFirst("select report from experiment_looks where experiment = @experiment and number = @number", Look, out var look, ("experiment", experiment), ("number", (long)number)) ? look : null;

        public IReadOnlyList<StoredTicket> Tickets(string experiment) => db.Query(
            "select id, experiment, at, title, description, severity, owners from tickets where experiment = @experiment order by at, id",
            row => new StoredTicket(row.GetString(0), row.GetString(1), row.Instant(2), row.GetString(3), row.GetString(4), row.GetString(5), Sound(row.GetString(6), text => JsonSerializer.Deserialize<string[]>(text) ?? throw new JsonException("a ticket has no owners"))),
            ("experiment", experiment));

        public Snapshot? Snapshot(string digest) => db.TryFirst(
            "select digest, html, data from snapshots where digest = @digest", row => new Snapshot(row.GetString(0), row.GetString(1), row.GetString(2)), out var snapshot, ("digest", digest)) ? snapshot : null;

        private static Experiment Read(DbDataReader row) =>
            Sound(row.GetString(0), id => Contract.Read(Encoding.UTF8.GetBytes(row.GetString(2))) is var contract && contract.Id == id
                ? ExperimentJson.Read(contract, row.GetInt64(1), row.GetString(3))
                : throw new BadInputException($"the contract is that of {contract.Id}"));

        private static LookReport Look(DbDataReader row) => Sound(row.GetString(0), text => LookReportJson.Read(Json.Parse(Encoding.UTF8.GetBytes(text))));

        private static T Sound<T>(string text, Func<string, T> read)
        {
            try
            {
                return read(text);
            }
            catch (Exception e) when (e is BadInputException or JsonException)
            {
                throw new UnavailableException($"An experiment is stored damaged: {e.Message.TrimEnd('.')}. Restore the database from a backup.", e);
            }
        }
    }
}
