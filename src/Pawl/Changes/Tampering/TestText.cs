using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes.Tampering;

/// <summary>What stands in one version of a test file: how many tests, which assertions, which markers that take tests out. Comments count for nothing.</summary>
internal sealed partial class TestText
{
    private const int StatementLines = 30;
    private const int StatementCharacters = 2000;

    private readonly List<string> _lines;

    private TestText(List<string> lines, TestLanguage language)
    {
        _lines = lines;
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (language.Skip.IsMatch(line)) Skips.Add(line);
            if (language.Start.IsMatch(line))
            {
                Tests++;
                if (ReturnsAtOnce(i) is { } at) Skips.Add($"{line} … {at}");
            }

            if (language.Assertion.IsMatch(line)) Assertions.Add(Statement(i));
        }
    }

    public int Tests { get; }

    public List<string> Assertions { get; } = [];

    public List<string> Skips { get; } = [];

    public static TestText Of(string text, TestLanguage language) => new(Code(text, language), language);

    // Lines that are more than a comment, blanks made one, cut where they are absurdly long.
    private static List<string> Code(string text, TestLanguage language)
    {
        var (lines, until) = (new List<string>(), "");
        foreach (var raw in text.Split('\n'))
        {
            var line = Blanks().Replace(raw.Length > StatementCharacters ? raw[..StatementCharacters] : raw, " ").Trim();
            if (until.Length > 0)
            {
                if (line.Contains(until, StringComparison.Ordinal)) until = "";
                continue;
            }

            until = Opens(line, language.Comment);
            // Go says in comments what is built, and what an example prints; Rust says much behind '#'.
            if (line.Length > 0 && until.Length == 0 && (!line.StartsWith(language.Comment, StringComparison.Ordinal) || SpeakingComment().IsMatch(line))) lines.Add(line);
        }

        return lines;
    }

    // The end of a comment, or of a string that stands for one, when it begins in this line and does not end in it.
    private static string Opens(string line, string comment)
    {
        var (begin, end) = comment == "//" ? ("/*", "*/") : line.StartsWith("'''", StringComparison.Ordinal) ? ("'''", "'''") : ("\"\"\"", "\"\"\"");
        return comment != "\0" && line.StartsWith(begin, StringComparison.Ordinal) && line.IndexOf(end, begin.Length, StringComparison.Ordinal) < 0 ? end : "";
    }

    // With the lines that it goes on in, and with the condition in front that it depends on.
    private string Statement(int at)
    {
        var statement = new StringBuilder();
        if (at > 0 && Condition().IsMatch(_lines[at - 1])) statement.Append(_lines[at - 1]).Append(' ');
        var open = 0;
        for (var i = at; i < Math.Min(_lines.Count, at + StatementLines) && statement.Length < StatementCharacters; i++)
        {
            if (i > at && open <= 0 && !_lines[i].StartsWith('.')) break;
            statement.Append(_lines[i]).Append(' ');
            open += _lines[i].Count(c => c is '(' or '[') - _lines[i].Count(c => c is ')' or ']');
        }

        return statement.ToString().Trim();
    }

    // A test that begins by leaving: its first line behind signature, braces and further attributes is a bare return or exit.
    private string? ReturnsAtOnce(int start)
    {
        var end = Math.Min(_lines.Count, start + 8);
        for (var i = start + 1; i < end; i++)
        {
            if (Leaves().IsMatch(_lines[i])) return _lines[i];
            if (!Preamble().IsMatch(_lines[i])) return null;
        }

        return null;
    }

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"^//\s*(?:go:build|\+build|(?:Unordered )?[Oo]utput:)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex SpeakingComment();

    [GeneratedRegex(@"^(?:\}?\s*else\s+)?if\b|^unless\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Condition();

    [GeneratedRegex(@"^\{?\s*(?:return(?:\s+(?:nil|None|null|undefined|Ok\(\(\)\)|Task\.CompletedTask|Promise\.resolve\(\)|true|0))?\s*;?|(?:System\.|process\.|os\.|sys\.)?exit\b.*)\s*\}?$|=>\s*(?:\{\s*\}|Task\.CompletedTask)\s*\)?;?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Leaves();

    // Braces, attributes, docstrings, and the signature of a method.
    [GeneratedRegex(@"^[{(]$|^\[.*\]$|^#\[.*\]$|^@\w|^""""""|^(?:(?:public|private|internal|protected|static|async|void|fun|fn|pub|final|override|suspend)\b).*[({]|^\)?\s*(?:->.*)?[{:]$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Preamble();
}
