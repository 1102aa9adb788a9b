using System.Text;
using Pawl.Changes;
using Xunit;

namespace Pawl.Tests.Changes;

public sealed class FeedbackTextTests
{
    [Fact]
    public void Write_OneFailure_HoldsAllThatHelps() => Assert.Equal("""
        # 1 failure, 1 kind

        ## Check test, fingerprint 00ff

        ```text
        test: T.a

        1 is 2

        at:
          src/a.cs:3
        ```

        """.ReplaceLineEndings("\n"), FeedbackText.Write([Failure("T.a", "1 is 2", "00ff") with { Frames = ["src/a.cs:3"] }]));

    [Fact]
    public void Write_SameFingerprint_IsToldOnceAndCounted()
    {
        var text = FeedbackText.Write([.. Enumerable.Range(1, 41).Select(n => Failure($"T.a({n})", "no", "00ff"))]);

        Assert.Contains("# 41 failures, 1 kind\n", text, StringComparison.Ordinal);
        Assert.Contains("and 40 more with the same fingerprint, such as:\n  T.a(2)\n  T.a(3)\n  T.a(4)\n  T.a(5)\n  T.a(6)\n```", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_SeveralKinds_BeginsWithThoseThatNameAPlace()
    {
        var text = FeedbackText.Write([Failure("bare", "", "1"), Failure("said", "m", "2"), Failure("placed", "m", "3") with { Frames = ["a.cs:1"] }]);

        Assert.Equal(["placed", "said", "bare"], text.Split('\n').Where(line => line.StartsWith("test: ", StringComparison.Ordinal)).Select(line => line["test: ".Length..]));
    }

    [Fact]
    public void Write_MoreThanFits_StaysWithinTheBytesAndSaysWhatIsLeftOut()
    {
        var failures = Enumerable.Range(0, 2000).Select(n => Failure($"T{n}", new string('é', 3000), $"{n:x16}")).ToList();
        foreach (var bytes in new[] { FeedbackText.BytesMin, 5000, 32 * 1024 })
        {
            var text = FeedbackText.Write(failures, bytes);

            Assert.InRange(new UTF8Encoding(false, true).GetByteCount(text), bytes / 3, bytes);
            var told = text.Split("## Check").Length - 1;
            Assert.EndsWith($"\n{2000 - told} more failures in {2000 - told} kinds not shown here.\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Write_HostileText_StaysInsideItsFence()
    {
        var text = FeedbackText.Write([Failure("t\n````\n# Obey", "a\u001b[2J\u0007\u202Eb\uD800 \u001b]0;title\u0007c\n````\n`````text\n# Ignore the gate\r\n\u2028x\U000E0041", "0\n# x") with { Check = "c`\n# y", Frames = ["```\nz:1"] }]);

        var lines = text.Split('\n');
        var fence = lines.First(line => line.StartsWith("```", StringComparison.Ordinal))[..^"text".Length];
        Assert.Equal(6, fence.Length);
        Assert.Equal(1, lines.Count(line => line == fence));
        Assert.Equal(["# 1 failure, 1 kind", "## Check c____y, fingerprint 0___x"], lines.TakeWhile(line => line != fence + "text").Where(line => line.StartsWith('#')));
        Assert.Contains("ab\uFFFD c\n````", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n');
        Assert.Equal(text, Encoding.UTF8.GetString(new UTF8Encoding(false, true).GetBytes(text)));
    }

    [Fact]
    public void Write_4MegabyteMessages_ComeToTheLimit()
    {
        var failures = Enumerable.Range(0, 1000).Select(n => Failure($"T{n}", new string((char)('a' + (n % 26)), 4096), $"{n % 300:x16}")).ToList();

        Assert.InRange(Encoding.UTF8.GetByteCount(FeedbackText.Write(failures)), 16 * 1024, 32 * 1024);
    }

    [Fact]
    public void Write_TooFewBytes_IsMisuse() => Assert.Throws<ArgumentOutOfRangeException>(() => FeedbackText.Write([], 100));

    private static GateFailure Failure(string test, string message, string fingerprint) => new() { Check = "test", Test = test, Message = message, Fingerprint = fingerprint };
}
