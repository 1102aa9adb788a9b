namespace Pawl.Flags;

/// <summary>Where a <see cref="FlagClient"/> has its flags from: exactly one of store, file and payload.</summary>
public sealed class FlagClientOptions
{
    /// <summary>A Pawl database, <c>database.Flags</c>; read again whenever a flag in it changed.</summary>
    public IFlagStore? Store { get; set; }

    /// <summary>A file with a GrowthBook SDK payload; read again whenever it changed.</summary>
    public string? PayloadFile { get; set; }

    /// <summary>A GrowthBook SDK payload, which never changes.</summary>
    public ReadOnlyMemory<byte>? Payload { get; set; }

    /// <summary>The key of an encrypted payload: 16 bytes in base64.</summary>
    public string? EncryptionKey { get; set; }

    /// <summary>How often to see whether something changed. Default: a second; at least 10 ms.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Where assignments are kept, so that units keep their variants; null: nowhere. See <see cref="FlagClient.WithStickyAsync"/>.</summary>
    public StickyStorage? Sticky { get; set; }

    /// <summary>
    /// Hears that a unit got a variant of an experiment, once per unit, experiment and variation, on the thread that evaluates: it should only
    /// enqueue. What it throws is logged, and the flag is answered. A context with <see cref="EvaluationContext.Exposures"/> of its own
    /// reports there instead. Null: nobody hears.
    /// </summary>
    public Action<Exposure>? OnExposure { get; set; }

    internal void Check()
    {
        var sources = (Store is null ? 0 : 1) + (PayloadFile is null ? 0 : 1) + (Payload is null ? 0 : 1);
        if (sources != 1) throw new ArgumentException($"Flags come from one of Store, PayloadFile and Payload; {sources} of them are set. For a database: o.Store = database.Flags.");
        if (PollInterval < TimeSpan.FromMilliseconds(10)) throw new ArgumentException($"A PollInterval of {PollInterval} is shorter than 10 ms.");
    }
}

/// <summary>Where a <see cref="FlagClient"/> keeps sticky assignments: <c>new StickyStorage(database.StickyAssignments, database)</c>.</summary>
/// <param name="Assignments">Reads and adds them.</param>
/// <param name="Store">The store that commits what is added.</param>
public sealed record StickyStorage(IStickyStore Assignments, IStore Store);
