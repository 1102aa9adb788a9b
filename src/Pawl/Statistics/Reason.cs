namespace Pawl.Statistics;

/// <summary>Why there is no number to give. It stands where other engines return an empty interval around zero with p = 1.</summary>
public enum Reason
{
    /// <summary>An arm has no units.</summary>
    NoUnits,

    /// <summary>An arm has too few units for the method: one, where a variance needs two; below 100 for an asymptotic test.</summary>
    TooFewUnits,

    /// <summary>Too few units have a value other than zero; of a proportion, too few have or too few lack the property.</summary>
    TooFewEvents,

    /// <summary>The values are so skewed, or the arms so unequal, that the estimate is not yet close to normal.</summary>
    TooSkewed,

    /// <summary>The statement did not return what the question needs: the count of non-zero values and the sum of cubes.</summary>
    ShapeUnknown,

    /// <summary>The values of an arm do not differ, or differ less than sums in double precision show.</summary>
    ZeroVariance,

    /// <summary>A relative effect was asked for, and the control's mean is within three standard errors of zero.</summary>
    ControlMeanNearZero,

    /// <summary>The mean of a ratio's denominator is within three standard errors of zero.</summary>
    DenominatorNearZero,

    /// <summary>A number given is NaN or infinite, or a result is beyond what a double holds.</summary>
    NotFinite,

    /// <summary>Numbers that no data have: a negative count, more events than units, a sum of squares below what the sum implies.</summary>
    Inconsistent,

    /// <summary>A look does not add to the information of the one before it (at least 0.0001 of it).</summary>
    InformationNotIncreasing,

    /// <summary>An earlier look reached the planned information and spent the last of α.</summary>
    AlphaSpent,

    /// <summary>The effect to plan for is zero.</summary>
    NoEffectToDetect,
}
