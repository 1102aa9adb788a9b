using Pawl.Insights;
using Xunit;

namespace Pawl.Tests.Insights;

public sealed class HolmTests
{
    // By hand: sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, and never below the one before.
    [Fact]
    public void Adjust_FourValues_AreMultipliedByRankAndRise() =>
        Assert.Equal([0.03, 0.06, 0.06, 0.02], Holm.Adjust([0.01, 0.04, 0.03, 0.005]).Select(p => Math.Round(p, 12)));

    [Fact]
    public void Adjust_LargeValues_StayAtMostOne() => Assert.Equal([1.0, 1.0], Holm.Adjust([0.7, 0.9]));

    [Fact]
    public void Adjust_NothingTested_IsEmpty() => Assert.Empty(Holm.Adjust([]));
}
