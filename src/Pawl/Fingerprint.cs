using System.Text.RegularExpressions;

namespace Pawl;

/// <summary>
/// What is common to errors of one kind: the message without its dates, ids, numbers, paths and quoted values. The status code of an HTTP
/// error and the code of an exit stay, because 404 and 500 are different kinds, and so do words such as base64. A word is an id by its digits: <c>user42</c> is one, <c>user7</c> is not.
/// </summary>
public static partial class Fingerprint
{
    private const int Characters = 200;

    /// <summary>The fingerprint of an error's text, at most 200 characters; <c>(no message)</c> where there is no text.</summary>
    public static string Of(string? error)
    {
        var text = Line(error ?? "");
        if (text.Length == 0) return "(no message)";

        // Taking out one thing can bring another to light, and so can cutting. Each turn takes something out, so this ends.
        for (var before = ""; before != text;)
        {
            before = text;
            text = Cut(Blanks().Replace(Variable().Replace(before, Placeholder), " ").Trim());
        }

        return text;
    }

    private static string Placeholder(Match match)
    {
        if (match.Groups["keep"].Success) return match.Value;
        if (match.Groups["uuid"].Success) return "<id>";
        if (match.Groups["time"].Success) return "<date>";
        if (match.Groups["mail"].Success) return "<email>";
        if (match.Groups["path"].Success) return "<path>";
        if (match.Groups["quoted"].Success) return "<value>";
        if (match.Groups["word"].Success && !IsId(match.Value)) return match.Value;
        return match.Groups["number"].Success ? "<n>" : "<id>";
    }

    // "oauth2" and "s3" say what failed, "HAT030" and "order-17" for whom.
    private static bool IsId(string word)
    {
        var rest = WellKnown().Replace(word, "");
        var digits = rest.Count(char.IsAsciiDigit);
        if (digits == 0) return false;
        return digits > 1 || char.IsAsciiDigit(rest[0]) || JoinedNumber().IsMatch(rest) || Hex().IsMatch(rest);
    }

    private static string Cut(string text) =>
        text.Length <= Characters ? text : ShortText.Start(text, Characters).TrimEnd();

    // A traceback says what happened in its last line, everything else in its first.
    private static string Line(string error)
    {
        var lines = error.Replace('\0', ' ').Split(['\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0) return "";
        var line = lines[0].StartsWith("Traceback", StringComparison.Ordinal) ? lines[^1] : lines[0];
        // "panicked at main.rs:4:5:" and the like say what happened in the line below.
        if (line.EndsWith(':') && lines.Length > 1 && lines[0] == line) line = $"{line} {lines[1]}";
        return ShortText.Start(line, 2000);
    }

    [GeneratedRegex("""
        (?<keep>\b(?i:(?:exit\ )?(?:code|status)|errno)[ :=]{1,2}-?[0-9]{1,3}\b(?![.,:/-]?[0-9])
            |^[1-5][0-9]{2}(?=$|\ ?[:-]\ |\ [A-Z])
            |(?<![\w.,:/+-])[1-5][0-9]{2}(?=[ :-]{1,3}(?:Conflict|Gone|Locked|(?i:not\ found|bad\ request|unauthori[sz]ed|forbidden|payment\ required|not\ acceptable
                |method\ not\ allowed|request\ time-?out|too\ many\ requests|unprocessable|precondition\ failed|(?:payload|content)\ too\ large|unsupported\ media
                |internal\ server|not\ implemented|bad\ gateway|service\ unavailable|gateway\ time-?out|client\ error|server\ error))\b)
            |\b(?i:HTTP(?:/[0-9.]+)?|status(?:\ code)?|code|error|returned|responded\ with)[ :=]{1,2}[1-5][0-9]{2}\b(?![.,:/-]?[0-9]))
        |(?<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
        |(?<time>\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T\ ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?\b
            |\b[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}\b|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\b)
        |(?<mail>[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255})
        |(?<quoted>"[^"]*"|`[^`]*`|(?<![A-Za-z0-9])'[^']*'(?![A-Za-z0-9]))
        |(?<path>(?<![\w<])(?:[A-Za-z]:\\[^\s:,;'")\]]+|/[^\s:,;'")\]]{2,}))
        |(?<hex>\b[a-f]{12,}\b)
        |(?<word>\b(?=[A-Za-z0-9_-]{0,200}[0-9])(?=[A-Za-z0-9_-]{0,200}[A-Za-z])[A-Za-z0-9][A-Za-z0-9_-]*\b)
        |(?<number>(?<![\w.])[+-]?[0-9]+(?:[.,][0-9]+)*%?)
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Variable();

    [GeneratedRegex("""
        (?<![A-Za-z0-9])(?:(?:utf|ucs|base|sha|md|aes|crc|iso|cp)[_-]?[0-9]{1,5}|iso-8859-[0-9]{1,2}|sha3-[0-9]{3}|oauth[12]|ipv[46]|https?[1-5]?[0-9]{1,2}|tls1|ssl[23]|x86(?:[_-]64)?|x64
            |amd64|arm64|win(?:32|64)|u?int(?:8|16|32|64)|float(?:16|32|64)|python[23]|sqlite3|s3|ec2|h2|k8s|i18n|l10n|e2e|p2p|ed25519|mp[34]|[23]d|2fa|v[0-9]{1,3})(?![A-Za-z0-9])
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex WellKnown();

    [GeneratedRegex("[_-][0-9]+(?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex JoinedNumber();

    [GeneratedRegex("^(?:0[xX].*|[0-9a-fA-F]{8,})$", RegexOptions.CultureInvariant)]
    private static partial Regex Hex();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();
}
