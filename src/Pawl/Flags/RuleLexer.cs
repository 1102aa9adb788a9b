using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Flags;

/// <summary>Cuts an exposure rule into words, one at a time, so that the first thing wrong in it is the one that is reported.</summary>
internal sealed partial class RuleLexer(RuleSource source)
{
    private static readonly string[] Symbols = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ","];

    private readonly string text = source.Text;
    private int at;

    /// <summary>The next word, and <see cref="RuleTokenKind.End"/> after the last one.</summary>
    public RuleToken Next()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        var token = Read();
        at = token.End;
        return token;
    }

    private RuleToken Read()
    {
        if (at == text.Length) return new RuleToken(RuleTokenKind.End, at, at, "");
        var next = at + 1 < text.Length ? text[at + 1] : '\0';
        return text[at] switch
        {
            '\'' or '"' => ReadText(at),
            'v' when next is '\'' or '"' => ReadQuotedVersion(),
            'v' when BareVersion().Match(text, at + 1) is { Success: true } version => new RuleToken(RuleTokenKind.Version, at, at + 1 + version.Length, version.Value),
            '-' when char.IsAsciiDigit(next) => ReadNumber(),
            >= '0' and <= '9' => ReadNumber(),
            var c when char.IsLetter(c) || c == '_' => ReadName(),
            _ => ReadSymbol(),
        };
    }

    private RuleToken ReadName()
    {
        var name = Name().Match(text, at);
        var end = at + name.Length;
        if (end < text.Length && text[end] == '.') throw source.Error(end + 1, "expected the next part of the attribute's name after the dot.");
        return new RuleToken(RuleTokenKind.Name, at, end, name.Value);
    }

    private RuleToken ReadSymbol()
    {
        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(text, at, symbol, 0, symbol.Length) == 0) return new RuleToken(RuleTokenKind.Symbol, at, at + symbol.Length, symbol);
        }

        throw text[at] switch
        {
            '=' => source.Error(at, "expected == here; a single = compares nothing."),
            '&' => source.Error(at, "expected && here; a single & joins nothing."),
            '|' => source.Error(at, "expected || here; a single | joins nothing."),
            _ => source.Error(at, "expected an attribute, a value or an operator. Attributes begin with a letter or _, and text stands in ' or \"."),
        };
    }

    private RuleToken ReadNumber()
    {
        var run = NumberLike().Match(text, at).ValueSpan;
        var end = at + run.Length;
        if (VersionNumber().IsMatch(run)) return new RuleToken(RuleTokenKind.Version, at, end, run.ToString());
        if (!JsonNumber().IsMatch(run))
            throw source.Error(at, "expected a number such as -1.5e3 or a version such as 2.3.0-beta.1. A date or other text stands in quotes.");
        if (!double.TryParse(run, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            throw source.Error(at, "expected a number that fits an IEEE double, at most about 1.8e308.");
        return new RuleToken(RuleTokenKind.Number, at, end, run.ToString());
    }

    private RuleToken ReadQuotedVersion()
    {
        var quoted = ReadText(at + 1);
        if (!QuotedVersion().IsMatch(quoted.Value)) throw source.Error(at, "expected a version in the quotes, such as v'2.3' or v'2.3.0-beta.1'.");
        return new RuleToken(RuleTokenKind.Version, at, quoted.End, quoted.Value.TrimStart('v'));
    }

    private RuleToken ReadText(int start)
    {
        var value = new StringBuilder();
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == text[start])
            {
                return IsWhole(value) ? new RuleToken(RuleTokenKind.Text, start, i + 1, value.ToString())
                    : throw source.Error(start, "expected whole characters; the string holds one half of a surrogate pair.");
            }

            if (text[i] == '\\') value.Append(ReadEscape(ref i));
            else value.Append(text[i]);
        }

        throw source.Error(start, $"expected a second {text[start]} that ends the string.");
    }

    // Leaves the index on the last character of the escape.
    private char ReadEscape(ref int i)
    {
        var escape = i++;
        switch (i < text.Length ? text[i] : '\0')
        {
            case 'n': return '\n';
            case 't': return '\t';
            case 'r': return '\r';
            case 'b': return '\b';
            case 'f': return '\f';
            case '\'' or '"' or '\\' or '/': return text[i];
            case 'u' when i + 4 < text.Length && ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                i += 4;
                return (char)code;
            default: throw source.Error(escape, @"expected one of the escapes \' \"" \\ \/ \b \f \n \r \t or \u with four hex digits.");
        }
    }

    private static bool IsWhole(StringBuilder value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i])) continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1])) return false;
            i++;
        }

        return true;
    }

    [GeneratedRegex(@"\G[\p{L}_][\p{L}\p{M}\p{Nd}_-]*(?:\.[\p{L}\p{M}\p{Nd}_-]+)*", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    // All that could have been meant as one number, so that a bad one is reported whole.
    [GeneratedRegex(@"\G-?[0-9A-Za-z.+-]+", RegexOptions.CultureInvariant)]
    private static partial Regex NumberLike();

    [GeneratedRegex(@"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex JsonNumber();

    // Fewer than two dots make a version only with a suffix that begins with a letter: 2024-01 is half a date.
    [GeneratedRegex(@"\A(?:[0-9]+(?:\.[0-9]+){2,}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?|[0-9]+(?:\.[0-9]+)?-[A-Za-z][0-9A-Za-z-]*(?:\.[0-9A-Za-z-]+)*)(?:\+[0-9A-Za-z.-]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex VersionNumber();

    [GeneratedRegex(@"\G[0-9]+(?:\.[0-9]+){2,}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z.-]+)?(?![\p{L}\p{M}\p{Nd}_.+-])", RegexOptions.CultureInvariant)]
    private static partial Regex BareVersion();

    [GeneratedRegex(@"\Av?[0-9]+(?:\.[0-9]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z.-]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex QuotedVersion();
}
