using System.Data.Common;
using System.Text;
using Pawl.Flags;

namespace Pawl.Storage;

/// <summary>Flags in a SQL database.</summary>
internal sealed class SqlFlagStore(Database database) : IFlagStore
{
    private const string Columns = "key, version, document";
    private const string VersionColumns = "key, version, document, at, actor, why, receipt, reference";

    public IFlagView View(ITransaction transaction) => new FlagView(DbSession.Of(transaction));

    public T Read<T>(Func<IFlagView, T> read) => database.Read(db => read(new FlagView(db)));

    public bool TryPut(ITransaction transaction, Flag flag)
    {
        if (flag.Version < 1) throw new ArgumentException("A flag that is put has the version it gets, 1 or more.", nameof(flag));
        var db = DbSession.Of(transaction);
        var others = Others(new FlagView(db), flag);
        (string, object?)[] values = [("key", flag.Key), ("version", flag.Version), ("archived", flag.IsArchived ? 1L : 0L), ("document", Document(flag)), ("before", flag.Version - 1)];
        var changed = flag.Version == 1
            ? db.Execute("insert into flags (key, version, archived, document) values (@key, @version, @archived, @document) on conflict (key) do nothing", values[..4])
            : db.Execute("update flags set version = @version, archived = @archived, document = @document where key = @key and version = @before", values);
        if (changed == 0) return false;
        db.Execute("update heads set value = value + 1 where name = 'flags'");
        db.Execute(
            "insert into heads (name, value) values ('flag_payload', @bytes) on conflict (name) do update set value = excluded.value",
            ("bytes", others + PayloadRoom.BytesOf(flag)));
        return true;
    }

    public void Record(ITransaction transaction, FlagVersion version) => DbSession.Of(transaction).Execute(
        $"insert into flag_versions ({VersionColumns}) values (@key, @version, @document, @at, @actor, @why, @receipt, @reference)",
        ("key", version.Flag.Key), ("version", version.Flag.Version), ("document", Document(version.Flag)), ("at", version.At.UtcTicks), ("actor", version.Actor),
        ("why", version.Why), ("receipt", version.Receipt), ("reference", version.Reference));

    // The bytes of all flags but the one that is put.
    private static long Others(FlagView view, Flag flag) =>
        view.PayloadBytes - (flag.Version > 1 && view.Find(flag.Key) is { } before ? PayloadRoom.BytesOf(before) : 0);

    private static string Document(Flag flag) => Encoding.UTF8.GetString(FlagJson.Document(flag));

    private sealed class FlagView(DbSession db) : IFlagView
    {
        public long Revision => db.Number("select value from heads where name = 'flags'");

        // Databases of earlier versions have no sum yet: the first change writes it.
        public long PayloadBytes => db.TryFirst("select value from heads where name = 'flag_payload'", row => row.GetInt64(0), out var bytes)
            ? bytes
            : Sound(out _).Sum(PayloadRoom.BytesOf);

        public Flag? Find(string key) => db.TryFirst($"select {Columns} from flags where key = @key", Read, out var flag, ("key", key)) ? flag : null;

        public FlagVersion? Find(string key, long version) =>
            db.TryFirst($"select {VersionColumns} from flag_versions where key = @key and version = @version", Version, out var found, ("key", key), ("version", version)) ? found : null;

        public IReadOnlyList<Flag> Sound(out IReadOnlyList<FlagProblem> damaged)
        {
            var (flags, problems) = (new List<Flag>(), new List<FlagProblem>());
            db.Each($"select {Columns} from flags", row =>
            {
                try
                {
                    flags.Add(Read(row));
                }
                catch (UnavailableException e)
                {
                    problems.Add(new FlagProblem(row.GetString(0), e.Message));
                }
            });
            damaged = problems;
            return [.. flags.OrderBy(flag => flag.Key, StringComparer.Ordinal)]; // sorted here: databases sort texts each in their own way
        }

        public IReadOnlyList<FlagVersion> History(string key) =>
            db.Query($"select {VersionColumns} from flag_versions where key = @key order by version desc", Version, ("key", key));

        private static Flag Read(DbDataReader row)
        {
            var key = row.GetString(0);
            try
            {
                var flag = FlagJson.ReadStored(Encoding.UTF8.GetBytes(row.GetString(2)));
                return flag.Key == key ? flag with { Version = row.GetInt64(1) } : throw new BadInputException($"It is the document of {flag.Key}");
            }
            catch (BadInputException e)
            {
                throw new UnavailableException($"The flag {key} is stored damaged: {e.Message.TrimEnd('.')}. Restore the database from a backup.", e);
            }
        }

        private static FlagVersion Version(DbDataReader row) =>
            new(Read(row), row.Instant(3), row.GetString(4), row.GetString(5), row.GetInt64(6), row.GetString(7));
    }
}
