using System.Text.Json;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Flags;

/// <summary>What a service gets by <see cref="FlagClientOptions.Sticky"/> and <see cref="FlagClientOptions.OnExposure"/>, on a database.</summary>
public sealed class FlagClientStickyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<Exposure> heard = [];

    [Fact]
    public async Task WithSticky_UnitsAssignedBefore_KeepTheirVariantsThoughTheWeightsChange()
    {
        await using var database = await WithSplitAsync();
        var before = new Dictionary<int, string?>();
        using (var client = Client(database))
        {
            for (var unit = 0; unit < 20; unit++) before[unit] = await AnswerAsync(client, unit);
        }

        Assert.Equal(["new", "old"], before.Values.Distinct().Order());
        await ChangeAsync(database, (registry, tx) => registry.Allocate(tx, "f", Split(1, 0), Act(2)));

        using var later = Client(database);
        for (var unit = 0; unit < 20; unit++) Assert.Equal(before[unit], await AnswerAsync(later, unit));
        Assert.Equal("old", await AnswerAsync(later, 1000));
        Assert.Contains(before.Keys, unit => later.Evaluate("f", Unit(unit), 0).Variant != before[unit]); // not sticky: by the hash
    }

    [Fact]
    public async Task SaveSticky_AUnitThatAnotherProcessAssignedFirst_HasThatAssignment()
    {
        await using var database = await WithSplitAsync();
        using var client = Client(database);
        var context = await client.WithStickyAsync(Unit(7));
        var mine = client.Evaluate("f", context, 0).Variant;
        var other = mine == "old" ? "new" : "old";
        await database.WriteAsync(tx => database.StickyAssignments.Save(tx, new StickyDocument(new StickyKey("id", "7"), new Dictionary<string, string> { ["f__0"] = other })));

        Assert.True(await client.SaveStickyAsync(context));

        Assert.Empty(context.Sticky!.Changed);
        Assert.Equal(other, client.Evaluate("f", context, 0).Variant);
    }

    [Fact]
    public async Task WithSticky_WhileTheStoreIsAway_AnswersByTheHashAndKeepsNothing()
    {
        await using var database = await WithSplitAsync();
        await using var away = Database.Open(folder["none.db"]);
        using var client = new FlagClient(new FlagClientOptions { Store = database.Flags, Sticky = new StickyStorage(away.StickyAssignments, away) });

        var context = await client.WithStickyAsync(Unit(7));

        Assert.Null(context.Sticky);
        Assert.Equal(FlagReason.Split, client.Evaluate("f", context, 0).Reason);
        Assert.True(await client.SaveStickyAsync(context));
    }

    [Fact]
    public async Task WithSticky_WithoutStorage_IsTheContextItself()
    {
        using var client = new FlagClient(new FlagClientOptions { Payload = """{"features":{}}"""u8.ToArray() });
        var context = Unit(7);

        Assert.Same(context, await client.WithStickyAsync(context));
        Assert.True(await client.SaveStickyAsync(context));
    }

    [Fact]
    public async Task OnExposure_UnitsInASplit_AreHeardOnceAndForcedOnesNever()
    {
        await using var database = await WithSplitAsync();
        using var client = Client(database);

        for (var n = 0; n < 3; n++) client.Evaluate("f", Unit(7), 0);
        client.Evaluate("f", new EvaluationContext(new Dictionary<string, object?> { ["id"] = "8" }) { ForcedVariations = new Dictionary<string, int> { ["f"] = 1 } }, 0);
        var forced = client.Evaluate("f", new EvaluationContext { ForcedValues = new Dictionary<string, JsonElement> { ["f"] = Json.Parse("5") } }, 0);

        Assert.Equal(("f", "id", "7"), Assert.Single(heard) is var exposure ? (exposure.Experiment, exposure.HashAttribute, exposure.HashValue.Text) : default);
        Assert.Equal((5, FlagReason.Override), (forced.Value, forced.Reason));
    }

    [Fact]
    public void Evaluate_WhatTheGuideSaysOfForcedVariants_Holds()
    {
        using var client = new FlagClient(new FlagClientOptions
        {
            Payload = """
                {"features":{"f":{"defaultValue":0,"rules":[{"variations":[1,2],"condition":{"country":"US"}}]},"p":{"defaultValue":false},
                  "g":{"defaultValue":0,"rules":[{"variations":[1,2],"parentConditions":[{"id":"p","condition":{"value":true}}]}]}}}
                """u8.ToArray(),
            OnExposure = heard.Add,
        });
        var second = new EvaluationContext { ForcedVariations = new Dictionary<string, int> { ["f"] = 1, ["g"] = 1 }, QaMode = true };

        Assert.Equal((2, 0), (client.Evaluate("f", second, 9).Value, client.Evaluate("g", second, 9).Value));
        Assert.Equal(0, client.Evaluate("f", new EvaluationContext(Json.Parse("""{"id":"7","country":"US"}""")) { QaMode = true }, 9).Value);
        Assert.Equal(2, client.Evaluate("f", new EvaluationContext { Url = "https://shop.example/?f=1" }, 9).Value);
        Assert.Empty(heard);
    }

    [Fact]
    public async Task OnExposure_AContextWithATrackerOfItsOwn_ReportsThere()
    {
        await using var database = await WithSplitAsync();
        using var client = Client(database);
        var own = new List<Exposure>();

        client.Evaluate("f", new EvaluationContext(new Dictionary<string, object?> { ["id"] = "7" }) { Exposures = new ExposureTracker(own.Add) }, 0);

        Assert.Equal((1, 0), (own.Count, heard.Count));
    }

    [Fact]
    public async Task OnExposure_ThatThrows_AnswersTheFlag()
    {
        await using var database = await WithSplitAsync();
        using var client = new FlagClient(new FlagClientOptions { Store = database.Flags, OnExposure = _ => throw new InvalidOperationException("down") });

        Assert.Equal(FlagReason.Split, client.Evaluate("f", Unit(7), 0).Reason);
    }

    public void Dispose() => folder.Dispose();

    private static EvaluationContext Unit(int id) => new(new Dictionary<string, object?> { ["id"] = $"{id}" });

    private static Allocation Split(double old, double @new) => new() { Split = [("old", old), ("new", @new)] };

    private static FlagAct Act(long version) => new() { ExpectedVersion = version, Actor = "os:test" };

    private static async Task<string?> AnswerAsync(FlagClient client, int unit)
    {
        var context = await client.WithStickyAsync(Unit(unit));
        var variant = client.Evaluate("f", context, 0).Variant;
        Assert.True(await client.SaveStickyAsync(context));
        return variant;
    }

    private static async Task ChangeAsync(Database database, Func<FlagRegistry, ITransaction, FlagOutcome> change) =>
        Assert.IsType<FlagOutcome.Changed>(await database.WriteAsync(tx => change(new FlagRegistry(database.Flags, new ReceiptLedger(database.Ledger, TimeProvider.System)), tx)));

    private FlagClient Client(Database database) =>
        new(new FlagClientOptions { Store = database.Flags, Sticky = new StickyStorage(database.StickyAssignments, database), OnExposure = heard.Add });

    private async Task<Database> WithSplitAsync()
    {
        var database = Database.Open(folder["p.db"]);
        await ChangeAsync(database, (registry, tx) => registry.Create(tx, FlagJson.Read("""{"key":"f","variants":{"old":1,"new":2},"default":"old"}"""u8.ToArray()), Act(0)));
        await ChangeAsync(database, (registry, tx) => registry.Allocate(tx, "f", Split(0.5, 0.5), Act(1)));
        return database;
    }
}
