using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pawl.Flags;

/// <summary>
/// Refuses regular expressions that are none, and those on which a backtracking engine takes exponential time: the SDKs that read a payload
/// have one, and such a pattern stops a whole service. Trying one out is bounded in steps, not in time, so that the answer is always the same.
/// </summary>
internal static class PatternCheck
{
    // A pattern that is well-behaved takes some thousands on the texts it is tried with.
    private const int StepsPerText = 200_000;
    private const int StepsPerPattern = 2_000_000;
    private const int Remembered = 1000;

    // A flag is read before and again inside the transaction that stores it: there its patterns have been tried.
    private static readonly ConcurrentDictionary<(string Pattern, bool AnyCase), string?> Verdicts = new();

    /// <summary>What is wrong with a pattern, or null.</summary>
    public static string? Fault(string pattern, bool anyCase)
    {
        if (pattern.Length > Limits.PatternCharacters) return $"a pattern of {pattern.Length} characters is longer than the {Limits.PatternCharacters} allowed";
        if (Verdicts.TryGetValue((pattern, anyCase), out var known)) return known;
        if (Verdicts.Count >= Remembered) Verdicts.Clear();
        return Verdicts[(pattern, anyCase)] = Tried(pattern, anyCase);
    }

    /// <summary>Refuses more patterns than one flag may have: each is tried out.</summary>
    public static void ExpectFew(IEnumerable<JsonElement> rules)
    {
        var count = rules.Sum(Count);
        if (count > Limits.FlagPatterns) throw new JsonShapeException($"{count} regular expressions are more than the {Limits.FlagPatterns} allowed");
    }

    private static int Count(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Sum(member => (member.Name is "$regex" or "$regexi" or "$notRegex" or "$notRegexi" ? 1 : 0) + Count(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().Sum(Count),
        _ => 0,
    };

    private static string? Tried(string pattern, bool anyCase)
    {
        try
        {
            if (JavaScriptPatternReader.Translate(pattern) is not { } translated) return "no regular expression of JavaScript";
            _ = new Regex(translated.Text, RegexOptions.CultureInvariant);
        }
        catch (ArgumentException e)
        {
            return $"no regular expression: {e.Message}";
        }

        if (PatternParser.Parse(pattern) is not { } parsed) return "its groups nest too deep";
        var (trial, left) = (new PatternTrial(parsed, anyCase), StepsPerPattern);
        foreach (var probe in PatternProbes.Of(parsed))
        {
            var steps = trial.Steps(probe, StepsPerText);
            if (steps >= StepsPerText) return Endless(pattern);
            if ((left -= steps) < 0) return $"the pattern \"{ShortText.Start(pattern, 60)}\" has too many repetitions to try them all out; make several conditions of it";
        }

        return null;
    }

    private static string Endless(string pattern) =>
        $"the pattern \"{ShortText.Start(pattern, 60)}\" backtracks without end on some texts; leave out repetitions within repetitions, as in (a+)+";
}
