using System.Globalization;
using System.Text;

namespace Pawl.Changes;

/// <summary>
/// What the next attempt is told, as Markdown. Everything that came from the judged code stands inside fences it cannot close. Failures
/// with the same fingerprint are told once, those that name a place first, and what is left out is counted.
/// </summary>
internal static class FeedbackText
{
    public const int BytesMin = 1024;

    private const int OthersNamed = 5;
    private const int IdCharacters = 300;
    private const int EndBytes = 160;

    // A failure that does not fit whole may fit with less of its message.
    private static readonly int[] MessageCharacters = [4096, 1500, 400, 100];

    /// <param name="atMostBytes">Of UTF-8, at least <see cref="BytesMin"/>.</param>
    public static string Write(IReadOnlyList<GateFailure> failures, int atMostBytes = 32 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atMostBytes, BytesMin);
        var kinds = Kinds(failures);
        var text = new StringBuilder($"# {Count(failures.Count, "failure")}, {Count(kinds.Count, "kind")}\n");
        var bytes = Encoding.UTF8.GetByteCount(text.ToString());
        var told = 0;
        foreach (var kind in kinds)
        {
            var section = MessageCharacters.Select(characters => Section(kind, characters)).FirstOrDefault(section => Bytes(section) <= atMostBytes - EndBytes - bytes);
            if (section is null) break;
            text.Append(section);
            bytes += Bytes(section);
            told++;
        }

        if (told < kinds.Count)
            text.Append(CultureInfo.InvariantCulture, $"\n{Count(kinds.Skip(told).Sum(kind => kind.Count), "more failure")} in {Count(kinds.Count - told, "kind")} not shown here.\n");
        return text.ToString();
    }

    // OrderBy is stable: beyond this, what failed first comes first.
    private static List<List<GateFailure>> Kinds(IReadOnlyList<GateFailure> failures) =>
    [
        .. failures.GroupBy(failure => failure.Fingerprint, StringComparer.Ordinal).Select(kind => kind.ToList())
            .OrderByDescending(kind => kind[0].Frames.Count > 0).ThenByDescending(kind => kind[0].Message.Length > 0).ThenByDescending(kind => kind.Count),
    ];

    private static string Section(List<GateFailure> kind, int messageCharacters)
    {
        var first = kind[0];
        var facts = new StringBuilder($"test: {Line(first.Test)}\n");
        var message = Reports.CaseList.Kept(PlainText.Of(first.Message).Trim(), messageCharacters);
        if (message.Length > 0) facts.Append('\n').Append(message).Append('\n');
        if (first.Frames.Count > 0) facts.Append("\nat:\n").AppendJoin('\n', first.Frames.Select(frame => "  " + Line(frame))).Append('\n');
        if (kind.Count > 1)
        {
            var others = kind.Skip(1).Take(OthersNamed).Select(other => "  " + Line(other.Test)).ToList();
            facts.Append(CultureInfo.InvariantCulture, $"\nand {kind.Count - 1} more with the same fingerprint{(kind.Count - 1 > others.Count ? ", such as" : "")}:\n").AppendJoin('\n', others).Append('\n');
        }

        var fence = Fence(facts.ToString());
        return $"\n## Check {Name(first.Check)}, fingerprint {Name(first.Fingerprint)}\n\n{fence}text\n{facts}{fence}\n";
    }

    // Longer than any run of backticks within.
    private static string Fence(string text)
    {
        var (longest, run) = (2, 0);
        foreach (var c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return new string('`', longest + 1);
    }

    private static string Line(string text) => Reports.CaseList.Kept(PlainText.Of(text).ReplaceLineEndings(" "), IdCharacters);

    // Stands outside of the fence.
    private static string Name(string text) => string.Concat(ShortText.Start(text, 100).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
