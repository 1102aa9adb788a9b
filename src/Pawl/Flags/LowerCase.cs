using System.Text;

namespace Pawl.Flags;

/// <summary>Texts compared in lower case, character by character, without making the lower-case texts.</summary>
internal sealed class LowerCase : IEqualityComparer<string>
{
    public static LowerCase Comparer { get; } = new();

    public static bool Same(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (left.Length != right.Length) return false;
        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i] && Lower(left, i) != Lower(right, i)) return false;
        }

        return true;
    }

    public bool Equals(string? x, string? y) => x is not null && y is not null && Same(x, y);

    public int GetHashCode(string obj)
    {
        var hash = 17;
        for (var i = 0; i < obj.Length; i++) hash = unchecked((hash * 31) + Lower(obj, i));
        return hash;
    }

    // The low half of a pair counts with its pair, so that 𐐀 is 𐐨 in lower case; half a pair is itself.
    private static int Lower(ReadOnlySpan<char> text, int at)
    {
        var c = text[at];
        if (char.IsLowSurrogate(c) && at > 0 && char.IsHighSurrogate(text[at - 1])) return Rune.ToLowerInvariant(new Rune(text[at - 1], c)).Value;
        return char.ToLowerInvariant(c);
    }
}
