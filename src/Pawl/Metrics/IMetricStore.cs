namespace Pawl.Metrics;

/// <summary>Where exposures and events that are posted to Pawl are kept: what the embedded source measures.</summary>
public interface IMetricStore
{
    /// <summary>
    /// Adds events. One whose id is stored already is not added again, whoever sent it; where it says something else than the
    /// stored one, that is reported and the stored one stays.
    /// </summary>
    /// <param name="transaction">The transaction they become durable with.</param>
    /// <param name="events">Any number; the same id may stand twice.</param>
    MetricIntake Add(ITransaction transaction, IReadOnlyList<MetricEvent> events);

    /// <summary>The source that measures what was added.</summary>
    /// <param name="name">Its name in pawl.yaml.</param>
    /// <param name="limit">How long an answer may take.</param>
    /// <param name="clock">Tells when it was asked.</param>
    IMetricSource Source(string name, TimeSpan limit, TimeProvider clock);

    /// <summary>
    /// The source that measures the runs in the same database. The unit is the run, exposed at its start to the variants that it was
    /// served; one that was served two of a flag is a crossover. A run counts once it has ended; before, it is exposed and has no value.
    /// </summary>
    /// <param name="name">Its name in pawl.yaml.</param>
    /// <param name="limit">How long an answer may take.</param>
    /// <param name="clock">Tells when it was asked.</param>
    IMetricSource RunSource(string name, TimeSpan limit, TimeProvider clock);
}

/// <summary>What became of posted events.</summary>
/// <param name="Added">How many are new.</param>
/// <param name="Known">How many were stored already, just as they are.</param>
/// <param name="Contradicting">Ids that are stored with other content.</param>
public sealed record MetricIntake(int Added, int Known, IReadOnlyList<string> Contradicting);
