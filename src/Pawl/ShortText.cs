namespace Pawl;

/// <summary>Cuts texts, but never between the two halves of one character, which no database could store.</summary>
internal static class ShortText
{
    /// <summary>The first characters of a text, at most <paramref name="characters"/>.</summary>
    public static string Start(string text, int characters)
    {
        if (text.Length <= characters) return text;
        return text[..(char.IsHighSurrogate(text[characters - 1]) ? characters - 1 : characters)];
    }
}
