using Pawl.Statistics;

namespace Pawl.Experiments.Files;

/// <summary>How an effect is tested.</summary>
public enum AnalysisMethod
{
    /// <summary>Welch's test, once, at the end: <see cref="FixedTest"/>.</summary>
    Fixed,

    /// <summary>Valid at every look: <see cref="SequentialTest"/>.</summary>
    Sequential,

    /// <summary>Welch's test at every look, which breaks its promise. It is here to show what that costs.</summary>
    Peeking,
}

/// <summary>What the tests of an analysis are fixed to before the data are seen.</summary>
public sealed record AnalysisRule
{
    /// <summary>The method.</summary>
    public required AnalysisMethod Method { get; init; }

    /// <summary>α, above 0 and below one half. Default .05.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>N* of the sequential test, the units of both arms at which it is tightest. Default 5,000. Not to be taken from the data.</summary>
    public double PlannedUnits { get; init; } = 5000;

    /// <summary>Tests an effect on either side, with an interval at an α of its own.</summary>
    internal TwoSidedResult Test(Effect effect, double alpha) =>
        Method == AnalysisMethod.Sequential ? new SequentialTest(Alpha, PlannedUnits).TwoSided(effect, alpha) : new FixedTest(Alpha).TwoSided(effect, alpha);
}
