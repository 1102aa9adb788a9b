using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Pawl.Flags;

/// <summary>What a client answers from at one moment: the compiled flags, and where they are known the documents they come of.</summary>
/// <param name="Stamp">Changes when there is something to read again.</param>
/// <param name="Evaluator">The flags.</param>
/// <param name="Documents">The flags by their keys; empty where they come from a payload.</param>
internal sealed record FlagSnapshot(string Stamp, FlagEvaluator Evaluator, FrozenDictionary<string, Flag> Documents)
{
    public static FlagSnapshot Empty { get; } = new("", new FlagEvaluator(FlagSet.Empty), FrozenDictionary<string, Flag>.Empty);

    /// <summary>Reads what the options name, unless it still has the stamp.</summary>
    /// <returns>Null where nothing changed.</returns>
    public static FlagSnapshot? Read(FlagClientOptions options, string stamp)
    {
        if (options.Store is { } store) return OfStore(store, stamp);
        if (options.PayloadFile is { } path) return OfFile(path, options.EncryptionKey, stamp);
        return stamp == "payload" ? null : OfPayload(options.Payload!.Value, options.EncryptionKey, "payload");
    }

    private static FlagSnapshot? OfStore(IFlagStore store, string stamp)
    {
        return store.Read(view =>
        {
            var revision = view.Revision.ToString(CultureInfo.InvariantCulture);
            if (revision == stamp) return null;
            var flags = view.Sound(out var damaged);
            return new FlagSnapshot(revision, new FlagEvaluator(FlagSet.Of(flags, damaged)), flags.ToFrozenDictionary(f => f.Key, StringComparer.Ordinal));
        });
    }

    private static FlagSnapshot? OfFile(string path, string? key, string stamp)
    {
        var file = new FileInfo(path);
        if (!file.Exists) throw new UnavailableException($"There is no payload {path}.");
        var now = string.Create(CultureInfo.InvariantCulture, $"{file.LastWriteTimeUtc.Ticks}/{file.Length}");
        if (now == stamp) return null;
        if (file.Length > Limits.FlagPayloadBytes) throw new BadInputException($"{path} has {file.Length} bytes, more than the {Limits.FlagPayloadBytes} that are read.");
        return OfPayload(File.ReadAllBytes(path), key, now);
    }

    private static FlagSnapshot OfPayload(ReadOnlyMemory<byte> payload, string? key, string stamp)
    {
        if (key is not null)
        {
            if (!EncryptedPayload.TryDecrypt(Json.Parse(payload), key, out var plain, out var reason)) throw new BadInputException($"The payload cannot be decrypted: {reason}");
            payload = Encoding.UTF8.GetBytes(plain.GetRawText());
        }

        return Empty with { Stamp = stamp, Evaluator = new FlagEvaluator(FlagSet.Parse(payload)) };
    }
}
