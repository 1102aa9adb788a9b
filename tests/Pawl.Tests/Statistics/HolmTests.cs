using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

public sealed class HolmTests
{
    // R: by two independent implementations.
    [Fact]
    public void Adjust_ReferenceFamily_HasItsAdjustedValues()
    {
        double[] expected = [.03, .05, .12, .12, 1, 1];

        var adjusted = Holm.Adjust([.01, .04, .03, .005, .55, .6]).Order().ToList();

        for (var i = 0; i < expected.Length; i++) Close.Relative(expected[i], adjusted[i]);
    }

    [Fact]
    public void Adjust_AnyOrder_AnswersInThatOrder() => Assert.Equal([.12, .02, 1], Holm.Adjust([.06, .02 / 3, 1]));

    [Fact]
    public void Adjust_WhatIsNoProbability_IsMisuse()
    {
        Assert.Empty(Holm.Adjust([]));
        foreach (var bad in (double[])[-.1, 1.1, double.NaN]) Assert.Throws<ArgumentOutOfRangeException>(() => Holm.Adjust([.5, bad]));
    }
}
