using Pawl.Forges;
using Pawl.Ledger;
using Pawl.Metrics;
using Pawl.Runs;

namespace Pawl.Experiments;

/// <summary>What the orchestrator works with: the ports of this place, and nothing that decides.</summary>
public sealed record ExperimentServices
{
    /// <summary>The store.</summary>
    public required IStore Store { get; init; }

    /// <summary>The experiments in it.</summary>
    public required IExperimentStore Experiments { get; init; }

    /// <summary>The receipts in it.</summary>
    public required ILedgerStore Receipts { get; init; }

    /// <summary>What serves the variants.</summary>
    public required IFlagProvider Flags { get; init; }

    /// <summary>The metrics that have a definition, by name.</summary>
    public required IReadOnlyDictionary<string, MetricDefinition> Metrics { get; init; }

    /// <summary>The sources that measure them, by name.</summary>
    public required IReadOnlyDictionary<string, IMetricSource> Sources { get; init; }

    /// <summary>What experiments may do here.</summary>
    public required Policy Policy { get; init; }

    /// <summary>Who plans how an experiment begins.</summary>
    public IPlanner Planner { get; init; } = new RuleBasedPlanner();

    /// <summary>Where tickets are opened; null: in the store.</summary>
    public ITicketDesk? Desk { get; init; }

    /// <summary>Gives the run into which the orchestrator records its decisions, always the same one; asked when there is one to record. Null: they are not recorded.</summary>
    public Func<Task<ActiveRun>>? Journal { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Who acts: <c>os:mara</c>, <c>agent:tidy</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>The metrics as contracts keep them.</summary>
    internal IReadOnlyList<KnownMetric> Known => [.. Metrics.Values.Select(KnownMetric.Of).OrderBy(metric => metric.Name, StringComparer.Ordinal)];

    internal ReceiptLedger Ledger => new(Receipts, Clock);

    internal DateTimeOffset Now => Clock.GetUtcNow().ToUniversalTime();

    /// <summary>Changes an experiment by compare-and-swap. A change that returns what it was given changes nothing.</summary>
    /// <exception cref="ExperimentMovedException">It is not there, or somebody else changed it at the same time.</exception>
    internal void Put(ITransaction transaction, string id, Func<Experiment, Experiment> change)
    {
        var before = Experiments.View(transaction).Find(id) ?? throw new ExperimentMovedException(id);
        var next = change(before);
        if (!ReferenceEquals(next, before) && !Experiments.TryPut(transaction, next with { Version = before.Version + 1 })) throw new ExperimentMovedException(id);
    }
}
