using Pawl.Ledger;

namespace Pawl.Experiments.Dashboard;

/// <summary>What a dashboard is made from, and what follows from it: the page and its JSON both read it here, so that they cannot differ.</summary>
internal sealed class DashboardData
{
    public DashboardData(Experiment experiment, IReadOnlyList<LookReport> looks, IReadOnlyList<Receipt> receipts)
    {
        (Experiment, Looks, Receipts) = (experiment, [.. looks.OrderBy(look => look.Number)], [.. receipts.OrderBy(receipt => receipt.Seq)]);
        Arms = [.. Request.Arms.Select(Arm)];
        Telling = [.. Looks.Where((look, i) => IsTelling(look, i > 0 ? Looks[i - 1] : null))];
        Quiet = [.. Looks.Except(Telling, ReferenceEqualityComparer.Instance).Cast<LookReport>()];
        Ramp = [.. Request.Ramp.Select(Step)];
    }

    public Experiment Experiment { get; }

    public IReadOnlyList<LookReport> Looks { get; }

    public IReadOnlyList<Receipt> Receipts { get; }

    /// <summary>The receipts of looks that were made: as many as those, and all alike.</summary>
    public IReadOnlyList<Receipt> OfLooks => [.. Receipts.Where(receipt => receipt is { Tool: "CheckMetrics", Ok: true })];

    /// <summary>The other receipts.</summary>
    public IReadOnlyList<Receipt> Acts => [.. Receipts.Where(receipt => receipt is not { Tool: "CheckMetrics", Ok: true })];

    public Contract Contract => Experiment.Contract;

    public ExperimentRequest Request => Contract.Request;

    public LookReport? Last => Looks.LastOrDefault();

    /// <summary>The last look that might decide: at the others the primary metric is not judged.</summary>
    public LookReport? LastDeciding => Looks.LastOrDefault(look => look.MayDecide);

    /// <summary>The last look at which the primary metric has effects; else the last with any metric.</summary>
    public LookReport? Measured => Looks.LastOrDefault(look => Primary(look) is { Effects.Count: > 0 }) ?? Looks.LastOrDefault(look => look.Metrics.Count > 0);

    /// <summary>The last look at which guardrails were judged.</summary>
    public LookReport? Guarded => Looks.LastOrDefault(look => look.Guardrails.Count > 0);

    /// <summary>The verdict that ends it, else that of the last look.</summary>
    public Verdict? Verdict => Experiment.Verdict ?? Last?.Verdict;

    /// <summary>The look at which the experiment was decided; null while it runs.</summary>
    public LookReport? Decided => Experiment.Verdict is { } verdict ? Looks.LastOrDefault(look => look.Verdict.State == verdict.State) : Looks.LastOrDefault(look => look.Verdict.IsTerminal);

    public IReadOnlyList<ArmShown> Arms { get; }

    /// <summary>The looks that may decide, and those at which something happened.</summary>
    public IReadOnlyList<LookReport> Telling { get; }

    /// <summary>The others.</summary>
    public IReadOnlyList<LookReport> Quiet { get; }

    public IReadOnlyList<RampShown> Ramp { get; }

    public long PlannedUnits => Contract.Terms.Plan.Total;

    public double Units => Arms.Sum(arm => (double)(arm.Seen?.Units ?? 0));

    /// <summary>The confidence of an interval, as a share.</summary>
    public double IntervalLevel => 1 - (Request.Analysis.Alpha / Math.Max(1, Request.Arms.Count - 1));

    public KnownMetric? Metric(string name) => Contract.Terms.Metrics.FirstOrDefault(metric => metric.Name == name);

    public static double UnitsOf(LookReport look) => look.Arms.Sum(arm => (double)arm.Units);

    public static LookMetric? Primary(LookReport look) => look.Metrics.FirstOrDefault(metric => metric.IsPrimary);

    private static bool IsTelling(LookReport look, LookReport? before) =>
        look.MayDecide || look.Verdict.IsTerminal || look.Restated.Count > 0 || before is null || look.RampStep != before.RampStep || !look.Faults.SequenceEqual(before.Faults, StringComparer.Ordinal);

    private RampShown Step(double percent, int place)
    {
        var looks = Looks.Where(look => look.RampStep == place).ToList();
        var state = place < Experiment.RampStep ? "done" : place > Experiment.RampStep ? "to come" : Experiment.IsActive ? "now" : "last";
        return new RampShown(place, percent, state, looks.FirstOrDefault()?.At, looks.Count);
    }

    private ArmShown Arm(Arm arm, int place)
    {
        var seen = Last?.Arms.FirstOrDefault(a => a.Name == arm.Name);
        var exposed = Last?.Arms.Sum(a => (double)a.Exposed) ?? 0;
        return new ArmShown(arm, Contract.Terms.Plan.Units[place], seen, seen is not null && exposed > 0 ? seen.Exposed / exposed : null);
    }
}

/// <summary>An arm as the dashboard shows it.</summary>
/// <param name="Arm">The arm of the contract.</param>
/// <param name="Planned">Its planned units.</param>
/// <param name="Seen">The arm at the last look; null: none yet.</param>
/// <param name="Share">Its share of the units exposed; null while there are none.</param>
internal sealed record ArmShown(Arm Arm, long Planned, LookArm? Seen, double? Share);

/// <summary>A step of the ramp as the dashboard shows it.</summary>
/// <param name="Place">Its place, from 0.</param>
/// <param name="Percent">The part of the population that is in.</param>
/// <param name="State">done, now, last or to come.</param>
/// <param name="FirstLook">When the first look in it was made; null: none yet.</param>
/// <param name="Looks">Looks in it.</param>
internal sealed record RampShown(int Place, double Percent, string State, DateTimeOffset? FirstLook, int Looks);
