using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes;

/// <summary>
/// An issue as it is shown to an agent: data, from whoever could write it. What people do not see is taken out and told; that is hygiene, the
/// defence are the sandbox and the gate.
/// </summary>
public sealed partial record IssueText
{
    private const int TitleCharacters = 200;
    private const int SlugCharacters = 50;

    private IssueText()
    {
    }

    /// <summary>The title: the first heading, else the first line.</summary>
    public required string Title { get; init; }

    /// <summary>The whole text without what was taken out.</summary>
    public required string Body { get; init; }

    /// <summary>Where it comes from: a path or an address.</summary>
    public required string Source { get; init; }

    /// <summary>What was taken out, each in a sentence.</summary>
    public required IReadOnlyList<string> TakenOut { get; init; }

    /// <summary>The title as a part of a branch's name: <c>fix-the-discount</c>.</summary>
    public string Slug => SlugOf(Title);

    /// <summary>Reads an issue's text.</summary>
    /// <param name="text">The text, Markdown.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="title">Its title, where it stands apart from the text.</param>
    /// <exception cref="BadInputException">Nothing is left of it, or it is too large.</exception>
    public static IssueText Read(string text, string source, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Encoding.UTF8.GetByteCount(text) > Limits.IssueBytes)
            throw new BadInputException($"The issue {source} has more than the {Limits.IssueBytes / 1024} KiB that an issue may have. Name what matters, and link to the rest.");
        List<string> takenOut = [];
        var body = Visible(text, takenOut).Trim();
        var head = title is null ? "" : Visible(title, takenOut).Trim();
        if (head.Length == 0) head = TitleOf(body);
        if (head.Length == 0) throw new BadInputException($"The issue {source} says nothing. Write what is wrong or wanted, the first line as its title.");
        return new IssueText { Title = ShortText.Start(head, TitleCharacters), Body = body, Source = source, TakenOut = takenOut };
    }

    /// <summary>An issue as it was stored.</summary>
    public static IssueText Stored(string title, string body, string source, IReadOnlyList<string> takenOut) => new() { Title = title, Body = body, Source = source, TakenOut = takenOut };

    private static string SlugOf(string title)
    {
        var words = NotSlug().Replace(string.Concat(title.ToLowerInvariant().Select(Plain)), "-").Trim('-');
        if (words.Length > SlugCharacters) words = words[..SlugCharacters] is var cut && cut.LastIndexOf('-') is > 20 and var at ? cut[..at] : words[..SlugCharacters];
        return words.Trim('-') is { Length: > 0 } slug ? slug : "issue";
    }

    // Letters of western European languages without their marks; the runtime may have no tables for more (invariant globalization).
    private static string Plain(char c) => c switch
    {
        >= 'à' and <= 'å' => "a",
        'æ' => "ae",
        'ç' => "c",
        >= 'è' and <= 'ë' => "e",
        >= 'ì' and <= 'ï' => "i",
        'ñ' => "n",
        (>= 'ò' and <= 'ö') or 'ø' => "o",
        >= 'ù' and <= 'ü' => "u",
        'ý' or 'ÿ' => "y",
        'ß' => "ss",
        _ => c.ToString(),
    };

    private static string TitleOf(string body)
    {
        var lines = body.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).ToList();
        var heading = lines.Find(line => line.StartsWith("# ", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "";
        return heading.TrimStart('#', ' ', '\t');
    }

    private static string Visible(string text, List<string> takenOut)
    {
        var comments = 0;
        text = Comment().Replace(text.ReplaceLineEndings("\n"), _ =>
        {
            comments++;
            return "";
        });
        if (comments > 0) takenOut.Add($"{Words.Count(comments, "HTML comment")} that a reader does not see");
        var (invisible, bidirectional, control) = (0, 0, 0);
        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsBidirectional(rune.Value)) bidirectional++;
            else if (IsInvisible(rune)) invisible++;
            else if (Rune.IsControl(rune) && rune.Value is not '\n' and not '\t') control++;
            else kept.Append(rune.ToString());
        }

        if (invisible > 0) takenOut.Add(Words.Count(invisible, "invisible character"));
        if (bidirectional > 0) takenOut.Add($"{Words.Count(bidirectional, "character that turns the direction of writing", "characters that turn the direction of writing")}");
        if (control > 0) takenOut.Add(Words.Count(control, "control character"));
        return kept.ToString();
    }

    // Unicode UAX #9: embeddings, overrides, isolates and marks, by which text can read otherwise than it is stored.
    private static bool IsBidirectional(int value) => value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0x200E or 0x200F or 0x061C;

    // Format characters, tags (U+E0000…), variation selectors beyond the first sixteen, and letters that show nothing. Joiners within emoji and scripts that need them stay.
    private static bool IsInvisible(Rune rune) =>
        rune.Value is 0x200B or 0x2060 or 0xFEFF or 0x00AD or 0x034F or 0x180E or 0x115F or 0x1160 or 0x3164 or 0xFFA0 or (>= 0x2061 and <= 0x2064) or (>= 0xE0000 and <= 0xE0FFF)
        || (rune.Value is not (0x200C or 0x200D) && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.PrivateUse);

    [GeneratedRegex("<!--.*?(?:-->|$(?!\n))", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Comment();

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex NotSlug();
}
