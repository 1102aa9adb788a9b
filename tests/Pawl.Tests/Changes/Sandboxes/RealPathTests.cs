using Pawl.Changes.Sandboxes;
using Xunit;

namespace Pawl.Tests.Changes.Sandboxes;

public sealed class RealPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_LinksInAllParts_LeadsToTheFileItself()
    {
        var file = _folder.Write("a/b/file", "");
        Directory.CreateSymbolicLink(_folder["absolute"], _folder["a"]);
        Directory.CreateSymbolicLink(_folder["a/relative"], "../absolute/b/../b");
        File.CreateSymbolicLink(_folder["link"], "absolute/relative/file");

        Assert.Equal(RealPath.Of(file), RealPath.Of(_folder["link"]));
        Assert.EndsWith("/a/b/file", RealPath.Of(_folder["link"]), StringComparison.Ordinal);
        Assert.EndsWith("/a/b/absent/x", RealPath.Of(_folder["absolute/b/absent/x"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_LinkToItself_ComesToAnEnd()
    {
        File.CreateSymbolicLink(_folder["loop"], "loop");

        Assert.EndsWith("/loop", RealPath.Of(_folder["loop"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a", "/a", true)]
    [InlineData("/ab", "/a", false)]
    [InlineData("/a", "/", true)]
    public void IsWithin_Folder_CoversWhatIsBelowIt(string path, string folder, bool isWithin) => Assert.Equal(isWithin, RealPath.IsWithin(path, folder));
}
