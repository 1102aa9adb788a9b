namespace Pawl.Flags;

/// <summary>
/// What a JavaScript pattern with <c>i</c> and without the Unicode flag takes for the same letter (ECMA-262 §22.2.2.7.3): what toUpperCase makes
/// one and the same character, but never something beyond ASCII and something within. .NET's own IgnoreCase takes the Kelvin sign for a k.
/// </summary>
internal static class PatternCase
{
    private static readonly Lazy<Dictionary<char, string>> Letters = new(Read);

    /// <summary>All characters that are the same as this one, itself among them; empty where it is the only one.</summary>
    public static string Same(char c) => Letters.Value.GetValueOrDefault(c, "");

    private static Dictionary<char, string> Read()
    {
        var letters = new Dictionary<char, string>();
        foreach (var same in Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).GroupBy(Canonical))
        {
            var text = string.Concat(same);
            if (text.Length < 2) continue;
            foreach (var c in text) letters[c] = text;
        }

        return letters;
    }

    private static char Canonical(char c)
    {
        var upper = char.ToUpperInvariant(c);
        return (c >= 128 && upper < 128) || IsSpelledOut(c) ? c : upper;
    }

    // Greek letters with an iota below: toUpperCase makes two characters of each, and so none.
    private static bool IsSpelledOut(char c) => c is (>= '\u1f80' and <= '\u1faf') or '\u1fb3' or '\u1fbc' or '\u1fc3' or '\u1fcc' or '\u1ff3' or '\u1ffc';
}
