using System.Globalization;
using System.Text.Json;

namespace Pawl.Runs;

/// <summary>Reads instants as other tools write them: ISO 8601 with a T or a blank, with or without a zone, or seconds since 1970.</summary>
internal sealed class Instants(TimeZoneInfo naiveZone)
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd' 'HH:mmK",
    ];

    /// <summary>Naive times are UTC.</summary>
    public static Instants Utc { get; } = new(TimeZoneInfo.Utc);

    /// <summary>An instant in UTC.</summary>
    /// <exception cref="JsonShapeException">It is none, or a naive time that its zone skips.</exception>
    public DateTimeOffset Read(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds)) return Epoch(value, seconds);
        var text = JsonShape.Text(value);
        if (!DateTime.TryParseExact(Trimmed(text), Formats, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time)
            || !DateTimeOffset.TryParseExact(Trimmed(text), Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
        {
            throw NoTime(text);
        }

        return time.Kind == DateTimeKind.Unspecified ? Naive(time, text) : instant.ToUniversalTime();
    }

    private DateTimeOffset Naive(DateTime time, string text)
    {
        if (naiveZone.IsInvalidTime(time))
            throw new JsonShapeException($"the time {text} does not exist in the time zone {naiveZone.Id}; give the right one with --timezone");
        var ticks = time.Ticks - naiveZone.GetUtcOffset(time).Ticks;
        return ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : throw NoTime(text);
    }

    private static JsonShapeException NoTime(string text) =>
        new($"expected a time such as 2026-11-20T23:57:49Z, found \"{(text.Length > 40 ? text[..40] + "…" : text)}\"");

    private static DateTimeOffset Epoch(JsonElement value, double seconds)
    {
        // Milliseconds and microseconds since 1970 are in use too; no agent ran before 1973 or after 5138, which tells them apart.
        var scale = Math.Abs(seconds) switch { < 1e11 => 1.0, < 1e14 => 1e3, < 1e17 => 1e6, _ => 1e9 };
        var ticks = seconds / scale * TimeSpan.TicksPerSecond;
        return Math.Abs(ticks) < 1e17
            ? DateTimeOffset.UnixEpoch.AddTicks((long)Math.Round(ticks / 10) * 10) // a double holds microseconds, no more
            : throw JsonShape.Unexpected(value, "a time");
    }

    // Python writes six digits, Go nine: what is finer than a tick is cut.
    private static string Trimmed(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0) return text;
        var end = point + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return end - point - 1 > 7 ? string.Concat(text.AsSpan(0, point + 8), text.AsSpan(end)) : text;
    }
}
