using Pawl.Experiments;
using Pawl.Experiments.Golden;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Metrics;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Experiments.Golden;

/// <summary>The golden traces that the project ships, each replayed through the real store, flags and ledger.</summary>
public sealed class GoldenTraceTests
{
    public static TheoryData<string> Traces => [.. Directory.GetFiles(Path.Combine(Repository.Root, "golden"), "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Traces))]
    public async Task RunAsync_ShippedTrace_GoesAsExpected(string name)
    {
        using var folder = new TemporaryFolder();
        var clock = new GoldenClock(new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero));
        await using var database = Database.Open(Path.Combine(folder.Path, "pawl.db"));
        var registry = new FlagRegistry(database.Flags, new ReceiptLedger(database.Ledger, clock));
        var stage = new ExperimentServices
        {
            Store = database,
            Experiments = database.Experiments,
            Receipts = database.Ledger,
            Flags = new PawlFlagProvider(database, database.Flags, registry),
            Metrics = new Dictionary<string, MetricDefinition>(StringComparer.Ordinal),
            Sources = new Dictionary<string, IMetricSource>(StringComparer.Ordinal),
            Policy = new Policy { Id = "none" },
            Clock = clock,
            Actor = "os:test",
        };
        var trace = GoldenReader.Read(await File.ReadAllBytesAsync(Path.Combine(Path.Combine(Repository.Root, "golden"), name + ".yaml"), TestContext.Current.CancellationToken));

        var result = await GoldenRunner.RunAsync(trace, stage, clock, TestContext.Current.CancellationToken);

        Assert.Equal(string.Join("\n", trace.Expected), string.Join("\n", result.Steps));
    }
}
