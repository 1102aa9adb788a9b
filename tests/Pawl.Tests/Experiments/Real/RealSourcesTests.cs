using System.Text;
using Pawl.Experiments;
using Pawl.Ledger;
using Pawl.Metrics;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Experiments.Real;

/// <summary>
/// Whole experiments of fourteen days on a virtual clock and otherwise on what is real: Pawl's own PostgreSQL, a warehouse in ClickHouse or PostgreSQL, and the
/// latency that a Prometheus watched. Every number of every look is compared with a count over the rows.
/// </summary>
public sealed class RealSourcesTests(PostgresCluster cluster, ClickHouseServer clickHouse, Latencies latencies) : IClassFixture<Latencies>
{
    private const int LookHours = 12;

    private static readonly Fortnight Rows = new();

    [Theory]
    [InlineData("clickhouse")]
    [InlineData("postgres")]
    public async Task AdvanceAsync_ABetterTreatmentForFourteenDays_IsPromotedOnNumbersThatHold(string warehouse)
    {
        await using var database = await DatabaseAsync();
        var services = await ServicesAsync(database, warehouse, "steady");

        var (experiment, looks) = await CarryAsync(services, "steady");

        Assert.Equal(("promote", "treatmentA", Fortnight.Start.AddDays(14)), (experiment.State, (experiment.Verdict as Verdict.Promote)?.Arm, experiment.EndedAt));
        Assert.Equal(14 * 24 / LookHours, looks.Count);
        AssertMeasured(looks, _ => Latencies.Healthy);
        Assert.True((await services.Flags.ReadAsync("prompts.steady", default))!.IsEveryones("treatmentA"));
        Claims.AssertBorneOut(services, experiment.Id);
    }

    [Theory]
    [InlineData("clickhouse")]
    [InlineData("postgres")]
    public async Task AdvanceAsync_ALatencyThatRisesOnDay3_StopsAtTheSecondLookThatSeesIt(string warehouse)
    {
        await using var database = await DatabaseAsync();
        var services = await ServicesAsync(database, warehouse, "rising");

        var (experiment, looks) = await CarryAsync(services, "rising");

        Assert.Equal(("guardrail_stop", Fortnight.Start.AddDays(Latencies.RisesOnDay).AddHours(2 * LookHours)), (experiment.State, experiment.EndedAt));
        AssertMeasured(looks, look => look.ElapsedHours > Latencies.RisesOnDay * 24 ? Latencies.Risen : Latencies.Healthy);
        Assert.Equal(("latency_p95", "treatmentA"), (Assert.Single(experiment.Verdict!.Reasons).Metric, experiment.Verdict.Reasons[0].Arm));
        var ticket = Assert.Single(services.Experiments.Read(view => view.Tickets(experiment.Id)));
        Assert.Equal(("high", experiment.Ticket), (ticket.Severity, ticket.Id));
        Assert.True((await services.Flags.ReadAsync("prompts.rising", default))!.IsEveryones("control"));
        Claims.AssertBorneOut(services, experiment.Id);
    }

    private static string Request(string slug) => $$"""
        domain: prompts
        slug: {{slug}}
        treatment_spec:
          control:    {prompt: assistant-v6}
          treatmentA: {prompt: assistant-v7}
        hypothesis: "v7 raises CSAT without more defects"
        primary_metric: CSAT
        metrics: [CSAT, defect_rate, latency_p95]
        guardrails:
          - {name: defect_rate, threshold: 0.1, direction: "<"}
          - {name: latency_p95, threshold: 2.5, direction: "<"}
        mde: 0.25
        max_duration_days: 15
        baseline: {mean: 4, variance: 4, units_per_day: 700}
        analysis: {min_days: 14}
        guardrail_hours: {{LookHours}}
        """;

    private static async Task<(Experiment Experiment, IReadOnlyList<LookReport> Looks)> CarryAsync(ExperimentServices services, string slug)
    {
        var clock = (VirtualClock)services.Clock;
        var started = Assert.IsType<StartOutcome.Started>(await new Orchestrator(services).StartAsync(Encoding.UTF8.GetBytes(Request(slug)), slug, TestContext.Current.CancellationToken));
        // A new orchestrator each time: whatever it knows has to be in the store.
        while (await new Orchestrator(services).AdvanceAsync(started.Experiment.Id, TestContext.Current.CancellationToken) is AdvanceOutcome.Waiting waiting) clock.Advance(waiting.Next - clock.GetUtcNow());
        return services.Experiments.Read(view => (view.Find(started.Experiment.Id)!, view.Looks(started.Experiment.Id)));
    }

    private static void AssertMeasured(IReadOnlyList<LookReport> looks, Func<LookReport, double> latency)
    {
        Assert.NotEmpty(looks);
        foreach (var look in looks)
        {
            var expected = Rows.Expected(look.Watermark);
            Assert.Empty(look.Faults);
            Assert.Equal(expected.Select(reading => reading.Arm), look.Arms);
            AssertClose(expected.Select(reading => reading.Score), look, "CSAT");
            AssertClose(expected.Select(reading => reading.DefectRate), look, "defect_rate");
            AssertClose([Latencies.Healthy, latency(look)], look, "latency_p95");
            // Nothing between two looks goes unseen.
            Assert.Equal($"{LookHours * 3_600_000}ms", look.Questions.Single(question => question.Metric == "latency_p95").Parameters["lookback"]);
        }
    }

    // Databases add in another order.
    private static void AssertClose(IEnumerable<double> expected, LookReport look, string metric) =>
        Assert.All(expected.Zip(look.Metrics.Single(m => m.Name == metric).Values, (e, a) => (Expected: e, Actual: a!.Value)), pair => Assert.Equal(pair.Expected, pair.Actual, 1e-12));

    private async Task<Database> DatabaseAsync()
    {
        PostgresCluster.Require();
        return Database.Open(await cluster.CreateDatabaseAsync());
    }

    private async Task<ExperimentServices> ServicesAsync(Database database, string warehouse, string slug)
    {
        var clock = new VirtualClock(Fortnight.Start);
        var where = warehouse == "clickhouse" ? await Warehouses.ClickHouseAsync(clickHouse, Rows, "prompts." + slug) : await Warehouses.PostgresAsync(cluster, Rows, "prompts." + slug);
        var metrics = MetricsConfiguration.Read(Yaml.Read(Encoding.UTF8.GetBytes($$"""
            sources:
              warehouse: {{where}}
              prom: {kind: prometheus, url: "{{await latencies.UrlAsync()}}"}
            exposures: {source: warehouse, sql: "select unit, variant, at from exposures where flag = @flag"}
            definitions:
              CSAT: {source: warehouse, kind: mean, sql: "select unit, at, value from scores"}
              defect_rate:
                source: warehouse
                kind: ratio
                better: lower
                numerator: {sql: "select unit, at, value from defects"}
                denominator: {sql: "select unit, at, value from answers"}
              latency_p95:
                source: prom
                kind: value
                better: lower
                query: 'histogram_quantile(0.95, sum by (variant, le) (rate(latency_seconds_bucket{flag="@flag"}[@lookback])))'
            """)), _ => null);
        var ledger = new ReceiptLedger(database.Ledger, clock);
        return new ExperimentServices
        {
            Store = database,
            Experiments = database.Experiments,
            Receipts = database.Ledger,
            Flags = FlagProviderSettings.Pawl.Provider(database, database.Flags, ledger, clock),
            Metrics = metrics.Definitions,
            Sources = MetricSources.From(metrics, database, clock),
            Policy = new Policy { Id = "exp_policy.v1" },
            Clock = clock,
            Actor = "agent:test",
        };
    }
}
