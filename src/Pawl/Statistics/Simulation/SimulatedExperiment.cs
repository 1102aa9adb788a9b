namespace Pawl.Statistics.Simulation;

/// <summary>
/// One simulated experiment, from look to look. Only the new units of a look are drawn and added to running sums, so that its cost
/// does not grow with the number of looks. The same world and seed give the same experiment.
/// </summary>
public sealed class SimulatedExperiment
{
    private readonly SimulatedWorld _world;
    private readonly SimulationRandom _random;
    private readonly SimulatedArm _control;
    private readonly SimulatedArm _treatment;

    /// <summary>Creates one before its first look.</summary>
    /// <param name="world">What to simulate.</param>
    /// <param name="seed">The seed.</param>
    public SimulatedExperiment(SimulatedWorld world, long seed)
    {
        ArgumentNullException.ThrowIfNull(world);
        ArgumentOutOfRangeException.ThrowIfLessThan(world.Looks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(world.Units, world.Looks);
        if (world.ControlShare is not (> 0 and < 1) || world.Rate is not (> 0 and < 1) || world.Rate * (1 + world.Lift) is not (> 0 and < 1) || !(world.Lift > -1))
            throw new ArgumentOutOfRangeException(nameof(world), world, "Shares and rates must be between 0 and 1.");
        (_world, _random) = (world, new SimulationRandom(seed));
        (_control, _treatment) = (new SimulatedArm(world, 0, _random), new SimulatedArm(world, world.Lift, _random));
    }

    /// <summary>How many looks have passed.</summary>
    public int Look { get; private set; }

    /// <summary>What an absolute guardrail on the quantile asks of the treatment: Σ1{x > τ} − (1 − ν)·count over its units, and the observations above τ.</summary>
    /// <param name="threshold">τ, the same at every look.</param>
    public (MeanStatistics PerUnit, long Above) TreatmentExcess(double threshold) => _treatment.Excess(threshold);

    /// <summary>Goes to the next look, and returns what its statement would.</summary>
    public (ArmStatistics Control, ArmStatistics Treatment) Next()
    {
        Look++;
        var units = (long)_world.Units * Look / _world.Looks;
        var inControl = (int)Math.Round(units * _world.ControlShare);
        _control.GrowTo(inControl);
        _treatment.GrowTo((int)units - inControl);
        if (_world.Metric != SimulatedMetric.CappedSpend) return (_control.Statistics(double.PositiveInfinity), _treatment.Statistics(double.PositiveInfinity));
        var cap = Cap((int)units);
        return (_control.Statistics(cap), _treatment.Statistics(cap));
    }

    // The value at rank ⌈.999 n⌉ of all units, those without a value included.
    private double Cap(int units)
    {
        var above = units - (int)Math.Ceiling(0.999 * units);
        List<double> c = _control.Largest, t = _treatment.Largest;
        int i = c.Count - 1, j = t.Count - 1;
        for (; above > 0; above--) _ = j < 0 || (i >= 0 && c[i] >= t[j]) ? i-- : j--;
        return Math.Max(i >= 0 ? c[i] : 0, j >= 0 ? t[j] : 0);
    }
}
