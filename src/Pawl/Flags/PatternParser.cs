using System.Globalization;

namespace Pawl.Flags;

/// <summary>
/// Takes a regular expression of JavaScript (without the Unicode flag) apart, for <see cref="PatternTrial"/>. What a matcher would have to
/// remember or look back for, <c>\1</c> and <c>(?&lt;=…)</c>, is taken to hold everywhere.
/// </summary>
internal sealed class PatternParser
{
    private const int Depth = 100;

    private static readonly (char, char)[] Digits = [('0', '9')];
    private static readonly (char, char)[] Words = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
    private static readonly (char, char)[] Blanks = [('\t', '\r'), (' ', ' '), ('\u00a0', '\u00a0'), ('\u1680', '\u1680'), ('\u2000', '\u200a'), ('\u2028', '\u2029'), ('\u202f', '\u202f'), ('\u205f', '\u205f'), ('\u3000', '\u3000'), ('\ufeff', '\ufeff')];
    private static readonly (char, char)[] LineEnds = [('\n', '\n'), ('\r', '\r'), ('\u2028', '\u2029')];

    private readonly string source;
    private int at;
    private int depth;

    private PatternParser(string source) => this.source = source;

    /// <summary>The parts of a pattern that is known to be one; null where its groups nest too deep to be tried out.</summary>
    public static PatternNode? Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        var node = parser.Options();
        return parser.depth > Depth ? null : node;
    }

    private PatternNode Options()
    {
        if (++depth > Depth) return new PatternNode.Edge(' ');
        List<PatternNode> options = [Items()];
        while (Take('|')) options.Add(Items());
        if (depth <= Depth) depth--;
        return options.Count == 1 ? options[0] : new PatternNode.Choice(options);
    }

    private PatternNode.Sequence Items()
    {
        var items = new List<PatternNode>();
        while (at < source.Length && source[at] is not ('|' or ')') && depth <= Depth) items.Add(Repeated(Item()));
        return new PatternNode.Sequence(items);
    }

    private PatternNode Item()
    {
        var c = source[at++];
        return c switch
        {
            '(' => Group(),
            '[' => Class(),
            '\\' => Escape(),
            '.' => new PatternNode.Set(LineEnds, IsNegated: true),
            '^' or '$' => new PatternNode.Edge(c),
            _ => Letter(c),
        };
    }

    private PatternNode Group()
    {
        var (isAhead, isNegated, isBehind) = (Take("?="), Take("?!"), Take("?<=") || Take("?<!"));
        if (!Take("?:") && Take("?<")) at = Math.Max(at, source.IndexOf('>', at) + 1);
        var body = Options();
        Take(')');
        if (isBehind) return new PatternNode.Edge(' ');
        return isAhead || isNegated ? new PatternNode.Ahead(body, isNegated) : body;
    }

    private PatternNode Repeated(PatternNode item)
    {
        int least, most;
        if (Take('*')) (least, most) = (0, int.MaxValue);
        else if (Take('+')) (least, most) = (1, int.MaxValue);
        else if (Take('?')) (least, most) = (0, 1);
        else if (!TryCounts(out least, out most)) return item;
        return new PatternNode.Loop(item, least, most, Take('?'));
    }

    // A brace that is no {1}, {1,} or {1,2} stands for itself.
    private bool TryCounts(out int least, out int most)
    {
        (least, most) = (0, 0);
        if (at >= source.Length || source[at] != '{' || source.IndexOf('}', at) is not (> 0 and var end)) return false;
        var counts = source[(at + 1)..end].Split(',');
        if (counts.Length > 2 || !TryNumber(counts[0], out least)) return false;
        most = least;
        if (counts.Length == 2 && counts[1].Length == 0) most = int.MaxValue;
        else if (counts.Length == 2 && !TryNumber(counts[1], out most)) return false;
        at = end + 1;
        return true;
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private PatternNode.Set Class()
    {
        var ranges = new List<(char, char)>();
        var isNegated = Take('^');
        while (at < source.Length && !Take(']'))
        {
            var from = ClassPart(ranges);
            var isRange = from is not null && at + 1 < source.Length && source[at] == '-' && source[at + 1] != ']';
            if (!isRange)
            {
                if (from is { } single) ranges.Add((single, single));
                continue;
            }

            at++;
            if (ClassPart(ranges) is { } to) ranges.Add((from!.Value, to));
            else ranges.AddRange([(from!.Value, from.Value), ('-', '-')]);
        }

        return new PatternNode.Set(ranges, isNegated);
    }

    // A character; null where it was a set, which is then among the ranges.
    private char? ClassPart(List<(char, char)> ranges)
    {
        var c = source[at++];
        if (c != '\\' || at >= source.Length) return c;
        if (source[at] == 'b')
        {
            at++;
            return '\b';
        }

        if (Named(source[at]) is not { } set) return Escaped();
        at++;
        ranges.AddRange(set.IsNegated ? Others(set.Ranges) : set.Ranges);
        return null;
    }

    private PatternNode Escape()
    {
        if (at >= source.Length) return Letter('\\');
        var c = source[at];
        if (Named(c) is { } set)
        {
            at++;
            return set;
        }

        if (c is 'b' or 'B' or (>= '1' and <= '9'))
        {
            at++;
            return new PatternNode.Edge(c);
        }

        return Letter(Escaped());
    }

    private char Escaped()
    {
        var c = source[at++];
        var digits = c switch { 'x' => 2, 'u' => 4, _ => 0 };
        if (digits > 0 && at + digits <= source.Length && int.TryParse(source.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            at += digits;
            return (char)code;
        }

        if (c == 'c' && at < source.Length && char.IsAsciiLetter(source[at])) return (char)(source[at++] % 32);
        return c switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'v' => '\v', 'f' => '\f', '0' => '\0', _ => c };
    }

    private static PatternNode.Set? Named(char c) => c switch
    {
        'd' or 'D' => new(Digits, c == 'D'),
        'w' or 'W' => new(Words, c == 'W'),
        's' or 'S' => new(Blanks, c == 'S'),
        _ => null,
    };

    private static IEnumerable<(char, char)> Others(IReadOnlyList<(char From, char To)> ranges)
    {
        var next = 0;
        foreach (var (from, to) in ranges)
        {
            if (from > next) yield return ((char)next, (char)(from - 1));
            next = to + 1;
        }

        if (next <= char.MaxValue) yield return ((char)next, char.MaxValue);
    }

    private static PatternNode.Set Letter(char c) => new([(c, c)], IsNegated: false);

    private bool Take(char c)
    {
        if (at >= source.Length || source[at] != c) return false;
        at++;
        return true;
    }

    private bool Take(string text)
    {
        if (!source.AsSpan(at).StartsWith(text)) return false;
        at += text.Length;
        return true;
    }
}
