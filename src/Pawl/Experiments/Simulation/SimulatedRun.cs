using Pawl.Statistics;
using Pawl.Statistics.Simulation;

namespace Pawl.Experiments.Simulation;

/// <summary>One simulated experiment, from look to look until its verdict.</summary>
internal sealed class SimulatedRun
{
    private readonly ContractWorld _world;
    private readonly SimulatedLooks _looks;
    private readonly ExperimentRequest _request;
    private readonly SimulatedUnits[] _arms;
    private readonly List<(double Since, double UnitsPerHour)> _steps = [];
    private readonly SimulatedProgress _progress;
    private int _step;
    private int _readyLooks;

    public SimulatedRun(ContractWorld world, SimulatedLooks looks, long seed)
    {
        (_world, _looks, _request) = (world, looks, world.Contract.Request);
        var random = new SimulationRandom(seed);
        _arms = [.. world.Means.Select(mean => new SimulatedUnits(world.Contract.Primary.Kind, mean, world.Variance, random))];
        _progress = new SimulatedProgress(_request.Arms.Count - 1);
        Enter(0, 0);
    }

    public SimulatedEnd Play()
    {
        var last = _request.MaxDurationDays * 24;
        for (var k = 1; ; k++)
        {
            // The last look is at the end, and may decide whatever the schedule says.
            var now = Math.Min(k * _looks.IntervalHours, last);
            var verdict = LookAt(now, now == last || _looks.MayDecide(k));
            switch (verdict)
            {
                case Verdict.Running { Awaiting: { } awaited }: return new SimulatedEnd("promote", awaited, now / 24);
                case Verdict.Running when now == last: return new SimulatedEnd(verdict.State, null, now / 24);
                case Verdict.Running { WidenTo: { } step }: Enter(step, now); break;
                case Verdict.Running: break;
                default: return new SimulatedEnd(verdict.State, (verdict as Verdict.Promote)?.Arm, now / 24);
            }
        }
    }

    private Verdict LookAt(double now, bool mayDecide)
    {
        var counted = Arrived(now - _request.Schedule.LagHours - ((_request.WindowDays ?? 0) * 24));
        foreach (var (arm, i) in _request.Arms.Select((arm, i) => (arm, i))) _arms[i].GrowTo((long)Math.Round(counted * arm.Percent / 100));
        var ramp = new RampState(_step, now - _steps[^1].Since, _readyLooks);
        var look = _looks.Read([.. _arms.Select(arm => arm.Statistics)], _progress, now, mayDecide, ramp);
        if (look.Arms.Skip(1).All(arm => arm.Primary is { Readiness: Readiness.Ready } && arm.Guardrails.All(g => g.Result is not GuardrailResult.Breached))) _readyLooks++;
        return VerdictRule.Judge(_world.Contract, look);
    }

    private void Enter(int step, double now)
    {
        (_step, _readyLooks) = (step, 0);
        _steps.Add((now, _world.UnitsPerHour * _request.Ramp[step] / 100));
    }

    private double Arrived(double until)
    {
        var units = 0.0;
        for (var i = 0; i < _steps.Count && _steps[i].Since < until; i++)
            units += ((i + 1 < _steps.Count ? Math.Min(_steps[i + 1].Since, until) : until) - _steps[i].Since) * _steps[i].UnitsPerHour;
        return units;
    }
}

/// <summary>What later looks of a run have to know of earlier ones, of each treatment.</summary>
internal sealed class SimulatedProgress(int treatments)
{
    /// <summary>The information at each look at which a group sequential test was made.</summary>
    public IReadOnlyList<List<double>> Information { get; } = [.. Enumerable.Range(0, treatments).Select(_ => new List<double>())];

    /// <summary>The strict guardrails that were beyond their limit at the look before.</summary>
    public IReadOnlyList<HashSet<Guardrail>> Beyond { get; } = [.. Enumerable.Range(0, treatments).Select(_ => new HashSet<Guardrail>())];
}
