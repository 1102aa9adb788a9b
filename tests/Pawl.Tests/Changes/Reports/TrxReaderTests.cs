using Pawl.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Changes.Reports;

public sealed class TrxReaderTests
{
    [Theory]
    [InlineData("vstest.trx")]
    [InlineData("xunit.trx")]
    [InlineData("xunit.junit")]
    public void Read_WhatTheRunnersWroteOfTheSameTests_IsTheSame(string sample)
    {
        var report = Sample.Report(sample);

        Assert.Equal(
            ["+ Shop.Tests.PriceTests.Discount_TenPercent_IsTaken(price: 10, expected: 9)", "+ Shop.Tests.PriceTests.Total_OfTwo_IsTheirSum",
                "- Shop.Tests.PriceTests.Discount_TenPercent_IsTaken(price: 20, expected: 17)", "- Shop.Tests.PriceTests.Parse_NoNumber_Throws", "~ Shop.Tests.PriceTests.Till_Opens_Rings"],
            Sample.Lines(report).Order(StringComparer.Ordinal));
        Assert.Equal("needs a till", report.Tests.Single(test => test.Status == TestStatus.Skipped).Message);
        var failed = report.Tests.Single(test => test.Id.EndsWith("17)", StringComparison.Ordinal));
        Assert.EndsWith("Assert.Equal() Failure: Values differ\nExpected: 17\nActual:   18", failed.Message, StringComparison.Ordinal);
        Assert.Contains("in /repo/PriceTests.cs:line 6", failed.Stack, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Passed", "+ Ns.T.m")]
    [InlineData("NotExecuted", "~ Ns.T.m")]
    [InlineData("Inconclusive", "~ Ns.T.m")]
    [InlineData("Failed", "- Ns.T.m")]
    [InlineData("Timeout", "- Ns.T.m")]
    [InlineData("Aborted", "- Ns.T.m")]
    [InlineData("Error", "- Ns.T.m")]
    [InlineData("NotRunnable", "- Ns.T.m")]
    [InlineData("Splendid", "- Ns.T.m")]
    public void Read_Outcome_PassesOnlyWhereItSaysSo(string outcome, string expected)
    {
        var report = Sample.Whole(ReportFormat.Trx, Trx($"<UnitTestResult testId='1' testName='m' outcome='{outcome}'/>"));

        Assert.Equal([expected], Sample.Lines(report));
        Assert.Equal(outcome is "Passed" or "NotExecuted" or "Inconclusive" or "Failed" ? "" : $"outcome {outcome}", report.Tests[0].Message);
    }

    [Fact]
    public void Read_ResultWithoutAnOutcome_Fails() => Assert.Equal(["- Ns.T.m"], Sample.Lines(Sample.Whole(ReportFormat.Trx, Trx("<UnitTestResult testId='1' testName='m'/>"))));

    [Fact]
    public void Read_TheoriesAndInnerResults_AreTestsOfTheirOwn()
    {
        var report = Sample.Whole(ReportFormat.Trx, Trx("""
            <UnitTestResult testId="1" testName="Ns.T.m(x: 1)" outcome="Passed"/>
            <UnitTestResult testId="1" testName="Ns.T.m(x: 2)" outcome="Failed"><Output><StdOut>noise</StdOut><ErrorInfo><Message>1 is 2</Message><StackTrace>at Ns.T.m() in /r/T.cs:line 4</StackTrace></ErrorInfo></Output></UnitTestResult>
            <UnitTestResult testId="1" testName="m" outcome="Failed"><InnerResults><UnitTestResult testId="1" testName="m (Data Row 0)" outcome="Failed"/></InnerResults></UnitTestResult>
            <UnitTestResult testId="9" testName="undefined" outcome="Passed"/>
            """));

        Assert.Equal(["+ Ns.T.m(x: 1)", "- Ns.T.m(x: 2)", "- Ns.T.m", "- Ns.T.m (Data Row 0)", "+ undefined"], Sample.Lines(report));
        Assert.Equal(("1 is 2", "at Ns.T.m() in /r/T.cs:line 4"), (report.Tests[1].Message, report.Tests[1].Stack));
    }

    [Theory]
    [InlineData("<ResultSummary outcome='Completed'/>", null)]
    [InlineData("<ResultSummary outcome='Aborted'/>", "outcome Aborted")]
    [InlineData("<ResultSummary outcome='Failed'><Counters total='1'/></ResultSummary>", "outcome Failed")]
    [InlineData("<ResultSummary outcome='Completed'><RunInfos><RunInfo outcome='Warning'><Text>w</Text></RunInfo></RunInfos></ResultSummary>", null)]
    [InlineData("<ResultSummary outcome='Failed'><RunInfos><RunInfo outcome='Error'><Text>The host crashed.</Text></RunInfo></RunInfos></ResultSummary>", "The host crashed.")]
    public void Read_ErrorOfTheRun_IsAFailure(string summary, string? message)
    {
        var report = Sample.Whole(ReportFormat.Trx, Trx("<UnitTestResult testId='1' testName='m' outcome='Passed'/>", summary));

        Assert.Equal(message is null ? [] : [message], report.Tests.Where(test => test.Id == "(run)" && test.Status == TestStatus.Failed).Select(test => test.Message));
        Assert.Equal(1, report.Passed);
    }

    [Fact]
    public void Read_FailedRunWithAFailedTest_SaysItOnce() =>
        Assert.Equal(["- Ns.T.m"], Sample.Lines(Sample.Whole(ReportFormat.Trx, Trx("<UnitTestResult testId='1' testName='m' outcome='Failed'/>", "<ResultSummary outcome='Failed'/>"))));

    [Fact]
    public void Read_NoResults_HasNoTests() => Assert.Empty(Sample.Whole(ReportFormat.Trx, "<TestRun><Results/></TestRun>").Tests);

    private static string Trx(string results, string summary = "") => $"""
        <?xml version="1.0" encoding="utf-8"?>
        <TestRun id="r" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>{results}</Results>
        <TestDefinitions><UnitTest name="m" id="1"><Execution id="e"/><TestMethod codeBase="t.dll" className="Ns.T, Tests, Version=1.0.0.0" name="m"/></UnitTest></TestDefinitions>{summary}</TestRun>
        """;
}
