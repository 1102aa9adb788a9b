using Pawl.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Changes.Reports;

public sealed class JUnitReaderTests
{
    [Fact]
    public void Read_WhatNodeWrote_IsTheSameAsItsTap()
    {
        var report = Sample.Report("node.junit");

        Assert.Equal(
            ["+ adds", "- subtracts # wrongly", "~ is skipped", "~ is to do", "+ group > inner passes", "- group > inner fails", "+ group > deeper > leaf", "+ parent > child", "+ parent > child #2"],
            Sample.Lines(report));
        Assert.Equal("testCodeFailure: Expected values to be strictly equal:2 !== 1", report.Tests[1].Message);
        Assert.Contains("(file:///repo/a.test.mjs:4:42)", report.Tests[1].Stack, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "+ a.T.m")]
    [InlineData("<system-out>x</system-out><properties><property name='failure'/></properties>", "+ a.T.m")]
    [InlineData("<failure message='no' type='E'>at x</failure>", "- a.T.m")]
    [InlineData("<error/>", "- a.T.m")]
    [InlineData("<skipped/>", "~ a.T.m")]
    [InlineData("<skipped type='pytest.xfail' message='known'/>", "~ a.T.m")]
    [InlineData("<skipped/><error message='teardown'/>", "- a.T.m")]
    [InlineData("<flakyFailure message='once'>at x</flakyFailure>", "+ a.T.m")]
    [InlineData("<failure message='1'/><rerunFailure message='2'/>", "- a.T.m")]
    public void Read_OneTest_SaysWhatBecameOfIt(string inside, string expected) =>
        Assert.Equal([expected], Sample.Lines(Sample.Whole(ReportFormat.JUnit, $"<testsuite name='s'><testcase classname='a.T' name='m'>{inside}</testcase></testsuite>")));

    [Fact]
    public void Read_MessagesOfTheDialects_AreFound()
    {
        var report = Sample.Whole(ReportFormat.JUnit, """
            <testsuites name="jest"><testsuite name="s" errors="0" failures="4">
              <testcase classname="c" name="attribute" file="src/a.js" line="7"><failure type="AssertionError" message="1 is 2">at a</failure></testcase>
              <testcase classname="c" name="text"><failure>Error: only text</failure></testcase>
              <testcase classname="c" name="cdata"><failure message=""><![CDATA[in <cdata>]]></failure></testcase>
              <testcase classname="c" name="repeated"><error type="java.lang.Error" message="java.lang.Error: x"/></testcase>
              <testcase classname="c" name="flaky"><flakyFailure message="net"/></testcase>
            </testsuite></testsuites>
            """);

        Assert.Equal(["AssertionError: 1 is 2", "Error: only text", "in <cdata>", "java.lang.Error: x", "Passed when run again; at first: net"], report.Tests.Select(test => test.Message));
        Assert.Equal(("src/a.js", 7), (report.Tests[0].File, report.Tests[0].Line));
    }

    [Fact]
    public void Read_SuiteThatCountsFailuresAndNamesNone_Fails() =>
        Assert.Equal(["+ T.a", "- s (suite)"], Sample.Lines(Sample.Whole(ReportFormat.JUnit, "<testsuites><testsuite name='s' failures='2' errors='1'><testcase classname='T' name='a'/></testsuite></testsuites>")));

    [Fact]
    public void Read_SuiteThatFailsItself_Fails() =>
        Assert.Equal(["- s (suite)"], Sample.Lines(Sample.Whole(ReportFormat.JUnit, "<testsuite name='s'><error message='no such module'/></testsuite>")));

    [Fact]
    public void Read_NestedSuitesWithoutClasses_GiveThePath() =>
        Assert.Equal(["+ a > b > t", "+ a > b > t #2", "+ t"], Sample.Lines(Sample.Whole(ReportFormat.JUnit,
            "<testsuites><testsuite name='a'><testsuite name='b'><testcase name='t'/><testcase name='t'/></testsuite></testsuite><testcase name='t'/></testsuites>")));

    [Fact]
    public void Read_AnotherRoot_IsUnreadable() =>
        Assert.Equal("report: its root element is <html>, and should be <testsuites> or <testsuite>.", Sample.Why(ReportFormat.JUnit, "<html/>"));
}
