namespace Pawl.Statistics;

/// <summary>The effect between arms that are adjusted by one θ, estimated over both arms pooled.</summary>
internal static class CupedEffect
{
    public static Effect Between(CupedStatistics control, CupedStatistics treatment, Difference difference)
    {
        if (control.Measure(out CupedMoments c) is { } inControl) return new Effect.Unmeasured(inControl);
        if (treatment.Measure(out CupedMoments t) is { } inTreatment) return new Effect.Unmeasured(inTreatment);
        var pooled = control + treatment;
        var theta = pooled.Measure(out CupedMoments p) is null && p.Pre.Variance > 0 ? p.Covariance / p.Pre.Variance : 0;
        double nC = control.Units, nT = treatment.Units;
        double estimate = t.Post.Mean - c.Post.Mean - (theta * (t.Pre.Mean - c.Pre.Mean));
        double varianceC = c.Variance(theta), varianceT = t.Variance(theta);
        if (IsNothing(varianceC, c.Post) || IsNothing(varianceT, t.Post)) return new Effect.Unmeasured(Reason.ZeroVariance);
        var variance = (varianceT / nT) + (varianceC / nC);
        if (difference == Difference.Relative)
        {
            if (Effect.IsNearZero(c.Post, control.Units)) return new Effect.Unmeasured(Reason.ControlMeanNearZero);
            var ratio = t.Post.Mean / c.Post.Mean;
            estimate /= Math.Abs(c.Post.Mean);
            variance = ((varianceT / nT) + (c.Variance(theta, ratio) / nC)) / c.Post.Mean / c.Post.Mean;
        }

        return Effect.From(estimate, variance, (varianceC, control.Units), (varianceT, treatment.Units));
    }

    // The pre-period explains everything: what is left of the variance is rounding.
    private static bool IsNothing(double adjusted, Moments post) => adjusted <= 1e-12 * post.Variance;
}
