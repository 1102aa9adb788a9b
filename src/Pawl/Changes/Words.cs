using System.Globalization;

namespace Pawl.Changes;

/// <summary>Numbers as people read them.</summary>
public static class Words
{
    /// <summary>A duration: <c>800 ms</c>, <c>12 s</c>, <c>3 min 20 s</c>, <c>2 h 5 min</c>.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(time.TotalMilliseconds)} ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
        { TotalHours: < 1 } => time.Seconds == 0 ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min") : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min"),
    };

    /// <summary>A count with its noun: <c>1 file</c>, <c>12 files</c>.</summary>
    public static string Count(long count, string one, string? many = null) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");

    /// <summary>The first of some names, and how many more there are.</summary>
    internal static string Some(IReadOnlyList<string> names, Func<string, string> clean) =>
        string.Join(", ", names.Take(6).Select(name => ShortText.Start(clean(name), 80))) + (names.Count > 6 ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - 6:N0} more") : "");
}
