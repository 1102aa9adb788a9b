namespace Pawl.Statistics.Simulation;

/// <summary>
/// How often a guardrail was wrong in simulated experiments whose truth is exactly at its limit. There both answers are wrong: a breach stops a healthy
/// experiment, and a guardrail that holds vouches for what it must not.
/// </summary>
/// <param name="Experiments">How many were simulated.</param>
/// <param name="Breached">In how many it was breached at any look.</param>
/// <param name="Held">In how many it held at any look.</param>
public sealed record GuardrailCalibration(int Experiments, int Breached, int Held)
{
    /// <summary>A guardrail against harm whose margin is the world's lift: a world that falls harms a metric of which more is better.</summary>
    /// <param name="world">What to simulate; its lift is not zero.</param>
    /// <param name="alpha">α, between 0 and one half.</param>
    /// <param name="experiments">How many; the i-th has the seed plus i.</param>
    /// <param name="seed">The first seed.</param>
    public static GuardrailCalibration OfHarm(SimulatedWorld world, double alpha, int experiments, long seed)
    {
        ArgumentNullException.ThrowIfNull(world);
        var guardrail = new HarmGuardrail(world.Lift < 0 ? Side.Greater : Side.Less, Math.Abs(world.Lift), new SequentialTest(alpha, world.Units));
        return Count(world, experiments, seed, (_, control, treatment) => guardrail.Judge(control, treatment));
    }

    /// <summary>An absolute guardrail whose limit is the treatment's true value.</summary>
    /// <param name="world">What to simulate; not accruing values, which have no true value.</param>
    /// <param name="healthy">The side of the limit on which the metric is healthy.</param>
    /// <param name="alpha">α, between 0 and one half.</param>
    /// <param name="experiments">How many; the i-th has the seed plus i.</param>
    /// <param name="seed">The first seed.</param>
    public static GuardrailCalibration OfLimit(SimulatedWorld world, Side healthy, double alpha, int experiments, long seed)
    {
        ArgumentNullException.ThrowIfNull(world);
        var limit = world.Value * (1 + world.Lift);
        var guardrail = new AbsoluteGuardrail(healthy, limit, new SequentialTest(alpha, world.Units * (1 - world.ControlShare)));
        return Count(world, experiments, seed, (experiment, _, treatment) => treatment switch
        {
            ProportionStatistics arm => guardrail.Judge(arm),
            MeanStatistics arm => guardrail.Judge(arm),
            RatioStatistics arm => guardrail.Judge(arm),
            QuantileStatistics when experiment.TreatmentExcess(limit) is var (perUnit, above) => guardrail.JudgeQuantile(perUnit, above),
            _ => throw new ArgumentException($"There is no absolute guardrail on {world.Metric}.", nameof(world)),
        });
    }

    private static GuardrailCalibration Count(SimulatedWorld world, int experiments, long seed, Func<SimulatedExperiment, ArmStatistics, ArmStatistics, GuardrailResult> judge)
    {
        int breached = 0, held = 0;
        for (var i = 0; i < experiments; i++)
        {
            var experiment = new SimulatedExperiment(world, seed + i);
            bool wasBreached = false, hasHeld = false;
            while (experiment.Look < world.Looks)
            {
                var (control, treatment) = experiment.Next();
                var result = judge(experiment, control, treatment);
                wasBreached |= result is GuardrailResult.Breached;
                hasHeld |= result is GuardrailResult.Holds;
            }

            breached += wasBreached ? 1 : 0;
            held += hasHeld ? 1 : 0;
        }

        return new GuardrailCalibration(experiments, breached, held);
    }
}
