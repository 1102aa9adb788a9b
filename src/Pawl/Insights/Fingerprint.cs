using System.Text.RegularExpressions;

namespace Pawl.Insights;

/// <summary>
/// What is common to errors of one kind: the message without its dates, ids, numbers, paths and quoted values. The status code of an HTTP
/// error stays, because 404 and 500 are different kinds.
/// </summary>
public static partial class Fingerprint
{
    private const int Characters = 200;

    /// <summary>The fingerprint of an error's text, at most 200 characters; <c>(no message)</c> where there is no text.</summary>
    public static string Of(string? error)
    {
        var line = Line(error ?? "");
        if (line.Length == 0) return "(no message)";
        var text = Variable().Replace(line, static match =>
        {
            if (match.Groups["keep"].Success) return match.Value;
            if (match.Groups["uuid"].Success) return "<id>";
            if (match.Groups["time"].Success) return "<date>";
            if (match.Groups["mail"].Success) return "<email>";
            if (match.Groups["path"].Success) return "<path>";
            if (match.Groups["quoted"].Success) return "<value>";
            return match.Groups["number"].Success ? "<n>" : "<id>";
        });
        text = Blanks().Replace(text, " ").Trim();
        return text.Length <= Characters ? text : text[..Characters];
    }

    // A traceback says what happened in its last line, everything else in its first.
    private static string Line(string error)
    {
        var lines = error.Replace('\0', ' ').Split(['\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0) return "";
        var line = lines[0].StartsWith("Traceback", StringComparison.Ordinal) ? lines[^1] : lines[0];
        return line.Length <= 2000 ? line : line[..2000];
    }

    [GeneratedRegex("""
        (?<keep>\b(?:HTTP(?:/[0-9.]+)?|status(?:\ code)?|code)[ :=]{1,2}[1-5][0-9]{2}\b)
        |(?<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
        |(?<time>\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T\ ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?\b
            |\b[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}\b|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\b)
        |(?<mail>[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255})
        |(?<quoted>"[^"]*"|`[^`]*`|(?<![A-Za-z0-9])'[^']*'(?![A-Za-z0-9]))
        |(?<path>(?<![\w<])(?:[A-Za-z]:\\|/)[^\s:,;'")\]]{2,})
        |(?<id>\b(?=[A-Za-z0-9_-]{0,200}[0-9])(?=[A-Za-z0-9_-]{0,200}[A-Za-z])[A-Za-z0-9][A-Za-z0-9_-]*\b)
        |(?<number>(?<![\w.])[+-]?[0-9]+(?:[.,][0-9]+)*%?)
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();
}
