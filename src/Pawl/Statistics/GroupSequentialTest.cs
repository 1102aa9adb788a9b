using MathNet.Numerics.RootFinding;

namespace Pawl.Statistics;

/// <summary>How α is spent over the looks of a group sequential test. Lan and DeMets (1983), Biometrika 70, 659–663.</summary>
public enum Spending
{
    /// <summary>Like O'Brien and Fleming: little at first. Per side 2(1 − Φ(z_{a/2}/√t)) with a = α/2.</summary>
    OBrienFleming,

    /// <summary>Like Pocock: evenly. Per side a·ln(1 + (e − 1)t) with a = α/2.</summary>
    Pocock,
}

/// <summary>
/// A test at looks whose number is not fixed beforehand, on a planned amount of information: narrower intervals than a
/// <see cref="SequentialTest"/>, in return for a plan. Jennison and Turnbull (2000), Group Sequential Methods, ch. 7. Two-sided and symmetric.
/// </summary>
public sealed record GroupSequentialTest
{
    /// <summary>A look adds at least this share of the information there is by then.</summary>
    public const double IncreaseMin = 1e-4;

    // A repeated p-value below this is stated as this.
    private const double PMin = 1e-15;

    /// <summary>Creates one.</summary>
    /// <param name="alpha">α, between 0 and one half.</param>
    /// <param name="spending">How it is spent.</param>
    public GroupSequentialTest(double alpha, Spending spending)
    {
        if (!Enum.IsDefined(spending)) throw new ArgumentOutOfRangeException(nameof(spending), spending, "There is no such spending function.");
        (Alpha, Spending) = (Level.Check(alpha), spending);
    }

    /// <summary>The chance of ever finding an effect where there is none.</summary>
    public double Alpha { get; }

    /// <summary>How it is spent.</summary>
    public Spending Spending { get; }

    /// <summary>
    /// The critical value of Z at each look so far. Beyond the planned information a look spends all that is left of α, and is the last.
    /// </summary>
    /// <param name="information">The information observed at each look so far as a fraction of the plan: units over planned units. Need not be evenly spaced.</param>
    public BoundaryResult Boundary(IReadOnlyList<double> information) => Boundary(information, Alpha);

    /// <summary>
    /// Tests at the latest look. The statistic is Φ⁻¹(F(t)), F being Student's distribution with the effect's degrees of freedom; the
    /// interval is the repeated one, est ± c·se with the look's critical value taken back to Student's scale; the p-value is the repeated one, the
    /// smallest α at which this look would have found an effect (not below 1e-15).
    /// </summary>
    /// <param name="effect">The effect at the latest look.</param>
    /// <param name="information">As for <see cref="Boundary(IReadOnlyList{double})"/>: all looks including this one.</param>
    public TwoSidedResult TwoSided(Effect effect, IReadOnlyList<double> information)
    {
        if (effect is not Effect.Measured measured) return new TwoSidedResult.Untested(((Effect.Unmeasured)effect).Reason);
        if (Boundary(information) is not BoundaryResult.Computed boundary) return new TwoSidedResult.Untested(((BoundaryResult.Uncomputable)Boundary(information)).Reason);
        var z = StudentTail.NormalQuantile(StudentTail.Upper(Math.Abs(measured.Z), measured.DegreesOfFreedom));
        return TwoSidedResult.Around(measured, StandardErrors(boundary.CriticalValues[^1], measured.DegreesOfFreedom), RepeatedP(z, information));
    }

    /// <summary>How many standard errors the interval reaches at a critical value: t with F(t) = Φ(c).</summary>
    internal static double StandardErrors(double critical, double degreesOfFreedom) => StudentTail.Quantile(StudentTail.NormalUpper(critical), degreesOfFreedom);

    private BoundaryResult Boundary(IReadOnlyList<double> information, double alpha)
    {
        if (Fault(information) is { } reason) return new BoundaryResult.Uncomputable(reason);
        var motion = new BrownianCrossing(information);
        var critical = new double[information.Count];
        var spent = 0.0;
        for (var k = 0; k < critical.Length; k++)
        {
            var now = Spend(Math.Min(1, information[k]), alpha / 2);
            critical[k] = Critical(motion, Math.Max(now - spent, StudentTail.Least));
            motion.Continue(critical[k]);
            spent = now;
        }

        return new BoundaryResult.Computed(critical);
    }

    private double RepeatedP(double z, IReadOnlyList<double> information)
    {
        const double most = 0.999;
        if (Excess(Math.Log(PMin)) >= 0) return PMin;
        if (Excess(Math.Log(most)) <= 0) return 1;
        return Brent.TryFindRoot(Excess, Math.Log(PMin), Math.Log(most), 1e-9, 100, out var log) ? Math.Exp(log) : 1;

        double Excess(double logAlpha) => z - ((BoundaryResult.Computed)Boundary(information, Math.Exp(logAlpha))).CriticalValues[^1];
    }

    private static double Critical(BrownianCrossing motion, double spend)
    {
        var log = Math.Log(spend);
        double Excess(double z) => Math.Log(Math.Max(motion.Above(z), double.Epsilon)) - log;
        // Nothing is left above zero where earlier looks stopped almost every path.
        if (Excess(0) <= 0) return 0;
        return Brent.TryFindRoot(Excess, 0, 38, 1e-12, 200, out var root) ? root : 38;
    }

    private double Spend(double t, double a) => Spending == Spending.Pocock
        ? a * Math.Log(1 + ((Math.E - 1) * t))
        : 2 * StudentTail.NormalUpper(StudentTail.NormalQuantile(a / 2) / Math.Sqrt(t));

    private static Reason? Fault(IReadOnlyList<double> information)
    {
        ArgumentNullException.ThrowIfNull(information);
        if (information.Count == 0) throw new ArgumentException("There is no look to test at.", nameof(information));
        var before = 0.0;
        foreach (var now in information)
        {
            if (!double.IsFinite(now)) return Reason.NotFinite;
            if (before >= 1) return Reason.AlphaSpent;
            if (now <= 0 || now - before < IncreaseMin * now) return Reason.InformationNotIncreasing;
            before = now;
        }

        return null;
    }
}

/// <summary>The boundary of a group sequential test.</summary>
public abstract record BoundaryResult
{
    private BoundaryResult()
    {
    }

    /// <summary>There is one.</summary>
    /// <param name="CriticalValues">For each look, the |Z| beyond which there is an effect.</param>
    public sealed record Computed(IReadOnlyList<double> CriticalValues) : BoundaryResult;

    /// <summary>There is none.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Uncomputable(Reason Reason) : BoundaryResult;
}
