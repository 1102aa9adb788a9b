using Microsoft.Data.Sqlite;
using Pawl.Metrics;

namespace Pawl.Storage;

/// <summary>Opens SQLite files of other programs as sources of metrics: read-only, with the SQLite library that Pawl loads.</summary>
internal static class SqliteMetricSource
{
    /// <summary>A file as a source.</summary>
    /// <param name="name">Its name in pawl.yaml.</param>
    /// <param name="path">The file; it need not exist yet.</param>
    /// <param name="exposures">The user's SELECT of unit, variant and at.</param>
    /// <param name="limit">How long an answer may take.</param>
    /// <param name="clock">Tells when it was asked.</param>
    public static IMetricSource Open(string name, string path, string exposures, TimeSpan limit, TimeProvider clock) =>
        new SqlMetricSource(name, new SqliteDialect(ticks: false), new SqlTables(exposures), () => Connection(path), limit, clock);

    private static SqliteConnection Connection(string path)
    {
        if (!File.Exists(path)) throw new UnavailableException($"There is no file {path}.");
        NativeSqlite.Load();
        return new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ConnectionString);
    }
}
