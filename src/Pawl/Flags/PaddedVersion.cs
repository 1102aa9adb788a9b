using System.Buffers;
using System.Text;

namespace Pawl.Flags;

/// <summary>
/// The form in which the specification compares versions: without a leading v and without what follows a plus, cut at dots
/// and hyphens, three parts closed by a tilde so that a release comes after its previews, whole numbers padded to five
/// characters, joined by hyphens, and compared by UTF-16 code units.
/// </summary>
internal static class PaddedVersion
{
    private const int NumberWidth = 5;
    private const int ReleaseParts = 3;

    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\u2028\u2029");

    /// <summary>The padded form. What is no text and no number counts as 0.</summary>
    public static string Of(in AttributeValue value)
    {
        var text = Core(value.Kind is AttributeKind.Text or AttributeKind.Number ? JavaScript.ToText(value) : "");
        var padded = new StringBuilder();
        var parts = 0;
        foreach (var part in text.SplitAny('.', '-'))
        {
            if (parts++ > 0) padded.Append('-');
            padded.Append(' ', Padding(text[part])).Append(text[part]);
        }

        return parts == ReleaseParts ? padded.Append("-~").ToString() : padded.ToString();
    }

    /// <summary>Compares the padded form of a value, without making it, with one that was made.</summary>
    public static int Compare(in AttributeValue value, string padded)
    {
        if (value.Kind == AttributeKind.Text) return Compare(value.Text.AsSpan(), padded);
        if (value.Kind != AttributeKind.Number) return Compare(default(ReadOnlySpan<char>), padded);
        Span<char> digits = stackalloc char[JavaScript.NumberCharacters];
        return Compare(digits[..JavaScript.Write(value.Number, digits)], padded);
    }

    private static int Compare(ReadOnlySpan<char> version, string padded)
    {
        var rest = padded.AsSpan();
        var left = Core(version);
        var parts = 0;
        for (var more = true; more;)
        {
            var end = left.IndexOfAny('.', '-');
            more = end >= 0;
            var part = more ? left[..end] : left;
            left = more ? left[(end + 1)..] : default;
            if (parts++ > 0 && Next(ref rest, "-") is not 0 and var separated) return separated;
            if (Next(ref rest, "     ".AsSpan(0, Padding(part))) is not 0 and var spaced) return spaced;
            if (Next(ref rest, part) is not 0 and var compared) return compared;
        }

        if (parts == ReleaseParts && Next(ref rest, "-~") is not 0 and var released) return released;
        return rest.IsEmpty ? 0 : -1;
    }

    // How the next piece of the one compares with the beginning of what is left of the other.
    private static int Next(ref ReadOnlySpan<char> rest, ReadOnlySpan<char> piece)
    {
        var common = Math.Min(piece.Length, rest.Length);
        var comparison = piece[..common].SequenceCompareTo(rest[..common]);
        if (comparison == 0 && common < piece.Length) return 1;
        rest = rest[common..];
        return comparison;
    }

    private static ReadOnlySpan<char> Core(ReadOnlySpan<char> version)
    {
        if (version.IsEmpty) return "0";
        // The plus must have no line end behind it: in the specification's /\+.*$/ the dot stops at one.
        var lastLine = version.LastIndexOfAny(LineEnds) + 1;
        var plus = version[lastLine..].IndexOf('+');
        if (plus >= 0) version = version[..(lastLine + plus)];
        return version is ['v', ..] ? version[1..] : version;
    }

    private static int Padding(ReadOnlySpan<char> part)
    {
        if (part.Length is 0 or >= NumberWidth) return 0;
        foreach (var c in part)
        {
            if (!char.IsAsciiDigit(c)) return 0;
        }

        return NumberWidth - part.Length;
    }
}
