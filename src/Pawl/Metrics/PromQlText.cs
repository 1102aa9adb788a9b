using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Metrics;

/// <summary>
/// The user's PromQL, which has no parameters of its own. <c>@flag</c> may stand inside a quoted label matcher alone, and is escaped for it;
/// <c>@lookback</c> alone as a duration. PromQL's own <c>@</c> (<c>@ 123</c>, <c>@ start()</c>, <c>@ end()</c>) stays what it is.
/// </summary>
internal static partial class PromQlText
{
    private const string Flag = "@flag";
    private const string Lookback = "@lookback";

    /// <summary>What is wrong with a text, or null.</summary>
    public static string? Fault(string query)
    {
        try
        {
            Write(query, "flag", TimeSpan.FromHours(1));
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>The expression to send.</summary>
    /// <exception cref="FormatException">The text is one that <see cref="Fault"/> refuses.</exception>
    public static string Write(string query, string flag, TimeSpan lookback)
    {
        var written = new StringBuilder(query.Length + flag.Length);
        var brackets = new Stack<char>();
        for (var i = 0; i < query.Length;)
        {
            var end = query[i] switch
            {
                '#' => query.IndexOf('\n', i) is var feed && feed < 0 ? query.Length : feed,
                '"' or '\'' or '`' => EndOfText(query, i),
                '@' => Mark().Match(query, i) is { Success: true } mark ? i + mark.Length : throw Unknown(query, i),
                _ => i + 1,
            };
            var part = query[i..end];
            if (query[i] is '"' or '\'' or '`') written.Append(Text(part, Matcher(query, i, brackets), flag));
            else if (part == Lookback) written.Append(Duration(query, i, brackets, lookback));
            else written.Append(part);
            Nest(query[i], brackets);
            i = end;
        }

        return brackets.Count == 0 ? written.ToString() : throw new FormatException($"the bracket {brackets.Peek()} is not closed");
    }

    private static FormatException Unknown(string query, int at) => new(Word().Match(query, at).Value is Flag
        ? "@flag may stand inside the quotes of a label matcher alone, such as {flag=\"@flag\"}"
        : $"{Word().Match(query, at).Value} is unknown: there are @flag, inside the quotes of a label matcher, and @lookback, as a duration; PromQL's own @ takes a number, start() or end()");

    private static int EndOfText(string query, int start)
    {
        for (var i = start + 1; i < query.Length; i++)
        {
            if (query[i] == query[start]) return i + 1;
            if (query[i] == '\\' && query[start] != '`') i++;
        }

        throw new FormatException("a quoted text is not closed");
    }

    // The operator before a text, where it is a label matcher's: only in braces is "=" one.
    private static string? Matcher(string query, int at, Stack<char> brackets)
    {
        var before = query.AsSpan(0, at).TrimEnd();
        if (!brackets.TryPeek(out var inside) || inside != '{') return null;
        return before.EndsWith("=~") || before.EndsWith("!~") ? "=~" : before.EndsWith("=") ? "=" : null;
    }

    private static string Text(string text, string? matcher, string flag) => Parameter().Replace(text, match =>
    {
        if (match.Value != Flag) throw new FormatException($"{match.Value} in a quoted text is not known: only @flag may stand there; write [@] in a regular expression for the sign itself");
        if (matcher is null) throw new FormatException("@flag may stand in the text of a label matcher alone, such as {flag=\"@flag\"}");
        if (text[match.Index - 1] == '\\') throw new FormatException("a backslash may not stand before @flag");
        if (text[0] == '`') throw new FormatException("@flag may not stand between backticks, in which nothing can be escaped: use double quotes");
        return Escaped(matcher == "=~" ? Meta().Replace(flag, @"\$0") : flag, text[0]);
    });

    // Go's escapes, which are PromQL's: https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
    private static string Escaped(string text, char quote)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c == quote || c == '\\') escaped.Append('\\').Append(c);
            else if (char.IsControl(c)) escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else escaped.Append(c);
        }

        return escaped.ToString();
    }

    private static string Duration(string query, int at, Stack<char> brackets, TimeSpan lookback)
    {
        var isInRange = brackets.TryPeek(out var inside) && inside == '[' && query.AsSpan(0, at).TrimEnd() is [.., '[' or ':'];
        return isInRange || Offset().IsMatch(query.AsSpan(0, at))
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)lookback.TotalMilliseconds}ms")
            : throw new FormatException("@lookback may stand as a duration alone, such as [@lookback] or offset @lookback");
    }

    private static void Nest(char c, Stack<char> brackets)
    {
        if (c is '(' or '[' or '{') brackets.Push(c);
        else if (c is ')' or ']' or '}' && (!brackets.TryPop(out var open) || (open, c) is not (('(', ')') or ('[', ']') or ('{', '}'))))
            throw new FormatException($"the bracket {c} closes none that is open");
    }

    [GeneratedRegex(@"\G(?:@lookback\b|@(?=\s*(?:(?:start|end)\s*\(|[-+]?\s*\.?[0-9])))", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();

    [GeneratedRegex(@"\G@\s*\w*", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    // An @ before a letter, unless it is in the midst of a word as in an address; there it is doubtful only where it would spell a parameter.
    [GeneratedRegex(@"(?<!\w)@\p{L}\w*|@(?:flag|lookback)\w*", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\boffset\s+-?\s*$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Offset();

    // What Go's regexp.QuoteMeta escapes.
    [GeneratedRegex(@"[\\.+*?()|\[\]{}^$]", RegexOptions.CultureInvariant)]
    private static partial Regex Meta();
}
