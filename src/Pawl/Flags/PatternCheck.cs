using System.Text.RegularExpressions;

namespace Pawl.Flags;

/// <summary>
/// Refuses regular expressions that are none, and those on which a backtracking engine takes exponential time: the SDKs that read a payload
/// have one, and such a pattern stops a whole service.
/// </summary>
internal static class PatternCheck
{
    private const int Repetitions = 32;
    private static readonly TimeSpan MatchTime = TimeSpan.FromMilliseconds(Limits.PatternMilliseconds);

    /// <summary>What is wrong with a pattern, or null.</summary>
    public static string? Fault(string pattern)
    {
        if (pattern.Length > Limits.PatternCharacters) return $"a pattern of {pattern.Length} characters is longer than the {Limits.PatternCharacters} allowed";
        try
        {
            if (JavaScriptPatternReader.Translate(pattern) is not { } translated) return "no regular expression of JavaScript";
            var regex = new Regex(translated.Text, RegexOptions.CultureInvariant, MatchTime);
            return Probes(pattern).Any(probe => TakesLong(regex, probe) && TakesLong(regex, probe)) ? Endless(pattern) : null; // twice: the machine may have been busy
        }
        catch (ArgumentException e)
        {
            return $"no regular expression: {e.Message}";
        }
    }

    private static string Endless(string pattern) =>
        $"the pattern \"{ShortText.Start(pattern, 60)}\" backtracks without end on some texts; leave out repetitions within repetitions, as in (a+)+";

    private static bool TakesLong(Regex regex, string probe)
    {
        try
        {
            _ = regex.IsMatch(probe);
            return false;
        }
        catch (RegexMatchTimeoutException)
        {
            return true;
        }
    }

    // Each character of the pattern, and what its classes stand for, again and again, and at the end what spoils the match.
    private static IEnumerable<string> Probes(string pattern)
    {
        var letters = string.Concat(pattern.Where(char.IsAsciiLetterOrDigit).Distinct().Take(16));
        foreach (var c in (letters + "aA0 -_.@/").Distinct()) yield return new string(c, Repetitions) + "!\u0001";
        if (letters.Length > 1) yield return string.Concat(Enumerable.Repeat(letters, Repetitions)) + "!\u0001";
    }
}
