using Pawl.Changes.Tampering;
using Xunit;

namespace Pawl.Tests.Changes.Tampering;

public sealed class GitFileNotesTests
{
    [Theory]
    [InlineData("* filter=evil diff=evil", "the change to .gitattributes names drivers, which are programs where they are configured: \"* filter=evil diff=evil\"")]
    [InlineData("*.cs merge=ours", "the change to .gitattributes names drivers, which are programs where they are configured: \"*.cs merge=ours\"")]
    [InlineData("src/** -diff", "the change to .gitattributes keeps changes from being shown to reviewers: \"src/** -diff\"")]
    [InlineData("*.cs binary", "the change to .gitattributes keeps changes from being shown to reviewers: \"*.cs binary\"")]
    [InlineData("*.cs\tlinguist-generated=true", "the change to .gitattributes keeps changes from being shown to reviewers: \"*.cs\tlinguist-generated=true\"")]
    public void Of_ALineThatReachesFar_QuotesIt(string line, string note) => Assert.Equal([note], GitFileNotes.Of(new FileVersions(".gitattributes", "* text=auto\n", $"* text=auto\n{line}\n")));

    [Theory]
    [InlineData(".gitattributes", "* text=auto\n", "* text=auto eol=lf\n")]
    [InlineData(".gitattributes", "*.png filter=lfs\n", "*.png filter=lfs\n*.txt text\n")]
    [InlineData(".gitattributes", "*.png filter=lfs\n", null)]
    [InlineData(".gitattributes", null, "# * filter=evil\n*.txt diff\nfilter=x text\n")]
    [InlineData(".gitmodules", "[submodule \"a\"]\nurl = x\n", "[submodule \"a\"]\n  url = x\n# url = y\n  shallow = true\n")]
    [InlineData("docs/.gitmodules", null, "url = x\n")]
    [InlineData("docs/gitattributes", null, "* filter=evil\n")]
    public void Of_AnythingElse_SaysNothing(string path, string? before, string? after) => Assert.Empty(GitFileNotes.Of(new FileVersions(path, before, after)));

    [Theory]
    [InlineData("[submodule \"lib\"]\n\tpath = lib\n\turl = https://evil.example/lib\n", "\"url = https://evil.example/lib\"")]
    [InlineData("[submodule \"lib\"]\n\tpath = lib\n\turl = https://a.example/lib\n\tupdate = merge\n", "\"update = merge\"")]
    [InlineData("[submodule \"lib\"] Path = other\n", "\"[submodule \"lib\"] Path = other\"")]
    public void Of_WhereSubmodulesComeFrom_QuotesIt(string after, string quoted) => Assert.Equal(
        [$"the change to .gitmodules says where submodules come from, or how they are brought in: {quoted}"],
        GitFileNotes.Of(new FileVersions(".gitmodules", "[submodule \"lib\"]\n\tpath = lib\n\turl = https://a.example/lib\n", after)));

    [Fact]
    public void Of_ManyLines_ShowsTheFirst()
    {
        var note = Assert.Single(GitFileNotes.Of(new FileVersions("src/.gitattributes", null, "a filter=1\r\nb filter=2\r\nc filter=3\r\nd filter=\u001b[31m4\r\n")));

        Assert.Equal("the change to src/.gitattributes names drivers, which are programs where they are configured: \"a filter=1\", \"b filter=2\", \"c filter=3\" and 1 line more", note);
    }
}
