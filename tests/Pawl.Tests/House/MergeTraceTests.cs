using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Pawl.Tests.House;

/// <summary>There is no merge in the code: what changes are proposed, people merge.</summary>
public sealed class MergeTraceTests
{
    // What GitLab calls pull requests: listed by GET and opened by POST. An entry is a decision: nothing that merges may stand here.
    private static readonly Dictionary<string, string[]> Harmless = new(StringComparer.Ordinal)
    {
        ["Pawl.dll"] = ["merge_requests"],
        ["Pawl.Server.dll"] = [],
        ["Pawl.Cli.dll"] = [],
    };

    [Theory]
    [InlineData("Pawl.dll", 1_000)]
    [InlineData("Pawl.Server.dll", 0)]
    [InlineData("Pawl.Cli.dll", 500)]
    public void Read_OfWhatIsShipped_FindsNothingThatMerges(string assembly, int textsAtLeast)
    {
        var path = Path.Combine(AppContext.BaseDirectory, assembly);

        Assert.Equal(Harmless[assembly], MergeTraces.Read(path));

        using var pe = new PEReader(File.OpenRead(path));
        Assert.True(MergeTraces.UserStrings(pe.GetMetadataReader()).Count() >= textsAtLeast, "Hardly any text was found; is the reader blind?");
    }

    [Theory]
    [InlineData("/merge?planted")]
    [InlineData("/merge")]
    [InlineData("merge")]
    [InlineData("gh pr merge --squash planted")]
    [InlineData("mutation { enablePullRequestAutoMerge(input: {planted: 1}) }")]
    [InlineData("merge_request.merge_when_pipeline_succeeds=planted")]
    [InlineData("HttpMethod.get_Put")]
    [InlineData("HttpMethod..ctor")]
    [InlineData("HttpClient.PatchAsync")]
    public void Read_OfWhatIsPlanted_FindsIt(string trace) => Assert.Contains(trace, Planted);

    [Fact]
    public void Read_OfWhatIsPlantedInUtf8_FindsIt() => Assert.Contains(Planted, trace => trace.Contains("planted/merge_async", StringComparison.Ordinal));

    private static IReadOnlyList<string> Planted => MergeTraces.Read(typeof(MergeTraceTests).Assembly.Location);
}
