using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pawl.Changes;
using Pawl.Changes.Reports;

namespace Pawl.Benchmarks;

/// <summary>What becomes of reports of four megabytes with nothing but failures before an agent is told of them.</summary>
internal static class FeedbackCosts
{
    private const int Bytes = 4_000_000;
    private const int Repetitions = 5;
    private const string Root = "/checkout";

    public static void Run()
    {
        foreach (var isOneCause in (bool[])[true, false])
        {
            Measure("TRX", isOneCause, Fill("<TestRun><Results>", isOneCause, TrxTest, "</Results></TestRun>"), bytes => FromReport(ReportFormat.Trx, bytes));
            Measure("JUnit XML", isOneCause, Fill("<testsuite name=\"shop\">", isOneCause, JUnitTest, "</testsuite>"), bytes => FromReport(ReportFormat.JUnit, bytes));
        }

        Measure("a log", isOneCause: false, Fill("", isOneCause: false, LogLines, ""), bytes => [FailureReader.FromOutput("test", Encoding.UTF8.GetString(bytes), 1, Root)]);
    }

    private static void Measure(string format, bool isOneCause, (byte[] Content, int Failures) report, Func<byte[], IReadOnlyList<GateFailure>> read)
    {
        var milliseconds = new List<double>();
        var told = "";
        for (var i = 0; i <= Repetitions; i++)
        {
            var start = Stopwatch.GetTimestamp();
            told = FeedbackText.Write(read(report.Content));
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Report.Row(
            $"{format} of {report.Content.Length:N0} bytes, {report.Failures:N0} failures of {(isOneCause ? "one cause" : "as many causes")}: fed back, in",
            $"{Encoding.UTF8.GetByteCount(told):N0} bytes, {Report.Number(Report.Median(milliseconds.Skip(1)), "0")} ms");
    }

    private static IReadOnlyList<GateFailure> FromReport(ReportFormat format, byte[] bytes) => ReportReader.Read(format, new MemoryStream(bytes), "report") is ReportOutcome.Read(var report)
        ? FailureReader.FromReport("test", report.RelativeTo(Root), Root)
        : throw new InvalidOperationException("The report cannot be read.");

    private static (byte[] Content, int Failures) Fill(string head, bool isOneCause, Func<int, string, string> one, string end)
    {
        var text = new StringBuilder(head);
        var failures = 0;
        for (; text.Length < Bytes; failures++) text.Append(one(failures, isOneCause ? "the total" : Word(failures)));
        return (Encoding.UTF8.GetBytes(text.Append(end).ToString()), failures);
    }

    private static string TrxTest(int n, string what) => string.Create(CultureInfo.InvariantCulture, $"<UnitTestResult testName=\"Shop.Orders.Tests.Adds{n}\" outcome=\"Failed\"><Output><ErrorInfo><Message>{Message(n, what)}</Message><StackTrace>{Stack(n)}</StackTrace></ErrorInfo></Output></UnitTestResult>");

    private static string JUnitTest(int n, string what) => string.Create(CultureInfo.InvariantCulture, $"<testcase classname=\"shop.orders\" name=\"adds{n}\"><failure message=\"{Message(n, what)}\">{Stack(n)}</failure></testcase>");

    private static string LogLines(int n, string what) => $"{Message(n, what)}\n{Stack(n)}\n";

    private static string Message(int n, string what) => string.Create(CultureInfo.InvariantCulture, $"Expected {what} to be {n} but it was {n + 1}");

    private static string Stack(int n) => string.Concat(Enumerable.Range(1, 10).Select(frame => string.Create(CultureInfo.InvariantCulture, $"   at Shop.Orders.Step{frame}() in {Root}/src/orders/part{frame}.cs:line {n % 500}\n")));

    // Letters, because numbers do not tell one cause from another.
    private static string Word(int number) => string.Concat(number.ToString("D5", CultureInfo.InvariantCulture).Select(digit => (char)('a' + digit - '0')));
}
