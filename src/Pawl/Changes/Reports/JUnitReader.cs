using System.Text;

namespace Pawl.Changes.Reports;

/// <summary>
/// Reads JUnit's XML in its dialects. A test's id is its class and name; where there is no class, or only the constant <c>test</c> that
/// node writes, the path of its suites stands for it. A test that passed when run again is a pass, with a note.
/// </summary>
internal sealed class JUnitReader
{
    private readonly CaseList _cases = new();
    private readonly List<string> _suites = [];
    private readonly XmlReport _xml;
    private int _failed;

    private JUnitReader(XmlReport xml) => _xml = xml;

    public static IReadOnlyList<TestCase> Read(Stream content, Encoding? marked)
    {
        using var xml = new XmlReport(content, marked);
        xml.Root("testsuites", "testsuite");
        var reader = new JUnitReader(xml);
        if (xml.Name == "testsuite") reader.Suite();
        else reader.Inside();
        xml.End();
        return reader._cases.Cases;
    }

    private void Inside()
    {
        if (_xml.IsEmpty) return;
        for (var depth = _xml.Depth; _xml.Child(depth);)
        {
            switch (_xml.Name)
            {
                case "testsuite": Suite(); break;
                case "testcase": Test(); break;
                // A suite that could not even start.
                case "failure" or "error": Add(new TestCase { Id = $"{Path()} (suite)", Status = TestStatus.Failed }, Reason()); break;
                default: _xml.Skip(); break;
            }
        }
    }

    private void Suite()
    {
        var (name, claimed, before) = (_xml["name"] ?? "", (_xml.Number("failures") ?? 0) + (long)(_xml.Number("errors") ?? 0), _failed);
        _suites.Add(name.Length == 0 ? name : CaseList.Short(name));
        Inside();
        if (claimed > 0 && _failed == before)
            Add(new TestCase { Id = $"{Path()} (suite)", Status = TestStatus.Failed }, ($"The suite counts {claimed} failures and names none.", ""));
        _suites.RemoveAt(_suites.Count - 1);
    }

    private void Test()
    {
        var test = new TestCase
        {
            Id = Id(_xml["classname"] ?? _xml["class"], _xml["name"] ?? ""),
            Status = (_xml["status"] ?? _xml["result"]) is "notrun" or "skipped" or "disabled" ? TestStatus.Skipped : TestStatus.Passed,
            File = _xml["file"],
            Line = _xml.Number("line"),
        };
        var (reason, isTodo) = (("", ""), false);
        if (!_xml.IsEmpty)
        {
            for (var depth = _xml.Depth; _xml.Child(depth);) Result(ref test, ref reason, ref isTodo);
        }

        Add(test, reason);
    }

    private void Result(ref TestCase test, ref (string Message, string Stack) reason, ref bool isTodo)
    {
        switch (_xml.Name)
        {
            // Node marks a test that is yet to be done as both, and its run as green.
            case "failure" or "error" when !isTodo:
                var why = Reason();
                // The first of several says what came first.
                if (test.Status != TestStatus.Failed) reason = why;
                test = test with { Status = TestStatus.Failed };
                break;
            case "skipped" when test.Status != TestStatus.Failed:
                isTodo = _xml["type"] == "todo";
                reason = Reason();
                test = test with { Status = TestStatus.Skipped };
                break;
            case "flakyFailure" or "flakyError" when test.Status == TestStatus.Passed:
                var (message, stack) = Reason();
                reason = ($"Passed when run again; at first: {message}", stack);
                break;
            default:
                _xml.Skip();
                break;
        }
    }

    // Message and type stand in attributes, the stack in the text; some writers put everything into the text.
    private (string Message, string Stack) Reason()
    {
        var (type, message) = (_xml["type"] ?? "", _xml["message"] ?? "");
        var text = _xml.Text(Limits.ReportStackCharacters);
        if (string.IsNullOrWhiteSpace(message)) message = text.Trim();
        return (type.Length == 0 || message.Contains(type, StringComparison.Ordinal) ? message : $"{type}: {message}", text);
    }

    private void Add(TestCase test, (string Message, string Stack) reason)
    {
        if (test.Status == TestStatus.Failed) _failed++;
        _cases.Add(test with { Message = reason.Message, Stack = reason.Stack });
    }

    private string Id(string? type, string name)
    {
        if (type is { Length: > 0 } and not "test") return name.StartsWith(type + ".", StringComparison.Ordinal) ? name : $"{type}.{name}";
        return Path() is { Length: > 0 } path ? $"{path} > {name}" : name;
    }

    private string Path() => string.Join(" > ", _suites.Where(suite => suite.Length > 0));
}
