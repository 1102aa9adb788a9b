using System.Text.RegularExpressions;

namespace Pawl.Flags;

/// <summary>Whether an address is among those an experiment runs on. Allocates: only experiments on pages ask.</summary>
internal static class UrlTargeting
{
    private static readonly Uri Anywhere = new("https://_");

    /// <summary>Among the included ones and not among those left out; with none included, all are. No target at all: nowhere.</summary>
    public static bool Matches(string? url, IReadOnlyList<UrlTarget> targets)
    {
        var (anyInclude, included) = (false, false);
        foreach (var target in targets)
        {
            var matches = Uri.TryCreate(Anywhere, url ?? "", out var address) && (target.IsRegex ? MatchesRegex(address, target.Pattern) : MatchesSimple(address, target.Pattern));
            if (!target.Include && matches) return false;
            anyInclude |= target.Include;
            included |= target.Include && matches;
        }

        return targets.Count > 0 && (included || !anyInclude);
    }

    /// <summary>Whether a pattern is found in an address, or in it without scheme and host.</summary>
    public static bool Matches(string? url, JavaScriptPattern pattern)
    {
        if (string.IsNullOrEmpty(url)) return false;
        if (pattern.Matches(AttributeValue.From(url)) == true) return true;
        var start = url.StartsWith("https://", StringComparison.Ordinal) ? 8 : url.StartsWith("http://", StringComparison.Ordinal) ? 7 : 0;
        var slash = url.IndexOf('/', start);
        return pattern.Matches(AttributeValue.From(slash < 0 ? url[start..] : url[slash..])) == true;
    }

    private static bool MatchesRegex(Uri address, string pattern)
    {
        var regex = new JavaScriptPattern(pattern, anyCase: false);
        return regex.Matches(AttributeValue.From(address.AbsoluteUri)) == true
            || regex.Matches(AttributeValue.From(address.PathAndQuery + address.Fragment)) == true;
    }

    private static bool MatchesSimple(Uri address, string pattern)
    {
        // A host without a scheme gets one; the asterisk is no letter of a host, underscores are.
        var host = pattern.AsSpan().IndexOfAny(":/?");
        var dot = pattern.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0 && (host < 0 || dot < host)) pattern = "https://" + pattern;
        if (!Uri.TryCreate(new Uri("https://_____"), pattern.Replace("*", "_____", StringComparison.Ordinal), out var wanted)) return false;
        if (!Part(address.Authority, wanted.Authority) || !Part(address.AbsolutePath.Trim('/'), wanted.AbsolutePath.Trim('/'))) return false;
        if (wanted.Fragment.Length > 0 && !Part(address.Fragment, wanted.Fragment)) return false;
        var query = Query(address);
        return Query(wanted).All(w => Part(query.FirstOrDefault(q => q.Name == w.Name).Value ?? "", w.Value));
    }

    private static bool Part(string actual, string pattern)
    {
        var regex = "^" + Regex.Escape(pattern).Replace("_____", ".*", StringComparison.Ordinal) + "$";
        const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;
        return Regex.IsMatch(actual, regex, Options, TimeSpan.FromMilliseconds(Limits.PatternMilliseconds));
    }

    private static List<(string Name, string Value)> Query(Uri address) =>
        [.. address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .Select(pair => (Decode(pair[0]), pair.Length > 1 ? Decode(pair[1]) : ""))];

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
