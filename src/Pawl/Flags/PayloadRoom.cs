using System.Globalization;
using System.Text;

namespace Pawl.Flags;

/// <summary>Keeps all flags together within one payload: what readers refuse must not be written.</summary>
internal static class PayloadRoom
{
    private const int FrameBytes = 1024; // the payload's own members, and the commas
    private const int HashingBytes = 64; // what FlagPayload adds to a rule that hashes, but for the seed

    /// <summary>
    /// At most how many bytes a flag takes in the payload, where every value stands once more for each time that a rule names it; 0 where it is
    /// archived. Not found out by writing it: a document of 1 MiB may name its largest value thousands of times.
    /// </summary>
    public static long BytesOf(Flag flag)
    {
        if (flag.IsArchived) return 0;
        var values = flag.Variants.ToDictionary(v => v.Name, v => (long)Encoding.UTF8.GetByteCount(v.Value.GetRawText()), StringComparer.Ordinal);
        var bytes = FlagJson.Document(flag).LongLength - values.Values.Sum();
        if (flag.Default is { } fallback) bytes += values[fallback];
        foreach (var rule in flag.Rules)
            bytes += HashingBytes + (6L * (flag.Seed?.Length ?? 0)) + (rule.Serve is { } serve ? values[serve] : 0) + rule.Variations.Sum(variation => values[variation]);
        return bytes;
    }

    /// <exception cref="BadInputException">With the new version all flags together are more than one payload holds.</exception>
    public static void Check(IFlagView view, Flag? before, Flag after)
    {
        var (was, bytes) = (before is null ? 0 : BytesOf(before), BytesOf(after));
        if (bytes <= was) return;
        var total = view.PayloadBytes - was + bytes;
        if (total + FrameBytes > Limits.FlagPayloadBytes)
        {
            throw new BadInputException(string.Create(
                CultureInfo.InvariantCulture,
                $"With {after.Key}, which takes {bytes} bytes, the payload of all flags would have {total + FrameBytes} bytes, more than the {Limits.FlagPayloadBytes} that are read. Shorten its values, or archive flags that nobody needs."));
        }
    }
}
