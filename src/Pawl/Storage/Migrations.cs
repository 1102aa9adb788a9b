using System.Globalization;
using System.Reflection;

namespace Pawl.Storage;

/// <summary>The numbered changes of the schema, <c>Migrations/0001_….sql</c>: embedded, forward only, applied under a lock.</summary>
internal static class Migrations
{
    private const string VersionSql = "select coalesce(max(version), 0) from pawl_schema";

    private static readonly (int Version, string Resource)[] All = [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(n => n.StartsWith("Migrations/", StringComparison.Ordinal))
        .Select(n => (int.Parse(n.AsSpan(11, 4), CultureInfo.InvariantCulture), n))
        .Order()];

    /// <summary>The newest version that this program knows.</summary>
    public static int Newest => All[^1].Version;

    /// <summary>Refuses a database that is somebody else's or of a newer schema, before anything of it is changed.</summary>
    public static void Recognise(DbSession session, string shown)
    {
        var isNew = !session.IsPostgres && session.Number("select count(*) from sqlite_master") == 0;
        if (isNew) return;
        if (HasSchema(session)) Version(session, shown);
        else if (!session.IsPostgres) throw new BadInputException($"{shown} is a SQLite database of something else. Name another file with --db.");
    }

    /// <summary>Brings the schema up to date.</summary>
    public static void Apply(DbSession session, string shown)
    {
        if (HasSchema(session) && Version(session, shown) == Newest) return;
        session.BeginWriting();
        if (session.IsPostgres) session.Execute("select pg_advisory_xact_lock(7297011)");
        if (!HasSchema(session)) session.Execute("create table pawl_schema (version bigint not null)");
        var current = Version(session, shown);
        foreach (var (version, resource) in All.Where(m => m.Version > current))
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
            using var text = new StreamReader(stream);
            foreach (var statement in Statements(text.ReadToEnd(), session.IsPostgres)) session.Execute(statement);
            session.Execute("insert into pawl_schema (version) values (@version)", ("version", (long)version));
        }

        session.Execute("commit");
    }

    /// <summary>Demands the schema that this program knows.</summary>
    public static void Expect(DbSession session, string shown)
    {
        if (!HasSchema(session)) throw new UnavailableException($"{shown} holds no Pawl data yet. Record or import a run, make a flag with `pawl flag create`, or ingest events with `pawl metrics ingest`; or name another database with --db.");
        if (Version(session, shown) < Newest)
            throw new UnavailableException($"{shown} has an older schema. Any command that writes, such as `pawl doctor`, brings it up to date.");
    }

    public static int Version(DbSession session, string shown)
    {
        var version = (int)session.Number(VersionSql);
        return version <= Newest
            ? version
            : throw new BadInputException(string.Create(
                CultureInfo.InvariantCulture, $"{shown} has schema {version}, this Pawl knows up to {Newest}. Use a newer Pawl; this one leaves the database as it is."));
    }

    private static bool HasSchema(DbSession session) => session.Number(session.IsPostgres
        ? "select count(*) from information_schema.tables where table_name = 'pawl_schema' and table_schema = any (current_schemas(false))"
        : "select count(*) from sqlite_master where type = 'table' and name = 'pawl_schema'") > 0;

    // One text for both, but for this: a key that SQLite stores with the row itself must be spelt "integer primary key".
    private static IEnumerable<string> Statements(string sql, bool isPostgres) =>
        (isPostgres ? sql : sql.Replace("bigint primary key", "integer primary key", StringComparison.Ordinal))
        .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
