using System.Text;
using Pawl.Experiments.Files;
using Xunit;

namespace Pawl.Tests.Experiments.Files;

/// <summary>Files and requests that are refused, and what is said about them.</summary>
public sealed class BadFileTests
{
    private const string Good = "unit,arm,x\n1,c,1\n2,t,2\n";

    [Theory]
    [InlineData("", "data.csv is empty. Its first line must name the columns.")]
    [InlineData("\n\n", "data.csv is empty")]
    [InlineData("unit,arm,x\n", "data.csv has no rows below its heading")]
    [InlineData("unit,arm\n1,c\n", "data.csv has no column \"x\". It has \"unit\", \"arm\".")]
    [InlineData("unit;arm;x\n1;c;1\n", "separated by semicolons")]
    [InlineData("unit,arm,x,x\n1,c,1,1\n", "data.csv has two columns \"x\"")]
    [InlineData("unit,arm,x\n1,c,abc\n", "data.csv line 2, column x, is no number: \"abc\".")]
    [InlineData("unit,arm,x\n\"1\n\",c,1\n2,c,abc\n", "data.csv line 4, column x")]
    [InlineData("unit,arm,x\n\n2,c,\"1\n2\"\n", "data.csv line 3, column x")]
    [InlineData("unit,arm,x\n1,c,\n", "data.csv line 2, column x, is empty where a number belongs")]
    [InlineData("unit,arm,x\n1,c,NaN\n", "data.csv line 2, column x, is no finite number: \"NaN\".")]
    [InlineData("unit,arm,x\n1,c,1e999\n", "is no finite number")]
    [InlineData("unit,arm,x\n1,c,-Infinity\n", "is no finite number")]
    [InlineData("unit,arm,x\n1,c,\"1,5\"\n", "is no number: \"1,5\"")]
    [InlineData("unit,arm,x\n,c,1\n", "data.csv line 2, column unit, is empty")]
    [InlineData("unit,arm,x\n1,,1\n", "data.csv line 2, column arm, is empty")]
    [InlineData("unit,arm,x\n1,c\n", "data.csv line 2 has 2 fields where the heading has 3")]
    [InlineData("unit,arm,x\n1,c,1,1\n", "data.csv line 2 has 4 fields where the heading has 3")]
    [InlineData("unit,arm,x\n1,c,\"1\n2,c,1\n", "data.csv line 2 has a quote where none may be")]
    [InlineData("unit,arm,x\n\n1,c,\"1\n2,c,1", "data.csv line 3 has a quote where none may be")]
    [InlineData("unit,arm,x\n1,c,1\"2\n", "data.csv line 2 has a quote where none may be")]
    [InlineData("unit,arm,x\n1,t,1\n2,b,1\n", "No row of data.csv has the control \"c\" in column arm. It has \"b\", \"t\".")]
    [InlineData("unit,arm,x\n1,c,1\n2,c,1\n", "All rows of data.csv are of the arm \"c\"")]
    public void Run_ABadFile_IsRefusedWithLineAndColumn(string csv, string message) =>
        Assert.Contains(message, Assert.Throws<BadInputException>(() => Analyzed.Text(csv, "x:mean")).Message);

    [Theory]
    [InlineData("2")]
    [InlineData("yes")]
    [InlineData("")]
    [InlineData("NaN")]
    public void Run_AProportionOfAnythingElse_IsRefusedWithLineAndColumn(string value) =>
        Assert.Contains(
            $"data.csv line 3, column x, is neither TRUE, FALSE, 1 nor 0, as of a proportion: \"{value}\"",
            Assert.Throws<BadInputException>(() => Analyzed.Text($"unit,arm,x\n1,c,1\n2,c,{value}\n", "x:proportion")).Message);

    [Fact]
    public void Run_NoUtf8_IsRefused()
    {
        byte[] latin = [.. "unit,arm,x\n1,c,1\n\""u8, 0xFC, .. "\",c,1\n"u8];

        Assert.Contains("data.csv is not UTF-8", Assert.Throws<BadInputException>(() => Analyzed.Bytes(latin, "x:mean")).Message);
    }

    [Fact]
    public void Run_BeyondTheLimits_IsRefused()
    {
        Assert.Contains("a field of more than 65536 characters", Refusal("unit,arm,x\n" + new string('1', Limits.CsvFieldCharacters + 1) + ",c,1\n"));
        Assert.Contains("5000 fields, more than the 4096", Refusal(string.Concat(Enumerable.Repeat("a,", 4999)) + "a\n"));
        Assert.Contains("line 66, column arm, names one arm more than the 64", Refusal("unit,arm,x\n" + string.Concat(Enumerable.Range(0, 65).Select(i => $"{i},a{i},1\n"))));
        Assert.Contains("line 2, column arm, a name of 257 characters", Refusal($"unit,arm,x\n1,{new string('a', 257)},1\n"));

        static string Refusal(string csv) => Assert.Throws<BadInputException>(() => Analyzed.Text(csv, "x:mean")).Message;
    }

    [Theory]
    [InlineData("x")]
    [InlineData(":mean")]
    [InlineData("x:median")]
    [InlineData("x:mean:cap=1")]
    [InlineData("x:mean:cap=0")]
    [InlineData("x:mean:cap=NaN")]
    [InlineData("x:mean:cap=0,9")]
    [InlineData("x:proportion:cap=0.9")]
    public void Parse_ABadMetric_IsRefused(string metric) => Assert.Contains($"\"{metric}\"", Assert.Throws<BadInputException>(() => MetricColumn.Parse(metric)).Message);

    [Fact]
    public void Parse_AColumnWithColons_KeepsThem() =>
        Assert.Equal(new MetricColumn("cap=0.5:mean", MetricKind.Mean, 0.9m), MetricColumn.Parse("cap=0.5:mean:mean:cap=0.9"));

    [Theory]
    [InlineData("")]
    [InlineData("50")]
    [InlineData("50,x")]
    [InlineData("50,0")]
    [InlineData("50,-1")]
    [InlineData("c=1")]
    [InlineData("c=1,c=1")]
    [InlineData("c=1,t=1,u=1")]
    [InlineData("c=1,u=1")]
    [InlineData("=1,t=1")]
    public void Run_ABadSplit_IsRefused(string split) =>
        Assert.Throws<BadInputException>(() => (Analyzed.Request("x:mean") with { Split = ArmSplit.Parse(split) }).Run(new MemoryStream(Encoding.UTF8.GetBytes(Good)), Analyzed.File));

    [Fact]
    public void Run_ARequestThatCannotBeMet_IsRefused()
    {
        Assert.Contains("from 1 to 64 metrics, not 0", Refusal(Analyzed.Request()));
        Assert.Contains("The metric x is asked for twice", Refusal(Analyzed.Request("x:mean", "x:mean")));
        Assert.Contains("at which nobody can peek", Refusal(Analyzed.Request("x:mean") with { Rule = new AnalysisRule { Method = AnalysisMethod.Peeking } }));

        static string Refusal(FileAnalysis analysis) =>
            Assert.Throws<BadInputException>(() => analysis.Run(new MemoryStream(Encoding.UTF8.GetBytes(Good)), Analyzed.File)).Message;
    }
}
