using System.Globalization;
using System.Text;

namespace Pawl.Flags;

/// <summary>The members of a class of characters as they are read, to find out what the case of letters adds to them.</summary>
internal sealed class PatternClass
{
    // What is no character, a \w for instance, and what is one that has no case.
    private const int None = -1;
    private const int Caseless = -2;

    private readonly SortedSet<char> others = [];
    private int low = None;
    private bool isRange;

    /// <summary>Whether a dash at this place begins a range; if so it does.</summary>
    public bool BeginsRange(char next)
    {
        if (low == None || isRange || next == ']') return false;
        return isRange = true;
    }

    /// <summary>A character, by itself or at the end of a range; null for one that has no case.</summary>
    public void Add(char? character)
    {
        if (character is { } c) AddCaseOf(isRange && low >= 0 ? (char)low : c, c);
        low = isRange ? None : character ?? Caseless;
        isRange = false;
    }

    /// <summary>A set such as \w, which knows no case.</summary>
    public void AddSet() => (low, isRange) = (None, false);

    /// <summary>The characters that are added.</summary>
    public string Others()
    {
        var text = new StringBuilder();
        foreach (var c in others) text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        return text.ToString();
    }

    private void AddCaseOf(char first, char last)
    {
        for (int c = first; c <= last; c++)
        {
            foreach (var same in PatternCase.Same((char)c))
            {
                if (same < first || same > last) others.Add(same);
            }
        }
    }
}
