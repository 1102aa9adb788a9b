using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>The second half of a flag's key: what the experiment is about, in a few characters that fit everywhere.</summary>
internal static class Slug
{
    private const int Characters = 60;

    public static string Read(JsonElement value)
    {
        var text = JsonShape.Text(value);
        return text == From(text) ? text : throw new JsonShapeException($"\"{ShortText.Start(text, 60)}\" is no slug: 1 to {Characters} of a-z 0-9 and single hyphens between them");
    }

    /// <summary>The slug of a hypothesis; of one without a letter or digit of ASCII, that of the primary metric.</summary>
    public static string Of(string hypothesis, string primaryMetric) =>
        From(hypothesis) is { Length: > 0 } slug ? slug : From(primaryMetric) is { Length: > 0 } name ? name : "experiment";

    private static string From(string text)
    {
        var slug = new StringBuilder();
        foreach (var c in text.Normalize(NormalizationForm.FormD))
        {
            if (char.IsAsciiLetterOrDigit(c)) slug.Append(char.ToLowerInvariant(c));
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark && slug.Length > 0 && slug[^1] != '-') slug.Append('-');
        }

        if (slug.Length > Characters) slug.Length = Characters;
        return slug.ToString().TrimEnd('-');
    }
}
