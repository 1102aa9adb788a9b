using Pawl.Storage;
using Pawl.Tests.Contracts;
using Pawl.Tests.Runs;
using Xunit;

namespace Pawl.Tests.Storage;

/// <summary>What can be wrong with a SQLite file.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteDatabases _sqlite = new();

    public void Dispose()
    {
        _sqlite.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_AMissingFile_ReadingDoesNotCreateItAndWritingDoesWithItsFolders()
    {
        var path = _folder["a/b/pawl.db"];
        await using var database = Database.Open(path);

        var error = await Assert.ThrowsAsync<UnavailableException>(() => database.Runs.IdsAsync(null));
        Assert.Contains(path, error.Message);
        Assert.False(Directory.Exists(_folder["a"]));

        await WriteAsync(database);
        Assert.Single(await database.Runs.IdsAsync(null));
    }

    [Fact]
    public async Task Write_ADatabaseOfSomethingElse_IsRefusedAndNotOneByteIsChanged()
    {
        var path = _folder["other.db"];
        _sqlite.Execute(path, "create table customers (name text); insert into customers values ('Ann')");
        var before = await File.ReadAllBytesAsync(path);

        await using (var database = Database.Open(path)) Assert.Contains(path, (await Assert.ThrowsAsync<BadInputException>(() => WriteAsync(database))).Message);

        Assert.Equal(before, await File.ReadAllBytesAsync(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("no database at all, but long enough to hold a header of one hundred bytes, which the library reads first of all")]
    [InlineData("short")]
    public async Task Open_AFileThatIsNoDatabase_IsRefusedAndLeftAsItIs(string content)
    {
        var path = _folder.Write("notes.txt", content);
        await using var database = Database.Open(path);

        await Assert.ThrowsAsync<BadInputException>(() => WriteAsync(database));
        await Assert.ThrowsAsync<BadInputException>(() => database.Runs.IdsAsync(null));
        Assert.Equal(content, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Write_AnEmptyFile_BecomesADatabase()
    {
        await using var database = Database.Open(_folder.Write("empty.db", ""));

        await WriteAsync(database);

        Assert.Single(await database.Runs.IdsAsync(null));
    }

    [Fact]
    public async Task Write_AFolderThatIsAFile_IsUnavailable()
    {
        await using var database = Database.Open(Path.Combine(_folder.Write("file", ""), "pawl.db"));

        await Assert.ThrowsAsync<UnavailableException>(() => WriteAsync(database));
    }

    [Fact]
    public async Task Write_AfterAFailure_WorksAgain()
    {
        var path = _folder["later/pawl.db"];
        _folder.Write("later", "in the way");
        await using var database = Database.Open(path);
        await Assert.ThrowsAsync<UnavailableException>(() => WriteAsync(database));
        File.Delete(_folder["later"]);

        await WriteAsync(database);

        Assert.Single(await database.Runs.IdsAsync(null));
    }

    [Fact]
    public async Task Write_Always_IsSynchronousAndLoggedAhead()
    {
        await using var database = Database.Open(_folder["pawl.db"]);

        var (journal, synchronous) = await database.WriteAsync(tx => (
            DbSession.Of(tx).Query("pragma journal_mode", row => row.GetString(0))[0], DbSession.Of(tx).Number("pragma synchronous")));

        Assert.Equal(("wal", 2L), (journal, synchronous));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("postgres://")]
    public void Open_NothingThatNamesADatabase_IsRefused(string where) => Assert.Throws<BadInputException>(() => Database.Open(where));

    [Theory]
    [InlineData("postgres://ann:hunter2@db.example:5433/pawl", "postgres://db.example:5433/pawl")]
    [InlineData("Host=db.example;Port=5433;Username=ann;Password=hunter2;Database=pawl", "postgres://db.example:5433/pawl")]
    public async Task Identity_OfAPostgresDatabase_HoldsNoSecret(string where, string identity)
    {
        await using var database = Database.Open(where);

        Assert.Equal(identity, database.Identity);
    }

    private static Task WriteAsync(Database database) => database.WriteAsync(tx => database.Runs.Import(tx, [(Made.Run(), "key")]));
}
