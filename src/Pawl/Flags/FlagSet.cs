using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Unicode;

namespace Pawl.Flags;

/// <summary>A flag, or a contextual bandit or a saved group that flags refer to, that could not be read.</summary>
/// <param name="Flag">Its key.</param>
/// <param name="Message">What is wrong, and where.</param>
public readonly record struct FlagProblem(string Flag, string Message);

/// <summary>
/// All flags at one moment: an immutable snapshot of a GrowthBook SDK payload, compiled for evaluation. A flag that cannot be
/// read stands in <see cref="Problems"/> and answers its default; the others are as good as without it. (The JavaScript SDK
/// checks nothing on reading, and throws or passes over a rule when it comes to it.)
/// </summary>
public sealed class FlagSet
{
    private readonly FrozenDictionary<string, CompiledFlag> flags;

    internal FlagSet(IReadOnlyList<CompiledFlag> flags, string? dateUpdated, IReadOnlyList<FlagProblem> problems)
    {
        this.flags = flags.ToFrozenDictionary(flag => flag.Key, StringComparer.Ordinal);
        DateUpdated = dateUpdated;
        Problems = problems;
        HashAttributes = [.. flags.SelectMany(f => f.Rules).Select(r => r.Experiment).OfType<FlagExperiment>()
            .SelectMany(HashedBy).DistinctBy(a => a.Name, StringComparer.Ordinal)];
    }

    /// <summary>A set without flags.</summary>
    public static FlagSet Empty { get; } = new([], null, []);

    /// <summary>How many flags there are.</summary>
    public int Count => flags.Count;

    /// <summary>Their keys.</summary>
    public IReadOnlyList<string> Keys => flags.Keys;

    /// <summary>When the payload says it was made, as it says it; null where it does not.</summary>
    public string? DateUpdated { get; }

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<FlagProblem> Problems { get; }

    internal IReadOnlyList<HashAttribute> HashAttributes { get; }

    /// <summary>Reads a payload: <c>{"features": {…}, "savedGroups": {…}, "contextualBandits": {…}, "dateUpdated": "…"}</c>; other members are passed over.</summary>
    /// <param name="utf8">The payload, not encrypted, at most <see cref="Limits.FlagPayloadBytes"/>.</param>
    /// <exception cref="BadInputException">It is too large, is no JSON, or is no payload.</exception>
    public static FlagSet Parse(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Length > Limits.FlagPayloadBytes)
            throw new BadInputException($"The flag payload has {utf8.Length} bytes, more than the {Limits.FlagPayloadBytes} that are read. Serve fewer flags to one client, or shorten the saved groups.");
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8.Span)) throw new BadInputException($"The flag payload is not UTF-8 from byte {ValidBytes(utf8.Span)} on.");
        try
        {
            return new FlagReader(Json.Whole(Json.Parse(utf8))).Read();
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $" at line {line + 1}, byte {e.BytePositionInLine}" : "";
            throw new BadInputException($"The flag payload is damaged{place}: {e.Message}", e);
        }
    }

    /// <summary>The flags of a store. Those that it cannot read are problems, and answer nothing.</summary>
    internal static FlagSet Of(IEnumerable<Flag> sound, IReadOnlyList<FlagProblem> damaged)
    {
        var set = Parse(FlagPayload.Write(sound));
        if (damaged.Count == 0) return set;
        var unread = damaged.Select((problem, n) => new CompiledFlag(problem.Flag, set.Count + n, FlagValue.Null, [], problem.Message));
        return new FlagSet([.. set.flags.Values, .. unread], set.DateUpdated, [.. set.Problems, .. damaged]);
    }

    internal CompiledFlag? Find(string key) => flags.GetValueOrDefault(key);

    private static IEnumerable<HashAttribute> HashedBy(FlagExperiment experiment) =>
        experiment.Planned.FallbackTo is { } fallback ? [experiment.Planned.HashBy, fallback] : [experiment.Planned.HashBy];

    private static int ValidBytes(ReadOnlySpan<byte> utf8)
    {
        var at = 0;
        while (System.Text.Rune.DecodeFromUtf8(utf8[at..], out _, out var length) == System.Buffers.OperationStatus.Done) at += length;
        return at;
    }
}
