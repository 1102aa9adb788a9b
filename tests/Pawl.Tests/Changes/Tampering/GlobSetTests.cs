using System.Diagnostics;
using Pawl.Changes.Tampering;
using Xunit;

namespace Pawl.Tests.Changes.Tampering;

public sealed class GlobSetTests
{
    [Theory]
    [InlineData("**", "a", true)]
    [InlineData("**", "a/b", true)]
    [InlineData("tests/**", "tests/a/b.cs", true)]
    [InlineData("tests/**", "tests", false)]
    [InlineData("tests/**", "other/tests/a", false)]
    [InlineData("**/*.lock", "a.lock", true)]
    [InlineData("**/*.lock", "x/y/.lock", true)]
    [InlineData("**/*Tests/**", "src/Shop.Tests/a.cs", true)]
    [InlineData("**/*Tests/**", "src/Shop.Tests.cs", false)]
    [InlineData("a/**/b", "a/b", true)]
    [InlineData("a/**/b", "a/x/y/b", true)]
    [InlineData("a/**/b", "ab", false)]
    [InlineData("*", "a/b", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("[a-c]x[!0-9]", "bxz", true)]
    [InlineData("[a-c]x[!0-9]", "bx7", false)]
    [InlineData("[!a]", "/", false)]
    [InlineData("a[*]b", "a*b", true)]
    [InlineData("a[]]b", "a]b", true)]
    [InlineData("*.{cs,f{s,sx}}", "x.fsx", true)]
    [InlineData("{src,tests/**}/a", "tests/b/a", true)]
    [InlineData("AGENTS.md", "agents.md", false)]
    [InlineData("AGENTS.md", "docs/AGENTS.md", false)]
    [InlineData("a.b", "axb", false)]
    [InlineData("a+(b)$", "a+(b)$", true)]
    [InlineData("a", "a\n", false)]
    [InlineData("é*", "éa", true)]
    public void Matches_Pattern_MatchesTheWholePath(string pattern, string path, bool expected) => Assert.Equal(expected, new GlobSet([pattern]).Matches(path));

    [Fact]
    public void Matches_SeveralPatterns_MatchesWhatOneOfThemDoes()
    {
        var globs = new GlobSet(["a", "b/**"]);

        Assert.Equal([true, true, false], new[] { "a", "b/c", "c" }.Select(globs.Matches));
        Assert.False(new GlobSet([]).Matches("a"));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("/a", "leave the '/' in front out")]
    [InlineData("a\\b", "separated by '/'")]
    [InlineData("../a", "no folders of a repository")]
    [InlineData("a/./b", "no folders of a repository")]
    [InlineData("a**", "character 2: '**' stands for whole folders")]
    [InlineData("**.cs", "character 1: '**' stands for whole folders")]
    [InlineData("a[b", "character 2: a '[' is not closed")]
    [InlineData("[", "a '[' is not closed")]
    [InlineData("[!]", "a '[' has nothing in it")]
    [InlineData("[z-a]", "runs backwards")]
    [InlineData("[a/b]", "cannot hold a '/'")]
    [InlineData("[+-9]", "holds '/'")]
    [InlineData("a]", "has no '['")]
    [InlineData("{a", "is not closed")]
    [InlineData("a}", "has no '{'")]
    [InlineData("{{{{{{{{{a}}}}}}}}}", "more than 8 deep")]
    [InlineData("a\nb", "control character")]
    public void Create_MalformedPattern_IsRefusedWithTheReason(string pattern, string why) =>
        Assert.Contains(why, Assert.Throws<BadInputException>(() => new GlobSet([pattern])).Message, StringComparison.Ordinal);

    [Fact]
    public void Create_TooMuch_IsRefused()
    {
        Assert.Throws<BadInputException>(() => new GlobSet([new string('a', Limits.GlobCharacters + 1)]));
        Assert.Throws<BadInputException>(() => new GlobSet([.. Enumerable.Repeat("a", Limits.Globs + 1)]));
    }

    [Theory]
    [InlineData("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "a")]
    [InlineData("**/**/**/**/**/**/**/**/**/**/**/b", "a/")]
    [InlineData("{a,aa,aaa}{a,aa,aaa}{a,aa,aaa}{a,aa,aaa}{a,aa,aaa}{a,aa,aaa}{a,aa,aaa}{a,aa,aaa}*{a,*,a*}*{a,*,a*}b", "a")]
    public void Matches_PatternsThatDefeatBacktracking_TakeLinearTime(string pattern, string repeated)
    {
        var globs = new GlobSet([pattern]);
        var begun = Stopwatch.GetTimestamp();

        Assert.False(globs.Matches(string.Concat(Enumerable.Repeat(repeated, 20_000)) + "c"));

        // Backtracking would take longer than the age of the universe.
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30));
    }
}
