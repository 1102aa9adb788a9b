using System.Text;
using Pawl.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Changes.Reports;

/// <summary>Reports that real runners wrote, in Samples, and the reading of reports given as text.</summary>
internal static class Sample
{
    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, "tests/Pawl.Tests/Changes/Reports/Samples", name));

    public static ReportFormat Format(string name) => Path.GetExtension(name) switch
    {
        ".trx" => ReportFormat.Trx,
        ".junit" => ReportFormat.JUnit,
        ".tap" => ReportFormat.Tap,
        _ => ReportFormat.Sarif,
    };

    /// <summary>A format by its name: test methods are public, and their parameters cannot be internal.</summary>
    public static ReportFormat Named(string format) => Enum.Parse<ReportFormat>(format);

    public static TestReport Report(string name) => Whole(Format(name), Bytes(name));

    public static TestReport Whole(ReportFormat format, byte[] content) => Assert.IsType<ReportOutcome.Read>(Read(format, content)).Report;

    public static TestReport Whole(ReportFormat format, string content) => Whole(format, Encoding.UTF8.GetBytes(content));

    public static string Why(ReportFormat format, byte[] content) => Assert.IsType<ReportOutcome.Unreadable>(Read(format, content)).Why;

    public static string Why(ReportFormat format, string content) => Why(format, Encoding.UTF8.GetBytes(content));

    public static ReportOutcome Read(ReportFormat format, byte[] content) => ReportReader.Read(format, new MemoryStream(content), "report");

    /// <summary>The cases as short text: <c>+</c> passed, <c>-</c> failed, <c>~</c> skipped, and the id.</summary>
    public static IEnumerable<string> Lines(TestReport report) =>
        report.Tests.Select(test => $"{(test.Status switch { TestStatus.Passed => '+', TestStatus.Failed => '-', _ => '~' })} {test.Id}");
}
