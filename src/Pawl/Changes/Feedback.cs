using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Pawl.Changes.Reports;

namespace Pawl.Changes;

/// <summary>One thing that turned the gate red, as an agent is told of it.</summary>
public sealed record GateFailure
{
    /// <summary>What stands for the test where a check has no report.</summary>
    public const string WholeOutput = "(output)";

    /// <summary>The check.</summary>
    public required string Check { get; init; }

    /// <summary>The test's id; <see cref="WholeOutput"/> where the check has no report.</summary>
    public required string Test { get; init; }

    /// <summary>What was said; may have several lines.</summary>
    public string Message { get; init; } = "";

    /// <summary>Where in the repository it happened, innermost first: at most five of <c>path:line</c>, relative to the worktree.</summary>
    public IReadOnlyList<string> Frames { get; init; } = [];

    /// <summary>16 hex digits that stay the same when only ids, numbers, dates, paths and quoted values in test and message change.</summary>
    public required string Fingerprint { get; init; }
}

/// <summary>Turns what a check left behind, a report or only its output, into failures.</summary>
internal static partial class FailureReader
{
    private const int FingerprintLines = 20;
    private const int FingerprintCharacters = 16;
    private const int TellingLines = 40;
    private const int TailLines = 30;
    private const int LineCharacters = 500;

    /// <summary>The failed tests of a report, in its order; of tests within one another the innermost.</summary>
    /// <param name="root">The worktree's absolute path; frames outside of it are left out.</param>
    public static IReadOnlyList<GateFailure> FromReport(string check, TestReport report, string root)
    {
        var failed = report.Tests.Where(test => test.Status == TestStatus.Failed).ToList();
        // A test that only sums up the failed ones in it would say the same again with less.
        var summaries = failed.SelectMany(test => Around(test.Id)).ToHashSet(StringComparer.Ordinal);
        return [.. failed.Where(test => !summaries.Contains(test.Id)).Select(test => OfTest(check, test, root))];
    }

    /// <summary>One failure from the output of a command that has no report: the lines that tell of errors, or else its end.</summary>
    public static GateFailure FromOutput(string check, string output, int exitCode, string root)
    {
        var lines = PlainText.Of(output).Split('\n');
        var message = Telling(lines);
        if (message.Length == 0) message = string.Join('\n', lines.Select(Cut).Reverse().SkipWhile(string.IsNullOrWhiteSpace).Take(TailLines).Reverse());
        message = CaseList.Kept($"exit code {exitCode.ToString(CultureInfo.InvariantCulture)}\n{message}".Trim(), Limits.ReportMessageCharacters);
        return Of(check, GateFailure.WholeOutput, message, StackFrames.Of(lines, root));
    }

    /// <summary>One failure of a check that is red for a reason of its own, whatever it printed.</summary>
    public static GateFailure FromReason(string check, string why) => Of(check, GateFailure.WholeOutput, why, []);

    private static IEnumerable<string> Around(string id)
    {
        for (var at = id.LastIndexOf(" > ", StringComparison.Ordinal); at > 0; at = id.LastIndexOf(" > ", at - 1, StringComparison.Ordinal)) yield return id[..at];
    }

    private static GateFailure OfTest(string check, TestCase test, string root)
    {
        var message = PlainText.Of(test.Message).Trim();
        var places = new List<string>();
        if (test.File is { } file && StackFrames.Inside(file, test.Line, root) is { } own) places.Add(own);
        places.AddRange(StackFrames.Of($"{PlainText.Of(test.Stack)}\n{message}".Split('\n'), root).Where(frame => !places.Contains(frame)));
        return Of(check, PlainText.Of(test.Id).ReplaceLineEndings(" "), message, [.. places.Take(StackFrames.FramesMax)]);
    }

    private static GateFailure Of(string check, string test, string message, IReadOnlyList<string> frames) =>
        new() { Check = check, Test = test, Message = message, Frames = frames, Fingerprint = FingerprintOf(check, test, message) };

    private static string FingerprintOf(string check, string test, string message)
    {
        var lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(FingerprintLines).Select(Pawl.Fingerprint.Of);
        var text = string.Join('\0', [check, Pawl.Fingerprint.Of(test), .. lines]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..FingerprintCharacters];
    }

    // Each telling line with the one before it and the two behind; the first ones, because what comes later often follows from them.
    private static string Telling(string[] lines)
    {
        var told = new SortedSet<int>();
        for (var i = 0; i < lines.Length && told.Count < TellingLines; i++)
        {
            if (!IsTelling(lines[i])) continue;
            for (var near = Math.Max(0, i - 1); near <= Math.Min(lines.Length - 1, i + 2); near++) told.Add(near);
        }

        var text = new StringBuilder();
        var last = -1;
        foreach (var i in told)
        {
            if (last >= 0 && i > last + 1) text.Append("…\n");
            text.Append(Cut(lines[i])).Append('\n');
            last = i;
        }

        return text.ToString().Trim('\n');
    }

    private static bool IsTelling(string line) => TellingPattern().IsMatch(Cut(line)) && !AllIsWell().IsMatch(Cut(line));

    private static string Cut(string line) => CaseList.Kept(line.TrimEnd(), LineCharacters);

    [GeneratedRegex(@"\b(?:error(?:s|\[[A-Z]?[0-9]+\])?|fail(?:s|ed|ure|ures|ing)?|fatal|panic(?:ked)?|traceback|assert(?:s|ion|ions|ed)?|uncaught|segmentation|not\ ok|cannot|undefined|unresolved|aborted|timed\ out|expected|mismatch)\b|[A-Za-z](?:Error|Exception)\b|^E\s{2,}|✗|✖|×",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex TellingPattern();

    [GeneratedRegex(@"\b(?:0|no|without)\s+(?:error|fail|warn)|\b(?:errors?|fail(?:ed|ures?)?)\s*[:=]\s*0\b|^\s*(?:ok|pass(?:ed)?|✓|✔)\b",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex AllIsWell();
}
