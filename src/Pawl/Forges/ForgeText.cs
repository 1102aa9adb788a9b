using System.Globalization;
using System.Text;

namespace Pawl.Forges;

/// <summary>Texts that others wrote and that people read on one line.</summary>
internal static class ForgeText
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>The text on one line and without space around it, with a space for every control character: on a terminal they do things.</summary>
    public static string OneLine(string text, bool trim = true)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isControl = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            line.Append(isControl ? " " : rune.ToString());
        }

        return trim ? line.ToString().Trim() : line.ToString();
    }

    /// <summary>The text without characters that are not shown and change how others are: bidirectional marks, tags. Joiners are part of words and emoji.</summary>
    public static string Shown(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format || rune.Value is ZeroWidthJoiner or ZeroWidthNonJoiner) shown.Append(rune.ToString());
        }

        return shown.ToString();
    }
}
