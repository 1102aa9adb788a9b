using Pawl.Flags;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What <see cref="IStickyStore"/> promises.</summary>
public abstract class StickyStoreContract(IDatabases databases) : IDisposable
{
    private static readonly StickyKey Ada = new("id", "ada");

    [Fact]
    public async Task Save_NewAssignments_AreAddedAndTheFirstOnesStay()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        await SaveAsync(database, Ada, ("a__0", "0"), ("b__0", "1"));

        var saved = await SaveAsync(database, Ada, ("b__0", "0"), ("c__0", "2"));

        Assert.Equal([("a__0", "0"), ("b__0", "1"), ("c__0", "2")], Sorted(saved));
        Assert.Equal(Sorted(saved), Sorted(Assert.Single(await database.StickyAssignments.LoadAsync([Ada, Ada]))));
    }

    [Fact]
    public async Task Load_UnitsWithoutAssignments_AreLeftOutAndNamesAreComparedOrdinally()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        StickyKey[] keys = [Ada, new("ID", "ada"), new("id", "Ada"), new("id", "a\"d|| ä😀")];
        foreach (var key in keys) await SaveAsync(database, key, ("a__0", key.ToString()));

        var loaded = await database.StickyAssignments.LoadAsync([.. keys, new("id", "bob")]);

        Assert.Equal(keys.ToHashSet(), loaded.Select(d => d.Key).ToHashSet());
        Assert.All(loaded, document => Assert.Equal(document.Key.ToString(), document.Assignments["a__0"]));
        Assert.Empty(await database.StickyAssignments.LoadAsync([]));
    }

    [Fact]
    public async Task Save_TwoWritersAtOnce_AgreeAfterwards()
    {
        var where = await databases.CreateAsync();
        await using var a = Database.Open(where);
        await using var b = Database.Open(where);
        for (var n = 0; n < 20; n++)
        {
            var experiment = $"e{n}__0";
            var saved = await Task.WhenAll(
                Task.Run(() => SaveAsync(a, Ada, (experiment, "0"))),
                Task.Run(() => SaveAsync(b, Ada, (experiment, "1"))));
            Assert.Equal(saved[0].Assignments[experiment], saved[1].Assignments[experiment]);
        }
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) databases.Dispose();
    }

    private static Task<StickyDocument> SaveAsync(Database database, StickyKey key, params (string Experiment, string Variation)[] assignments) =>
        database.WriteAsync(tx => database.StickyAssignments.Save(tx, new StickyDocument(key, assignments.ToDictionary(a => a.Experiment, a => a.Variation))));

    private static IEnumerable<(string, string)> Sorted(StickyDocument document) => document.Assignments.Select(a => (a.Key, a.Value)).Order();
}

public sealed class SqliteStickyStoreTests() : StickyStoreContract(new SqliteDatabases());

public sealed class PostgresStickyStoreTests(PostgresCluster cluster) : StickyStoreContract(new PostgresDatabases(cluster));
