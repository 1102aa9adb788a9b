namespace Pawl.Statistics;

/// <summary>What a two-sided test says of an effect. The interval excludes zero exactly when the p-value is below the test's α.</summary>
public abstract record TwoSidedResult
{
    private TwoSidedResult()
    {
    }

    internal static TwoSidedResult Around(Effect.Measured effect, double standardErrors, double p)
    {
        var half = standardErrors * effect.StandardError;
        double lower = effect.Estimate - half, upper = effect.Estimate + half;
        return double.IsFinite(lower) && double.IsFinite(upper) && !double.IsNaN(p)
            ? new Tested(effect.Estimate, effect.StandardError, lower, upper, p)
            : new Untested(Reason.NotFinite);
    }

    /// <summary>The test was made.</summary>
    /// <param name="Estimate">The effect.</param>
    /// <param name="StandardError">Its standard error.</param>
    /// <param name="Lower">The lower end of the interval at level 1 − α.</param>
    /// <param name="Upper">The upper end.</param>
    /// <param name="P">The two-sided p-value of no effect, from 0 to 1.</param>
    public sealed record Tested(double Estimate, double StandardError, double Lower, double Upper, double P) : TwoSidedResult
    {
        /// <summary>Whether the interval lies wholly on one side of zero.</summary>
        public bool IsSignificant => Lower > 0 || Upper < 0;
    }

    /// <summary>There was nothing to test.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Untested(Reason Reason) : TwoSidedResult;
}
