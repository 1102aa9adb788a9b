using System.Globalization;
using System.Text;

namespace Pawl.Changes.Reports;

/// <summary>
/// Reads TAP 12 to 14. A plan that is missing or not kept is a failure of its own, and so are a number met twice and a bail out. A failing
/// test that is TODO is no failure but a skip; one that is SKIP and fails all the same is a failure. What is no TAP is passed over, as the
/// protocol demands, but a report without any is refused.
/// </summary>
internal sealed class TapReader
{
    private const int Indent = 4;

    private readonly TapLines _lines;
    private readonly List<(TapLevel Level, TestCase Case)> _cases = [];
    private readonly Stack<TapLevel> _open = new();
    private TapLevel? _closed;
    private bool _isTap;

    private TapReader(TextReader text)
    {
        _lines = new TapLines(text);
        _open.Push(new TapLevel(null, announced: true));
    }

    public static IReadOnlyList<TestCase> Read(Stream content, Encoding? marked)
    {
        using var text = ReportEncoding.Characters(content, marked);
        var reader = new TapReader(text);
        reader.Lines();
        var cases = new CaseList();
        foreach (var (level, test) in reader._cases) cases.Add(test with { Id = level.Path(test.Id) });
        return cases.Cases;
    }

    private void Lines()
    {
        while (_lines.Next() is { } line)
        {
            var indent = line.Length - line.AsSpan().TrimStart(' ').Length;
            if (TapLine.Of(line[indent..]) is not { } said) continue;
            if (said is TapLine.BailOut bail)
            {
                _isTap = true;
                Failure(_open.Last(), "(bail out)", bail.Reason.Length == 0 ? "Bail out!" : bail.Reason);
                return;
            }

            if (indent % Indent == 0 && Enter(indent / Indent, said)) Take(said);
        }

        if (!_isTap) throw new ReportException("there is no TAP in it: no version, no plan, no test.");
        while (_open.Count > 0) Close();
    }

    /// <summary>Goes to the level of a line; false for a line that is indented but belongs to no subtest.</summary>
    private bool Enter(int depth, TapLine said)
    {
        var open = _open.Count - 1;
        if (depth > open + 1) return false;
        if (depth == open + 1)
        {
            if (depth > Limits.ReportDepth) throw new ReportException($"its subtests nest more than {Limits.ReportDepth} deep, line {_lines.Number}.");
            var parent = _open.Peek();
            Adopt(parent, null);
            _open.Push(new TapLevel(parent, announced: parent.Announced is not null || said is TapLine.Subtest or TapLine.Plan) { Name = parent.Announced ?? "(subtest)" });
            parent.Announced = null;
            return true;
        }

        while (_open.Count - 1 > depth) Close();
        return true;
    }

    private void Close()
    {
        var level = _open.Pop();
        _closed = level;
        if (level.Complaint() is { } complaint) Failure(level, "(plan)", complaint);
    }

    private void Take(TapLine said)
    {
        var level = _open.Peek();
        _isTap |= said is not TapLine.Subtest;
        switch (said)
        {
            case TapLine.Plan plan:
                level.Plan(plan);
                break;
            case TapLine.Subtest subtest:
                level.Announced = subtest.Name;
                break;
            case TapLine.Point point:
                Adopt(level, point.Description);
                level.Announced = null;
                level.Count(point.Number);
                var (message, stack, file, line) = _lines.Diagnostics(_open.Count - 1);
                // Of a test that passed, how long it took is all that stands there.
                Keep(level, Case(point, level) with { Message = point.Ok ? point.Reason : Joined(point.Reason, message), Stack = stack, File = file, Line = line });
                break;
            default:
                break;
        }
    }

    // The point behind a subtest sums it up, and gives it its name.
    private void Adopt(TapLevel parent, string? name)
    {
        if (_closed?.Parent == parent && !string.IsNullOrEmpty(name)) _closed.Name = name;
        _closed = null;
    }

    private static TestCase Case(TapLine.Point point, TapLevel level) => new()
    {
        Id = point.Description.Length > 0 ? point.Description : (point.Number ?? level.Seen).ToString(CultureInfo.InvariantCulture),
        Status = (point.Ok, point.Directive) switch
        {
            (true, "SKIP") or (false, "TODO") => TestStatus.Skipped,
            (true, _) => TestStatus.Passed,
            _ => TestStatus.Failed,
        },
    };

    private static string Joined(string reason, string message) =>
        reason.Length == 0 ? message : message.Length == 0 ? reason : $"{reason}\n{message}";

    private void Failure(TapLevel level, string id, string message) => Keep(level, new TestCase { Id = id, Status = TestStatus.Failed, Message = message });

    private void Keep(TapLevel level, TestCase test)
    {
        if (_cases.Count == Limits.ReportCases) throw new ReportException(CaseList.TooMany);
        _cases.Add((level, test));
    }
}
