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

    internal void Check()
    {
        var sources = (Store is null ? 0 : 1) + (PayloadFile is null ? 0 : 1) + (Payload is null ? 0 : 1);
        if (sources != 1) throw new ArgumentException($"Flags come from one of Store, PayloadFile and Payload; {sources} of them are set. For a database: o.Store = database.Flags.");
        if (PollInterval < TimeSpan.FromMilliseconds(10)) throw new ArgumentException($"A PollInterval of {PollInterval} is shorter than 10 ms.");
    }
}
