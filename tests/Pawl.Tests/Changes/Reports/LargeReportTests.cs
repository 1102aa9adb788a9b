using System.Text;
using Pawl.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Changes.Reports;

/// <summary>Reports beyond the limit. They run alone, because they look at the memory of the process.</summary>
[Collection(nameof(LargeReportTests))]
public sealed class LargeReportTests
{
    private const long Megabyte = 1024 * 1024;
    private const long Large = 200 * Megabyte;

    [CollectionDefinition(nameof(LargeReportTests), DisableParallelization = true)]
    public sealed class Alone;

    [Fact]
    public void Read_FileOf200Megabytes_IsRefusedBeforeItIsOpened()
    {
        using var folder = new TemporaryFolder();
        using (var file = File.Create(folder["big.trx"])) file.SetLength(Large);

        var why = Assert.IsType<ReportOutcome.Unreadable>(ReportReader.Read(ReportFormat.Trx, folder["big.trx"])).Why;

        Assert.Equal($"{folder["big.trx"]}: larger than 64 MiB. Report fewer tests, or write less of their output into the report.", why);
    }

    // What streams holds almost nothing; one attribute or CDATA section as long as the limit, and the bytes of SARIF, are held whole.
    [Theory]
    [InlineData(nameof(ReportFormat.JUnit), "<testsuite name='s'><testcase name='t'><failure>", "0123456789abcdef\n", 16)]
    [InlineData(nameof(ReportFormat.JUnit), "<testsuite name='s'><testcase name='t'><failure message='", "0123456789abcdef ", 512)]
    [InlineData(nameof(ReportFormat.Trx), "<TestRun><Results><UnitTestResult testName='t'><Output><ErrorInfo><StackTrace><![CDATA[", "0123456789abcdef\n", 256)]
    [InlineData(nameof(ReportFormat.Trx), "<TestRun><Results>", "<Other a='1'/>", 16)]
    [InlineData(nameof(ReportFormat.Tap), "1..1\nnot ok 1\n  ---\n", "  0123456789abcdef\n", 16)]
    [InlineData(nameof(ReportFormat.Tap), "1..1\nnot ok ", "0123456789abcdef", 16)]
    [InlineData(nameof(ReportFormat.Sarif), "{\"runs\":[{\"results\":[", "{\"ruleId\":\"r\"},", 256)]
    public void Read_StreamOf200Megabytes_StopsAtTheLimitInBoundedMemory(string format, string head, string repeated, int megabytesMax)
    {
        var content = new Endless(head, repeated);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var outcome = ReportReader.Read(Sample.Named(format), content, "report");

        Assert.Contains("larger than 64 MiB", Assert.IsType<ReportOutcome.Unreadable>(outcome).Why, StringComparison.Ordinal);
        Assert.InRange(content.Given, Limits.ReportBytes, Limits.ReportBytes + Megabyte);
        Assert.InRange(content.Peak - before, long.MinValue, megabytesMax * Megabyte);
    }

    /// <summary>A beginning, and then the same again and again up to 200 MB, made as it is read. Notes what the process held meanwhile.</summary>
    private sealed class Endless(string head, string repeated) : Stream
    {
        private const long Between = 8 * Megabyte;

        private readonly byte[] _head = Encoding.UTF8.GetBytes(head);
        private readonly byte[] _repeated = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(repeated, 1000)));

        public long Given { get; private set; }

        public long Peak { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, Large - Given);
            if ((Given + count) / Between > Given / Between) Peak = Math.Max(Peak, GC.GetTotalMemory(forceFullCollection: true));
            for (var done = 0; done < count;)
            {
                var next = Given < _head.Length ? _head.AsSpan((int)Given) : _repeated.AsSpan((int)((Given - _head.Length) % _repeated.Length));
                next = next[..Math.Min(next.Length, count - done)];
                next.CopyTo(buffer[done..]);
                (done, Given) = (done + next.Length, Given + next.Length);
            }

            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
