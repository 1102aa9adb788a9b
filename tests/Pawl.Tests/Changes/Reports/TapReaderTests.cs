using Pawl.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Changes.Reports;

public sealed class TapReaderTests
{
    [Fact]
    public void Read_WhatNodeWrote_HasPathsDirectivesAndDiagnostics()
    {
        var report = Sample.Report("node.tap");

        Assert.Equal(
            ["+ adds", "- subtracts # wrongly", "~ is skipped", "~ is to do", "+ group > inner passes", "- group > inner fails", "+ group > deeper > leaf", "+ group > deeper", "- group",
                "+ parent > child", "+ parent > child #2", "+ parent"],
            Sample.Lines(report));
        var failed = report.Tests[1];
        Assert.Equal("Expected values to be strictly equal:\n\n2 !== 1", failed.Message);
        Assert.StartsWith("TestContext.<anonymous> (file:///repo/a.test.mjs:4:42)", failed.Stack, StringComparison.Ordinal);
        Assert.Equal(("/repo/a.test.mjs", 4), (failed.File, failed.Line));
        Assert.Equal("not now", report.Tests[2].Message);
        Assert.StartsWith("later\nThe expression evaluated", report.Tests[3].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhatPerlWrote_NamesTestsWithoutDescriptionByNumber() =>
        Assert.Equal(["+ first", "- second", "~ 3", "~ todo", "+ nested > in", "+ nested > 2", "+ nested", "+ 6"], Sample.Lines(Sample.Report("perl.tap")));

    [Theory]
    [InlineData("1..2\nok 1 - a\n", "2 tests were planned, 1 were run.")]
    [InlineData("ok 1 - a\nok 2 - b\n", "There is no plan; the output may have ended early, after 2 tests.")]
    [InlineData("1..1\nok 1 - a\nok 2 - b\n", "1 tests were planned, 2 were run.")]
    [InlineData("1..2\nok 1 - a\nok 1 - b\n", "Test 1 is there twice.")]
    [InlineData("1..2\nok 1 - a\nok 7 - b\n", "Test 7 is beyond the plan of 2.")]
    [InlineData("1..1\n1..1\nok 1\n", "There are two plans.")]
    [InlineData("2..3\nok 2\nok 3\n", "The plan begins at 2.")]
    [InlineData("TAP version 14\n", "There is no plan; the output may have ended early, after 0 tests.")]
    public void Read_PlanNotKept_IsAFailureOfItsOwn(string tap, string message)
    {
        var test = Sample.Whole(ReportFormat.Tap, tap).Tests[^1];

        Assert.Equal((TestStatus.Failed, "(plan)", message), (test.Status, test.Id, test.Message));
    }

    [Fact]
    public void Read_SubtestWithoutItsPlan_IsAFailureInTheSubtest() =>
        Assert.Equal(["+ outer > a", "- outer > (plan)", "+ outer"], Sample.Lines(Sample.Whole(ReportFormat.Tap, "1..1\n# Subtest: outer\n    ok 1 - a\nok 1 - outer\n")));

    [Fact]
    public void Read_SubtestCutOff_KeepsTheNameItWasAnnouncedBy() =>
        Assert.Contains("- outer > (plan)", Sample.Lines(Sample.Whole(ReportFormat.Tap, "1..1\n# Subtest: outer\n    1..2\n    ok 1 - a\n")));

    [Fact]
    public void Read_BailOut_IsAFailureAndTheEnd()
    {
        var report = Sample.Whole(ReportFormat.Tap, "1..9\nok 1 - a\nBail out! no database\nok 2 - b\n");

        Assert.Equal(["+ a", "- (bail out)"], Sample.Lines(report));
        Assert.Equal("no database", report.Tests[1].Message);
    }

    [Theory]
    [InlineData("ok 1 - a # SKIP no net", "~ a")]
    [InlineData("ok 1 - a # skipped: no net", "~ a")]
    [InlineData("not ok 1 - a # TODO later", "~ a")]
    [InlineData("ok 1 - a # todo", "+ a")]
    [InlineData("not ok 1 - a # SKIP", "- a")]
    [InlineData("not ok 1 - a \\# TODO", "- a # TODO")]
    [InlineData("not ok 1 - a # TODOLIST", "- a # TODOLIST")]
    [InlineData("ok 1 - issue #12 # SKIP x", "~ issue #12")]
    [InlineData("ok", "+ 1")]
    [InlineData("ok 1", "+ 1")]
    [InlineData("not ok 1 -", "- 1")]
    [InlineData("ok a", "+ a")]
    [InlineData("ok 1a", "+ 1a")]
    public void Read_OneTest_SaysWhatBecameOfIt(string line, string expected) =>
        Assert.Equal([expected], Sample.Lines(Sample.Whole(ReportFormat.Tap, $"1..1\r\n{line}\r\n")));

    [Fact]
    public void Read_PlanThatSkipsAll_HasNoTests() => Assert.Empty(Sample.Whole(ReportFormat.Tap, "1..0 # SKIP no database\n").Tests);

    [Fact]
    public void Read_OutputBetweenTheTests_IsPassedOver() =>
        Assert.Equal(["+ a"], Sample.Lines(Sample.Whole(ReportFormat.Tap, "building...\n1..1\nokay then\n          not ok 9\n  ok 3\nok 1 - a\nnotok\n")));

    [Fact]
    public void Read_NoTapAtAll_IsUnreadable() => Assert.Equal("report: there is no TAP in it: no version, no plan, no test.", Sample.Why(ReportFormat.Tap, "hello\n"));

    [Fact]
    public void Read_EndInsideDiagnostics_IsUnreadableAndSaysWhere() =>
        Assert.Equal("report: it ends within the diagnostics that begin in line 3.", Sample.Why(ReportFormat.Tap, "1..1\nnot ok 1\n  ---\n  message: x\n"));

    [Fact]
    public void Read_EveryPrefixOfAGreenReport_IsNeverGreenWithFewerTests()
    {
        foreach (var tap in new[] { "TAP version 13\n1..12\n" + Points(12), Points(12) + "1..12\n" })
        {
            for (var length = 0; length < tap.Length; length++)
            {
                if (Sample.Read(ReportFormat.Tap, System.Text.Encoding.UTF8.GetBytes(tap[..length])) is not ReportOutcome.Read { Report: var report }) continue;
                Assert.True(report.Failed > 0 || report.Passed == 12, $"{length} characters: {report.Passed} passed.");
            }
        }
    }

    private static string Points(int count) => string.Concat(Enumerable.Range(1, count).Select(n => $"ok {n} - test {n}\n  ---\n  duration_ms: 1\n  ...\n"));
}
