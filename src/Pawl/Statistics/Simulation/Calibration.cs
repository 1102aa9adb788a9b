namespace Pawl.Statistics.Simulation;

/// <summary>How often each way of testing found an effect in simulated experiments; without a true effect, its type I error.</summary>
public sealed record Calibration
{
    /// <summary>How many experiments were simulated.</summary>
    public required int Experiments { get; init; }

    /// <summary>Found at any look by the <see cref="SequentialTest"/>, once ready.</summary>
    public int Sequential { get; private set; }

    /// <summary>Found at any look by the <see cref="SequentialTest"/> with the readiness gate off.</summary>
    public int SequentialWithoutGate { get; private set; }

    /// <summary>Found at any look by a group sequential boundary of the O'Brien–Fleming kind, once ready.</summary>
    public int OBrienFleming { get; private set; }

    /// <summary>Found at any look by a group sequential boundary of the Pocock kind, once ready.</summary>
    public int Pocock { get; private set; }

    /// <summary>Found by the <see cref="FixedTest"/> at the last look, if ready.</summary>
    public int FixedAtTheEnd { get; private set; }

    /// <summary>Found at any look by the <see cref="FixedTest"/>, once ready: what peeking does.</summary>
    public int Peeking { get; private set; }

    /// <summary>In how many the sequential intervals held the true effect at every ready look.</summary>
    public int SequentialCovered { get; private set; }

    /// <summary>In how many the repeated intervals of the O'Brien–Fleming kind held the true effect at every ready look.</summary>
    public int OBrienFlemingCovered { get; private set; }

    /// <summary>In how many the repeated intervals of the Pocock kind held the true effect at every ready look.</summary>
    public int PocockCovered { get; private set; }

    /// <summary>In how many the fixed interval at the last look held the true effect, or was not ready.</summary>
    public int FixedCovered { get; private set; }

    /// <summary>In how many there was a look that was ready.</summary>
    public int EverReady { get; private set; }

    /// <summary>Simulates experiments and tests each at every look, with the planned total as N*.</summary>
    /// <param name="world">What to simulate.</param>
    /// <param name="alpha">α, between 0 and one half.</param>
    /// <param name="experiments">How many; the i-th has the seed plus i.</param>
    /// <param name="seed">The first seed.</param>
    /// <param name="difference">The effect that is tested.</param>
    /// <exception cref="ArgumentException">The world's absolute effect is not one number: of accruing or capped values with a lift.</exception>
    public static Calibration Measure(SimulatedWorld world, double alpha, int experiments, long seed, Difference difference = Difference.Absolute)
    {
        ArgumentNullException.ThrowIfNull(world);
        if (difference == Difference.Absolute && world.Lift != 0 && world.Metric is (SimulatedMetric.Accruing or SimulatedMetric.CappedSpend))
            throw new ArgumentException($"The absolute effect on {world.Metric} moves from look to look.", nameof(difference));
        var methods = new Methods(world, alpha, difference);
        var result = new Calibration { Experiments = experiments };
        for (var i = 0; i < experiments; i++) result.Count(methods.Test(new SimulatedExperiment(world, seed + i)));
        return result;
    }

    private void Count(Found found)
    {
        Sequential += found.Sequential ? 1 : 0;
        SequentialWithoutGate += found.WithoutGate ? 1 : 0;
        OBrienFleming += found.OBrienFleming ? 1 : 0;
        Pocock += found.Pocock ? 1 : 0;
        FixedAtTheEnd += found.Fixed ? 1 : 0;
        Peeking += found.Peeking ? 1 : 0;
        SequentialCovered += found.Missed ? 0 : 1;
        OBrienFlemingCovered += found.OBrienFlemingMissed ? 0 : 1;
        PocockCovered += found.PocockMissed ? 0 : 1;
        FixedCovered += found.MissedAtTheEnd ? 0 : 1;
        EverReady += found.Ready ? 1 : 0;
    }

    private record struct Found(
        bool Sequential, bool WithoutGate, bool OBrienFleming, bool Pocock, bool Fixed, bool Peeking, bool Missed, bool OBrienFlemingMissed, bool PocockMissed, bool MissedAtTheEnd, bool Ready);

    private sealed class Methods(SimulatedWorld world, double alpha, Difference difference)
    {
        // Looks that are not ready are boundaries that cannot be crossed, so that the boundaries need computing only once.
        private readonly IReadOnlyList<double> _obf = Boundary(Spending.OBrienFleming, world, alpha);
        private readonly IReadOnlyList<double> _pocock = Boundary(Spending.Pocock, world, alpha);
        private readonly double _once = StudentTail.NormalQuantile(alpha / 2);
        private readonly SequentialTest _sequential = new(alpha, world.Units);
        private readonly double _truth = world.Lift == 0 ? 0 : difference == Difference.Relative ? world.Lift : world.Lift * world.Value;

        public Found Test(SimulatedExperiment experiment)
        {
            var found = default(Found);
            for (var k = 0; k < world.Looks; k++)
            {
                var (control, treatment) = experiment.Next();
                var effect = Effect.Between(control, treatment, difference);
                if (_sequential.TwoSided(effect) is not TwoSidedResult.Tested test) continue;
                found.WithoutGate |= test.IsSignificant;
                if (Readiness.Of(control, treatment, difference) is Readiness.Ready) Look(ref found, k, test, (Effect.Measured)effect);
            }

            return found;
        }

        private void Look(ref Found found, int k, TwoSidedResult.Tested test, Effect.Measured effect)
        {
            found.Ready = true;
            found.Sequential |= test.IsSignificant;
            found.Missed |= test.Lower > _truth || test.Upper < _truth;
            double t = Math.Abs(effect.Z), fromTruth = Math.Abs(effect.Estimate - _truth) / effect.StandardError;
            found.OBrienFleming |= IsBeyond(t, _obf[k]);
            found.Pocock |= IsBeyond(t, _pocock[k]);
            found.OBrienFlemingMissed |= IsBeyond(fromTruth, _obf[k]);
            found.PocockMissed |= IsBeyond(fromTruth, _pocock[k]);
            found.Peeking |= IsBeyond(t, _once);
            if (k < world.Looks - 1) return;
            found.Fixed = IsBeyond(t, _once);
            found.MissedAtTheEnd = IsBeyond(fromTruth, _once);

            // Student's tail takes much longer than the rest, and it is heavier: what is not beyond the normal value is not beyond Student's.
            bool IsBeyond(double errors, double critical) => errors > critical && errors > GroupSequentialTest.StandardErrors(critical, effect.DegreesOfFreedom);
        }

        private static IReadOnlyList<double> Boundary(Spending spending, SimulatedWorld world, double alpha) =>
            ((BoundaryResult.Computed)new GroupSequentialTest(alpha, spending).Boundary(ClassicalBoundary.Equal(world.Looks))).CriticalValues;
    }
}
