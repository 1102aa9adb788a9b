using Pawl.Changes;
using Xunit;

namespace Pawl.Tests.Changes;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("src/a b.cs")]
    [InlineData("Sum(of: \"x\")")]
    [InlineData(@"a\b")]
    [InlineData("größe–😀")]
    public void Name_OfWhatCanBeShown_IsItself(string name) => Assert.Equal(name, PlainText.Name(name));

    // As git shows them: core.quotePath=false.
    [Theory]
    [InlineData("a\nb", @"""a\nb""")]
    [InlineData("a\tb\r", @"""a\tb\r""")]
    [InlineData("\"a\"", @"""\""a\""""")]
    [InlineData("\\\n", @"""\\\n""")]
    [InlineData("a\u001b[2K", @"""a\033[2K""")]
    [InlineData("safe\u202Etxt.exe", @"""safe\342\200\256txt.exe""")]
    public void Name_OfWhatWouldShowAsAnother_IsQuotedAsGitDoes(string name, string shown) => Assert.Equal(shown, PlainText.Name(name));
}
