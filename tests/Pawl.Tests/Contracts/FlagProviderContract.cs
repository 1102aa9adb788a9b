using System.Text.Json;
using Pawl.Experiments;
using Pawl.Experiments.Flagd;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Storage;
using Pawl.Tests.Experiments;
using Xunit;

namespace Pawl.Tests.Contracts;

/// <summary>What <see cref="IFlagProvider"/> promises.</summary>
public abstract class FlagProviderContract(IDatabases databases) : IDisposable
{
    private protected static readonly Contract Trial = Experiments.Contracts.With(("exposure_rules", "exposure_rules: [\"logged_in==true\"]"), ("split", "split: {control: 60, treatmentA: 40}"));

    private static readonly Contract Changed = Experiments.Contracts.Of(Requests.Minimal.Replace("assistant-v7", "assistant-v8", StringComparison.Ordinal));

    private static string Key => Trial.Terms.FlagKey;

    [Fact]
    public async Task ReadAsync_NoSuchFlag_IsNull()
    {
        await using var scene = await OpenAsync();

        Assert.Null(await scene.Provider.ReadAsync(Key, default));
    }

    [Fact]
    public async Task ApplyAsync_ALifeUpToPromotion_ServesWhatEachStepSays()
    {
        await using var scene = await OpenAsync();

        var created = await scene.DoneAsync(FlagSteps.Create(Trial));
        var flag = await scene.ServedAsync(1);
        Assert.True(flag.IsEveryones("control"));
        Assert.Equal(Trial.Request.Arms.ToDictionary(arm => arm.Name, arm => CanonicalJson.Digest(arm.Value)), flag.Variants);
        var narrow = await scene.DoneAsync(FlagSteps.Allocate(Trial, 1, 5));
        Assert.Equal((true, 5.0, "control"), await SplitAsync(scene, 2));
        var wide = await scene.DoneAsync(FlagSteps.Allocate(Trial, 2, 100));
        Assert.Equal((true, 100.0, "control"), await SplitAsync(scene, 3));
        var promoted = await scene.DoneAsync(FlagSteps.Promote(Trial, 3, "treatmentA"));
        flag = await scene.ServedAsync(4);
        Assert.Equal((true, false, 0.0), (flag.IsEveryones("treatmentA"), flag.IsEveryones("control"), flag.Coverage));

        Assert.Equal(["FLAG-" + Key, $"ALLOC-{Key}@2", $"ALLOC-{Key}@3", "PROM-treatmentA@4"], new[] { created, narrow, wide, promoted }.Select(done => done.Receipt.Ref));
        Assert.Equal([1, 2, 3, 4], new[] { created, narrow, wide, promoted }.Select(done => done.Version));
        Assert.All([created, narrow, wide, promoted], done => Assert.Equal((true, "agent:test", Trial.Hash, "flag:" + Key), (done.Receipt.Ok, done.Receipt.Actor, done.Receipt.Contract, done.Receipt.Subject)));
        Assert.Equal(["CreateFlag", "AllocateTraffic", "AllocateTraffic", "PromoteVariant"], new[] { created, narrow, wide, promoted }.Select(done => done.Receipt.Tool));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(33.3)]
    [InlineData(0.1)]
    public async Task ReadAsync_ACoverage_IsTheOneThatWasAskedFor(double coverage)
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Trial));
        await scene.DoneAsync(FlagSteps.Allocate(Trial, 1, coverage));

        Assert.Equal(coverage, (await scene.ServedAsync(2)).Coverage);
    }

    [Fact]
    public async Task ApplyAsync_RollBack_GivesEveryoneTheControlAndHasAReceiptEvenWhereEveryoneHasIt()
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Trial));
        await scene.DoneAsync(FlagSteps.Allocate(Trial, 1, 25));

        var first = await scene.DoneAsync(FlagSteps.RollBack(Trial, 2));
        Assert.True((await scene.ServedAsync(3)).IsEveryones("control"));
        var second = await scene.DoneAsync(FlagSteps.RollBack(Trial, 3));

        Assert.Equal(("RB-control@3", "RB-control@4", "RollbackVariant"), (first.Receipt.Ref, second.Receipt.Ref, second.Receipt.Tool));
        Assert.True((await scene.ServedAsync(4)).IsEveryones("control"));
    }

    [Fact]
    public async Task ApplyAsync_AFlagThatSomebodyForcedByHand_IsAConflictThenIsNotSplitButRollsBack()
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Trial));
        await scene.DoneAsync(FlagSteps.Allocate(Trial, 1, 25));
        var version = await ForceAsync(scene, "treatmentA");

        Assert.False((await scene.ServedAsync(version)).IsEveryones("control"));
        Assert.Equal(new FlagStepOutcome.Conflict(version), await scene.ApplyAsync(FlagSteps.RollBack(Trial, 1)));
        Assert.Contains("not as the experiment made it", Assert.IsType<FlagStepOutcome.Refused>(await scene.ApplyAsync(FlagSteps.Allocate(Trial, version, 50))).Reason, StringComparison.Ordinal);
        Assert.Equal(2, scene.Commits.Count);
        await scene.DoneAsync(FlagSteps.RollBack(Trial, version));

        Assert.True((await scene.ServedAsync(version + 1)).IsEveryones("control"));
    }

    [Fact]
    public async Task ApplyAsync_TheSameStepAgain_GivesTheFirstReceiptAndCommits()
    {
        await using var scene = await OpenAsync();
        var create = FlagSteps.Create(Trial);
        var first = await scene.DoneAsync(create);
        await scene.DoneAsync(FlagSteps.Allocate(Trial, 1, 5));
        var size = scene.Receipts.Count;

        var again = await scene.DoneAsync(create);

        Assert.Equal((first.Receipt, first.Version), (again.Receipt, again.Version));
        Assert.Equal([first.Receipt.Seq, scene.Commits[1].Seq, first.Receipt.Seq], scene.Commits.Select(receipt => receipt.Seq));
        Assert.Equal(size, scene.Receipts.Count);
        Assert.Equal(2, (await scene.ServedAsync(2)).Version);
    }

    [Fact]
    public async Task ApplyAsync_TheSameKeyWithOtherArguments_IsRefused()
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Trial));
        var allocate = FlagSteps.Allocate(Trial, 1, 5);
        await scene.DoneAsync(allocate);

        var refused = Assert.IsType<FlagStepOutcome.Refused>(await scene.ApplyAsync(FlagSteps.Allocate(Trial, 1, 50) with { Key = allocate.Key }));

        Assert.Contains(allocate.Key, refused.Reason, StringComparison.Ordinal);
        Assert.Equal(5, (await scene.ServedAsync(2)).Coverage);
    }

    [Fact]
    public async Task ApplyAsync_NoSuchFlag_IsAConflictWithNone()
    {
        await using var scene = await OpenAsync();

        Assert.Equal(new FlagStepOutcome.Conflict(0), await scene.ApplyAsync(FlagSteps.Allocate(Trial, 1, 5)));
        Assert.Equal(new FlagStepOutcome.Conflict(0), await scene.ApplyAsync(FlagSteps.RollBack(Trial, 1)));
        Assert.Empty(scene.Commits);
    }

    [Fact]
    public async Task ApplyAsync_CreateWhereAnotherFlagStands_IsRefusedWithWhatDiffers()
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Changed));

        var refused = Assert.IsType<FlagStepOutcome.Refused>(await scene.ApplyAsync(FlagSteps.Create(Trial)));

        Assert.Contains("treatmentA has another value", refused.Reason, StringComparison.Ordinal);
        Assert.Single(scene.Commits);
    }

    [Fact]
    public async Task ApplyAsync_PromotingAValueThatWasNotTriedOut_IsRefused()
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Changed));

        Assert.Contains("treatmentA", Assert.IsType<FlagStepOutcome.Refused>(await scene.ApplyAsync(FlagSteps.Promote(Trial, 1, "treatmentA"))).Reason, StringComparison.Ordinal);
        Assert.True((await scene.ServedAsync(1)).IsEveryones("control"));
    }

    [Fact]
    public async Task ApplyAsync_ACommitThatThrows_LeavesTheStepToBeTriedAgain()
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Trial));
        var promote = FlagSteps.Promote(Trial, 1, "treatmentA");

        var thrown = await Assert.ThrowsAsync<BadInputException>(() => scene.Provider.ApplyAsync(promote, (_, _) => throw new BadInputException("the experiment has moved"), default));

        Assert.Equal("the experiment has moved", thrown.Message);
        Assert.DoesNotContain(scene.Receipts, receipt => receipt is { Tool: "PromoteVariant", Ok: true });
        await scene.DoneAsync(promote);
        Assert.True((await scene.ServedAsync(2)).IsEveryones("treatmentA"));
        Assert.Single(scene.Receipts, receipt => receipt is { Tool: "PromoteVariant", Ok: true });
    }

    [Fact]
    public async Task ApplyAsync_ManyAtOnceOnOneVersion_IsDoneByOne()
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Trial));
        FlagStep[] steps = [.. Enumerable.Range(1, 8).Select(n => FlagSteps.Allocate(Trial, 1, n) with { Key = $"AllocateTraffic/{n}" })];

        var outcomes = await Task.WhenAll(steps.Select(step => Task.Run(() => scene.ApplyAsync(step))));

        var done = Assert.Single(outcomes.OfType<FlagStepOutcome.Done>());
        Assert.Equal(7, outcomes.Count(outcome => outcome is FlagStepOutcome.Conflict { CurrentVersion: 2 }));
        Assert.Equal(steps[Array.IndexOf(outcomes, done)].Coverage, (await scene.ServedAsync(2)).Coverage);
        Assert.Single(scene.Receipts, receipt => receipt is { Tool: "AllocateTraffic", Ok: true });
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

    /// <summary>The provider on a fresh database.</summary>
    private protected abstract IFlagProvider Over(Database database);

    /// <summary>Gives everyone a variant behind the experiment's back.</summary>
    /// <returns>The version after it.</returns>
    private protected abstract Task<long> ForceAsync(Scene scene, string variant);

    private protected async Task<Scene> OpenAsync()
    {
        var database = Database.Open(await databases.CreateAsync());
        await database.WriteAsync(tx => database.Ledger.View(tx).Count()); // reading a database that is not there is an error
        return new Scene(database, Over(database));
    }

    private static async Task<(bool HasRules, double Coverage, string? Default)> SplitAsync(Scene scene, long version)
    {
        var served = await scene.ServedAsync(version);
        return (served.HasRules, served.Coverage, served.Default);
    }

    /// <summary>A provider, its database, and the receipts that its steps committed with.</summary>
    private protected sealed class Scene(Database database, IFlagProvider provider) : IAsyncDisposable
    {
        private readonly Lock _lock = new();

        public Database Database => database;

        public IFlagProvider Provider => provider;

        public List<Receipt> Commits { get; } = [];

        public IReadOnlyList<Receipt> Receipts => database.Ledger.Read(view => view.List(new LedgerQuery(Limit: 1000)));

        public Task<FlagStepOutcome> ApplyAsync(FlagStep step) => provider.ApplyAsync(
            step,
            (_, receipt) =>
            {
                lock (_lock) Commits.Add(receipt);
            },
            default);

        public async Task<FlagStepOutcome.Done> DoneAsync(FlagStep step)
        {
            var done = Assert.IsType<FlagStepOutcome.Done>(await ApplyAsync(step));
            Assert.Equal(step.Key, done.Receipt.Key);
            Assert.Equal(CanonicalJson.Digest(step.Args), done.Receipt.ArgsDigest);
            Assert.Equal(done.Receipt, Commits[^1]);
            return done;
        }

        public async Task<ServedState> ServedAsync(long version)
        {
            var served = await provider.ReadAsync(Key, default);
            Assert.Equal(version, served!.Version);
            return served;
        }

        public ValueTask DisposeAsync() => database.DisposeAsync();
    }
}

/// <summary>Pawl's own flags, and what is particular about them.</summary>
public abstract class PawlFlagProviderContract(IDatabases databases) : FlagProviderContract(databases)
{
    [Fact]
    public async Task ApplyAsync_AllocateOnPawlsFlags_SplitsWhomTheRulesExposeAndNobodyElse()
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Trial));
        await scene.DoneAsync(FlagSteps.Allocate(Trial, 1, 100));
        using var client = new FlagClient(new FlagClientOptions { Store = scene.Database.Flags });

        var arms = Enumerable.Range(0, 2000).Select(n => Answer(n, loggedIn: true)).ToList();

        Assert.All(arms, answer => Assert.Equal(FlagReason.Split, answer.Reason));
        Assert.InRange(arms.Count(answer => answer.Variant == "control"), 1100, 1300);
        Assert.All(Enumerable.Range(0, 100).Select(n => Answer(n, loggedIn: false)), answer => Assert.Equal((FlagReason.Default, "assistant-v6"), (answer.Reason, answer.Value.GetProperty("prompt").GetString())));

        FlagValue<JsonElement> Answer(int n, bool loggedIn) => client.Evaluate<JsonElement>(
            Trial.Terms.FlagKey, new EvaluationContext(new Dictionary<string, object?> { ["user_id"] = $"u{n}", ["logged_in"] = loggedIn }), default);
    }

    [Theory]
    [InlineData(FlagStepKind.Allocate)]
    [InlineData(FlagStepKind.RollBack)]
    public async Task ApplyAsync_AnArchivedFlag_IsRefused(FlagStepKind kind)
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Trial));
        await scene.Database.WriteAsync(tx => Registry(scene.Database).Archive(tx, Trial.Terms.FlagKey, true, new FlagAct { ExpectedVersion = 1, Actor = "os:test" }));

        var refused = Assert.IsType<FlagStepOutcome.Refused>(await scene.ApplyAsync(kind == FlagStepKind.Allocate ? FlagSteps.Allocate(Trial, 2, 5) : FlagSteps.RollBack(Trial, 2)));

        Assert.Contains("--restore", refused.Reason, StringComparison.Ordinal);
        Assert.Null((await scene.ServedAsync(2)).Default);
    }

    [Fact]
    public async Task ApplyAsync_RollBackOfAFlagThatSomebodyGated_LeavesTheGateAndServesNothingElse()
    {
        await using var scene = await OpenAsync();
        await scene.DoneAsync(FlagSteps.Create(Trial));
        var flag = scene.Database.Flags.Read(view => view.Find(Trial.Terms.FlagKey))!;
        await scene.Database.WriteAsync(tx => Registry(scene.Database).Create(tx, flag with { Key = "shop", Version = 0 }, new FlagAct { ExpectedVersion = 0, Actor = "os:test" }));
        var gated = flag with { Rules = [FlagRule.Parse("""{"id":"gate","parentConditions":[{"id":"shop","condition":{"value":true},"gate":true}]}"""), FlagRule.Parse("""{"id":"force","serve":"treatmentA"}""")] };
        Assert.IsType<FlagOutcome.Changed>(await scene.Database.WriteAsync(tx => Registry(scene.Database).Set(tx, gated, new FlagAct { ExpectedVersion = 1, Actor = "os:test" })));

        await scene.DoneAsync(FlagSteps.RollBack(Trial, 2));

        Assert.True((await scene.ServedAsync(3)).IsEveryones("control"));
        Assert.Equal("gate", Assert.Single(scene.Database.Flags.Read(view => view.Find(Trial.Terms.FlagKey))!.Rules).Id);
    }

    private protected override IFlagProvider Over(Database database) => new PawlFlagProvider(database, database.Flags, Registry(database));

    private protected override async Task<long> ForceAsync(Scene scene, string variant)
    {
        var version = (await scene.Provider.ReadAsync(Trial.Terms.FlagKey, default))!.Version;
        var outcome = await scene.Database.WriteAsync(tx => Registry(scene.Database).Force(tx, Trial.Terms.FlagKey, variant, default, new FlagAct { ExpectedVersion = version, Actor = "os:test" }));
        return Assert.IsType<FlagOutcome.Changed>(outcome).Flag.Version;
    }

    private static FlagRegistry Registry(Database database) => new(database.Flags, new ReceiptLedger(database.Ledger, new VirtualClock()));
}

public sealed class SqliteFlagProviderTests() : PawlFlagProviderContract(new SqliteDatabases());

public sealed class PostgresFlagProviderTests(PostgresCluster cluster) : PawlFlagProviderContract(new PostgresDatabases(cluster));

/// <summary>A file that flagd reads.</summary>
public abstract class FlagdFileProviderContract(IDatabases databases) : FlagProviderContract(databases)
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder["flags.flagd.json"];

    private protected override IFlagProvider Over(Database database) => new FlagdFileProvider(File, database, new ReceiptLedger(database.Ledger, new VirtualClock()), TimeProvider.System);

    private protected override async Task<long> ForceAsync(Scene scene, string variant)
    {
        var text = await System.IO.File.ReadAllTextAsync(File);
        await System.IO.File.WriteAllTextAsync(File, text.Replace("\"defaultVariant\": \"control\"", $"\"defaultVariant\": \"{variant}\"", StringComparison.Ordinal));
        return (await scene.Provider.ReadAsync(Trial.Terms.FlagKey, default))!.Version;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _folder.Dispose();
        base.Dispose(disposing);
    }
}

public sealed class SqliteFlagdFileProviderTests() : FlagdFileProviderContract(new SqliteDatabases());

public sealed class PostgresFlagdFileProviderTests(PostgresCluster cluster) : FlagdFileProviderContract(new PostgresDatabases(cluster));
