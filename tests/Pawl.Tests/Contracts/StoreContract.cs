using Pawl.Runs;
using Pawl.Storage;
using Pawl.Tests.Runs;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What <see cref="IStore"/> promises, and what holds for the database behind it.</summary>
public abstract class StoreContract(IDatabases databases) : IDisposable
{
    [Fact]
    public async Task Write_WorkThatThrows_FailsWithTheSameAndKeepsNothingOfIt()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var error = new InvalidOperationException("no");

        Assert.Same(error, await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync<int>(tx =>
        {
            Add(database, tx, "a");
            throw error;
        })));

        await database.WriteAsync(tx => Add(database, tx, "b"));
        Assert.Equal(["b"], await IdsAsync(database));
    }

    [Fact]
    public async Task Write_WorkThatThrowsAmongOthers_LeavesItsNeighboursAlone()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        using var first = new ManualResetEventSlim();
        var blocking = database.WriteAsync(tx =>
        {
            first.Wait(); // what comes meanwhile shares the next commit
            return Add(database, tx, "first");
        });

        var works = Enumerable.Range(0, 50).Select(n => database.WriteAsync(tx =>
        {
            Add(database, tx, $"r{n:00}");
            return n % 3 == 0 ? throw new InvalidOperationException($"{n}") : n;
        })).ToList();
        first.Set();
        await blocking;
        var outcomes = await Task.WhenAll(works.Select(async w => await Xunit.Record.ExceptionAsync(() => w) is null));

        Assert.Equal(Enumerable.Range(0, 50).Select(n => n % 3 != 0), outcomes);
        Assert.Equal(["first", .. Enumerable.Range(0, 50).Where(n => n % 3 != 0).Select(n => $"r{n:00}")], await IdsAsync(database));
    }

    [Fact]
    public async Task Write_AStatementThatTheDatabaseRefuses_LeavesItsNeighboursAlone()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        await database.WriteAsync(tx => Add(database, tx, "taken"));
        using var first = new ManualResetEventSlim();
        var blocking = database.WriteAsync(_ =>
        {
            first.Wait();
            return 0;
        });
        var before = database.WriteAsync(tx => Add(database, tx, "before"));
        var refused = database.WriteAsync(tx => DbSession.Of(tx).Execute("insert into heads (name, value) values ('runs', 0)"));
        var after = database.WriteAsync(tx => Add(database, tx, "after"));
        first.Set();
        await blocking;

        Assert.NotNull(await Xunit.Record.ExceptionAsync(() => refused));
        await Task.WhenAll(before, after);
        Assert.Equal(["taken", "before", "after"], await IdsAsync(database));
    }

    [Fact]
    public async Task Write_Completed_IsReadByAnotherDatabaseObject()
    {
        var where = await databases.CreateAsync();
        await using var writer = Database.Open(where);
        await using var reader = Database.Open(where);
        for (var n = 0; n < 20; n++)
        {
            await writer.WriteAsync(tx => Add(writer, tx, $"r{n:00}"));
            Assert.Equal(n + 1, (await IdsAsync(reader)).Count);
        }
    }

    [Fact]
    public async Task Write_ManyDatabaseObjectsAtOnce_LosesNothing()
    {
        const int writers = 4, each = 50;
        var where = await databases.CreateAsync();

        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(async () =>
        {
            await using var database = Database.Open(where);
            for (var n = 0; n < each; n++) await database.WriteAsync(tx => Add(database, tx, $"w{w}-{n:00}"));
        })));

        await using var reader = Database.Open(where);
        Assert.Equal(
            Enumerable.Range(0, writers).SelectMany(w => Enumerable.Range(0, each).Select(n => $"w{w}-{n:00}")), (await IdsAsync(reader)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Write_TwoThatTouchTheSameRowsTheOtherWayRound_BothSucceed()
    {
        var where = await databases.CreateAsync();
        await using var a = Database.Open(where);
        await using var b = Database.Open(where);
        await a.WriteAsync(_ => 0);

        for (var n = 0; n < 30; n++)
        {
            await Task.WhenAll(
                Task.Run(() => a.WriteAsync(tx => Heads(tx, "runs", "run_events"))),
                Task.Run(() => b.WriteAsync(tx => Heads(tx, "run_events", "runs"))));
        }

        static int Heads(ITransaction tx, string first, string second)
        {
            var rows = DbSession.Of(tx).Execute("update heads set value = value where name = @name", ("name", first));
            Thread.Yield();
            for (var n = 0; n < 200; n++) DbSession.Of(tx).Number("select count(*) from heads"); // gives the other one time to get in between
            return rows + DbSession.Of(tx).Execute("update heads set value = value where name = @name", ("name", second));
        }
    }

    [Fact]
    public async Task Write_ManyAtOnceOnANewDatabase_AppliesTheMigrationsOnce()
    {
        for (var n = 0; n < 5; n++)
        {
            var where = await databases.CreateAsync();
            await Task.WhenAll(Enumerable.Range(0, 6).Select(w => Task.Run(async () =>
            {
                await using var database = Database.Open(where);
                await database.WriteAsync(tx => Add(database, tx, $"w{w}"));
            })));
            await using var reader = Database.Open(where);
            Assert.Equal(6, (await IdsAsync(reader)).Count);
            Assert.Equal(Migrations.Newest, reader.Read(db => db.Number("select max(version) from pawl_schema")));
            Assert.Equal(0, reader.Read(db => db.Number("select count(*) - count(distinct version) from pawl_schema")));
        }
    }

    [Fact]
    public async Task Read_ADatabaseWithoutPawlData_IsUnavailableAndSaysWhatToDo()
    {
        await using var database = Database.Open(await databases.CreateAsync());

        var error = await Assert.ThrowsAsync<UnavailableException>(() => IdsAsync(database));

        Assert.Contains("--db", error.Message);
    }

    [Fact]
    public async Task Open_ANewerSchema_IsRefusedForReadingAndWritingAndLeftAsItIs()
    {
        var where = await databases.CreateAsync();
        await using (var database = Database.Open(where)) await database.WriteAsync(tx => Add(database, tx, "a"));
        databases.Execute(where, "insert into pawl_schema (version) values (9999)");

        await using (var older = Database.Open(where))
        {
            Assert.Contains("9999", (await Assert.ThrowsAsync<BadInputException>(() => older.WriteAsync(tx => Add(older, tx, "b")))).Message);
            await Assert.ThrowsAsync<BadInputException>(() => IdsAsync(older));
        }

        databases.Execute(where, "delete from pawl_schema where version = 9999");
        await using var same = Database.Open(where);
        Assert.Equal(["a"], await IdsAsync(same));
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

    private static bool Add(Database database, ITransaction tx, string id) =>
        database.Runs.Import(tx, [(Made.Run() with { Id = RunId.Parse(id) }, id)])[0] == ImportOutcome.Imported;

    private static async Task<IReadOnlyList<string>> IdsAsync(Database database) => [.. (await database.Runs.IdsAsync(null)).Select(i => i.Value)];
}

public sealed class SqliteStoreTests() : StoreContract(new SqliteDatabases());

public sealed class PostgresStoreTests(PostgresCluster cluster) : StoreContract(new PostgresDatabases(cluster));
