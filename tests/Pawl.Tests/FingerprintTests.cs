using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Pawl.Tests;

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
    [InlineData("404 Not Found", "500 Not Found")]
    [InlineData("upstream said 401 Unauthorized", "upstream said 403 Unauthorized")]
    [InlineData("404: no such page", "410: no such page")]
    [InlineData("500 Internal Server Error", "501 Internal Server Error")]
    [InlineData("cannot decode utf8", "cannot decode base64")]
    [InlineData("oauth2 token expired", "s3 token expired")]
    [InlineData("bad sha256_sum", "bad md5_sum")]
    [InlineData("no ipv4 route", "no ipv6 route")]
    [InlineData("http2 is needed", "python3 is needed")]
    [InlineData("no build for x86_64", "no build for win32")]
    [InlineData("api v1 is gone", "api v2 is gone")]
    [InlineData("not UTF-8", "not UTF-16")]
    [InlineData("exit code 1", "exit code 2")]
    [InlineData("exited with status 1", "exited with status 127")]
    [InlineData("[Errno 2] cannot open", "[Errno 13] cannot open")]
    [InlineData("KeyError: x", "ValueError: x")]
    [InlineData("thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds", "thread 'main' panicked at src/main.rs:9:1:\ndivision by zero")]
    public void Of_DifferentErrors_StayApart(string a, string b) => Assert.NotEqual(Fingerprint.Of(a), Fingerprint.Of(b));

    [Fact]
    public void Of_ARealError_StaysReadable() =>
        Assert.Equal("Error: flight <id> not available on date <date>", Fingerprint.Of("Error: flight HAT030 not available on date 2024-05-13"));

    [Theory]
    [InlineData("HAT030")]
    [InlineData("gift_card_5094406")]
    [InlineData("3RK2T9")]
    [InlineData("run_20261121_023804_73c4939c")]
    [InlineData("order-17")]
    [InlineData("order-7")]
    [InlineData("credit_card_1")]
    [InlineData("user42")]
    [InlineData("AB12")]
    [InlineData("node-17")]
    [InlineData("sha256-73c4939c")]
    [InlineData("deadbeef1")]
    [InlineData("deadbeefcafe")]
    [InlineData("0x1")]
    [InlineData("30s")]
    public void Of_AnId_IsTakenOut(string id) => Assert.Equal("no <id> here", Fingerprint.Of($"no {id} here"));

    [Theory]
    [InlineData("375 rows are missing", "<n> rows are missing")]
    [InlineData("no order #12345", "no order #<n>")]
    [InlineData("paid 299 for it", "paid <n> for it")]
    [InlineData("deadbeef facade", "deadbeef facade")]
    public void Of_ANumberOrAWord_IsNoCodeAndNoId(string error, string fingerprint) => Assert.Equal(fingerprint, Fingerprint.Of(error));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n\t ")]
    public void Of_NoText_SaysSo(string? error) => Assert.Equal("(no message)", Fingerprint.Of(error));

    [Fact]
    public void Of_AnyText_IsStableShortAndOneLine()
    {
        var pieces = Gen.Elements("5", "a", "'", "\"", "`", " ", "\n", "/x/y", "<n>", "<", ">", "HTTP 404", "2024-05-13", "a@b", ".", ":", "-", "_", "x1", "é", "404 Not Found", "404", "utf8", "exit code 1", "abcdefabcdef", "s3-", "order-17", "\U0001F600", "\0");
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
    [InlineData("404 ")]
    [InlineData("abcdef")]
    [InlineData("s3-")]
    [InlineData("code ")]
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
