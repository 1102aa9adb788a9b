using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes.Reports;

/// <summary>What one line of TAP says; lines that say nothing in TAP are null.</summary>
internal abstract partial record TapLine
{
    internal sealed record Version : TapLine;

    /// <param name="Skip">The reason where the plan says that everything is skipped.</param>
    internal sealed record Plan(long First, long Last, string? Skip) : TapLine;

    /// <param name="Directive">SKIP or TODO, empty for none.</param>
    internal sealed record Point(bool Ok, long? Number, string Description, string Directive, string Reason) : TapLine;

    internal sealed record BailOut(string Reason) : TapLine;

    internal sealed record Subtest(string Name) : TapLine;

    /// <param name="text">Without its indentation.</param>
    public static TapLine? Of(string text)
    {
        if (text.Length == 0) return null;
        return text[0] switch
        {
            'o' or 'n' => PointPattern().Match(text) is { Success: true } point ? PointOf(point) : null,
            >= '0' and <= '9' => PlanPattern().Match(text) is { Success: true } plan ? PlanOf(plan) : null,
            'B' or 'b' when text.StartsWith("Bail out!", StringComparison.OrdinalIgnoreCase) => new BailOut(text["Bail out!".Length..].Trim()),
            'T' when text.StartsWith("TAP version ", StringComparison.Ordinal) => new Version(),
            '#' when text.StartsWith("# Subtest", StringComparison.Ordinal) => new Subtest(Unescaped(text["# Subtest".Length..].TrimStart(':')).Trim()),
            _ => null,
        };
    }

    private static Plan? PlanOf(Match plan)
    {
        if (NumberIn(plan.Groups["first"].ValueSpan) is not { } first || NumberIn(plan.Groups["last"].ValueSpan) is not { } last) return null;
        return new Plan(first, last, plan.Groups["skip"] is { Success: true } skip ? skip.Value.Trim() : null);
    }

    private static Point PointOf(Match point)
    {
        var (rest, directive, reason) = (point.Groups["rest"].Value, "", "");
        if (DirectiveIn(rest) is { } found)
        {
            directive = found.Word;
            reason = rest[found.After..].TrimStart(':').Trim();
            rest = rest[..found.At];
        }

        rest = rest.Trim();
        if (rest.StartsWith("- ", StringComparison.Ordinal) || rest == "-") rest = rest[1..].Trim();
        return new Point(point.Groups["not"].Length == 0, NumberIn(point.Groups["number"].ValueSpan), Unescaped(rest), directive, reason);
    }

    // The last "#" that is no escaped one and has SKIP or TODO behind it.
    private static (int At, int After, string Word)? DirectiveIn(string text)
    {
        for (var at = text.LastIndexOf('#'); at >= 0; at = at == 0 ? -1 : text.LastIndexOf('#', at - 1))
        {
            var slashes = 0;
            while (slashes < at && text[at - 1 - slashes] == '\\') slashes++;
            if (slashes % 2 == 1) continue;
            var word = DirectivePattern().Match(text, at);
            if (word.Success) return (at, word.Index + word.Length, word.Groups["word"].Value.ToUpperInvariant());
        }

        return null;
    }

    private static string Unescaped(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && (text[i + 1] is '\\' or '#')) i++;
            plain.Append(text[i]);
        }

        return plain.ToString();
    }

    private static long? NumberIn(ReadOnlySpan<char> digits) => long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^(?<not>not )?ok\b(?:[ \t]+(?<number>[0-9]{1,18})(?![^\s]))?(?<rest>.*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex PointPattern();

    [GeneratedRegex(@"^(?<first>[0-9]{1,18})\.\.(?<last>[0-9]{1,18})\s*(?:#\s*(?:skip\S*\s*)?(?<skip>.*))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex PlanPattern();

    [GeneratedRegex(@"\G#[ \t]*(?<word>skip|todo)(?:ped)?(?![A-Za-z0-9_-])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex DirectivePattern();
}
