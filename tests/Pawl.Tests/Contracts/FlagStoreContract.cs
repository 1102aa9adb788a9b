using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What <see cref="IFlagStore"/> promises, and <see cref="FlagRegistry"/> on top of it.</summary>
public abstract class FlagStoreContract(IDatabases databases) : IDisposable
{
    private static readonly Flag Checkout = FlagJson.Read(
        """{"key":"checkout","variants":{"on":true,"off":false},"default":"off","rules":[{"id":"gate","parentConditions":[{"id":"shop","condition":{"value":true},"gate":true}]}]}"""u8.ToArray());

    private static readonly Flag Shop = FlagJson.Read("""{"key":"shop","variants":{"open":true,"closed":false},"default":"open"}"""u8.ToArray());

    [Fact]
    public async Task TryPut_AnotherVersionThanTheNext_ChangesNothing()
    {
        await using var database = Database.Open(await databases.CreateAsync());

        Assert.True(await PutAsync(database, Shop with { Version = 1 }));
        Assert.False(await PutAsync(database, Shop with { Version = 1, Default = "closed" }));
        Assert.False(await PutAsync(database, Shop with { Version = 3, Default = "closed" }));
        Assert.False(await PutAsync(database, Shop with { Key = "other", Version = 2 }));
        Assert.Equal((1L, 1L), database.Flags.Read(view => (view.Revision, Assert.Single(view.All()).Version)));

        Assert.True(await PutAsync(database, Shop with { Version = 2, Default = "closed" }));
        var (revision, flag) = database.Flags.Read(view => (view.Revision, view.Find("shop")));
        Assert.Equal((2L, 2L, "closed"), (revision, flag!.Version, flag.Default));
    }

    [Fact]
    public async Task All_KeysOfAllKinds_AreInOrdinalOrder()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        foreach (var key in new[] { "b", "a-1", "B", "a.1", "a1", "A" }) await PutAsync(database, Shop with { Key = key, Version = 1 });

        Assert.Equal(["A", "B", "a-1", "a.1", "a1", "b"], database.Flags.Read(view => view.All()).Select(f => f.Key));
    }

    [Fact]
    public async Task Find_ADamagedDocument_IsUnavailableAndNamesTheFlag()
    {
        var where = await databases.CreateAsync();
        await using var database = Database.Open(where);
        await PutAsync(database, Shop with { Version = 1 });
        databases.Execute(where, "update flags set document = '{\"key\":\"shop\"}'");

        Assert.Contains("shop", Assert.Throws<UnavailableException>(() => database.Flags.Read(view => view.Find("shop"))).Message);
    }

    [Fact]
    public async Task Sound_OneDamagedFlag_IsAProblemOfThatFlagOnly()
    {
        var where = await databases.CreateAsync();
        await using var database = Database.Open(where);
        await PutAsync(database, Shop with { Version = 1 });
        await PutAsync(database, Shop with { Key = "other", Version = 1 });
        databases.Execute(where, "update flags set document = '{\"key\":\"shop\"}' where key = 'shop'");

        var (flags, damaged) = database.Flags.Read(view => (view.Sound(out var problems), problems));
        using var client = new FlagClient(new FlagClientOptions { Store = database.Flags });
        var answers = new[] { client.Evaluate("shop", new EvaluationContext(), false), client.Evaluate("other", new EvaluationContext(), false) };

        Assert.Equal("other", Assert.Single(flags).Key);
        Assert.Equal("shop", Assert.Single(damaged).Flag);
        Assert.Contains("has no variants. Restore the database", damaged[0].Message, StringComparison.Ordinal);
        Assert.False(client.IsStale);
        Assert.Equal((FlagReason.Error, damaged[0].Message, true), (answers[0].Reason, answers[0].Error, answers[1].Value));
        Assert.Throws<UnavailableException>(() => database.Flags.Read(view => view.All()));
    }

    [Fact]
    public async Task Run_FlagsThatChangeMeanwhile_AreNoFindings()
    {
        await using var database = await WithFlagsAsync();
        var changing = Task.Run(async () =>
        {
            for (var version = 1; version <= 30; version++) Changed(await PromoteAsync(database, version % 2 == 0 ? "open" : "closed", version));
        });
        do Assert.Empty(FlagAudit.Run(database.Flags, database.Ledger));
        while (!changing.IsCompleted);
        await changing;
    }

    [Theory]
    [InlineData("update flags set document = replace(document, '\"default\":\"open\"', '\"default\":\"closed\"') where key = 'shop'", "document was changed")]
    [InlineData("delete from flags where key = 'checkout'", "checkout is gone")]
    [InlineData("update flag_versions set actor = 'x' where key = 'shop'", "who changed it")]
    public async Task Run_AChangedRow_IsAFinding(string damage, string finding)
    {
        var where = await databases.CreateAsync();
        await using var database = Database.Open(where);
        foreach (var flag in new[] { Shop, Checkout }) Changed(await ChangeAsync(database, (registry, tx) => registry.Create(tx, flag, Act(0))));
        Assert.Empty(FlagAudit.Run(database.Flags, database.Ledger));
        databases.Execute(where, damage);

        Assert.Contains(finding, Assert.Single(FlagAudit.Run(database.Flags, database.Ledger)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_MoreThanOnePayloadHolds_IsRefusedUntilThereIsRoom()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var value = Json.Parse(System.Text.Encoding.UTF8.GetBytes('"' + new string('x', 1_000_000) + '"'));
        var rules = Enumerable.Range(0, 9).Select(_ => FlagRule.Parse("""{"serve":"a"}""")).ToList(); // ten times the value in the payload
        foreach (var key in new[] { "a", "b", "c" }) Changed(await ChangeAsync(database, (r, tx) => r.Create(tx, Large(key), Act(0))));

        var refused = Assert.IsType<FlagOutcome.Refused>(await ChangeAsync(database, (r, tx) => r.Create(tx, Large("d"), Act(0))));

        Assert.Contains("more than the 33554432 that are read", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(3, FlagSet.Parse(FlagPayload.Write(database.Flags.Read(view => view.All()))).Count);
        Changed(await ChangeAsync(database, (r, tx) => r.Create(tx, Shop, Act(0))));
        Changed(await ArchiveAsync(database, "a", true, 1));
        Changed(await ChangeAsync(database, (r, tx) => r.Create(tx, Large("d"), Act(0))));
        Assert.IsType<FlagOutcome.Refused>(await ArchiveAsync(database, "a", false, 2));
        Changed(await ChangeAsync(database, (r, tx) => r.Promote(tx, "b", "a", Act(1))));
        Changed(await ArchiveAsync(database, "a", false, 2));

        Flag Large(string key) => Shop with { Key = key, Variants = [new Variant("a", value)], Default = "a", Rules = rules };
    }

    [Fact]
    public async Task Create_AFlag_IsThereWithItsReceiptAndHistory()
    {
        await using var database = Database.Open(await databases.CreateAsync());
        var changed = Changed(await ChangeAsync(database, (registry, tx) => registry.Create(tx, Shop, Act(0, "it opens"))));

        Assert.Equal(("CreateFlag", "FLAG-shop", "flag:shop", "os:test", true), (changed.Receipt.Tool, changed.Receipt.Ref, changed.Receipt.Subject, changed.Receipt.Actor, changed.Receipt.Ok));
        Assert.Equal($$"""{"document":"{{changed.Flag.Digest}}","from_version":0,"to_version":1,"why":"it opens"}""", changed.Receipt.Data);
        var version = Assert.Single(database.Flags.Read(view => view.History("shop")));
        Assert.Equal((1L, "os:test", "it opens", changed.Receipt.Seq, "FLAG-shop", changed.Receipt.At), (version.Flag.Version, version.Actor, version.Why, version.Receipt, version.Reference, version.At));
        Assert.Equal(Shop.Digest, version.Flag.Digest);
    }

    [Fact]
    public async Task Promote_TheSameAgain_IsDoneOnceAndARoundTripIsThreeChanges()
    {
        await using var database = await WithFlagsAsync();
        var open = Changed(await PromoteAsync(database, "open", 1));
        var closed = Changed(await PromoteAsync(database, "closed", 2));
        var again = Assert.IsType<FlagOutcome.Repeated>(await PromoteAsync(database, "closed", 2));
        var openAgain = Changed(await PromoteAsync(database, "open", 3));

        Assert.Equal(["PROM-open@2", "PROM-closed@3", "PROM-open@4"], new[] { open, closed, openAgain }.Select(c => c.Receipt.Ref));
        Assert.Equal(closed.Receipt, again.Receipt);
        Assert.Equal((3L, "closed"), (again.Flag.Version, again.Flag.Default));
        Assert.Equal([4, 3, 2, 1], database.Flags.Read(view => view.History("shop")).Select(v => v.Flag.Version));
        Assert.Equal(5, database.Ledger.Read(view => view.Head().Size)); // both flags created, three promotions
    }

    [Fact]
    public async Task Promote_AnOldVersion_IsAConflictThatNamesTheCurrentOneAndChangesNothing()
    {
        await using var database = await WithFlagsAsync();
        await PromoteAsync(database, "closed", 1);

        var conflict = Assert.IsType<FlagOutcome.Conflict>(await PromoteAsync(database, "open", 1));

        Assert.Equal((1L, 2L), (conflict.ExpectedVersion, conflict.CurrentVersion));
        Assert.Contains("is at version 2, not 1", conflict.Message);
        Assert.Equal((2L, 3L), database.Flags.Read(view => (view.Find("shop")!.Version, view.Revision)));
        Assert.Equal(3, database.Ledger.Read(view => view.Head().Size));
    }

    [Fact]
    public async Task Promote_AFlagWithRules_KeepsTheGatesOnly()
    {
        await using var database = await WithFlagsAsync();
        var split = new Allocation { Split = [("off", 0.5), ("on", 0.5)], Coverage = 0.1, Condition = Json.Parse("""{"beta":true}""") };
        var allocated = Changed(await ChangeAsync(database, (registry, tx) => registry.Allocate(tx, "checkout", split, Act(1))));
        var wider = Changed(await ChangeAsync(database, (registry, tx) => registry.Allocate(tx, "checkout", split with { Coverage = 1 }, Act(2))));
        var forced = Changed(await ChangeAsync(database, (registry, tx) => registry.Force(tx, "checkout", "on", Json.Parse("""{"staff":true}"""), Act(3))));
        var promoted = Changed(await ChangeAsync(database, (registry, tx) => registry.Promote(tx, "checkout", "on", Act(4))));

        Assert.Equal(["ALLOC-checkout@2", "ALLOC-checkout@3", "FORCE-on@4", "PROM-on@5"], new[] { allocated, wider, forced, promoted }.Select(c => c.Receipt.Ref));
        Assert.Equal(["gate", "split"], wider.Flag.Rules.Select(r => r.Id));
        Assert.Equal(
            CanonicalJson.Digest(Json.Parse("""{"id":"split","key":"checkout","condition":{"beta":true},"variations":["off","on"],"weights":[0.5,0.5],"meta":[{"key":"off"},{"key":"on"}],"coverage":1,"hashAttribute":"id","hashVersion":2,"seed":"checkout"}""")),
            CanonicalJson.Digest(wider.Flag.Rules[1].Document));
        Assert.Equal(["force", "gate", "split"], forced.Flag.Rules.Select(r => r.Id));
        Assert.Equal("on", promoted.Flag.Default);
        Assert.Equal(["gate"], promoted.Flag.Rules.Select(r => r.Id));
        Assert.Equal(["shop"], promoted.Flag.Prerequisites);
    }

    [Fact]
    public async Task Allocate_TheArmsTypedInAnotherOrder_MovesNoUnit()
    {
        await using var database = await WithFlagsAsync();
        await ChangeAsync(database, (registry, tx) => registry.Allocate(tx, "shop", new Allocation { Split = [("open", 0.4), ("closed", 0.6)], Coverage = 0.5 }, Act(1)));

        var turned = Changed(await ChangeAsync(database, (registry, tx) => registry.Allocate(tx, "shop", new Allocation { Split = [("closed", 0.6), ("open", 0.4)] }, Act(2))));

        Assert.Equal(["open", "closed"], turned.Flag.Rules[0].Variations);
        Assert.Equal("[0.4,0.6]", turned.Flag.Rules[0].Document.GetProperty("weights").GetRawText());
        Assert.Equal("shop is at version 3.", turned.Receipt.Message);
    }

    [Theory]
    [InlineData(0.5, 0.5, 1, null, "shop is at version 3.")]
    [InlineData(0.5, 0.5, 0.1, null, "shop is at version 3. Of all units it asks, 70% leave the split.")]
    [InlineData(0.7, 0.3, 0.8, null, "shop is at version 3. Of all units it asks, 6% move to another variant, 14% leave the split.")]
    [InlineData(0.5, 0.5, 0.5, "new", "shop is at version 3. All units are drawn anew: the split hashes them in another way.")]
    public async Task Allocate_ASplitThatMovesUnits_SaysSoInTheReceipt(double open, double closed, double coverage, string? seed, string message)
    {
        await using var database = await WithFlagsAsync();
        await ChangeAsync(database, (registry, tx) => registry.Allocate(tx, "shop", new Allocation { Split = [("open", 0.5), ("closed", 0.5)], Coverage = 0.8 }, Act(1)));

        var changed = Changed(await ChangeAsync(
            database, (registry, tx) => registry.Allocate(tx, "shop", new Allocation { Split = [("open", open), ("closed", closed)], Coverage = coverage, Seed = seed }, Act(2))));

        Assert.Equal(message, changed.Receipt.Message);
    }

    [Fact]
    public async Task RollBack_ToAVersionOrAVariant_MakesANewVersionOfIt()
    {
        await using var database = await WithFlagsAsync();
        await PromoteAsync(database, "closed", 1);
        var back = Changed(await ChangeAsync(database, (registry, tx) => registry.RollBack(tx, "shop", 1, Act(2))));
        var toVariant = Changed(await ChangeAsync(database, (registry, tx) => registry.RollBack(tx, "shop", "closed", Act(3))));

        Assert.Equal(("RB-shop@3", "RollbackFlag", Shop.Digest), (back.Receipt.Ref, back.Receipt.Tool, back.Flag.Digest));
        Assert.Equal(("RB-closed@4", "RollbackVariant", "closed"), (toVariant.Receipt.Ref, toVariant.Receipt.Tool, toVariant.Flag.Default));
        Assert.Contains("no version 9", Assert.IsType<FlagOutcome.Refused>(await ChangeAsync(database, (registry, tx) => registry.RollBack(tx, "shop", 9, Act(4)))).Reason);
    }

    [Fact]
    public async Task Archive_APrerequisite_IsRefusedUntilNobodyNeedsIt()
    {
        await using var database = await WithFlagsAsync();

        Assert.Contains("prerequisite of checkout", Assert.IsType<FlagOutcome.Refused>(await ArchiveAsync(database, "shop", true, 1)).Reason);
        Assert.Equal("ARCH-checkout@2", Changed(await ArchiveAsync(database, "checkout", true, 1)).Receipt.Ref);
        Assert.True(Changed(await ArchiveAsync(database, "shop", true, 1)).Flag.IsArchived);
        Assert.Contains("it is archived", Assert.IsType<FlagOutcome.Refused>(await ArchiveAsync(database, "checkout", false, 2)).Reason);
        Assert.Equal("REST-shop@3", Changed(await ArchiveAsync(database, "shop", false, 2)).Receipt.Ref);
        Assert.False(Changed(await ArchiveAsync(database, "checkout", false, 2)).Flag.IsArchived);
    }

    [Fact]
    public async Task Set_PrerequisitesThatLeadNowhereOrBack_AreRefusedAndNothingChanges()
    {
        await using var database = await WithFlagsAsync();

        Assert.Contains("circle: shop → checkout → shop", Assert.IsType<FlagOutcome.Refused>(await SetParentAsync("checkout")).Reason);
        Assert.Contains("circle: shop → shop", Assert.IsType<FlagOutcome.Refused>(await SetParentAsync("shop")).Reason);
        Assert.Contains("has the prerequisite nobody", Assert.IsType<FlagOutcome.Refused>(await SetParentAsync("nobody")).Reason);
        Assert.Equal((1L, 2L, 2L), (database.Flags.Read(view => view.Find("shop")!.Version), database.Flags.Read(view => view.Revision), database.Ledger.Read(view => view.Head().Size)));

        Task<FlagOutcome> SetParentAsync(string parent) => ChangeAsync(database, (registry, tx) => registry.Set(
            tx, Shop with { Rules = [FlagRule.Parse($$$"""{"parentConditions":[{"id":"{{{parent}}}","condition":{"value":true}}]}""")] }, Act(1)));
    }

    [Fact]
    public async Task Change_WhatIsNotPossible_IsRefusedAndNothingChanges()
    {
        await using var database = await WithFlagsAsync();

        Assert.Contains("no variant \"ajar\"", Reason(await PromoteAsync(database, "ajar", 1)));
        Assert.Contains("add up to 0.9", Reason(await ChangeAsync(database, (r, tx) => r.Allocate(tx, "shop", new Allocation { Split = [("open", 0.6), ("closed", 0.3)] }, Act(1)))));
        Assert.Contains("found 1", Reason(await ChangeAsync(database, (r, tx) => r.Allocate(tx, "shop", new Allocation { Split = [("open", 1)] }, Act(1)))));
        Assert.Contains("no variant \"ajar\"", Reason(await ChangeAsync(database, (r, tx) => r.Force(tx, "shop", "ajar", default, Act(1)))));
        Assert.Contains("Who acts", Reason(await ChangeAsync(database, (r, tx) => r.Promote(tx, "shop", "open", Act(1) with { Actor = "" }))));
        Assert.Contains("reason", Reason(await ChangeAsync(database, (r, tx) => r.Promote(tx, "shop", "open", Act(1, new string('x', 2001))))));
        Assert.Contains("key", Reason(await ChangeAsync(database, (r, tx) => r.Create(tx, Shop with { Key = "no key" }, Act(0)))));
        Assert.IsType<FlagOutcome.NotFound>(await ChangeAsync(database, (r, tx) => r.Promote(tx, "none", "open", Act(1))));
        Assert.Equal(2, database.Ledger.Read(view => view.Head().Size));

        static string Reason(FlagOutcome outcome) => Assert.IsType<FlagOutcome.Refused>(outcome).Reason;
    }

    [Fact]
    public async Task Change_TwoWritersAtOnce_ExactlyOneWinsEachTime()
    {
        var where = await databases.CreateAsync();
        await using var a = Database.Open(where);
        await using var b = Database.Open(where);
        await ChangeAsync(a, (registry, tx) => registry.Create(tx, Shop, Act(0)));
        for (var version = 1; version <= 20; version++)
        {
            var outcomes = await Task.WhenAll(
                Task.Run(() => PromoteAsync(a, "open", version)),
                Task.Run(() => PromoteAsync(b, "closed", version)));
            Assert.Single(outcomes.OfType<FlagOutcome.Changed>());
            Assert.Equal(version + 1, Assert.Single(outcomes.OfType<FlagOutcome.Conflict>()).CurrentVersion);
        }

        Assert.Equal((21L, 21L), (a.Flags.Read(view => view.Find("shop")!.Version), b.Ledger.Read(view => view.Head().Size)));
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

    private static FlagAct Act(long version, string why = "") => new() { ExpectedVersion = version, Actor = "os:test", Why = why };

    private static FlagOutcome.Changed Changed(FlagOutcome outcome) => Assert.IsType<FlagOutcome.Changed>(outcome);

    private static Task<bool> PutAsync(Database database, Flag flag) => database.WriteAsync(tx => database.Flags.TryPut(tx, flag));

    private static Task<FlagOutcome> ChangeAsync(Database database, Func<FlagRegistry, ITransaction, FlagOutcome> change) =>
        database.WriteAsync(tx => change(new FlagRegistry(database.Flags, new ReceiptLedger(database.Ledger, new VirtualClock())), tx));

    private static Task<FlagOutcome> PromoteAsync(Database database, string variant, long version) =>
        ChangeAsync(database, (registry, tx) => registry.Promote(tx, "shop", variant, Act(version)));

    private static Task<FlagOutcome> ArchiveAsync(Database database, string key, bool archived, long version) =>
        ChangeAsync(database, (registry, tx) => registry.Archive(tx, key, archived, Act(version)));

    private async Task<Database> WithFlagsAsync()
    {
        var database = Database.Open(await databases.CreateAsync());
        Changed(await ChangeAsync(database, (registry, tx) => registry.Create(tx, Shop, Act(0))));
        Changed(await ChangeAsync(database, (registry, tx) => registry.Create(tx, Checkout, Act(0))));
        return database;
    }
}

public sealed class SqliteFlagStoreTests() : FlagStoreContract(new SqliteDatabases());

public sealed class PostgresFlagStoreTests(PostgresCluster cluster) : FlagStoreContract(new PostgresDatabases(cluster));
