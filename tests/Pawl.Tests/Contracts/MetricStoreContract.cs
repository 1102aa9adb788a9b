using System.Text.Json;
using Pawl.Metrics;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What <see cref="IMetricStore"/> promises.</summary>
public abstract class MetricStoreContract(IDatabases databases) : IDisposable
{
    private const string Shown = """{"id": "x1", "unit": "ada", "at": "2026-03-01T00:00:00Z", "flag": "f", "variant": "a"}""";
    private const string Signup = """{"id": "e1", "unit": "ada", "at": "2026-03-01T01:00:00+01:00", "event": "signup", "value": 0.1}""";

    [Fact]
    public async Task Add_TheSameTwice_CountsOnceAndAContradictionIsReported()
    {
        await using var database = Database.Open(await databases.CreateAsync());

        var first = await AddAsync(database, Shown, Signup, Shown);
        var again = await AddAsync(
            database, Signup, Shown.Replace("\"a\"", "\"b\"", StringComparison.Ordinal), Signup.Replace("0.1", "0.2", StringComparison.Ordinal), """{"id": "x1", "unit": "ada", "at": 1, "event": "e"}""");

        Assert.Equal((2, 1, 0), (first.Added, first.Known, first.Contradicting.Count));
        Assert.Equal((1, 1), (again.Added, again.Known)); // exposures and occurrences are numbered apart
        Assert.Equal(["x1", "e1"], again.Contradicting);
        Assert.Equal("0.1", database.Read(db => db.Query("select value from events where id = 'e1'", row => row.GetDouble(0))).Single().ToString("R", null));
    }

    [Fact]
    public async Task Source_ADatabaseThatIsNotThereYet_IsUnavailable()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var source = database.Metrics.Source("events", TimeSpan.FromMinutes(1), TimeProvider.System);

        var result = await source.MeasureAsync(new MetricQuery
        {
            Flag = "f",
            Arms = ["a"],
            Start = DateTimeOffset.UnixEpoch,
            Watermark = DateTimeOffset.UnixEpoch,
            Metric = new MetricDefinition { Name = "m", Source = "events", Kind = MetricKind.Mean, Input = new MetricInput.Event("e") },
        }, TestContext.Current.CancellationToken);

        Assert.Equal(MetricFault.Unavailable, Assert.IsType<MetricResult.Unmeasured>(result).Fault);
    }

    [Theory]
    [InlineData("7", "$: expected an object")]
    [InlineData("{}", "$: \"id\" is missing")]
    [InlineData("""{"id": "", "unit": "u", "at": 1, "event": "e"}""", "$.id: expected a name")]
    [InlineData("""{"id": "a", "unit": 7, "at": 1, "event": "e"}""", "$.unit: expected a string")]
    [InlineData("""{"id": "a", "unit": "u", "event": "e"}""", "$: \"at\" is missing")]
    [InlineData("""{"id": "a", "unit": "u", "at": "soon", "event": "e"}""", "$.at: expected a time")]
    [InlineData("""{"id": "a", "unit": "u", "at": 1}""", "$: \"event\" is missing")]
    [InlineData("""{"id": "a", "unit": "u", "at": 1, "flag": "f"}""", "$: \"variant\" is missing")]
    [InlineData("""{"id": "a", "unit": "u", "at": 1, "flag": "f", "variant": "v", "event": "e"}""", "$.event: an exposure")]
    [InlineData("""{"id": "a", "unit": "u", "at": 1, "event": "e", "value": 1e999}""", "$.value: expected a finite number")]
    [InlineData("""{"id": "a", "unit": "u", "at": 1, "event": "e", "value": "1"}""", "$.value: expected a finite number")]
    [InlineData("""{"id": "a", "unit": "u", "at": 1, "event": "e", "valu": 1}""", "$.valu: is unknown")]
    public void Read_AWrongEvent_SaysWhereAndWhat(string json, string message) =>
        Assert.StartsWith(message, Assert.Throws<BadInputException>(() => Event(json)).Message);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) databases.Dispose();
    }

    private static Task<MetricIntake> AddAsync(Database database, params string[] events) =>
        database.WriteAsync(tx => database.Metrics.Add(tx, [.. events.Select(Event)]));

    private static MetricEvent Event(string json)
    {
        using var document = JsonDocument.Parse(json);
        return MetricEvent.Read(document.RootElement);
    }
}

public sealed class SqliteMetricStoreTests() : MetricStoreContract(new SqliteDatabases());

public sealed class PostgresMetricStoreTests(PostgresCluster cluster) : MetricStoreContract(new PostgresDatabases(cluster));
