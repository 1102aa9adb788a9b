using Pawl.Metrics;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>How many units an experiment is planned with, and how long they take.</summary>
public sealed record PlannedSample
{
    // Beyond this, more looks make no difference that a plan could show.
    private const int LooksMax = 500;
    private const double DaysMax = 1_000_000; // beyond, a number of units a day was mistyped; a plan that only takes too long says so itself

    /// <summary>Units of each arm, in the order of the contract's arms.</summary>
    public required IReadOnlyList<long> Units { get; init; }

    /// <summary>Days until they are there and their windows are closed, the ramp included. It may be more than the longest duration: then the MDE is out of reach.</summary>
    public required double Days { get; init; }

    /// <summary>Looks that may decide, until then.</summary>
    public required int Looks { get; init; }

    /// <summary>Units of all arms.</summary>
    public long Total => Units.Sum();

    /// <summary>N* of the comparison of a treatment with the control.</summary>
    /// <param name="treatment">The treatment's place among the contract's arms, from 1.</param>
    public long OfPair(int treatment) => Units[0] + Units[treatment];

    /// <summary>
    /// Plans for the smallest effect with the power asked for, each of m treatments at α/m: Bonferroni's first step of Holm's correction, so the plan
    /// errs on the side of more units.
    /// </summary>
    /// <exception cref="BadInputException">No number of units shows that effect.</exception>
    internal static PlannedSample Of(ExperimentRequest request, KnownMetric primary, Baseline baseline)
    {
        var looks = request.Analysis.Method switch
        {
            AnalysisMethod.Fixed => 1,
            AnalysisMethod.GroupSequential => request.Analysis.Looks,
            _ => LooksIn(request, request.MaxDurationDays),
        };
        var plan = Of(request, primary, baseline, looks);
        // The inflation depends on the looks until the planned end, and that end on the inflation: one step settles it to within a look.
        if (request.Analysis.Method == AnalysisMethod.Sequential && LooksIn(request, plan.Days) is var fewer && fewer < looks) plan = Of(request, primary, baseline, fewer);
        return plan;
    }

    private static int LooksIn(ExperimentRequest request, double days) => (int)Math.Clamp(Math.Ceiling(days * 24 / request.Schedule.VerdictHours), 1, LooksMax);

    private static PlannedSample Of(ExperimentRequest request, KnownMetric primary, Baseline baseline, int looks)
    {
        var total = request.Treatments.Max(treatment => TotalFor(request, Target(request, primary, baseline, treatment.Percent), treatment.Percent, looks));
        // Of whole units, so that the last digits of the inflation, which a processor may round its own way, do not get into the contract's hash.
        long[] units = [.. request.Arms.Select(arm => (long)Math.Ceiling(total * arm.Percent / 100))];
        var days = DaysFor(request, units.Sum(), baseline.UnitsPerDay);
        if (!(days <= DaysMax)) throw new BadInputException($"With {RequestShape.Shown(baseline.UnitsPerDay)} units a day the planned sample of {request.PrimaryMetric} takes more than {RequestShape.Shown(DaysMax)} days. Look at units_per_day in the baseline, or choose a larger mde.");
        return new PlannedSample
        {
            Units = units,
            Days = days,
            Looks = looks,
        };
    }

    private static double TotalFor(ExperimentRequest request, PowerTarget target, double percent, int looks)
    {
        var size = request.Analysis.Method switch
        {
            AnalysisMethod.Fixed => SampleSize.Fixed(target),
            AnalysisMethod.GroupSequential => SampleSize.GroupSequential(target, request.Analysis.Spending, looks),
            _ => SampleSize.Sequential(target, looks),
        };
        return size is SampleSizeResult.Planned { Total: < 1e15 } planned
            ? planned.Total * 100 / (request.Arms[0].Percent + percent)
            : throw new BadInputException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"No number of units shows an effect of {request.Mde} on {request.PrimaryMetric}: its variance before the start is too large beside it. Choose a larger mde."));
    }

    private static PowerTarget Target(ExperimentRequest request, KnownMetric primary, Baseline baseline, double percent)
    {
        var effect = request.MdeKind == Difference.Relative ? request.Mde * Math.Abs(baseline.Mean) : request.Mde;
        if (effect == 0) throw new BadInputException($"The mde is relative and {primary.Name} is 0 before the start. Give an absolute mde.");
        var target = new PowerTarget { Effect = effect, ControlVariance = baseline.Variance, TreatmentVariance = baseline.Variance };
        if (primary.Kind == MetricKind.Proportion)
        {
            var improved = baseline.Mean + (primary.Better == Side.Greater ? effect : -effect);
            if (improved is not (> 0 and < 1)) throw new BadInputException($"An improvement of {RequestShape.Shown(effect)} takes {primary.Name} from {RequestShape.Shown(baseline.Mean)} out of 0 to 1. Choose a smaller mde.");
            target = target with { TreatmentVariance = improved * (1 - improved) };
        }

        return target with
        {
            Alpha = request.Analysis.Alpha / (request.Arms.Count - 1),
            Power = request.Analysis.Power,
            ControlShare = request.Arms[0].Percent / (request.Arms[0].Percent + percent),
        };
    }

    // Each step of the ramp but the last is taken to be as short as it can be.
    private static double DaysFor(ExperimentRequest request, double units, double unitsPerDay)
    {
        var days = (request.WindowDays ?? 0) + (request.Schedule.LagHours / 24);
        var left = units;
        foreach (var percent in request.Ramp.Take(request.Ramp.Count - 1))
        {
            var needed = left / (unitsPerDay * percent / 100);
            var step = Math.Min(needed, request.Schedule.RampHours / 24);
            days += step;
            left -= step * unitsPerDay * percent / 100;
        }

        return days + (Math.Max(0, left) / (unitsPerDay * request.Ramp[^1] / 100));
    }
}
