using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Pawl.Insights;
using Xunit;

namespace Pawl.Tests.Insights;

public sealed class FingerprintTests
{
    [Theory]
    [InlineData("Error: flight HAT030 not available on date 2024-05-13", "Error: flight HAT223 not available on date 2024-05-14")]
    [InlineData("Error: not enough balance in payment method gift_card_5094406", "Error: not enough balance in payment method credit_card_1")]
    [InlineData("Error: payment amount does not add up, total price is 375, but paid 299", "Error: payment amount does not add up, total price is 4875, but paid 1625")]
    [InlineData("no user 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "no user 00000000-0000-0000-0000-000000000000")]
    [InlineData("bad pointer 0xdeadbeef", "bad pointer 0x1")]
    [InlineData("unknown column \"price\"", "unknown column \"total amount\"")]
    [InlineData("unknown column 'price'", "unknown column 'total amount'")]
    [InlineData("cannot open /var/lib/app/7.db", "cannot open /home/someone/data.json")]
    [InlineData("cannot open C:\\temp\\a.txt", "cannot open D:\\b")]
    [InlineData("mail to anna@example.org bounced", "mail to b.c+d@mail.example.com bounced")]
    [InlineData("timed out after 30 seconds at 10:15:00", "timed out after 5 seconds at 23:59")]
    [InlineData("used 1,234.5 of 2,000 tokens", "used 7 of 8 tokens")]
    [InlineData("Traceback (most recent call last):\n  File \"a.py\", line 3\nKeyError: 'user_1'", "Traceback (most recent call last):\n  File \"b.py\", line 7, in f\n    g()\nKeyError: 'user_2'")]
    [InlineData("boom at 5\nstack frame one", "boom at 6\nanother frame")]
    public void Of_TheSameErrorWithOtherValues_IsTheSame(string a, string b) => Assert.Equal(Fingerprint.Of(a), Fingerprint.Of(b));

    [Theory]
    [InlineData("HTTP 404 from the service", "HTTP 500 from the service")]
    [InlineData("status code: 429", "status code: 503")]
    [InlineData("the server returned 404", "the server returned 500")]
    [InlineData("Error: certificate cannot be used", "Error: gift card balance is not enough")]
    [InlineData("KeyError: x", "ValueError: x")]
    [InlineData("thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds", "thread 'main' panicked at src/main.rs:9:1:\ndivision by zero")]
    public void Of_DifferentErrors_StayApart(string a, string b) => Assert.NotEqual(Fingerprint.Of(a), Fingerprint.Of(b));

    [Fact]
    public void Of_ARealError_StaysReadable() =>
        Assert.Equal("Error: flight <id> not available on date <date>", Fingerprint.Of("Error: flight HAT030 not available on date 2024-05-13"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n\t ")]
    public void Of_NoText_SaysSo(string? error) => Assert.Equal("(no message)", Fingerprint.Of(error));

    [Fact]
    public void Of_AnyText_IsStableShortAndOneLine()
    {
        var pieces = Gen.Elements("5", "a", "'", "\"", "`", " ", "\n", "/x/y", "<n>", "<", ">", "HTTP 404", "2024-05-13", "a@b", ".", ":", "-", "_", "x1", "é", "\U0001F600", "\0");
        var texts = pieces.ListOf().Select(list => string.Concat(list));
        Prop.ForAll(texts.ToArbitrary(), Stable).QuickCheckThrowOnFailure();
        Prop.ForAll<NonNull<string>>(text => Stable(text.Get)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Of_AFingerprintCutAtItsEnd_IsStable() => Assert.All(
        new[] { new string('x', 195) + " HTTP 404", new string('x', 199) + "\U0001F600", string.Concat(Enumerable.Repeat("a'5'", 100)), string.Concat(Enumerable.Repeat("word 12 ", 100)) },
        text => Assert.True(Stable(text)));

    [Theory]
    [InlineData("'")]
    [InlineData("\"a")]
    [InlineData("a1-")]
    [InlineData("/")]
    [InlineData("a@")]
    [InlineData("1.")]
    [InlineData("\n")]
    [InlineData("5'a'")]
    public void Of_AMegabyteOfHostileText_IsQuick(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 1024 * 1024 / piece.Length));
        var start = Stopwatch.GetTimestamp();

        Assert.True(Fingerprint.Of(text).Length <= 200);

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1), $"{Stopwatch.GetElapsedTime(start)} for a megabyte");
    }

    private static bool Stable(string text)
    {
        var once = Fingerprint.Of(text);
        return Fingerprint.Of(once) == once && once.Length is > 0 and <= 200 && !once.Contains('\n') && !char.IsHighSurrogate(once[^1]);
    }
}
