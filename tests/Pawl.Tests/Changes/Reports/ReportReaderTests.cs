using System.Net;
using System.Net.Sockets;
using System.Text;
using Pawl.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Changes.Reports;

/// <summary>What holds for every format: limits, encodings, and that nothing outside of the report is read.</summary>
public sealed class ReportReaderTests
{
    [Theory]
    [InlineData(nameof(ReportFormat.JUnit), "<testsuite name='s'>", "<testcase name='t'/>")]
    [InlineData(nameof(ReportFormat.Trx), "<TestRun><Results>", "<UnitTestResult testName='t'/>")]
    [InlineData(nameof(ReportFormat.Tap), "", "ok\n")]
    [InlineData(nameof(ReportFormat.Sarif), "{\"version\":\"2.1.0\",\"runs\":[{\"results\":[{}", ",{}")]
    public void Read_MoreTestsThanAllowed_IsUnreadable(string format, string head, string repeated)
    {
        var tail = format == nameof(ReportFormat.Sarif) ? "]}]}" : "";

        Assert.Equal("report: more than 200,000 tests. Split the check.", Sample.Why(Sample.Named(format), head + string.Concat(Enumerable.Repeat(repeated, Limits.ReportCases + 1)) + tail));
    }

    [Fact]
    public void Read_LongTexts_AreCutWithANoteAndIdsStayApart()
    {
        var (a, b) = (new string('x', 5000) + "a", new string('x', 5000) + "b");
        var report = Sample.Whole(ReportFormat.JUnit, $"<testsuite><testcase name='{a}'><failure message='{a}'>{a}{a}</failure></testcase><testcase name='{b}'/></testsuite>");

        Assert.Equal((Limits.ReportMessageCharacters, Limits.ReportStackCharacters), (report.Tests[0].Message.Length, report.Tests[0].Stack.Length));
        Assert.EndsWith(" [cut]", report.Tests[0].Message, StringComparison.Ordinal);
        Assert.NotEqual(report.Tests[0].Id, report.Tests[1].Id);
        Assert.All(report.Tests, test => Assert.Equal(Limits.ReportIdCharacters + 17, test.Id.Length));
    }

    [Fact]
    public void Read_DocumentTypes_AreRefusedAndNothingIsFetched()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var folder = new TemporaryFolder();
        var secret = folder.Write("secret", "the-secret");
        foreach (var source in new[] { $"file://{secret}", $"http://127.0.0.1:{port}/x.dtd" })
        {
            foreach (var declaration in new[] { $"<!DOCTYPE testsuite SYSTEM '{source}'>", $"<!DOCTYPE testsuite [<!ENTITY e SYSTEM '{source}'>]>", $"<!DOCTYPE testsuite [<!ENTITY % p SYSTEM '{source}'> %p;]>" })
            {
                var why = Sample.Why(ReportFormat.JUnit, $"{declaration}<testsuite xmlns:xi='http://www.w3.org/2001/XInclude'><testcase name='t'><failure>&e;</failure></testcase></testsuite>");
                Assert.Contains("it has a DTD, and none is read", why, StringComparison.Ordinal);
                Assert.DoesNotContain("the-secret", why, StringComparison.Ordinal);
            }
        }

        var schema = Sample.Whole(ReportFormat.JUnit, $"<testsuite xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:noNamespaceSchemaLocation='http://127.0.0.1:{port}/s.xsd'>" +
            $"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://{secret}' parse='text'/><testcase name='t'/></testsuite>");
        Assert.Equal(["+ t"], Sample.Lines(schema));
        Assert.False(listener.Pending());
    }

    [Fact]
    public void Read_EntitiesThatMultiply_AreRefusedAtOnce()
    {
        var entities = string.Concat(Enumerable.Range(1, 30).Select(n => $"<!ENTITY e{n} \"{string.Concat(Enumerable.Repeat($"&e{n - 1};", 10))}\">"));

        Assert.Contains("it has a DTD, and none is read", Sample.Why(ReportFormat.Trx, $"<!DOCTYPE TestRun [<!ENTITY e0 \"ha\">{entities}]><TestRun>&e30;</TestRun>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(ReportFormat.JUnit), "<testsuite>", "", 100_000)]
    [InlineData(nameof(ReportFormat.Trx), "<TestRun><Results>", "<UnitTestResult testName='t'><InnerResults>", 1000)]
    [InlineData(nameof(ReportFormat.Sarif), "{\"version\":\"2.1.0\",\"runs\":", "[", 100_000)]
    public void Read_DeepNesting_IsUnreadable(string format, string head, string nested, int levels) =>
        Assert.NotEmpty(Sample.Why(Sample.Named(format), head + string.Concat(Enumerable.Repeat(nested.Length == 0 ? head : nested, levels))));

    [Fact]
    public void Read_DeepSubtests_AreUnreadable()
    {
        var tap = string.Concat(Enumerable.Range(0, 100).Select(level => $"{new string(' ', level * 4)}# Subtest: s\n"));

        Assert.Equal("report: its subtests nest more than 64 deep, line 66.", Sample.Why(ReportFormat.Tap, tap));
    }

    public static TheoryData<string, string> Encodings() => new()
    {
        { "utf-8", "utf-8" }, { "utf-16", "utf-16" }, { "utf-16BE", "utf-16" }, { "utf-32", "utf-32" }, { "utf-16", "" }, { "utf-8", "" },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Read_EncodingWithItsMark_IsRead(string encoding, string declared)
    {
        var xml = $"<?xml version='1.0'{(declared.Length == 0 ? "" : $" encoding='{declared}'")}?><testsuite><testcase name='é😀'/></testsuite>";

        Assert.Equal(["+ é😀"], Sample.Lines(Sample.Whole(ReportFormat.JUnit, Marked(encoding, xml))));
        Assert.Equal(["+ é😀"], Sample.Lines(Sample.Whole(ReportFormat.Tap, Marked(encoding, "1..1\nok 1 - é😀\n"))));
        Assert.Equal(["+ é😀 (run)"], Sample.Lines(Sample.Whole(ReportFormat.Sarif, Marked(encoding, """{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"é😀"}}}]}"""))));
    }

    public static TheoryData<string, byte[]> Lies() => new()
    {
        { nameof(ReportFormat.JUnit), Marked("utf-16", "<?xml version='1.0' encoding='utf-8'?><testsuite/>") },
        { nameof(ReportFormat.JUnit), Marked("utf-8", "<?xml version='1.0' encoding='utf-16'?><testsuite/>") },
        { nameof(ReportFormat.JUnit), Marked("utf-8", "<?xml version='1.0' encoding='iso-8859-1'?><testsuite/>") },
        { nameof(ReportFormat.JUnit), Encoding.UTF8.GetBytes("<?xml version='1.0' encoding='utf-16'?><testsuite/>") },
        { nameof(ReportFormat.JUnit), Encoding.Latin1.GetBytes("<?xml version='1.0' encoding='utf-8'?><testsuite name='é'/>") },
        { nameof(ReportFormat.JUnit), Encoding.UTF8.GetBytes("<?xml version='1.0' encoding='klingon'?><testsuite/>") },
        { nameof(ReportFormat.JUnit), [0xFF, 0xFE, 0x00, 0xD8, 0x3C, 0x00] },
        { nameof(ReportFormat.Tap), Encoding.Latin1.GetBytes("1..1\nok 1 - é\n") },
        { nameof(ReportFormat.Tap), [0xFF, 0xFE, 0x00, 0xD8, 0x0A, 0x00] },
        { nameof(ReportFormat.Sarif), Encoding.Latin1.GetBytes("""{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"é"}}}]}""") },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void Read_BytesThatAreNotInTheEncoding_AreUnreadable(string format, byte[] content) => Assert.NotEmpty(Sample.Why(Sample.Named(format), content));

    [Theory]
    [InlineData("none.trx")]
    [InlineData("empty.trx")]
    [InlineData("link.trx")]
    [InlineData("folder.trx")]
    public void Read_NoOrdinaryFile_IsUnreadable(string name)
    {
        using var folder = new TemporaryFolder();
        folder.Write("empty.trx", "");
        folder.Write("whole.trx", "<TestRun/>");
        File.CreateSymbolicLink(folder["link.trx"], folder["whole.trx"]);
        Directory.CreateDirectory(folder["folder.trx"]);

        Assert.IsType<ReportOutcome.Read>(ReportReader.Read(ReportFormat.Trx, folder["whole.trx"]));
        Assert.IsType<ReportOutcome.Unreadable>(ReportReader.Read(ReportFormat.Trx, folder[name]));
    }

    [Fact]
    public void Read_Device_IsNotOpened() => Assert.Equal("/dev/zero is empty.", Assert.IsType<ReportOutcome.Unreadable>(ReportReader.Read(ReportFormat.Tap, "/dev/zero")).Why);

    [Fact]
    public void Read_Text_HasNoTests() => Assert.Empty(Sample.Whole(ReportFormat.Text, "anything \0").Tests);

    [Fact]
    public void RelativeTo_TwoWorktrees_GivesTheSameIds()
    {
        static TestReport In(string root) => Sample.Whole(ReportFormat.JUnit, $"<testsuite><testcase classname='{root}/a_test.js' name='t' file='{root}/a_test.js'/></testsuite>").RelativeTo(root);

        Assert.Equal(In("/one/tree").Tests, In("/two").Tests);
        Assert.Equal("a_test.js", In("/two").Tests[0].File);
    }

    private static byte[] Marked(string encoding, string text)
    {
        var bytes = Encoding.GetEncoding(encoding);
        return [.. bytes.GetPreamble(), .. bytes.GetBytes(text)];
    }
}
