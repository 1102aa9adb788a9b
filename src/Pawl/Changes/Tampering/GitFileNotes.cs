using System.Text.RegularExpressions;

namespace Pawl.Changes.Tampering;

/// <summary>
/// New lines in what git itself reads of a tree that a reviewer should see: in <c>.gitattributes</c>, that git runs programs over files where those are configured, or that changes are kept out of
/// what is shown as changed; in <c>.gitmodules</c>, where submodules come from.
/// </summary>
internal static partial class GitFileNotes
{
    private const int ShownLines = 3;
    private const int LineCharacters = 120;

    /// <summary>What is to be said of a changed file; nothing of any other file.</summary>
    public static IEnumerable<string> Of(FileVersions file)
    {
        var name = file.Path[(file.Path.LastIndexOf('/') + 1)..];
        if (name != ".gitattributes" && file.Path != ".gitmodules") return [];
        var before = Lines(file.Before).ToHashSet(StringComparer.Ordinal);
        var isNew = Lines(file.After).Where(line => !before.Contains(line)).ToList();
        if (name == ".gitmodules") return Say(file.Path, "says where submodules come from, or how they are brought in", isNew.Where(line => Source().IsMatch(line)));
        return
        [
            .. Say(file.Path, "names drivers, which are programs where they are configured", isNew.Where(line => Driver().IsMatch(line))),
            .. Say(file.Path, "keeps changes from being shown to reviewers", isNew.Where(line => Hiding().IsMatch(line))),
        ];
    }

    private static IEnumerable<string> Say(string path, string does, IEnumerable<string> lines)
    {
        var quoted = lines.Select(line => $"\"{ShortText.Start(line, LineCharacters)}\"").ToList();
        if (quoted.Count > 0) yield return $"the change to {path} {does}: {string.Join(", ", quoted.Take(ShownLines))}{(quoted.Count > ShownLines ? $" and {Words.Count(quoted.Count - ShownLines, "line")} more" : "")}";
    }

    private static IEnumerable<string> Lines(string? text) => PlainText.Of(text ?? "").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');

    [GeneratedRegex(@"\s(?:(?:filter|diff|merge|working-tree-encoding)=\S|ident(?:\s|\z))", RegexOptions.CultureInvariant)]
    private static partial Regex Driver();

    [GeneratedRegex(@"\A(?:\[[^\]]*\]\s*)?(?:url|path|branch|update)\s*=", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Source();

    [GeneratedRegex(@"\s(?:-diff|binary|export-ignore|(?:linguist|gitlab)-(?:generated|vendored)(?:=true)?)(?:\s|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex Hiding();
}
