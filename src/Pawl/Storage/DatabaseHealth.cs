using System.Globalization;

namespace Pawl.Storage;

/// <summary>How something stands.</summary>
public enum Health
{
    /// <summary>It works.</summary>
    Good,

    /// <summary>It is not there, and not needed for everything.</summary>
    Missing,

    /// <summary>It is needed and does not work.</summary>
    Bad,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Health">How it stands.</param>
/// <param name="Found">What was found.</param>
/// <param name="Remedy">What to do; null where nothing is.</param>
public sealed record HealthCheck(string Name, Health Health, string Found, string? Remedy);

/// <summary>Looks at the database and, for SQLite, at the library that reads it.</summary>
public static class DatabaseHealth
{
    /// <summary>Looks. A database that is not there yet is no fault and is not created; an older schema is brought up to date.</summary>
    public static async Task<IReadOnlyList<HealthCheck>> CheckAsync(Database database, CancellationToken cancellationToken = default)
    {
        var target = database.Target;
        var checks = new List<HealthCheck>();
        if (!target.IsPostgres) checks.Add(Sqlite());
        checks.Add(await ReachAsync(database, target, cancellationToken).ConfigureAwait(false));
        return checks;
    }

    private static HealthCheck Sqlite()
    {
        try
        {
            NativeSqlite.Load();
            var version = SQLitePCL.raw.sqlite3_libversion().utf8_to_string();
            return new HealthCheck("sqlite", Health.Good, $"SQLite {version}, {NativeSqlite.Origin}", null);
        }
        catch (DllNotFoundException)
        {
            return new HealthCheck("sqlite", Health.Bad, "no SQLite library was found", "Install it: apt-get install libsqlite3-0, or what your system calls it.");
        }
    }

    private static async Task<HealthCheck> ReachAsync(Database database, DatabaseTarget target, CancellationToken cancellationToken)
    {
        try
        {
            if (target.IsMissingFile) return new HealthCheck("database", Health.Missing, $"{target.Shown} does not exist yet", "The first run that is recorded or imported creates it.");
            var version = await database.WriteAsync(tx => Migrations.Version(DbSession.Of(tx), target.Shown), cancellationToken).ConfigureAwait(false);
            return new HealthCheck("database", Health.Good, string.Create(CultureInfo.InvariantCulture, $"{target.Shown}, schema {version}"), null);
        }
        catch (Exception e) when (e is UnavailableException or BadInputException)
        {
            return new HealthCheck("database", Health.Bad, e.Message, null);
        }
    }
}
