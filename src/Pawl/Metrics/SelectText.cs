using System.Text;

namespace Pawl.Metrics;

/// <summary>
/// Looks at the user's SQL before it is put into a larger statement as a subquery: it must be one SELECT that cannot end the
/// subquery it stands in. That it changes nothing is the database's to enforce; this keeps what is measured what was written.
/// </summary>
internal static class SelectText
{
    /// <summary>The parameters that the user's SQL may use.</summary>
    public static readonly IReadOnlyList<string> Parameters = ["flag", "start", "until"];

    /// <summary>What is wrong with a text, or null.</summary>
    public static string? Fault(string sql)
    {
        var depth = 0;
        string? first = null;
        for (var i = 0; i < sql.Length;)
        {
            if (Skipped(sql, i, out var fault) is var next && next > i)
            {
                i = next;
                continue;
            }

            if (fault is not null) return fault;
            if (sql[i] == ';') return "a semicolon may not stand in it: give one SELECT, without an end";
            if (sql[i] == '(') depth++;
            if (sql[i] == ')' && --depth < 0) return "a parenthesis is closed that was never opened";
            if (ParameterFault(sql, i) is { } unknown) return unknown;
            if (HoldsQuote(sql, i)) return "a quote may not stand in brackets, which some databases take for a name";
            var end = Word(sql, i);
            first ??= sql[i..end];
            i = end;
        }

        if (depth > 0) return "a parenthesis is not closed";
        return first is not null && first.ToUpperInvariant() is "SELECT" or "WITH" or "VALUES" ? null : "it must be one SELECT";
    }

    /// <summary>The text with other words in place of its parameters, for a database whose statements know none.</summary>
    /// <param name="sql">A text without a fault.</param>
    /// <param name="words">What stands for a parameter, by its name without the sign.</param>
    public static string Replace(string sql, Func<string, string> words)
    {
        var replaced = new StringBuilder(sql.Length);
        for (var i = 0; i < sql.Length;)
        {
            var end = Skipped(sql, i, out _);
            if (end == i) end = Math.Min(Word(sql, sql[i] == '@' ? i + 1 : i), sql.Length);
            var isParameter = sql[i] == '@' && Parameters.Contains(sql[(i + 1)..end], StringComparer.Ordinal);
            replaced.Append(isParameter ? words(sql[(i + 1)..end]) : sql[i..end]);
            i = end;
        }

        return replaced.ToString();
    }

    // Past blanks, comments and quoted text, which hold nothing that ends a statement; the place itself where there is none.
    private static int Skipped(string sql, int at, out string? fault)
    {
        fault = null;
        if (char.IsWhiteSpace(sql[at])) return at + 1;
        if (Is("--")) return After(sql.IndexOf('\n', at), 1, sql.Length);
        if (Is("/*")) return Comment(sql, at, ref fault);
        if (sql[at] is '\'' or '"' or '`') return Quoted(sql, at, ref fault);
        if (sql[at] == '$' && at + 1 < sql.Length && (sql[at + 1] == '$' || char.IsLetter(sql[at + 1]) || sql[at + 1] == '_'))
            fault = "a text in dollar quotes may not stand in it: use single quotes";
        if (sql[at] == '#') fault = "a # may not stand in it: some databases take it for a comment";
        if (sql[at] == '\0') fault = "it holds a NUL character";
        return at;

        bool Is(string mark) => string.CompareOrdinal(sql, at, mark, 0, mark.Length) == 0;
    }

    // PostgreSQL nests comments and the others do not; a comment inside a comment would end at two places.
    private static int Comment(string sql, int at, ref string? fault)
    {
        var end = sql.IndexOf("*/", at + 2, StringComparison.Ordinal);
        if (end < 0) fault = "a comment is not closed";
        else if (sql.IndexOf("/*", at + 2, end - at - 2, StringComparison.Ordinal) >= 0) fault = "a comment may not stand in a comment";
        return fault is null ? end + 2 : at;
    }

    // A doubled quote is the start of the next text to this scan, which comes to the same. Whether a backslash hides a quote differs
    // between databases, so none may stand before one.
    private static int Quoted(string sql, int at, ref string? fault)
    {
        var end = sql.IndexOf(sql[at], at + 1);
        if (end < 0) fault = "a quoted text is not closed";
        else if (sql[end - 1] == '\\') fault = "a backslash may not stand before a quote: double the quote";
        return fault is null ? end + 1 : at;
    }

    private static string? ParameterFault(string sql, int at)
    {
        var isMark = sql[at] is '@' or '?' || (sql[at] == ':' && (at == 0 || sql[at - 1] != ':'));
        if (!isMark || at + 1 >= sql.Length || !(char.IsLetter(sql[at + 1]) || sql[at + 1] == '_')) return null;
        var name = sql[(at + 1)..Word(sql, at + 1)];
        return sql[at] == '@' && Parameters.Contains(name, StringComparer.Ordinal)
            ? null
            : $"the parameter {sql[at]}{name} is unknown: there are @{string.Join(", @", Parameters)}";
    }

    private static bool HoldsQuote(string sql, int at)
    {
        if (sql[at] != '[') return false;
        var end = sql.IndexOf(']', at);
        return sql.AsSpan(at, (end < 0 ? sql.Length : end) - at).IndexOfAny("'\"`") >= 0;
    }

    private static int Word(string sql, int at)
    {
        var end = at;
        while (end < sql.Length && (char.IsLetterOrDigit(sql[end]) || sql[end] == '_')) end++;
        return Math.Max(end, at + 1);
    }

    private static int After(int found, int length, int otherwise) => found < 0 ? otherwise : found + length;
}
