using System.Security.Cryptography;
using System.Text;
using Pawl.Experiments;
using Pawl.Flags;
using Pawl.Forges;
using Pawl.Ledger;
using Pawl.Metrics;
using Pawl.Statistics;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>The real orchestrator over real SQLite, flags and ledger; the clock and the metrics are the test's.</summary>
internal sealed class OrchestratorScene : IAsyncDisposable
{
    /// <summary>It has its verdict by the planned sample of about ten days; an improvement of 0.08 shows on the second.</summary>
    public const string Request = """
        domain: prompts
        slug: scene
        treatment_spec: {control: {prompt: v6}, treatmentA: {prompt: v7}}
        hypothesis: "v7 converts better"
        primary_metric: conversion
        metrics: [conversion]
        guardrails: [{name: defect_rate, threshold: 0.05, direction: "<"}]
        mde: 0.03
        max_duration_days: 14
        baseline: {mean: 0.3, variance: 0.21, units_per_day: 1000}
        guardrail_hours: 12
        """;

    public const string FlagKey = "prompts.scene";

    private readonly TemporaryFolder _folder = new();

    /// <param name="where">The database; null: a fresh SQLite file.</param>
    /// <param name="beside">Another process in the same world: it shares its clock and its metrics, and nothing else.</param>
    public OrchestratorScene(string? where = null, OrchestratorScene? beside = null)
    {
        Database = Database.Open(where ?? _folder["pawl.db"]);
        Clock = beside?.Clock ?? new VirtualClock(new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero));
        Source = beside?.Source ?? new ScriptedSource(Clock);
        Registry = new FlagRegistry(Database.Flags, new ReceiptLedger(Database.Ledger, Clock));
        Flags = new ScriptedFlags(new PawlFlagProvider(Database, Database.Flags, Registry));
        Services = new ExperimentServices
        {
            Store = Database,
            Experiments = Database.Experiments,
            Receipts = Database.Ledger,
            Flags = Flags,
            Metrics = Metrics(("conversion", MetricKind.Proportion, Side.Greater), ("defect_rate", MetricKind.Proportion, Side.Less), ("refunds", MetricKind.Proportion, Side.Less), ("latency_p95", MetricKind.Value, Side.Less)),
            Sources = new Dictionary<string, IMetricSource>(StringComparer.Ordinal) { ["world"] = Source },
            Policy = new Policy { Id = "test.v1" },
            Clock = Clock,
            Actor = "agent:tidy",
        };
    }

    public VirtualClock Clock { get; }

    public Database Database { get; }

    public ScriptedSource Source { get; }

    public ScriptedFlags Flags { get; }

    public FlagRegistry Registry { get; }

    public ExperimentServices Services { get; set; }

    /// <summary>A new one each time: whatever it knows has to be in the store.</summary>
    public Orchestrator Orchestrator => new(Services);

    public IReadOnlyList<Experiment> All => Database.Experiments.Read(view => view.All());

    public IReadOnlyList<LookReport> Looks => Database.Experiments.Read(view => view.Looks(All.Single().Id));

    public Flag Flag => Database.Flags.Read(view => view.Find(FlagKey))!;

    /// <summary>All receipts, the oldest first.</summary>
    public IReadOnlyList<Receipt> Receipts => [.. Database.Ledger.Read(view => view.List(new LedgerQuery(Limit: 100_000))).OrderBy(receipt => receipt.Seq)];

    /// <summary>The tools in order, a refused one with a mark, without what is done at each look.</summary>
    public IEnumerable<string> Acts => Receipts.Where(receipt => receipt.Tool is not ("CheckMetrics" or "SnapshotDashboard")).Select(receipt => receipt.Tool + (receipt.Ok ? "" : receipt.Kind == ReceiptKind.Intent ? "?" : "!"));

    public static string With(params string[] lines) => lines.Aggregate(Request, (text, line) => Requests.With(text, line.Split(':')[0], line));

    public void Level(string metric, double level, string arm = "treatmentA") => Source.Levels[$"{metric}/{arm}"] = level;

    public void Policy(string yaml) => Services = Services with { Policy = PolicyReader.Read(Encoding.UTF8.GetBytes(yaml)) };

    public Orchestrator By(string actor) => new(Services with { Actor = actor });

    public Task<StartOutcome> TryStartAsync(params string[] lines) => Orchestrator.StartAsync(Encoding.UTF8.GetBytes(With(lines)), "scene.yaml", TestContext.Current.CancellationToken);

    public async Task<Experiment> StartAsync(params string[] lines) => Assert.IsType<StartOutcome.Started>(await TryStartAsync(lines)).Experiment;

    public Task<AdvanceOutcome> AdvanceAsync(string? id = null) => Orchestrator.AdvanceAsync(id ?? All.Single().Id, TestContext.Current.CancellationToken);

    /// <summary>Moves the clock on and carries on what is due.</summary>
    public async Task<AdvanceOutcome> AdvanceAsync(double hours)
    {
        Clock.Advance(TimeSpan.FromHours(hours));
        return await AdvanceAsync();
    }

    /// <summary>Looks whenever a look is due, until the experiment ends or the days are over.</summary>
    public async Task<AdvanceOutcome> CarryAsync(double days = 60)
    {
        var until = Clock.GetUtcNow().AddDays(days);
        while (true)
        {
            var outcome = await AdvanceAsync();
            if (outcome is not AdvanceOutcome.Waiting waiting || waiting.Next > until) return outcome;
            Clock.Advance(waiting.Next - Clock.GetUtcNow());
        }
    }

    public async Task<Experiment> CarryToTheEndAsync() => Assert.IsType<AdvanceOutcome.Ended>(await CarryAsync()).Experiment;

    /// <summary>A person changes the flag behind the experiment's back.</summary>
    public async Task ChangeByHandAsync(string variant)
    {
        var version = Flag.Version;
        Assert.IsType<FlagOutcome.Changed>(await Database.WriteAsync(transaction => Registry.Force(transaction, FlagKey, variant, default, new FlagAct { ExpectedVersion = version, Actor = "os:mara", Why = "by hand" })));
    }

    /// <summary>A person gives everyone the control, as <c>pawl flag rollback --to-variant control</c> does.</summary>
    public async Task RollBackByHandAsync()
    {
        var version = Flag.Version;
        Assert.IsType<FlagOutcome.Changed>(await Database.WriteAsync(transaction => Registry.RollBack(transaction, FlagKey, "control", new FlagAct { ExpectedVersion = version, Actor = "os:mara", Why = "by hand" })));
    }

    /// <summary>Whether the ledger verifies, and nothing was completed twice; each look has one receipt, and that holds the digest of the stored report.</summary>
    public void AssertWhole()
    {
        Assert.True(LedgerVerifier.Verify(Database.Ledger).Holds);
        var receipts = Receipts;
        Assert.DoesNotContain(receipts.Where(receipt => receipt.Ok).GroupBy(receipt => receipt.Key, StringComparer.Ordinal), group => group.Count() > 1);
        foreach (var experiment in All)
        {
            var looks = Database.Experiments.Read(view => view.Looks(experiment.Id));
            Assert.Equal(Enumerable.Range(1, experiment.Looks), looks.Select(look => look.Number));
            var checks = receipts.Where(receipt => receipt is { Tool: "CheckMetrics", Ok: true } && receipt.Contract == experiment.Contract.Hash).ToList();
            Assert.Equal(looks.Select(look => $"MET-{experiment.RunId}-{look.Number}"), checks.Select(check => check.Ref));
            foreach (var (look, check) in looks.Zip(checks))
            {
                var stored = Database.Read(db => db.Query("select report from experiment_looks where experiment = @id and number = @number", row => row.GetString(0), ("id", experiment.Id), ("number", (long)look.Number))).Single();
                Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(stored))), Json.Parse(check.Data!).GetProperty("report").GetString());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _folder.Dispose();
    }

    private static Dictionary<string, MetricDefinition> Metrics(params (string Name, MetricKind Kind, Side Better)[] metrics) => metrics.ToDictionary(
        metric => metric.Name,
        metric => new MetricDefinition { Name = metric.Name, Source = "world", Kind = metric.Kind, Better = metric.Better, Input = new MetricInput.Event(metric.Name), Digest = CanonicalJson.Digest(Json.From(metric.Name)) },
        StringComparer.Ordinal);
}

/// <summary>A desk outside that loses answers when a test says so.</summary>
internal sealed class ScriptedDesk : ITicketDesk
{
    public string Name => "desk:test";

    public Dictionary<string, Ticket> Opened { get; } = new(StringComparer.Ordinal);

    /// <summary>How many of the next openings fail before, and how many after the ticket is there.</summary>
    public (int Before, int After) Fails { get; set; }

    public Task<OpenedTicket?> FindAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Opened.ContainsKey(key) ? Answer(key) : null);

    public Task<OpenedTicket> OpenAsync(Ticket ticket, string key, CancellationToken cancellationToken)
    {
        if (Fails.Before > 0)
        {
            Fails = Fails with { Before = Fails.Before - 1 };
            throw new UnavailableException("The desk is not there.");
        }

        Opened.Add(key, ticket); // a second one of the same key would throw
        if (Fails.After == 0) return Task.FromResult(Answer(key));
        Fails = Fails with { After = Fails.After - 1 };
        throw new UnavailableException("The desk did not answer in time.");
    }

    private OpenedTicket Answer(string key) => new("#" + (Opened.Keys.ToList().IndexOf(key) + 1), "https://desk.example/" + (Opened.Keys.ToList().IndexOf(key) + 1));
}
