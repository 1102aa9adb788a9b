namespace Pawl.Statistics;

/// <summary>The side on which a one-sided test looks for an effect.</summary>
public enum Side
{
    /// <summary>Above zero: the bound is a lower one.</summary>
    Greater,

    /// <summary>Below zero: the bound is an upper one.</summary>
    Less,
}

/// <summary>What a one-sided test says of an effect.</summary>
public abstract record OneSidedResult
{
    private OneSidedResult()
    {
    }

    internal static OneSidedResult Beside(Effect.Measured effect, Side side, double standardErrors, double p)
    {
        var half = standardErrors * effect.StandardError;
        var bound = effect.Estimate + (side == Side.Greater ? -half : half);
        return double.IsFinite(bound) && !double.IsNaN(p) ? new Bounded(effect.Estimate, effect.StandardError, bound, p) : new Unbounded(Reason.NotFinite);
    }

    /// <summary>The test was made.</summary>
    /// <param name="Estimate">The effect.</param>
    /// <param name="StandardError">Its standard error.</param>
    /// <param name="Bound">What the effect is above (<see cref="Side.Greater"/>) or below (<see cref="Side.Less"/>) with confidence 1 − α.</param>
    /// <param name="P">The one-sided p-value, from 0 to 1.</param>
    public sealed record Bounded(double Estimate, double StandardError, double Bound, double P) : OneSidedResult;

    /// <summary>There was nothing to test.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Unbounded(Reason Reason) : OneSidedResult;
}
