using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class FlagClientTests : IDisposable
{
    private static readonly EvaluationContext Nobody = new();

    private static readonly byte[] Payload = """
        {"features":{"on":{"defaultValue":true},"n":{"defaultValue":7},"text":{"defaultValue":"7"},"object":{"defaultValue":{"page":2}},"nothing":{},
          "closed":{"defaultValue":true,"rules":[{"parentConditions":[{"id":"off","condition":{"value":true},"gate":true}]}]},"off":{"defaultValue":false},
          "split":{"rules":[{"id":"r","variations":["a","b"],"meta":[{"key":"control"},{"key":"treatment"}],"weights":[0,1]}]},
          "huge":{"defaultValue":1e400},"bad":{"defaultValue":1,"rules":7}}}
        """u8.ToArray();

    private readonly TemporaryFolder folder = new();
    private readonly VirtualClock clock = new();
    private readonly Lines log = new();

    [Fact]
    public void Evaluate_ValuesOfAllTypes_AreGivenAsAskedFor()
    {
        using var client = OfPayload();

        Assert.Equal(new FlagValue<bool>(true, FlagReason.Default), client.Evaluate("on", Nobody, false));
        Assert.Equal(7, client.Evaluate("n", Nobody, 0).Value);
        Assert.Equal(7.0, client.Evaluate("n", Nobody, 0.0).Value);
        Assert.Equal("7", client.Evaluate("text", Nobody, "").Value);
        Assert.Equal(new Wanted(2), client.Evaluate("object", Nobody, new Wanted(1)).Value);
        Assert.Equal(7, client.Evaluate<JsonElement>("n", Nobody, default).Value.GetInt32());
        var split = client.Evaluate("split", new EvaluationContext(Json.Parse("""{"id":"1"}""")), "");
        Assert.Equal(new FlagValue<string>("b", FlagReason.Split) { Variant = "treatment", RuleId = "r" }, split);
    }

    [Theory]
    [InlineData("none", FlagReason.NotFound)]
    [InlineData("text", FlagReason.TypeMismatch)]
    [InlineData("on", FlagReason.TypeMismatch)]
    [InlineData("object", FlagReason.TypeMismatch)]
    [InlineData("nothing", FlagReason.NoValue)]
    [InlineData("closed", FlagReason.NoValue)]
    [InlineData("bad", FlagReason.Error)]
    public void Evaluate_AFlagWithoutSuchAValue_GivesTheFallbackWithTheReason(string key, FlagReason reason)
    {
        using var client = OfPayload();

        var answer = client.Evaluate(key, Nobody, 41);

        Assert.Equal((41, reason, true), (answer.Value, answer.Reason, answer.IsFallback));
        Assert.Equal(reason is FlagReason.TypeMismatch or FlagReason.Error, answer.Error is not null);
    }

    [Fact]
    public void Evaluate_ANumberThatFitsNoDouble_GivesTheFallback()
    {
        using var client = OfPayload();

        Assert.Equal((41.0, FlagReason.TypeMismatch), (client.Evaluate("huge", Nobody, 41.0).Value, client.Evaluate("huge", Nobody, 41.0).Reason));
    }

    [Fact]
    public void Evaluate_AConverterThatThrows_GivesTheFallback()
    {
        using var client = OfPayload();

        Assert.Equal((null, FlagReason.Error, "no page today"), (client.Evaluate<Throwing?>("object", Nobody, null) is var answer ? answer.Value : null, answer.Reason, answer.Error));
    }

    [Fact]
    public async Task Evaluate_AfterAChangeInTheStore_GivesTheNewValueWithinAPoll()
    {
        await using var database = Database.Open(folder["p.db"]);
        await ChangeAsync(database, (registry, tx) => registry.Create(tx, FlagJson.Read("""{"key":"f","variants":{"old":1,"new":2},"default":"old"}"""u8.ToArray()), Act(0)));
        using var client = OfStore(database);
        Assert.Equal((1, 1L, "old"), Answer(client));

        await ChangeAsync(database, (registry, tx) => registry.Promote(tx, "f", "new", Act(1)));
        clock.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Equal((1, 1L, "old"), Answer(client));
        clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal((2, 2L, "new"), Answer(client));

        await ChangeAsync(database, (registry, tx) => registry.Archive(tx, "f", true, Act(2)));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(FlagReason.NotFound, client.Evaluate("f", Nobody, 0).Reason);
        Assert.False(client.IsStale);
    }

    [Fact]
    public async Task Evaluate_AFlagThatIsStoredDamaged_GivesTheFallbackAndSaysSoOnce()
    {
        await using var database = Database.Open(folder["p.db"]);
        await ChangeAsync(database, (registry, tx) => registry.Create(tx, FlagJson.Read("""{"key":"f","variants":{"old":1},"default":"old"}"""u8.ToArray()), Act(0)));
        await using var reader = Database.Open(folder["p.db"]);
        using var client = OfStore(reader);
        await database.WriteAsync(tx => DbSession.Of(tx).Execute("update flags set document = '{}'") + DbSession.Of(tx).Execute("update heads set value = value + 1 where name = 'flags'"));

        for (var n = 0; n < 3; n++) clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(client.IsStale);
        Assert.Equal(FlagReason.Error, client.Evaluate("f", Nobody, 0).Reason);
        Assert.Single(log.Written, line => line.Contains("stored damaged", StringComparison.Ordinal));

        await database.WriteAsync(tx => DbSession.Of(tx).Execute("update flags set document = @d", ("d", """{"key":"f","variants":{"old":3},"default":"old"}"""))
            + DbSession.Of(tx).Execute("update heads set value = value + 1 where name = 'flags'"));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, Answer(client).Value);
    }

    [Fact]
    public void Evaluate_AStoreThatIsNotThereYet_StartsWithoutFlagsAndPicksThemUp()
    {
        var path = folder["flags.json"];
        using var client = new FlagClient(new FlagClientOptions { PayloadFile = path }, clock, log);
        Assert.Equal((true, FlagReason.NotFound), (client.IsStale, client.Evaluate("n", Nobody, 0).Reason));

        File.WriteAllBytes(path, Payload);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((false, 7), (client.IsStale, client.Evaluate("n", Nobody, 0).Value));
    }

    [Fact]
    public void AddPawlFlags_ServicesWithAClock_GiveOneClient()
    {
        var services = new ServiceCollection().AddPawlFlags(o => o.Payload = Payload).AddPawlFlags(o => o.Payload = Payload);

        Assert.Equal((typeof(FlagClient), ServiceLifetime.Singleton), (Assert.Single(services).ServiceType, services[0].Lifetime));
        using var client = (FlagClient)services[0].ImplementationFactory!(new NoServices());
        Assert.Equal(7, client.Evaluate("n", Nobody, 0).Value);
    }

    [Fact]
    public void Create_OptionsWithoutASourceOrWithTwo_AreMisuse()
    {
        Assert.Contains("0 of them", Assert.Throws<ArgumentException>(() => new FlagClient(new FlagClientOptions())).Message);
        Assert.Contains("2 of them", Assert.Throws<ArgumentException>(() => new FlagClient(new FlagClientOptions { PayloadFile = "x", Payload = Payload })).Message);
    }

    public void Dispose() => folder.Dispose();

    private FlagClient OfPayload() => new(new FlagClientOptions { Payload = Payload }, clock, log);

    private FlagClient OfStore(Database database) => new(new FlagClientOptions { Store = database.Flags }, clock, log);

    private static (int Value, long Version, string? Variant) Answer(FlagClient client) => client.Evaluate("f", Nobody, 0) is var answer ? (answer.Value, answer.Version, answer.Variant) : default;

    private static FlagAct Act(long version) => new() { ExpectedVersion = version, Actor = "os:test" };

    private static async Task ChangeAsync(Database database, Func<FlagRegistry, ITransaction, FlagOutcome> change) =>
        Assert.IsType<FlagOutcome.Changed>(await database.WriteAsync(tx => change(new FlagRegistry(database.Flags, new ReceiptLedger(database.Ledger, TimeProvider.System)), tx)));

    private sealed record Wanted(int Page);

    private sealed class Throwing
    {
        public int Page { get => 0; set => throw new TimeoutException("no page today"); }
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }

    private sealed class Lines : ILogger<FlagClient>
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Add(formatter(state, exception));
    }
}
