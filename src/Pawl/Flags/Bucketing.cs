using System.Globalization;

namespace Pawl.Flags;

/// <summary>The part of all units between two hashes, half open.</summary>
/// <param name="Start">The first hash in it.</param>
/// <param name="End">The first hash beyond it.</param>
public readonly record struct BucketRange(double Start, double End)
{
    /// <summary>Whether the hash is in it.</summary>
    public bool Contains(double hash) => hash >= Start && hash < End;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Start}, {End})");
}

/// <summary>
/// From a unit to a variation, as pure functions: the same seed and value give the same answer on every host, for ever.
/// Section "hash" and following of the GrowthBook SDK specification 0.8. Nothing here allocates but what returns a list.
/// </summary>
public static class Bucketing
{
    private const uint FnvOffset = 2166136261;
    private const uint FnvPrime = 16777619;

    /// <summary>
    /// The hash of a unit, in [0, 1): version 1 in steps of 1/1000, version 2 in steps of 1/10000 and without the bias of the
    /// first. FNV-1a over UTF-16 code units, each XORed whole, as the JavaScript SDK does it; SDKs that hash UTF-8 differ on what is not ASCII.
    /// </summary>
    /// <returns>Null for any other version.</returns>
    public static double? Hash(string seed, ReadOnlySpan<char> value, int version)
    {
        switch (version)
        {
            case 1:
                return Fnv1a(seed, Fnv1a(value, FnvOffset)) % 1000 / 1000.0;
            case 2:
                return Fnv1aOfDigits(Fnv1a(value, Fnv1a(seed, FnvOffset))) % 10000 / 10000.0;
            default:
                return null;
        }
    }

    /// <summary>The same for an attribute's value, which counts as the text JavaScript makes of it: 3 as "3".</summary>
    internal static double? Hash(string seed, in AttributeValue value, int version) =>
        value.Kind == AttributeKind.Text ? Hash(seed, value.Text, version) : HashOther(seed, value, version);

    /// <summary>Equal weights of <paramref name="variations"/> variations; none for zero and below.</summary>
    public static IReadOnlyList<double> EqualWeights(int variations) => variations <= 0 ? [] : [.. Enumerable.Repeat(1.0 / variations, variations)];

    /// <summary>
    /// The range of each variation: from the sum of the weights before it, as wide as its weight times the coverage. So raising
    /// the coverage brings units in and never moves one from a variation to another.
    /// </summary>
    /// <param name="variations">How many.</param>
    /// <param name="coverage">The part of all units that is in; below 0 counts as 0, above 1 as 1.</param>
    /// <param name="weights">One each; null, of another count, or with a sum outside 0.99 to 1.01: equal weights.</param>
    public static IReadOnlyList<BucketRange> Ranges(int variations, double coverage, IReadOnlyList<double>? weights)
    {
        coverage = coverage < 0 ? 0 : coverage > 1 ? 1 : coverage;
        if (weights is null || weights.Count != variations || weights.Sum() is < 0.99 or > 1.01) weights = EqualWeights(variations);
        var ranges = new BucketRange[weights.Count];
        double start = 0;
        for (var i = 0; i < ranges.Length; i++)
        {
            ranges[i] = new BucketRange(start, start + (coverage * weights[i]));
            start += weights[i];
        }

        return ranges;
    }

    /// <summary>The first range that holds the hash; -1 where none does.</summary>
    public static int Choose(double hash, IReadOnlyList<BucketRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        return ranges is BucketRange[] array ? Choose(hash, array.AsSpan()) : Choose(hash, [.. ranges]);
    }

    internal static int Choose(double hash, ReadOnlySpan<BucketRange> ranges)
    {
        for (var i = 0; i < ranges.Length; i++)
        {
            if (ranges[i].Contains(hash)) return i;
        }

        return -1;
    }

    /// <summary>Whether a unit is in a part of a namespace; experiments in parts that do not overlap share no unit.</summary>
    public static bool InNamespace(ReadOnlySpan<char> value, string id, BucketRange part) => part.Contains(Hash("__" + id, value, 1)!.Value);

    /// <summary>
    /// The variation that an address asks for: <c>?experiment=1</c>. The first such parameter counts, names are compared as they stand.
    /// </summary>
    /// <returns>Null where it asks for none, or for one that there is not.</returns>
    public static int? QueryOverride(string experiment, string? url, int variations)
    {
        var rest = url.AsSpan();
        var mark = rest.IndexOf('?');
        if (mark < 0) return null;
        rest = rest[(mark + 1)..];
        var end = rest.IndexOfAny('?', '#');
        if (end >= 0) rest = rest[..end];
        foreach (var part in rest.Split('&'))
        {
            var pair = rest[part];
            var equals = pair.IndexOf('=');
            if (!(equals < 0 ? pair : pair[..equals]).SequenceEqual(experiment)) continue;
            if (equals < 0) return null;
            pair = pair[(equals + 1)..];
            var more = pair.IndexOf('=');
            var variation = LeadingInteger(more < 0 ? pair : pair[..more]);
            return variation >= 0 && variation < variations ? (int)variation : null;
        }

        return null;
    }

    // parseInt (ECMA-262 §19.2.5) as far as the answer can be a variation: blanks, a sign, then digits as far as they go.
    private static double LeadingInteger(ReadOnlySpan<char> text)
    {
        text = text.TrimStart();
        var negative = text is ['-', ..];
        if (text is ['-' or '+', ..]) text = text[1..];
        return text is ['0', 'x' or 'X', ..] ? Digits(text[2..], 16, negative) : Digits(text, 10, negative);
    }

    private static double Digits(ReadOnlySpan<char> text, int radix, bool negative)
    {
        var (number, any) = (0.0, false);
        foreach (var c in text)
        {
            if (!(radix == 16 ? char.IsAsciiHexDigit(c) : char.IsAsciiDigit(c))) break;
            number = (number * radix) + (char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
            any = true;
        }

        return !any ? double.NaN : negative ? -number : number;
    }

    private static double? HashOther(string seed, in AttributeValue value, int version)
    {
        if (value.Kind != AttributeKind.Number) return Hash(seed, JavaScript.ToText(value), version);
        Span<char> digits = stackalloc char[JavaScript.NumberCharacters];
        return Hash(seed, digits[..JavaScript.Write(value.Number, digits)], version);
    }

    // The hash of the number's decimal digits, as if it had been written.
    private static uint Fnv1aOfDigits(uint number)
    {
        // Ten digits at most, packed from the last to the first: formatting them into a span takes longer.
        ulong digits = 0;
        var count = 0;
        do
        {
            (number, var digit) = Math.DivRem(number, 10u);
            digits = (digits << 4) | digit;
            count++;
        }
        while (number > 0);

        var hash = FnvOffset;
        for (; count > 0; count--, digits >>= 4) hash = (hash ^ ('0' + (uint)(digits & 15))) * FnvPrime;
        return hash;
    }

    private static uint Fnv1a(ReadOnlySpan<char> text, uint hash)
    {
        foreach (var c in text) hash = (hash ^ c) * FnvPrime;
        return hash;
    }
}
