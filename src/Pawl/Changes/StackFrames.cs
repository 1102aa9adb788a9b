using System.Globalization;
using System.Text.RegularExpressions;

namespace Pawl.Changes;

/// <summary>Finds the places in the repository that a stack or an output names, as <c>path:line</c> relative to its root.</summary>
internal static partial class StackFrames
{
    public const int FramesMax = 5;

    private const int LineCharacters = 2000;

    // Code that others wrote, though it lies in the worktree.
    private static readonly string[] Foreign = ["node_modules", "site-packages", ".venv", "venv", ".tox", "vendor"];

    /// <summary>The first places below <paramref name="root"/>, each once, in the order of the lines.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> lines, string root)
    {
        var frames = new List<string>();
        foreach (var line in lines)
        {
            foreach (Match match in Frame().Matches(line.Length > LineCharacters ? line[..LineCharacters] : line))
            {
                if (Place(match, root) is { } place && !frames.Contains(place)) frames.Add(place);
                if (frames.Count == FramesMax) return frames;
            }
        }

        return frames;
    }

    /// <summary>A file below the root as <c>path:line</c>; null when it lies elsewhere, or is a library's.</summary>
    public static string? Inside(string file, int? line, string root)
    {
        if (file.StartsWith("file://", StringComparison.Ordinal)) file = file["file://".Length..];
        if (file.Length == 0 || file.AsSpan().IndexOfAny('\0', '\n') >= 0) return null;
        var top = Path.GetFullPath(root).TrimEnd('/') + "/";
        var whole = Path.GetFullPath(file, top);
        if (!whole.StartsWith(top, StringComparison.Ordinal) || whole.Length == top.Length) return null;
        var relative = whole[top.Length..];
        if (relative.Split('/').Any(part => Foreign.Contains(part, StringComparer.Ordinal))) return null;
        return line is { } number ? string.Create(CultureInfo.InvariantCulture, $"{relative}:{number}") : relative;
    }

    private static string? Place(Match match, string root)
    {
        if (!int.TryParse(match.Groups["line"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var line)) return null;
        if (!match.Groups["class"].Success) return Inside(match.Groups["file"].Value, line, root);

        // Java names the class and the file's name, but no folder; the package is one.
        var type = match.Groups["class"].Value;
        if (JavaLibrary().IsMatch(type)) return null;
        var package = type.Split('.')[..^1].TakeWhile(part => part.Length > 0 && char.IsLower(part[0]));
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join('/', [.. package, match.Groups["file"].Value])}:{line}");
    }

    // .NET | Python | Java | node, Go, Rust, pytest, C: path:line, absolute or relative, with one of the endings of source code.
    [GeneratedRegex("""
        \ in\ (?<file>[^:\n]{1,1000}):line\ (?<line>[0-9]{1,9})
        |\bFile\ "(?<file>[^"\n]{1,1000})",\ line\ (?<line>[0-9]{1,9})
        |\bat\ (?:[\w.@-]{1,200}/){0,3}(?<class>[\w$.]{1,500})\.[\w$<>]{1,200}\((?<file>[\w$-]{1,200}\.(?:java|kt|scala|groovy)):(?<line>[0-9]{1,9})\)
        |(?<![\w./:@%+~-])(?:file://)?(?<file>(?:/|\./|\.\./)?[\w.@%+~-]{1,200}(?:/[\w.@%+~\[\]-]{1,200}){0,40}\.
            (?:cs|fs|vb|cshtml|razor|[cm]?[jt]sx?|vue|svelte|py|go|rs|rb|php|c|cc|cpp|cxx|h|hh|hpp|swift|kt|java|scala|ex|exs|erl|lua|pl|pm|t|sh|bash|bats))
            (?::(?<line>[0-9]{1,9})|\((?<line>[0-9]{1,9}),[0-9]{1,9}\))
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Frame();

    [GeneratedRegex(@"^(?:java|javax|jdk|sun|com\.sun|org\.junit|junit|org\.gradle|org\.apache\.maven|org\.testng|org\.opentest4j|org\.assertj|org\.hamcrest|org\.mockito|kotlin|scala|worker)\.",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex JavaLibrary();
}
