using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Changes.Reports;

/// <summary>
/// Reads VSTest's TRX. Results come first and refer to definitions that come last, so the ids are made at the end. A result whose
/// outcome is neither a pass nor a skip is a failure, also an unknown one; so is an error of the run itself, which has no test.
/// </summary>
internal sealed partial class TrxReader
{
    private readonly List<(string? TestId, string Name, TestCase Case)> _results = [];
    private readonly Dictionary<string, string> _classes = new(StringComparer.Ordinal);
    private readonly List<TestCase> _ofRun = [];
    private readonly XmlReport _xml;
    private HashSet<string>? _failed;

    private TrxReader(XmlReport xml) => _xml = xml;

    public static IReadOnlyList<TestCase> Read(Stream content, Encoding? marked)
    {
        using var xml = new XmlReport(content, marked);
        var reader = new TrxReader(xml);
        reader.Run();
        return reader.Cases();
    }

    private void Run()
    {
        _xml.Root("TestRun");
        if (!_xml.IsEmpty)
        {
            for (var depth = _xml.Depth; _xml.Child(depth);)
            {
                switch (_xml.Name)
                {
                    case "Results": Results(); break;
                    case "TestDefinitions": Definitions(); break;
                    case "ResultSummary": Summary(); break;
                    default: _xml.Skip(); break;
                }
            }
        }

        _xml.End();
    }

    private void Results()
    {
        if (_xml.IsEmpty) return;
        for (var depth = _xml.Depth; _xml.Child(depth);)
        {
            if (_xml.Name.EndsWith("Result", StringComparison.Ordinal) || _xml.Name == "TestResultAggregation") Result();
            else _xml.Skip();
        }
    }

    private void Result()
    {
        if (_results.Count == Limits.ReportCases) throw new ReportException(CaseList.TooMany);
        var (id, name, outcome) = (_xml["testId"], _xml["testName"] ?? "", _xml["outcome"]);
        var at = _results.Count;
        _results.Add((id, name, null!));
        var (message, stack, output) = ("", "", "");
        if (!_xml.IsEmpty)
        {
            for (var depth = _xml.Depth; _xml.Child(depth);)
            {
                if (_xml.Name == "Output") Output(ref message, ref stack, ref output);
                else if (_xml.Name == "InnerResults") Results();
                else _xml.Skip();
            }
        }

        var status = Status(outcome);
        if (message.Length == 0 && status == TestStatus.Failed && outcome != "Failed") message = outcome is null ? "The result states no outcome." : $"outcome {CaseList.Short(outcome)}";
        if (message.Length == 0 && status == TestStatus.Skipped) message = output;
        _results[at] = (id, name, new TestCase { Id = "", Status = status, Message = message, Stack = stack });
    }

    private void Output(ref string message, ref string stack, ref string output)
    {
        if (_xml.IsEmpty) return;
        for (var depth = _xml.Depth; _xml.Child(depth);)
        {
            if (_xml.Name != "ErrorInfo" || _xml.IsEmpty)
            {
                // Some writers put the reason of a skip there.
                if (_xml.Name == "StdOut") output = _xml.Text(Limits.ReportMessageCharacters);
                else _xml.Skip();
                continue;
            }

            for (var inner = _xml.Depth; _xml.Child(inner);)
            {
                if (_xml.Name == "Message") message = _xml.Text(Limits.ReportMessageCharacters);
                else if (_xml.Name == "StackTrace") stack = _xml.Text(Limits.ReportStackCharacters);
                else _xml.Skip();
            }
        }
    }

    private void Definitions()
    {
        if (_xml.IsEmpty) return;
        for (var depth = _xml.Depth; _xml.Child(depth);)
        {
            var id = _xml["id"];
            if (_xml.IsEmpty) continue;
            for (var inner = _xml.Depth; _xml.Child(inner);)
            {
                // "Ns.Class, Assembly, Version=…" in older files.
                if (_xml.Name == "TestMethod" && id is not null && _xml["className"] is { } name) _classes[id] = name.Split(',')[0].Trim();
                _xml.Skip();
            }
        }
    }

    private void Summary()
    {
        var outcome = _xml["outcome"];
        if (!_xml.IsEmpty)
        {
            for (var depth = _xml.Depth; _xml.Child(depth);)
            {
                if (_xml.Name == "RunInfos") Infos();
                else _xml.Skip();
            }
        }

        // "Failed" only repeats what a result says already, if one does.
        var said = _ofRun.Count > 0 || (outcome == "Failed" && _results.Exists(result => result.Case.Status == TestStatus.Failed));
        if (!said && outcome is not (null or "Completed" or "Passed" or "Warning" or "Inconclusive" or "NotExecuted")) OfRun($"outcome {CaseList.Short(outcome)}");
    }

    private void Infos()
    {
        if (_xml.IsEmpty) return;
        for (var depth = _xml.Depth; _xml.Child(depth);)
        {
            var outcome = _xml["outcome"];
            var text = _xml.Text(Limits.ReportMessageCharacters);
            if (Status(outcome) == TestStatus.Failed && !IsEcho(text)) OfRun(text);
        }
    }

    // xUnit's adapter writes each failed test as an error of the run as well.
    private bool IsEcho(string text)
    {
        _failed ??= _results.Where(result => result.Case.Status == TestStatus.Failed).Select(result => result.Name).ToHashSet(StringComparer.Ordinal);
        return Echo().Match(text.Trim()) is { Success: true } echo && _failed.Contains(echo.Groups["test"].Value);
    }

    private void OfRun(string message) => _ofRun.Add(new TestCase { Id = "(run)", Status = TestStatus.Failed, Message = message });

    private IReadOnlyList<TestCase> Cases()
    {
        var cases = new CaseList();
        foreach (var (testId, name, test) in _results) cases.Add(test with { Id = Id(testId, name) });
        foreach (var test in _ofRun) cases.Add(test);
        return cases.Cases;
    }

    // Some adapters name a test by its method alone, others with its class in front.
    private string Id(string? testId, string name) =>
        testId is not null && _classes.TryGetValue(testId, out var type) && type.Length > 0 && !name.StartsWith(type + ".", StringComparison.Ordinal) ? $"{type}.{name}" : name;

    private static TestStatus Status(string? outcome) => outcome switch
    {
        "Passed" or "PassedButRunAborted" or "Warning" or "Completed" => TestStatus.Passed,
        "NotExecuted" or "Inconclusive" or "Pending" or "Skipped" => TestStatus.Skipped,
        _ => TestStatus.Failed,
    };

    [GeneratedRegex(@"^\[xUnit\.net [0-9:.]+\]\s+(?<test>.+) \[FAIL\]$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Echo();
}
