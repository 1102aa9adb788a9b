using System.Buffers;
using System.Text.Json;

namespace Pawl.Runs;

/// <summary>
/// An option's JSON as events hold it, kept with the option from its second use on: agents weigh the same options at every decision, and
/// writing them and searching them for secrets anew is most of what a decision costs.
/// </summary>
internal sealed class StoredOption
{
    private static readonly StoredOption UsedOnce = new(null, [], false);

    private readonly Option? _of;

    private StoredOption(Option? of, byte[] json, bool isClean) => (_of, Json, IsClean) = (of, json, isClean);

    public byte[] Json { get; }

    /// <summary>Whether nothing in it can be a secret of a known kind.</summary>
    public bool IsClean { get; }

    /// <summary>The JSON of an option that was used before; null where it is new, or holds collections that its maker may still change.</summary>
    public static StoredOption? Of(Option option)
    {
        if (option.Pros.Count > 0 || option.Cons.Count > 0 || option.Extra.Count > 0) return null;
        var kept = option.Stored.Value;
        if (kept is null)
        {
            option.Stored = new Slot(UsedOnce);
            return null;
        }

        if (ReferenceEquals(kept._of, option)) return kept; // a copy made by `with` carries its original's
        var buffer = new ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer, Pawl.Json.Plain)) RunJsonWriter.Option(to, option, JsonDetail.Stored);
        kept = new StoredOption(option, buffer.WrittenSpan.ToArray(), !SecretRedactor.MayHoldSecret(buffer.WrittenSpan));
        option.Stored = new Slot(kept);
        return kept;
    }

    /// <summary>Holds it in the option without taking part in the option's equality.</summary>
    public readonly record struct Slot(StoredOption? Value)
    {
        public bool Equals(Slot other) => true;

        public override int GetHashCode() => 0;
    }
}
