using System.Globalization;
using Pawl.Changes.Reports;

namespace Pawl.Changes.Tampering;

/// <summary>
/// Looks for the ways in which a change can make its own judge milder. It reads lines, not programs, and would rather report too much: a
/// finding accuses nobody, it asks a person to look. What it cannot see, results on base and with the change show.
/// </summary>
internal static class TamperCheck
{
    private const int ShownPerFile = 20;
    private const int QuotedCharacters = 200;

    /// <summary>Findings about the changed files, in their order.</summary>
    /// <param name="tests">Paths of tests. A file with tests elsewhere, as Rust has them, is judged as well.</param>
    /// <param name="protectedPaths">Paths that no change may touch unasked.</param>
    /// <param name="isReported">Whether reports tell all that ran; where some check has none, a test file with another name may be one that nobody runs.</param>
    public static IReadOnlyList<Finding> OfFiles(IReadOnlyList<FileVersions> changed, GlobSet tests, GlobSet protectedPaths, bool isReported)
    {
        var findings = new List<Finding>();
        var moved = new Dictionary<string, FileVersions>(StringComparer.Ordinal);
        foreach (var file in changed)
        {
            // Of a binary file, and of one whose mode changed, the texts are alike.
            if (protectedPaths.Matches(file.Path) && !WatchedFiles.IsStanding(file.Path)) findings.Add(new(FindingKind.ProtectedPath, file.Path, "The gate protects this path."));
            findings.AddRange(WatchedFiles.Of(file));
            if (file.Before == file.After) continue;
            if (!IsTest(file, tests)) continue;
            if (file.After is not null)
            {
                findings.AddRange(OfTest(file.Path, file.Before, file.After));
            }
            else if (Moved(file, changed, tests, moved) is { } to)
            {
                findings.AddRange(OfTest(to.Path, file.Before, to.After!));
                if (!isReported && Path.GetFileName(to.Path) != Path.GetFileName(file.Path)) findings.Add(new(FindingKind.TestRemoved, file.Path, $"A test file is called {to.Path} now, and a check without a report cannot tell whether it still runs."));
            }
            else
            {
                findings.Add(new(FindingKind.TestRemoved, file.Path, "A test file is removed, or moved to where no tests are looked for."));
            }
        }

        return findings;
    }

    /// <summary>Tests that ran on base and did not with the change, in base's order: gone, or skipped now.</summary>
    public static IReadOnlyList<Finding> OfResults(TestReport onBase, TestReport withChange)
    {
        var after = new Dictionary<string, TestCase>(StringComparer.Ordinal);
        foreach (var test in withChange.Tests) after.TryAdd(test.Id, test);
        var findings = new List<Finding>();
        foreach (var test in onBase.Tests.Where(test => test.Status != TestStatus.Skipped))
        {
            var was = test.Status == TestStatus.Passed ? "passed" : "failed";
            if (!after.TryGetValue(test.Id, out var now)) findings.Add(new(FindingKind.TestRemoved, test.Id, $"It {was} on base and did not run with the change."));
            else if (now.Status == TestStatus.Skipped) findings.Add(new(FindingKind.TestSkipped, test.Id, $"It {was} on base and is skipped with the change{(now.Message.Length == 0 ? "." : $": {Quoted(now.Message)}")}"));
        }

        return findings;
    }

    private static bool IsTest(FileVersions file, GlobSet tests)
    {
        if (tests.Matches(file.Path)) return true;
        return file.Before is not null && TestLanguage.Of(file.Path) is { } language && TestText.Of(file.Before, language).Tests > 0;
    }

    // A test file that is gone and one that came and says the same, or has the same name, are one file that moved; none counts twice.
    private static FileVersions? Moved(FileVersions gone, IReadOnlyList<FileVersions> changed, GlobSet tests, Dictionary<string, FileVersions> taken)
    {
        var added = changed.Where(file => file is { Before: null, After: not null } && tests.Matches(file.Path) && !taken.ContainsKey(file.Path)).ToList();
        var to = added.Find(file => file.After == gone.Before) ?? added.Find(file => Path.GetFileName(file.Path) == Path.GetFileName(gone.Path));
        if (to is not null) taken[to.Path] = to;
        return to;
    }

    private static IEnumerable<Finding> OfTest(string path, string? beforeText, string afterText)
    {
        if (TestLanguage.Of(path) is not { } language) return [];
        var (before, after) = (TestText.Of(beforeText ?? "", language), TestText.Of(afterText, language));
        // A new file can only deselect the tests of others.
        if (beforeText is null) return Shown(FindingKind.TestSkipped, path, after.Skips.Where(Deselects), "deselects other tests");
        return
        [
            .. Fewer(path, before, after),
            .. Shown(FindingKind.TestSkipped, path, Gone(after.Skips, before.Skips), "is new and takes tests out"),
            .. Assertions(path, before, after),
        ];
    }

    private static IEnumerable<Finding> Fewer(string path, TestText before, TestText after)
    {
        if (after.Tests < before.Tests) yield return new(FindingKind.TestRemoved, path, string.Create(CultureInfo.InvariantCulture, $"It holds {after.Tests} tests and held {before.Tests}."));
    }

    private static IEnumerable<Finding> Assertions(string path, TestText before, TestText after)
    {
        if (before.Assertions.Count > 0 && after.Assertions.Count == 0)
            return [new(FindingKind.TestEmptied, path, string.Create(CultureInfo.InvariantCulture, $"It asserts nothing any more; it held {before.Assertions.Count} assertions."))];
        return Shown(FindingKind.AssertionRemoved, path, Gone(before.Assertions, after.Assertions), "is gone or says something else");
    }

    // What stands in one list more often than in the other; where it stands does not matter.
    private static IEnumerable<string> Gone(List<string> from, List<string> to)
    {
        var left = to.CountBy(line => line, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        foreach (var line in from)
        {
            if (left.TryGetValue(line, out var count) && count > 0) left[line] = count - 1;
            else yield return line;
        }
    }

    private static IEnumerable<Finding> Shown(FindingKind kind, string path, IEnumerable<string> lines, string what)
    {
        var all = lines.ToList();
        foreach (var line in all.Take(ShownPerFile)) yield return new(kind, path, $"{Quoted(line)} {what}.");
        if (all.Count > ShownPerFile) yield return new(kind, path, string.Create(CultureInfo.InvariantCulture, $"{all.Count - ShownPerFile} more lines of this kind."));
    }

    private static bool Deselects(string line) =>
        line.Contains("only", StringComparison.Ordinal) || line.Contains("focus", StringComparison.Ordinal) || line.TrimStart().StartsWith('f') || line.Contains("exit", StringComparison.Ordinal);

    private static string Quoted(string line) => $"`{CaseList.Kept(PlainText.Of(line).ReplaceLineEndings(" ").Replace('`', '\''), QuotedCharacters)}`";
}
