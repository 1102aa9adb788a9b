using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes.Workspaces;

/// <summary>A setting in a file of git's configuration: <c>remote.origin.url</c>, and its value as it is written there.</summary>
internal readonly partial record struct GitSetting(string Key, string Value)
{
    /// <summary>Whether it makes git run a program, borrow other settings, or reach another place than it seems to.</summary>
    public bool Reaches => Reaching().IsMatch(Key);

    /// <summary>
    /// The settings in a text, in their order. It is read as lines: git itself would follow what is included. What is no setting is passed over.
    /// </summary>
    public static IReadOnlyList<GitSetting> In(string text)
    {
        List<GitSetting> settings = [];
        var section = "";
        foreach (var line in Lines(text))
        {
            var rest = line.Trim();
            if (Header().Match(rest) is { Success: true } header)
            {
                section = header.Groups["name"].Value.ToLowerInvariant() + (header.Groups["sub"].Success ? "." + Escaped().Replace(header.Groups["sub"].Value, "${plain}") : "");
                rest = rest[header.Length..].TrimStart();
            }

            if (section.Length > 0 && Named().Match(rest) is { Success: true } named)
                settings.Add(new GitSetting($"{section}.{named.Groups["name"].Value.ToLowerInvariant()}", named.Groups["value"].Value.Trim()));
        }

        return settings;
    }

    // A line that ends with a backslash goes on in the next; two of them are a backslash.
    private static IEnumerable<string> Lines(string text)
    {
        var whole = new StringBuilder();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var goesOn = (line.Length - line.AsSpan().TrimEnd('\\').Length) % 2 == 1;
            whole.Append(goesOn ? line[..^1] : line);
            if (goesOn) continue;
            yield return whole.ToString();
            whole.Clear();
        }

        if (whole.Length > 0) yield return whole.ToString();
    }

    [GeneratedRegex(@"^\[\s*(?<name>[^\s\[\]""]+)(?:\s*""(?<sub>(?:\\.|[^""\\])*)"")?\s*\]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Header();

    [GeneratedRegex(@"^(?<name>[A-Za-z][A-Za-z0-9-]*)\s*(?:$|[#;]|=(?<value>.*))", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Named();

    [GeneratedRegex(@"\\(?<plain>.)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Escaped();

    [GeneratedRegex(
        @"\A(?:core\.(?:fsmonitor|hookspath|sshcommand|editor|pager|gitproxy|askpass|alternaterefscommand|worktree|attributesfile)|diff\.external|(?:diff|merge)\..*\.(?:command|textconv|driver)"
        + @"|(?:filter|gpg|alias|credential|url|remote|https?|protocol|ssh|pager|browser|man|tar|trailer|submodule|uploadpack|receive|includeif|sendemail|difftool|mergetool|lfs|hook)\..*"
        + @"|branch\..*\.(?:push)?remote|init\.templatedir|include\.path|sequence\.editor|interactive\.difffilter|[^.]*\.(?:program|editor|pager|helper))\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Reaching();
}
