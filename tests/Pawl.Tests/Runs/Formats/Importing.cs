using Pawl.Runs;
using Pawl.Runs.Formats;
using Pawl.Storage;

namespace Pawl.Tests.Runs.Formats;

/// <summary>A fresh database to import into, and a folder for the files.</summary>
internal sealed class Importing : IAsyncDisposable
{
    private readonly VirtualClock _clock = new();

    public Importing() => Database = Database.Open(Folder["pawl.db"]);

    public TemporaryFolder Folder { get; } = new();

    public Database Database { get; }

    public Task<ImportReport> HiveAsync(string path, string? goal = null, string zone = "UTC") =>
        new RunImporter(Database, Database.Runs, _clock).HiveAsync(path, goal, TimeZoneInfo.FindSystemTimeZoneById(zone));

    public Task<ImportReport> TauAsync(string path, string? goal = null)
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return new RunImporter(Database, Database.Runs, _clock).TauBenchAsync(path, goal);
    }

    /// <summary>Imports one run file that has this content.</summary>
    public Task<ImportReport> HiveTextAsync(string json, string zone = "UTC") => HiveAsync(Folder.Write("hive/runs/a.json", json), zone: zone);

    /// <summary>Imports one file of trajectories that has this content.</summary>
    public Task<ImportReport> TauTextAsync(string json) => TauAsync(Folder.Write("tau.json", json));

    public async Task<Run> FindAsync(RunId id) => (await Database.Runs.FindAsync(id))!;

    public async Task<IReadOnlyList<Run>> AllAsync()
    {
        var runs = new List<Run>();
        foreach (var id in await Database.Runs.IdsAsync(null)) runs.Add(await FindAsync(id));
        return runs;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Folder.Dispose();
    }
}
