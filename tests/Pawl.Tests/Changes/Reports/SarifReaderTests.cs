using Pawl.Changes.Reports;
using Xunit;

namespace Pawl.Tests.Changes.Reports;

public sealed class SarifReaderTests
{
    [Fact]
    public void Read_AllKindsOfResults_FailsWhatHasTheLevelError()
    {
        var report = Sample.Report("linter.sarif");

        Assert.Equal(
            ["+ lint (run)", "+ W1 src/a.cs", "- E1 src/a.cs", "- E1 src/a.cs #2", "- E1 [ab12]", "- E1/sub", "- W1", "+ E1", "+ E1 #2", "~ E1 #3", "- E1 #4"],
            Sample.Lines(report));
        Assert.Equal(("src/a.cs", 4, "level of the rule"), (report.Tests[2].File, report.Tests[2].Line, report.Tests[2].Message));
    }

    [Theory]
    [InlineData("""[{"executionSuccessful":false,"exitCodeDescription":"crashed"}]""", "crashed")]
    [InlineData("""[{"executionSuccessful":false}]""", "The tool says that it did not succeed.")]
    [InlineData("""[{"executionSuccessful":true,"toolExecutionNotifications":[{"level":"error","message":{"text":"no config"}}]}]""", "no config")]
    public void Read_ToolThatDidNotSucceed_FailsItsRun(string invocations, string message)
    {
        var test = Assert.Single(Sample.Whole(ReportFormat.Sarif, $$$"""{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"invocations":{{{invocations}}},"results":[]}]}""").Tests);

        Assert.Equal((TestStatus.Failed, message), (test.Status, test.Message));
    }

    [Theory]
    [InlineData("[]", "it is no JSON object.")]
    [InlineData("""{"version":"1.0.0","runs":[]}""", "it is no SARIF 2.1.0: its version is 1.0.0.")]
    [InlineData("""{"runs":[]}""", "it is no SARIF 2.1.0: its version is not given.")]
    [InlineData("""{"version":"2.1.0"}""", "it has no runs.")]
    [InlineData("""{"version":"2.1.0","runs":[]}""", "its list of runs is empty: no tool says that it looked.")]
    [InlineData("""{"version":"2.1.0","runs":[],"runs":[]}""", "it has runs twice.")]
    [InlineData("""{"version":"2.1.0","runs":[{"results":[],"results":[]}]}""", "a run has results twice.")]
    [InlineData("""{"version":"2.1.0","runs":[{"results":{}}]}""", "the results of a run are no array.")]
    [InlineData("""{"version":"2.1.0","runs":[{"results":[1]}]}""", "one of its results is no object.")]
    [InlineData("""{"version":"2.1.0","runs":[1]}""", "one of its runs is no object.")]
    public void Read_NoSarif_IsUnreadableAndSaysWhy(string json, string why) => Assert.Equal($"report: {why}", Sample.Why(ReportFormat.Sarif, json));

    [Fact]
    public void Read_TwoMembersOfOneName_IsUnreadable() =>
        Assert.Contains("no whole JSON document", Sample.Why(ReportFormat.Sarif, """{"version":"2.1.0","runs":[{"results":[{"ruleId":"a","level":"note","level":"error"}]}]}"""), StringComparison.Ordinal);

    [Fact]
    public void Read_FaultThatQuotesTheReport_IsToldInFewPlainCharacters()
    {
        var name = "\\u001b[31m" + new string('x', 100_000);

        var why = Sample.Why(ReportFormat.Sarif, $$"""{"version":"2.1.0","runs":[{"results":[{"{{name}}":1,"{{name}}":2}]}]}""");

        Assert.InRange(why.Length, 50, 1000);
        Assert.DoesNotContain(why, char.IsControl);
    }
}
