using Xunit;

namespace Pawl.Tests.House;

public sealed class SourceTests
{
    private const int FilesAtLeast = 15;
    private const int TestsAtLeast = 15;

    [Fact]
    public void Files_InTheWholeRepository_AreNotTooLong()
    {
        var files = Repository.Files("", "*.cs");

        Assert.True(files.Count >= FilesAtLeast, $"Only {files.Count} C# files were found below {Repository.Root}.");
        Assert.Empty(Findings(files, SourceRule.TooLong));
    }

    [Fact]
    public void Tests_InAllTestProjects_AreNamedMethodSituationFact()
    {
        var files = Repository.Files("tests", "*.cs");
        var tests = files.Sum(file => SourceRule.TestMethods(File.ReadAllText(file)).Count);

        Assert.True(tests >= TestsAtLeast, $"Only {tests} tests were found below {Repository.Root}/tests.");
        Assert.Empty(Findings(files, SourceRule.TestNames));
    }

    [Fact]
    public void TestMethods_InThisFile_AreAllFound() =>
        Assert.Contains(nameof(TestMethods_InThisFile_AreAllFound), SourceRule.TestMethods(File.ReadAllText(ThisFile)));

    [Fact]
    public void Tests_InAllTestProjects_DoNotWaitForAGuessedTime()
    {
        var files = Repository.Files("tests", "*.cs");

        Assert.Contains(ThisFile, files);
        Assert.Empty(Findings(files, SourceRule.GuessedWaits));
    }

    [Fact]
    public void TooLong_FilesAroundTheLimit_ReportsOnlyTheOneBeyond()
    {
        Assert.Empty(SourceRule.TooLong("a.cs", string.Concat(Enumerable.Repeat("x\n", 400))));
        Assert.Equal(["b.cs: 401 lines, at most 400"], SourceRule.TooLong("b.cs", string.Concat(Enumerable.Repeat("x\n", 401))));
    }

    [Fact]
    public void TestNames_PlantedNames_ReportsTheOneWithoutASituation()
    {
        // The attributes are put together here, or the rule would find these names in this file as well.
        var planted = """
                [@Theory]
                [InlineData(1)]
                public void Record_Works(int n) { }

                [@Fact(Timeout = 5)]
                public async Task Record_TwoAtOnce_KeepsBoth() { }

                public void Helper() { }
            """.Replace("@", "");

        Assert.Equal(["a.cs: Record_Works is not Method_Situation_Fact"], SourceRule.TestNames("a.cs", planted));
    }

    [Theory]
    [InlineData("Thread.{0}(100);", 1)]
    [InlineData("await Task.{1}(100);", 1)]
    [InlineData("await Task.{1}(TimeSpan.FromSeconds(2), token);", 1)]
    [InlineData("await Task.{1}(pollInterval, token);", 0)]
    public void GuessedWaits_PlantedLine_AreReportedWhenTheTimeIsALiteral(string line, int findings) =>
        Assert.Equal(findings, SourceRule.GuessedWaits("a.cs", string.Format(null, line, "Sleep", "Delay")).Count);

    private static string ThisFile => Path.Combine(Repository.Root, "tests", "Pawl.Tests", "House", "SourceTests.cs");

    private static List<string> Findings(IEnumerable<string> files, Func<string, string, IReadOnlyList<string>> rule) =>
        [.. files.SelectMany(file => rule(Path.GetRelativePath(Repository.Root, file), File.ReadAllText(file)))];
}
