using System.Text;
using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

public sealed class OutputCaptureTests
{
    [Fact]
    public void ToOutput_LessThanIsKept_IsAllOfIt()
    {
        var capture = new OutputCapture(1000);
        foreach (var part in new[] { "a\n", "", new string('b', 700), "\nend" }) capture.Add(Encoding.UTF8.GetBytes(part));

        Assert.Equal(new CapturedOutput($"a\n{new string('b', 700)}\nend", 706), capture.ToOutput());
        Assert.Equal("end", Encoding.UTF8.GetString(capture.End(3)));
        Assert.False(capture.IsCut);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(499)]
    [InlineData(5000)]
    public void ToOutput_MoreThanIsKept_IsBeginningAndEndInWhateverPiecesItCame(int piece)
    {
        var all = string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i:D9}\n"));
        var capture = new OutputCapture(1000);
        foreach (var part in Encoding.UTF8.GetBytes(all).Chunk(piece)) capture.Add(part);

        Assert.Equal(new CapturedOutput(all[..500] + "\n… 9,000 bytes are left out here …\n" + all[^500..], 10_000), capture.ToOutput());
        Assert.Equal(new CapturedOutput(all[..500] + "\n… 9,000 bytes are left out here …\n" + all[^500..^10], 9_990), capture.ToOutput(dropLast: 10));
        Assert.Equal(all[^20..], Encoding.UTF8.GetString(capture.End(20)));
    }

    [Fact]
    public void ToOutput_CutThroughCharacters_LeavesThemOut()
    {
        var capture = new OutputCapture(1000);
        capture.Add(Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat("€", 1000))));

        Assert.DoesNotContain('\uFFFD', capture.ToOutput().Text);
    }

    [Fact]
    public void ToOutput_InvalidTextAndNul_IsReplacedAndDropped()
    {
        var capture = new OutputCapture(1000);
        capture.Add([(byte)'a', 0, 0xFF, (byte)'b', 0]);

        Assert.Equal(new CapturedOutput("a\uFFFDb", 5), capture.ToOutput());
    }

    [Fact]
    public void Add_100MB_TakesNoMoreMemoryThanIsKept()
    {
        var capture = new OutputCapture(512 * 1024);
        var part = new byte[64 * 1024];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1600; i++) capture.Add(part);

        Assert.Equal(100L << 20, capture.Bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 2 << 20);
    }
}
