using Pawl.Insights;
using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Tests.Insights;

/// <summary>A SQLite database in a folder of its own, and an analyst who reads it.</summary>
internal sealed class InsightDatabase : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public InsightDatabase()
    {
        Database = Database.Open(_folder["pawl.db"]);
        Analyst = new Analyst(Database.Insights, Database.Runs);
    }

    public Database Database { get; }

    public Analyst Analyst { get; }

    public static async Task<InsightDatabase> WithAsync(params IEnumerable<Run> runs)
    {
        var database = new InsightDatabase();
        await database.AddAsync(runs);
        return database;
    }

    public Task AddAsync(IEnumerable<Run> runs) => AddAsync(Database, runs);

    public static Task AddAsync(Database database, IEnumerable<Run> runs)
    {
        var items = runs.Select(r => (r, r.Id.Value)).ToList();
        return database.WriteAsync(tx => database.Runs.Import(tx, items));
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _folder.Dispose();
    }
}
