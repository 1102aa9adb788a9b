using System.Text.Json;

namespace Pawl.Flags;

/// <summary>That a unit was given a variation, and so counts in the experiment's results.</summary>
/// <param name="Experiment">The experiment's key.</param>
/// <param name="VariationId">The index of the variation.</param>
/// <param name="VariationKey">The key of the variation.</param>
/// <param name="HashAttribute">The attribute the unit is told by.</param>
/// <param name="HashValue">Its value.</param>
/// <param name="FlagKey">The flag whose rule it is; null for an experiment run by itself.</param>
public sealed record Exposure(string Experiment, int VariationId, string VariationKey, string HashAttribute, AttributeValue HashValue, string? FlagKey)
{
    /// <summary>Where the experiment was run elsewhere and a rule only reports it: what it says of the result. Else undefined.</summary>
    public JsonElement Reported { get; init; }
}

/// <summary>
/// Reports each exposure once per unit, experiment and variation. One tracker serves any number of contexts and threads. It
/// remembers at most as many exposures as it was told; beyond that the oldest half is forgotten and may be reported again.
/// </summary>
public sealed class ExposureTracker
{
    private readonly Action<Exposure> callback;
    private readonly int half;
    private readonly Lock gate = new();
    private HashSet<Fingerprint> newer = [];
    private HashSet<Fingerprint> older = [];
    private long failures;

    /// <summary>Creates a tracker.</summary>
    /// <param name="callback">Hears of each exposure on the thread that evaluates, so it should only enqueue. Where it throws, the
    /// evaluation goes on and <see cref="Failures"/> counts it.</param>
    /// <param name="remembered">How many exposures to remember, at least 2.</param>
    public ExposureTracker(Action<Exposure> callback, int remembered = Limits.RememberedExposures)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ArgumentOutOfRangeException.ThrowIfLessThan(remembered, 2);
        this.callback = callback;
        half = remembered / 2;
    }

    /// <summary>How often the callback threw.</summary>
    public long Failures => Interlocked.Read(ref failures);

    internal void Report(FlagExperiment experiment, in ExperimentAssignment assignment)
    {
        if (!IsNew(new Fingerprint(assignment.HashAttribute, assignment.HashValue, experiment.Key, assignment.VariationId))) return;
        Call(new Exposure(experiment.Key, assignment.VariationId, assignment.VariationKey, assignment.HashAttribute, assignment.HashValue, assignment.FlagKey));
    }

    internal void Report(Exposure exposure)
    {
        if (IsNew(new Fingerprint(exposure.HashAttribute, exposure.HashValue, exposure.Experiment, exposure.VariationId))) Call(exposure);
    }

    private bool IsNew(Fingerprint exposure)
    {
        lock (gate)
        {
            if (older.Contains(exposure) || !newer.Add(exposure)) return false;
            if (newer.Count >= half) (older, newer) = (newer, []);
            return true;
        }
    }

    private void Call(Exposure exposure)
    {
        try
        {
            callback(exposure);
        }
        catch (Exception)
        {
            // Reporting never takes a flag down.
            Interlocked.Increment(ref failures);
        }
    }

    private readonly record struct Fingerprint(string Attribute, AttributeValue Value, string Experiment, int Variation);
}
