using System.Globalization;
using System.Text;

namespace Pawl.Flags;

/// <summary>
/// Spells a regular expression of JavaScript (ECMA-262 §22.2 with Annex B, no Unicode flag) as .NET reads it. Most of it means
/// the same; what does not: the dot, the dollar, \d \w \s, escapes that JavaScript takes for the letter itself, [^] and a
/// bracket inside brackets, and which letters are the same in any case.
/// </summary>
internal sealed class JavaScriptPatternReader
{
    private const string Digits = "0-9";
    private const string Words = "a-zA-Z0-9_";
    private const string Blanks = @"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";
    private const string NotDigits = @"\x00-/:-\uffff";
    private const string NotWords = @"\x00-/:-@\x5b-\x5e`{-\uffff";
    private const string NotBlanks = @"\x00-\x08\x0e-\x1f!-\u009f\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\uffff";

    // What stands for itself in JavaScript when escaped, but not in .NET.
    private const string Letters = "aAeGzZCEFgHhiIjJklLmMNoOpPqQRTUVXyYK";

    // Repetitions repeated multiply the states of an automaton.
    private const long AutomatonStates = 2000;

    private readonly StringBuilder output = new();
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly string source;
    private readonly bool anyCase;
    private int at;
    private long repetitions = 1;

    // The class of characters that is being read; null outside brackets.
    private PatternClass? inside;

    private JavaScriptPatternReader(string source, bool anyCase)
    {
        this.source = source;
        this.anyCase = anyCase;
    }

    /// <summary>The pattern for .NET and whether it may be made an automaton; null for what is no pattern in JavaScript either.</summary>
    public static (string Text, bool Automaton)? Translate(string source, bool anyCase = false)
    {
        var reader = new JavaScriptPatternReader(source, anyCase);
        while (reader.at < source.Length)
        {
            if (!reader.Next()) return null;
        }

        return (reader.output.ToString(), reader.repetitions <= AutomatonStates);
    }

    private bool Next()
    {
        var c = source[at++];
        switch (c)
        {
            case '\\':
                return Escape();
            case '[':
                return Class();
            case '.':
                output.Append(@"[^\n\r\u2028\u2029]");
                return true;
            case '$':
                output.Append(@"\z");
                return true;
            case '(' when Peek() == '?' && !IsJavaScriptGroup():
                return false;
            case '(' when IsNamedGroup():
                return NamedGroup();
            case '{':
                CountRepetition();
                output.Append(c);
                return true;
            default:
                Literal(c, c.ToString());
                return true;
        }
    }

    private bool IsNamedGroup() => Peek() == '?' && source[at + 1] == '<' && source[at + 2] is not ('=' or '!');

    // To JavaScript a name that stands twice is an error.
    private bool NamedGroup()
    {
        var end = source.IndexOf('>', at);
        if (end < 0 || !names.Add(source[(at + 2)..end])) return false;
        output.Append('(').Append(source, at, end + 1 - at);
        at = end + 1;
        return true;
    }

    private void Literal(char c, string spelling)
    {
        if (inside is not null) inside.Add(c);
        else if (anyCase && PatternCase.Same(c) is { Length: > 0 } same) spelling = $"[{same}]";
        output.Append(spelling);
    }

    private void Reference(string reference) => output.Append(anyCase ? $"(?i:{reference})" : reference);

    // (?: (?= (?! (?<= (?<! (?<name>; .NET has more.
    private bool IsJavaScriptGroup()
    {
        var next = at + 1 < source.Length ? source[at + 1] : '\0';
        if (next is ':' or '=' or '!') return true;
        if (next != '<' || at + 2 >= source.Length) return false;
        return source[at + 2] is '=' or '!' or '_' or '$' || char.IsLetter(source[at + 2]);
    }

    private bool Class()
    {
        if (source.AsSpan(at).StartsWith("^]"))
        {
            at += 2;
            output.Append(@"[\x00-\uffff]");
            return true;
        }

        if (source.AsSpan(at).StartsWith("]"))
        {
            at++;
            output.Append(@"[^\x00-\uffff]");
            return true;
        }

        output.Append('[');
        if (Peek() == '^') output.Append(source[at++]);
        inside = new PatternClass();
        var start = output.Length;
        while (at < source.Length)
        {
            var c = source[at++];
            if (c == ']')
            {
                if (anyCase) output.Insert(start, inside.Others());
                inside = null;
                output.Append(c);
                return true;
            }

            if (c == '-' && inside.BeginsRange(Peek())) output.Append(c);
            else if (c != '\\') Literal(c, c is '[' or '^' or '-' ? $"\\{c}" : c.ToString());
            else if (!Escape()) return false;
        }

        return false;
    }

    private bool Escape()
    {
        if (at >= source.Length) return false;
        var c = source[at++];
        var set = c switch { 'd' => Digits, 'w' => Words, 's' => Blanks, 'D' => NotDigits, 'W' => NotWords, 'S' => NotBlanks, _ => null };
        if (set is not null) Set(set);
        else if (inside is null && c is 'b' or 'B') output.Append('\\').Append(c);
        else if (inside is null && c == 'k' && source.Contains("(?<", StringComparison.Ordinal)) return NamedReference();
        else if (inside is null && c is >= '1' and <= '9') NumberedReference();
        else if (c is 'x' or 'u') Hex(c, c == 'x' ? 2 : 4);
        else if (c == 'c' && !(at < source.Length && char.IsAsciiLetter(source[at]))) Caseless(@"\\c");
        else if (c == 'c') Caseless(@"\c" + source[at++]);
        else if (c is 'B' or '_' || Letters.Contains(c) || (c > '\x7f' && char.IsLetter(c))) Literal(c, c.ToString());
        else if (c == '0' && !(at < source.Length && char.IsAsciiDigit(source[at]))) Literal('\0', @"\x00");
        else if (char.IsAsciiLetterOrDigit(c)) Caseless($"\\{c}");
        else Literal(c, $"\\{c}");
        return true;
    }

    private void Set(string set)
    {
        inside?.AddSet();
        output.Append(inside is null ? $"[{set}]" : set);
    }

    private void Caseless(string spelling)
    {
        inside?.Add(null);
        output.Append(spelling);
    }

    private void Hex(char mark, int digits)
    {
        if (!HasHex(digits))
        {
            Literal(mark, mark.ToString());
            return;
        }

        var code = source.Substring(at, digits);
        at += digits;
        Literal((char)int.Parse(code, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), $"\\{mark}{code}");
    }

    private bool NamedReference()
    {
        var end = source.IndexOf('>', at);
        if (Peek() != '<' || end < 0) return false;
        Reference(@"\k" + source[at..(end + 1)]);
        at = end + 1;
        return true;
    }

    private void NumberedReference()
    {
        var start = at - 1;
        while (char.IsAsciiDigit(Peek())) at++;
        Reference(@"\" + source[start..at]);
    }

    private bool HasHex(int digits) => at + digits <= source.Length && !source.AsSpan(at, digits).ContainsAnyExcept("0123456789abcdefABCDEF");

    private void CountRepetition()
    {
        var end = source.IndexOf('}', at);
        if (end < 0) return;
        var counts = source[at..end].Split(',');
        if (int.TryParse(counts[^1].Length > 0 ? counts[^1] : counts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 1)
            repetitions = Math.Min(repetitions * count, int.MaxValue);
    }

    private char Peek() => at < source.Length ? source[at] : '\0';
}
