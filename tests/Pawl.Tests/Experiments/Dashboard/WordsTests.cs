using Pawl.Experiments;
using Pawl.Experiments.Dashboard;
using Xunit;

namespace Pawl.Tests.Experiments.Dashboard;

public sealed class WordsTests
{
    [Fact]
    public void Of_EveryReasonOfAVerdict_HasWords() => Assert.All(Enum.GetValues<VerdictCode>(), code => Assert.NotEmpty(Words.Of(code)));
}
