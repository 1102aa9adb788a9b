using System.Collections.Concurrent;
using Pawl.Statistics;

namespace Pawl.Experiments.Simulation;

/// <summary>Makes looks of simulated arms as the contract's method asks. One for all runs: it keeps what they share.</summary>
internal sealed class SimulatedLooks
{
    private readonly Contract _contract;
    private readonly ExperimentRequest _request;
    private readonly int _decidesEvery;
    private readonly SequentialTest[] _pairs;
    private readonly SampleRatioTest _split;

    // Runs come by the same information again and again, and a boundary takes much longer than a look.
    private readonly ConcurrentDictionary<string, double> _boundaries = new(StringComparer.Ordinal);

    public SimulatedLooks(Contract contract)
    {
        (_contract, _request) = (contract, contract.Request);
        var schedule = _request.Schedule;
        // Between two looks that may decide nothing happens but to guardrails and the ramp.
        var isDense = _request.Ramp.Count > 1 || _request.Guardrails.Any(guardrail => guardrail.Metric == _request.PrimaryMetric);
        _decidesEvery = isDense ? Math.Max(1, (int)Math.Round(schedule.VerdictHours / schedule.GuardrailHours)) : 1;
        IntervalHours = schedule.VerdictHours / _decidesEvery;
        _pairs = [.. _request.Treatments.Select((_, i) => new SequentialTest(_request.Analysis.Alpha, contract.Terms.Plan.OfPair(i + 1)))];
        _split = new SampleRatioTest([.. _request.Arms.Select(arm => arm.Percent)]);
    }

    /// <summary>Hours between looks.</summary>
    public double IntervalHours { get; }

    private double Alpha => _request.Analysis.Alpha;

    private int Treatments => _pairs.Length;

    /// <summary>Whether the k-th look, from 1, may decide.</summary>
    public bool MayDecide(int k) => k % _decidesEvery == 0;

    public Look Read(IReadOnlyList<ArmStatistics> arms, SimulatedProgress progress, double now, bool mayDecide, RampState ramp)
    {
        var may = mayDecide && (_request.Analysis.Method != AnalysisMethod.GroupSequential || IsDue(arms, progress, now));
        long[] counts = [.. arms.Select(arm => arm.Units)];
        return new Look
        {
            ElapsedHours = now,
            MayDecide = may,
            Arms = [.. _request.Arms.Select((arm, i) => new ArmLook
            {
                Name = arm.Name,
                Units = arms[i].Units,
                Primary = i == 0 ? null : Primary(arms[0], arms[i], i, may, progress),
                Guardrails = i == 0 ? [] : [.. _request.Guardrails.Select(guardrail => new GuardrailLook(guardrail, Judge(guardrail, arms[0], arms[i], i, progress)))],
            })],
            Split = _split.Sequential(counts),
            Exposed = counts.Sum(),
            Crossovers = 0,
            Ramp = ramp,
        };
    }

    // A group sequential test looks as often as it was planned, each time with so much more information, and at the end.
    private bool IsDue(IReadOnlyList<ArmStatistics> arms, SimulatedProgress progress, double now)
    {
        if (now >= _request.MaxDurationDays * 24) return true;
        if (now < _request.Analysis.MinDays * 24) return false;
        var tested = progress.Information.Max(looks => looks.Count);
        return arms.Sum(arm => arm.Units) >= _contract.Terms.Plan.Total * Math.Min(1, (tested + 1.0) / _request.Analysis.Looks);
    }

    private PrimaryLook Primary(ArmStatistics control, ArmStatistics arm, int treatment, bool may, SimulatedProgress progress)
    {
        var readiness = Readiness.Of(control, arm, _request.MdeKind);
        var effect = Effect.Between(control, arm, _request.MdeKind);
        switch (_request.Analysis.Method)
        {
            case AnalysisMethod.Sequential:
                var pair = _pairs[treatment - 1];
                return new PrimaryLook(readiness, pair.TwoSided(effect), pair.TwoSided(effect, Alpha / Treatments));
            case AnalysisMethod.Fixed:
                var once = new FixedTest(Alpha);
                return new PrimaryLook(readiness, once.TwoSided(effect), once.TwoSided(effect, Alpha / Treatments));
            default:
                if (effect is not Effect.Measured measured) return Untested(readiness, ((Effect.Unmeasured)effect).Reason);
                if (!may || readiness is not Readiness.Ready) return Untested(readiness, Reason.TooFewUnits);
                var information = progress.Information[treatment - 1];
                information.Add(measured.Units / _contract.Terms.Plan.OfPair(treatment));
                return new PrimaryLook(readiness, InGroups(measured, information, 1), InGroups(measured, information, Treatments));
        }
    }

    private static PrimaryLook Untested(Readiness readiness, Reason reason) => new(readiness, new TwoSidedResult.Untested(reason), new TwoSidedResult.Untested(reason));

    // Holm asks no more of a p-value than below which α/k it is; finding it exactly takes many boundaries.
    private TwoSidedResult InGroups(Effect.Measured effect, IReadOnlyList<double> information, int corrected)
    {
        var z = StudentTail.NormalQuantile(StudentTail.Upper(Math.Abs(effect.Z), effect.DegreesOfFreedom));
        var critical = Critical(information, corrected);
        if (double.IsNaN(critical)) return new TwoSidedResult.Untested(Reason.AlphaSpent);
        var p = 1.0;
        for (var k = 1; k <= Treatments && z > Critical(information, k); k++) p = Alpha / k * (1 - 1e-9);
        return TwoSidedResult.Around(effect, GroupSequentialTest.StandardErrors(critical, effect.DegreesOfFreedom), p);
    }

    private double Critical(IReadOnlyList<double> information, int corrected) => _boundaries.GetOrAdd(
        $"{corrected}:{string.Join(' ', information.Select(i => i.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))}",
        _ => new GroupSequentialTest(Alpha / corrected, _request.Analysis.Spending).Boundary(information) is BoundaryResult.Computed boundary ? boundary.CriticalValues[^1] : double.NaN);

    private GuardrailResult Judge(Guardrail guardrail, ArmStatistics control, ArmStatistics arm, int treatment, SimulatedProgress progress)
    {
        if (guardrail.Metric != _request.PrimaryMetric) return new GuardrailResult.Holds(0, 0);
        if (guardrail is Guardrail.Harm harm) return new HarmGuardrail(_contract.Primary.Better, harm.MaxHarm, _pairs[treatment - 1]).Judge(control, arm);
        var limit = (Guardrail.Limit)guardrail;
        if (limit.IsStrict) return Strictly(limit, arm, progress.Beyond[treatment - 1]);
        var absolute = new AbsoluteGuardrail(limit.Healthy, limit.Threshold, new SequentialTest(Alpha, _contract.Terms.Plan.Units[treatment]));
        return arm switch
        {
            ProportionStatistics proportion => absolute.Judge(proportion),
            RatioStatistics ratio => absolute.Judge(ratio),
            _ => absolute.Judge((MeanStatistics)arm),
        };
    }

    private static GuardrailResult Strictly(Guardrail.Limit limit, ArmStatistics arm, HashSet<Guardrail> beyond)
    {
        if (arm.Value is not { } value) return new GuardrailResult.Undecided(Reason.NoUnits);
        var strict = new StrictGuardrail(limit.Healthy, limit.Threshold);
        var result = strict.Judge(value, arm.Units, beyond.Remove(limit));
        if (strict.IsBeyond(value, arm.Units)) beyond.Add(limit);
        return result;
    }
}
