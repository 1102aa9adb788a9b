using System.Globalization;
using System.Text;

namespace Pawl.Flags;

/// <summary>The text of an exposure rule and how its errors call it: they show the text around the place with a caret below it.</summary>
internal sealed class RuleSource(string text, string name)
{
    // Characters shown on either side of the place: with both, a line on an ordinary terminal.
    private const int ShownAround = 50;

    public string Text => text;

    /// <summary>The refusal at an index of the text; <paramref name="problem"/> is a sentence that says what was expected.</summary>
    public BadInputException Error(int at, string problem)
    {
        var column = Runes(text.AsSpan(0, at)) + 1;
        var (from, to) = (Whole(Math.Max(0, at - ShownAround)), Whole(Math.Min(text.Length, at + ShownAround)));
        var before = (from > 0 ? "…" : "") + Shown(text.AsSpan(from, at - from));
        var after = Shown(text.AsSpan(at, to - at)) + (to < text.Length ? "…" : "");
        var caret = new string(' ', Runes(before)) + "^";
        return new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{name} cannot be read at column {column}: {problem}\n  {before}{after}\n  {caret}"));
    }

    private static int Runes(ReadOnlySpan<char> part)
    {
        var count = 0;
        foreach (var _ in part.EnumerateRunes()) count++;
        return count;
    }

    // One step on where the index would part the halves of a surrogate pair.
    private int Whole(int at) => at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]) ? at + 1 : at;

    // One visible line, in which each character of the text keeps its place.
    private static string Shown(ReadOnlySpan<char> part)
    {
        var shown = new StringBuilder(part.Length);
        foreach (var rune in part.EnumerateRunes())
        {
            var hidden = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            shown.Append(hidden ? " " : rune.ToString());
        }

        return shown.ToString();
    }
}
