using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes;

/// <summary>Text of unknown origin as harmless text: without terminal escapes, control, invisible and bidirectional characters, and valid Unicode.</summary>
internal static partial class PlainText
{
    /// <summary>The text with line ends as <c>\n</c>; tabs stay, half surrogate pairs become U+FFFD.</summary>
    public static string Of(string text)
    {
        var bare = text.Contains('\u001b', StringComparison.Ordinal) || text.Contains('\u009b', StringComparison.Ordinal) ? Escape().Replace(text, "") : text;
        var plain = new StringBuilder(bare.Length);
        for (var i = 0; i < bare.Length; i++)
        {
            var c = bare[i];
            if (c is '\r' or '\u2028' or '\u2029' or '\u0085')
            {
                if (c != '\r' || i + 1 == bare.Length || bare[i + 1] != '\n') plain.Append('\n');
            }
            else if (char.IsSurrogate(c))
            {
                if (!Rune.TryGetRuneAt(bare, i, out var rune))
                {
                    plain.Append('\uFFFD');
                    continue;
                }

                i++;
                if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format) plain.Append(rune.ToString());
            }
            else if (c is '\n' or '\t' || char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format))
            {
                plain.Append(c);
            }
        }

        return plain.ToString();
    }

    /// <summary>A file's or a test's name on one line that no other name shows as. What cannot stand there is escaped, in quotes, as git does: <c>"a\nb"</c>.</summary>
    public static string Name(string name)
    {
        if (Of(name) == name && !name.StartsWith('"') && !name.AsSpan().ContainsAny('\n', '\t')) return name;
        var quoted = new StringBuilder("\"");
        foreach (var rune in name.EnumerateRunes())
        {
            var text = rune.ToString();
            if (text is "\"" or "\\") quoted.Append('\\').Append(text);
            else if (text is "\n" or "\t" or "\r") quoted.Append(text switch { "\n" => "\\n", "\t" => "\\t", _ => "\\r" });
            else if (rune == Rune.ReplacementChar || Of(text) != text) quoted.Append(string.Concat(Encoding.UTF8.GetBytes(text).Select(b => $"\\{Convert.ToString(b, 8).PadLeft(3, '0')}")));
            else quoted.Append(text);
        }

        return quoted.Append('"').ToString();
    }

    // CSI, OSC and the other strings up to their end, and escapes of two characters (ECMA-48).
    [GeneratedRegex("(?:\u001b\\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]?|\u001b[\\]PX^_][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\\\)?|\u001b[ -/]{0,4}[0-~]?",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Escape();
}
