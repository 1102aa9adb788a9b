using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>
/// Makes a look of what the sources answered: the tests of the contract, and nothing that the contract does not name. It has no clock and no memory;
/// what a look has to know of earlier ones is in the experiment.
/// </summary>
internal sealed class LookReader
{
    private readonly Contract _contract;
    private readonly Experiment _experiment;
    private readonly ExperimentRequest _request;
    private readonly IReadOnlyDictionary<QueryKey, MetricResult> _answers;
    private readonly MetricResult? _primary;
    private readonly LookMoment _moment;

    /// <summary>Begins a look.</summary>
    /// <param name="experiment">The experiment before the look; it was started.</param>
    /// <param name="moment">When it is made.</param>
    /// <param name="answers">What the sources answered.</param>
    /// <param name="faults">What is wrong besides.</param>
    public LookReader(Experiment experiment, LookMoment moment, IReadOnlyDictionary<QueryKey, MetricResult> answers, IEnumerable<string> faults)
    {
        (_contract, _experiment, _request, _answers) = (experiment.Contract, experiment, experiment.Contract.Request, answers);
        _primary = answers.GetValueOrDefault(LookQueries.Primary(_contract));
        Faults = [.. faults, .. answers.Select(answer => Fault(answer.Key.Metric, answer.Value)).OfType<string>().Distinct(StringComparer.Ordinal)];
        // A group sequential test looks at the primary metric as often as it was planned, each time with so much more information.
        var isNotYet = _request.Analysis.Method == AnalysisMethod.GroupSequential && !IsDue(moment.ElapsedHours);
        _moment = isNotYet ? moment with { MayDecide = false } : moment;
        Arms = [.. _request.Arms.Select((arm, i) => Counted(arm.Name, i))];
        Look = Read();
    }

    /// <summary>What the rule judges.</summary>
    public Look Look { get; }

    /// <summary>The arms' counts.</summary>
    public IReadOnlyList<LookArm> Arms { get; }

    /// <summary>What could not be measured.</summary>
    public IReadOnlyList<string> Faults { get; }

    /// <summary>The strict guardrails that are beyond their limit.</summary>
    public List<string> Beyond { get; } = [];

    /// <summary>The information at each look of a group sequential test, this one included where it was tested.</summary>
    public Dictionary<string, IReadOnlyList<double>> Information { get; private set; } = [];

    /// <summary>Whether every treatment could be tested and no guardrail is breached: what a ramp waits for.</summary>
    public bool IsReady => Faults.Count == 0 && Look.Arms.Skip(1).All(arm => arm.Primary?.Readiness is Readiness.Ready && arm.Guardrails.All(g => g.Result is not GuardrailResult.Breached));

    private Look Read()
    {
        Information = new Dictionary<string, IReadOnlyList<double>>(_experiment.Information, StringComparer.Ordinal);
        return new Look
        {
            ElapsedHours = _moment.ElapsedHours,
            MayDecide = _moment.MayDecide,
            Arms = [.. Arms.Select((arm, i) => new ArmLook { Name = arm.Name, Units = arm.Units, Primary = i == 0 ? null : Primary(i), Guardrails = i == 0 ? [] : Guardrails(i) })],
            Split = new SampleRatioTest([.. _request.Arms.Select(arm => arm.Percent)]).Sequential([.. Arms.Select(arm => arm.Exposed)]),
            Exposed = Arms.Sum(arm => arm.Exposed),
            Crossovers = Arms.Sum(arm => arm.Crossovers),
            Faults = Faults,
            UnmeasuredSinceHours = _experiment.UnmeasuredSince is { } since ? _moment.Since(since, _experiment) : null,
            Ramp = new RampState(_experiment.RampStep, _moment.ElapsedHours - _moment.Since(_experiment.AllocatedAt ?? _experiment.StartedAt!.Value, _experiment), _experiment.ReadyLooks),
            Latch = _experiment.Approval is { } approval ? new PromotionLatch(approval.Arm, _moment.Since(approval.At, _experiment), approval.ApprovedBy) : null,
        };
    }

    // Exposures are the same whatever metric they are joined with, so any answer will do where the primary metric has none.
    private LookArm Counted(string name, int arm)
    {
        var counted = _primary as MetricResult.Measured ?? _answers.Values.OfType<MetricResult.Measured>().FirstOrDefault();
        return counted is null ? new LookArm(name, 0, 0, 0)
            : new LookArm(name, counted.Arms[arm].Exposed, counted.Arms[arm].Crossovers, _primary is MetricResult.Measured ? UnitsOf(counted.Arms[arm].Statistics) : 0);
    }

    private PrimaryLook? Primary(int treatment)
    {
        if (_primary is MetricResult.Unmeasured { Fault: MetricFault.NoRows }) return Untested(Reason.NoUnits);
        if (_primary is not MetricResult.Measured measured) return null;
        ArmStatistics control = measured.Arms[0].Statistics, arm = measured.Arms[treatment].Statistics;
        var (readiness, effect) = (Readiness.Of(control, arm, _request.MdeKind), Effect.Between(control, arm, _request.MdeKind));
        var alpha = _request.Analysis.Alpha;
        var corrected = alpha / (_request.Arms.Count - 1);
        switch (_request.Analysis.Method)
        {
            case AnalysisMethod.Sequential:
                var sequential = new SequentialTest(alpha, _contract.Terms.Plan.OfPair(treatment));
                return new PrimaryLook(readiness, sequential.TwoSided(effect), sequential.TwoSided(effect, corrected));
            case AnalysisMethod.Fixed:
                var once = new FixedTest(alpha);
                return new PrimaryLook(readiness, once.TwoSided(effect), once.TwoSided(effect, corrected));
            default:
                if (!_moment.MayDecide || readiness is not Readiness.Ready || effect is not Effect.Measured tested) return Untested(effect is Effect.Unmeasured { Reason: var why } ? why : Reason.TooFewUnits, readiness);
                var name = _request.Arms[treatment].Name;
                List<double> information = [.. _experiment.Information.GetValueOrDefault(name) ?? [], tested.Units / _contract.Terms.Plan.OfPair(treatment)];
                var spending = _request.Analysis.Spending;
                var (result, atCorrected) = (new GroupSequentialTest(alpha, spending).TwoSided(effect, information), new GroupSequentialTest(corrected, spending).TwoSided(effect, information));
                if (result is TwoSidedResult.Tested) Information[name] = information; // what could not be tested has spent nothing
                return new PrimaryLook(readiness, result, atCorrected);
        }
    }

    // Only the last step of a ramp may promote, so α is spent there alone; and a look at the same units again would spend it on nothing.
    private bool IsDue(double elapsedHours)
    {
        if (elapsedHours >= _request.MaxDurationDays * 24) return true;
        if (elapsedHours < _request.Analysis.MinDays * 24 || _experiment.RampStep < _request.Ramp.Count - 1 || _primary is not MetricResult.Measured measured) return false;
        var tested = _experiment.Information.Values.Select(looks => looks.Count).DefaultIfEmpty(0).Max();
        var units = measured.Arms.Select(arm => (double)UnitsOf(arm.Statistics)).ToList();
        return units.Sum() >= _contract.Terms.Plan.Total * Math.Min(1, (tested + 1.0) / _request.Analysis.Looks)
            && Enumerable.Range(1, units.Count - 1).All(arm => _experiment.Information.GetValueOrDefault(_request.Arms[arm].Name) is not [.., var last]
                || (units[0] + units[arm]) / _contract.Terms.Plan.OfPair(arm) > last * (1 + GroupSequentialTest.IncreaseMin));
    }

    private List<GuardrailLook> Guardrails(int treatment)
    {
        var reading = new GuardrailReading(_contract, treatment, Arms[treatment].Exposed, _experiment.Beyond);
        List<GuardrailLook> looks = [.. from guardrail in _request.Guardrails
                                        let answer = _answers.GetValueOrDefault(new QueryKey(guardrail.Metric, InWindow: false))
                                        where answer is not null and not MetricResult.Unmeasured { Fault: not MetricFault.NoRows }
                                        select new GuardrailLook(guardrail, reading.Judge(guardrail, answer))];
        Beyond.AddRange(reading.Beyond);
        // A source that is down at every other look does not make two breaches in a row two single ones.
        var unread = _request.Guardrails.Where(guardrail => looks.All(look => look.Guardrail != guardrail)).Select(guardrail => $"{guardrail.Metric}/{Arms[treatment].Name}");
        Beyond.AddRange(unread.Intersect(_experiment.Beyond, StringComparer.Ordinal));
        return looks;
    }

    private static PrimaryLook Untested(Reason reason, Readiness? readiness = null) =>
        new(readiness ?? new Readiness.Undecided(reason), new TwoSidedResult.Untested(reason), new TwoSidedResult.Untested(reason));

    /// <summary>Units, where the statistics of a quantile count observations.</summary>
    private static long UnitsOf(ArmStatistics statistics) => statistics is QuantileStatistics quantile ? quantile.Clusters : statistics.Units;

    // Nobody has come yet is no fault of the source; for how long that may be so is the rule's to say.
    private static string? Fault(string metric, MetricResult answer) =>
        answer is MetricResult.Unmeasured { Fault: not MetricFault.NoRows } unmeasured ? $"{metric} could not be measured: {unmeasured.Detail}" : null;
}

/// <summary>When a look is made.</summary>
/// <param name="At">The time.</param>
/// <param name="Watermark">Up to where data are read.</param>
/// <param name="ElapsedHours">Hours since the run was started.</param>
/// <param name="MayDecide">Whether it is a look that may decide.</param>
internal sealed record LookMoment(DateTimeOffset At, DateTimeOffset Watermark, double ElapsedHours, bool MayDecide)
{
    /// <summary>A time in hours since the run was started.</summary>
    public double Since(DateTimeOffset at, Experiment experiment) => (at - experiment.StartedAt!.Value).TotalHours;
}
