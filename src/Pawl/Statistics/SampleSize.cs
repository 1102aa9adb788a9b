using MathNet.Numerics.RootFinding;

namespace Pawl.Statistics;

/// <summary>What an experiment is to be able to see.</summary>
public sealed record PowerTarget
{
    /// <summary>The smallest effect to find, absolute; its sign does not matter. Of a relative MDE: the MDE times the baseline mean.</summary>
    public required double Effect { get; init; }

    /// <summary>σ²_C: a control unit's variance.</summary>
    public required double ControlVariance { get; init; }

    /// <summary>σ²_T: a treatment unit's variance.</summary>
    public required double TreatmentVariance { get; init; }

    /// <summary>α, two-sided, between 0 and one half.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>The chance of finding that effect, from one half to below 1.</summary>
    public double Power { get; init; } = 0.8;

    /// <summary>The control's share of the units of both arms, between 0 and 1.</summary>
    public double ControlShare { get; init; } = 0.5;

    /// <summary>The target for a proportion: its variances follow from the baseline and the effect.</summary>
    /// <param name="baseline">The control's rate, between 0 and 1.</param>
    /// <param name="effect">The absolute effect on it.</param>
    public static PowerTarget OfProportion(double baseline, double effect) => new()
    {
        Effect = effect,
        ControlVariance = baseline * (1 - baseline),
        TreatmentVariance = (baseline + effect) * (1 - baseline - effect),
    };
}

/// <summary>How many units an experiment needs.</summary>
public static class SampleSize
{
    /// <summary>
    /// For a test at one fixed look: n per arm = (z_{1−α/2} + z_{power})² (σ²_C + σ²_T)/δ², and with unequal shares w
    /// N = (z_{1−α/2} + z_{power})² (σ²_C/w_C + σ²_T/w_T)/δ². Cohen (1988), Statistical Power Analysis, in its normal form.
    /// </summary>
    public static SampleSizeResult Fixed(PowerTarget target) => Inflated(target, 1);

    /// <summary>
    /// For a <see cref="SequentialTest"/> at equally spaced looks with N* the planned total: the fixed size times <see cref="SequentialInflation"/>.
    /// </summary>
    /// <param name="target">What to see.</param>
    /// <param name="looks">How often one looks until the planned end, from 1 to 500.</param>
    public static SampleSizeResult Sequential(PowerTarget target, int looks)
    {
        ArgumentNullException.ThrowIfNull(target);
        return Inflated(target, SequentialInflation(target.Alpha, target.Power, looks));
    }

    /// <summary>For a <see cref="GroupSequentialTest"/> at equally spaced looks.</summary>
    /// <param name="target">What to see.</param>
    /// <param name="spending">How α is spent.</param>
    /// <param name="looks">How often one looks until the planned end, from 1 to 500.</param>
    public static SampleSizeResult GroupSequential(PowerTarget target, Spending spending, int looks)
    {
        ArgumentNullException.ThrowIfNull(target);
        var information = ClassicalBoundary.Equal(looks);
        var boundary = (BoundaryResult.Computed)new GroupSequentialTest(target.Alpha, spending).Boundary(information);
        return Inflated(target, Inflation(information, boundary.CriticalValues, target.Alpha, target.Power));
    }

    /// <summary>How many times the fixed size a sequential test needs for the same power. A plan without it has about half the power it claims.</summary>
    public static double SequentialInflation(double alpha, double power, int looks)
    {
        var information = ClassicalBoundary.Equal(looks);
        return Inflation(information, SequentialBoundary(information, Level.Check(alpha)), alpha, power);
    }

    /// <summary>The power of a sequential test whose planned total is <paramref name="inflation"/> times the fixed size for <paramref name="power"/>.</summary>
    internal static double SequentialPower(double alpha, double power, int looks, double inflation)
    {
        var information = ClassicalBoundary.Equal(looks);
        return BrownianCrossing.Crossed(information, SequentialBoundary(information, alpha), Drift(alpha, power) * Math.Sqrt(inflation));
    }

    /// <summary>How many times the fixed size a test with these critical values needs: the drift that crosses with the power asked for, squared.</summary>
    internal static double Inflation(IReadOnlyList<double> information, IReadOnlyList<double> critical, double alpha, double power)
    {
        var drift = Drift(alpha, power);
        var needed = Brent.FindRoot(d => BrownianCrossing.Crossed(information, critical, d) - power, drift * 0.99, drift * 4, 1e-9, 100);
        return needed / drift * (needed / drift);
    }

    private static double[] SequentialBoundary(double[] information, double alpha) =>
        [.. information.Select(t => SequentialTest.StandardErrors(SequentialTest.SquaredRho(alpha) * t, alpha))];

    private static double Drift(double alpha, double power) =>
        StudentTail.NormalQuantile(Level.Check(alpha) / 2) + StudentTail.NormalQuantile(1 - Checked(power));

    private static double Checked(double power) =>
        power is >= 0.5 and < 1 ? power : throw new ArgumentOutOfRangeException(nameof(power), power, "Power must be from one half to below 1.");

    private static SampleSizeResult Inflated(PowerTarget target, double inflation)
    {
        ArgumentNullException.ThrowIfNull(target);
        var drift = Drift(target.Alpha, target.Power);
        if (target.ControlShare is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(target), target.ControlShare, "The control's share must be between 0 and 1.");
        if (!double.IsFinite(target.Effect + target.ControlVariance + target.TreatmentVariance)) return new SampleSizeResult.Unplannable(Reason.NotFinite);
        if (target.Effect == 0) return new SampleSizeResult.Unplannable(Reason.NoEffectToDetect);
        if (target.ControlVariance < 0 || target.TreatmentVariance < 0) return new SampleSizeResult.Unplannable(Reason.Inconsistent);
        if (target.ControlVariance + target.TreatmentVariance == 0) return new SampleSizeResult.Unplannable(Reason.ZeroVariance);
        var variance = (target.ControlVariance / target.ControlShare) + (target.TreatmentVariance / (1 - target.ControlShare));
        var total = drift / target.Effect * (drift / target.Effect) * variance * inflation;
        return double.IsFinite(total) && total > 0
            ? new SampleSizeResult.Planned(total * target.ControlShare, total * (1 - target.ControlShare))
            : new SampleSizeResult.Unplannable(Reason.NotFinite);
    }
}

/// <summary>The size of an experiment.</summary>
public abstract record SampleSizeResult
{
    private SampleSizeResult()
    {
    }

    /// <summary>So many units are needed. They are not rounded: whoever assigns units rounds up.</summary>
    /// <param name="Control">Units of the control.</param>
    /// <param name="Treatment">Units of the treatment.</param>
    public sealed record Planned(double Control, double Treatment) : SampleSizeResult
    {
        /// <summary>Units of both arms: the N* of a sequential test.</summary>
        public double Total => Control + Treatment;

        /// <summary>Days until they are there.</summary>
        /// <param name="unitsPerDay">New eligible units of both arms per day, above 0.</param>
        public double Days(double unitsPerDay) => unitsPerDay is > 0 and < double.PositiveInfinity ? Total / unitsPerDay
            : throw new ArgumentOutOfRangeException(nameof(unitsPerDay), unitsPerDay, "The units per day must be a finite number above 0.");
    }

    /// <summary>It cannot be said.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Unplannable(Reason Reason) : SampleSizeResult;
}
