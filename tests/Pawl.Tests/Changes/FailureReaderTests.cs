using Pawl.Changes;
using Pawl.Changes.Reports;
using Pawl.Tests.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Changes;

public sealed class FailureReaderTests
{
    [Theory]
    [InlineData("   at Shop.Price() in /repo/src/Price.cs:line 12", "src/Price.cs:12")]
    [InlineData("    at TestContext.<anonymous> (file:///repo/a.test.mjs:4:42)", "a.test.mjs:4")]
    [InlineData("    at /repo/src/a.ts:9:1", "src/a.ts:9")]
    [InlineData("  File \"/repo/pkg/a b.py\", line 7, in f", "pkg/a b.py:7")]
    [InlineData("tests/test_a.py:12: AssertionError", "tests/test_a.py:12")]
    [InlineData("\t/repo/pkg/x.go:33 +0x1d", "pkg/x.go:33")]
    [InlineData("    price_test.go:5: got 1", "price_test.go:5")]
    [InlineData("thread 'main' panicked at src/main.rs:4:5:", "src/main.rs:4")]
    [InlineData("   3: app::f at ./src/lib.rs:8:9", "src/lib.rs:8")]
    [InlineData("\tat com.shop.price.PriceTest.total(PriceTest.java:21)", "com/shop/price/PriceTest.java:21")]
    [InlineData("src/Price.cs(3,14): error CS1002: ; expected [/repo/a.csproj]", "src/Price.cs:3")]
    [InlineData("/repo/../etc/x.py:3", null)]
    [InlineData("   at Xunit.Assert.Equal() in /_/src/xunit.assert/EqualityAsserts.cs:line 3", null)]
    [InlineData("    at Test.run (node:internal/test_runner/test:796:25)", null)]
    [InlineData("    at /repo/node_modules/x/index.js:1:1", null)]
    [InlineData("  File \"/usr/lib/python3/unittest/case.py\", line 7", null)]
    [InlineData("/repository/other.go:3", null)]
    [InlineData("\tat java.base/java.lang.Thread.run(Thread.java:840)", null)]
    [InlineData("\tat org.junit.Assert.fail(Assert.java:89)", null)]
    [InlineData("at https://example.com/x.js:3:4", null)]
    public void FromReport_FrameOfALanguage_IsKeptWhereItLiesInTheRepository(string frame, string? expected) =>
        Assert.Equal(expected is null ? [] : [expected], One(new TestCase { Id = "t", Status = TestStatus.Failed, Stack = frame }).Frames);

    [Fact]
    public void FromReport_ManyFrames_KeepsTheFirstFiveOnce() =>
        Assert.Equal(["a.py:1", "a.py:2", "a.py:3", "a.py:4", "a.py:5"],
            One(new TestCase { Id = "t", Status = TestStatus.Failed, Stack = string.Concat(Enumerable.Range(1, 9).Select(n => $"  File \"/repo/a.py\", line {n}\n  File \"/repo/a.py\", line {n}\n")) }).Frames);

    [Fact]
    public void FromReport_WhatNodeWrote_IsTheInnermostFailures()
    {
        var failures = FailureReader.FromReport("test", Sample.Report("node.tap"), "/repo");

        Assert.Equal(["subtracts # wrongly", "group > inner fails"], failures.Select(failure => failure.Test));
        Assert.Equal(["a.test.mjs:9"], failures[1].Frames);
        Assert.Equal("no \"such\" thing\nsecond line", failures[1].Message);
    }

    [Theory]
    [InlineData("Expected 17 but was 18", "Expected 3 but was 99")]
    [InlineData("no file /tmp/pawl-1/x at 2026-11-21T11:39:47", "no file /tmp/pawl-2/y at 2026-11-22T01:02:03")]
    [InlineData("order 4c8ce760-82c9-e687-84e6-6c28fd1eaa45 \"a\" 0xdeadbeef", "order 1219c939-5de5-0356-d98d-7aa33a0b9057 \"b\" 0xcafe0123")]
    [InlineData("\u001b[31mred\u001b[0m\r\nand 1", "red\nand 2")]
    public void Fingerprint_OtherValues_IsTheSame(string a, string b) => Assert.Equal(Print(a), Print(b));

    [Fact]
    public void Fingerprint_OtherWordsCheckOrTest_IsAnother()
    {
        var prints = new[] { Print("is null"), Print("is empty"), Print("first\nis null"), Print("is null", test: "u"), Print("is null", check: "lint") };

        Assert.Equal(prints.Length, prints.Distinct(StringComparer.Ordinal).Count());
        Assert.All(prints, print => Assert.Matches("^[0-9a-f]{16}$", print));
    }

    [Fact]
    public void FromOutput_LongOutput_HoldsTheTellingLinesAndTheirContext()
    {
        var output = string.Concat(Enumerable.Range(0, 20_000).Select(n => $"compiling part {n}, 0 errors\n"))
            + "doing\n\u001b[1;31msrc/a.c:7: error: no ';'\u001b[0m\n  int x\n      ^\nbuilding on\n" + string.Concat(Enumerable.Range(0, 20_000).Select(n => $"linking {n}\n"));

        var failure = FailureReader.FromOutput("build", output, 2, "/repo");

        Assert.Equal("exit code 2\ndoing\nsrc/a.c:7: error: no ';'\n  int x\n      ^", failure.Message);
        Assert.Equal(["src/a.c:7"], failure.Frames);
        Assert.Equal("(output)", failure.Test);
    }

    [Fact]
    public void FromOutput_NothingTelling_HoldsTheEnd()
    {
        var failure = FailureReader.FromOutput("build", string.Concat(Enumerable.Range(1, 100).Select(n => $"line {n}\n")) + "\n\n", 1, "/repo");

        Assert.StartsWith("exit code 1\nline 71\n", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("line 100", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromOutput_NoOutput_SaysTheExitCode() => Assert.Equal("exit code 3", FailureReader.FromOutput("build", "", 3, "/repo").Message);

    private static GateFailure One(TestCase test) => Assert.Single(FailureReader.FromReport("test", new TestReport([test]), "/repo"));

    private static string Print(string message, string test = "t", string check = "test") =>
        Assert.Single(FailureReader.FromReport(check, new TestReport([new TestCase { Id = test, Status = TestStatus.Failed, Message = message }]), "/repo")).Fingerprint;
}
