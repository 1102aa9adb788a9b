using Pawl.Experiments;
using Pawl.Experiments.Dashboard;
using Pawl.Ledger;
using Pawl.Statistics;

namespace Pawl.Tests.Experiments;

/// <summary>Experiments with their looks and receipts, as a dashboard shows them.</summary>
internal sealed record Dashboards(Experiment Experiment, IReadOnlyList<LookReport> Looks, IReadOnlyList<Receipt> Receipts)
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private const string Guardrails =
        """guardrails: [{name: defect_rate, threshold: 0.02, direction: "<"}, {name: latency_p95, threshold: 2.5, direction: "<"}, {name: refunds, max_harm: 0.01}]""";

    public Snapshot Render() => DashboardPage.Render(Experiment, Looks, Receipts);

    public static Dashboards CleanWin { get; } = Of(
        9, 24, new Verdict.Promote("treatmentA", [new VerdictReason(VerdictCode.Better, "treatmentA improves CSAT by 0.0164 (interval 0.00412 to 0.02868)", "treatmentA", "CSAT")]));

    public static Dashboards GuardrailStop { get; } = Of(
        30, 1, new Verdict.GuardrailStop([new VerdictReason(VerdictCode.GuardrailBreached, "defect_rate of treatmentA is at 0.0312, its bound 0.0024 beyond the limit 0.02 (healthy: <)", "treatmentA", "defect_rate")]));

    public static Dashboards Running { get; } = Of(30, 4, null, ("ramp", "ramp: [5, 25, 100]"), ("primary_metric", "primary_metric: conversion"), ("baseline", "baseline: {mean: 0.12, variance: 0.1056, units_per_day: 8000}"));

    public static Dashboards ThreeArms { get; } = Of(
        6, 24, new Verdict.Inconclusive([new VerdictReason(VerdictCode.MaxDuration, "the longest duration of 14 days is over"), new VerdictReason(VerdictCode.NoDifferenceYet, "the improvement of CSAT by b is 0.002 (interval -0.008 to 0.012)", "b", "CSAT")]),
        ("treatment_spec", "treatment_spec: {control: {model: large}, b: {model: small}, longer-name-of-an-arm: {model: medium}}"), ("mde_kind", "mde_kind: relative"));

    public static Dashboards ManyLooks { get; } = Of(336, 1, null);

    public static Dashboards NoLooks { get; } = Of(0, 24, null);

    public static Dashboards Of(int looks, double hoursApart, Verdict? verdict, params (string Member, string Line)[] lines)
    {
        var contract = Contracts.With([
            ("hypothesis", "hypothesis: \"v7 raises satisfaction without more defects\""), ("metrics", "metrics: [CSAT, conversion, latency_p95, defect_rate]"), ("guardrails", Guardrails), .. lines]);
        var last = Start.AddHours(looks * hoursApart);
        LookReport[] all = [.. Enumerable.Range(1, looks).Select(number => Look(contract, number, hoursApart, looks, number == looks ? verdict : null))];
        return new Dashboards(
            new Experiment
            {
                Contract = contract,
                Version = 4 + looks,
                RegisteredAt = Start.AddHours(-1),
                RegisteredBy = "os:mara",
                RunId = "RUN-51c0ffee",
                StartedAt = Start,
                AllocatedAt = Start,
                Looks = looks,
                LastLookAt = looks > 0 ? last : null,
                RampStep = contract.Request.Ramp.Count - 1,
                Verdict = verdict,
                StoppedAt = verdict is null ? null : last,
                EndedAt = verdict is null ? null : last.AddMinutes(2),
            },
            all,
            ReceiptsOf(contract, all, verdict));
    }

    private static LookReport Look(Contract contract, int number, double hoursApart, int looks, Verdict? verdict)
    {
        var hours = number * hoursApart;
        var decides = hours % 24 == 0;
        var units = (long)(hours * 150);
        string[] treatments = [.. contract.Request.Treatments.Select(arm => arm.Name)];
        var at = Start.AddHours(hours);
        return new LookReport
        {
            Number = number,
            At = at,
            Watermark = at.AddHours(-1),
            ElapsedHours = hours,
            MayDecide = decides || verdict is not null,
            RampStep = Math.Min(contract.Request.Ramp.Count - 1, number / 8),
            Arms = [.. contract.Request.Arms.Select((arm, i) => new LookArm(arm.Name, units + (i * 37), i, units + (i * 36)))],
            SplitP = number > 1 ? 0.41 : null,
            Metrics = [.. new[] { contract.Request.PrimaryMetric }.Concat(decides || verdict is not null ? contract.Request.Metrics.Where(name => name != contract.Request.PrimaryMetric) : [])
                .Where(_ => decides || verdict is not null).Select((name, place) => Metric(contract, name, place == 0, treatments, hours))],
            Guardrails = [.. treatments.SelectMany(arm => Guards(arm, verdict is Verdict.GuardrailStop, hours))],
            Faults = number is 3 or 4 && looks > 20 ? ["the source warehouse did not answer within 30 s"] : [],
            Restated = number == 6 ? ["CSAT of control read 0.6214 at look 5 and reads 0.6209 now"] : [],
            Questions = [new LookQuestion(contract.Request.PrimaryMetric, "warehouse", "select variant, count(*) as n, sum(value) as s\nfrom exposures e left join csat c on c.unit = e.unit and c.at >= e.at\nwhere e.flag = @flag and e.at < @until\ngroup by variant", new Dictionary<string, string> { ["flag"] = contract.Terms.FlagKey, ["until"] = "2026-03-11T08:00:00.0000000Z" }, at, 41.25)],
            Verdict = verdict ?? new Verdict.Running(decides
                ? [.. treatments.Select(arm => new VerdictReason(VerdictCode.NoDifferenceYet, $"the improvement of {contract.Request.PrimaryMetric} by {arm} is 0.0041 (interval -0.0102 to 0.0184)", arm, contract.Request.PrimaryMetric))]
                : [new VerdictReason(VerdictCode.NotDue, "this look is at the guardrails only")]),
        };
    }

    private static LookMetric Metric(Contract contract, string name, bool primary, string[] treatments, double hours)
    {
        var level = name switch { "latency_p95" => 1.84, "defect_rate" => 0.0131, "conversion" => 0.124, _ => 0.62 };
        var half = level * 0.35 / Math.Sqrt(hours) * (name == "latency_p95" ? 0.6 : 1);
        double Estimate(int i) => level * ((name, i) switch { ("latency_p95", _) => -0.052, ("defect_rate", _) => 0.01, (_, 0) => 0.026, _ => -0.034 }) * (1 + (0.6 * Math.Sin(hours / 9) * 10 / (hours + 10)));
        return new LookMetric
        {
            Name = name,
            IsPrimary = primary,
            Values = [level, .. treatments.Select((_, i) => (double?)(level + Estimate(i)))],
            Effects = [.. treatments.Select((arm, i) => name == "defect_rate"
                ? new LookEffect { Arm = arm, Difference = contract.Request.MdeKind, Estimate = Estimate(i), Reason = Reason.TooFewEvents }
                : new LookEffect { Arm = arm, Difference = contract.Request.MdeKind, Estimate = Estimate(i), Lower = Estimate(i) - half, Upper = Estimate(i) + half, P = Math.Exp(-Math.Abs(Estimate(i)) / half * 3) })],
        };
    }

    private static IEnumerable<LookGuardrail> Guards(string arm, bool breached, double hours) =>
    [
        breached ? new LookGuardrail { Metric = "defect_rate", Arm = arm, Demand = "< 0.02", Threshold = 0.02, Standing = GuardrailStanding.Breached, Estimate = 0.0312, Bound = 0.0024 }
            : new LookGuardrail { Metric = "defect_rate", Arm = arm, Demand = "< 0.02", Threshold = 0.02, Standing = GuardrailStanding.Undecided, Reason = Reason.TooFewEvents },
        new LookGuardrail { Metric = "latency_p95", Arm = arm, Demand = "< 2.5", Threshold = 2.5, Standing = GuardrailStanding.Holds, Estimate = 1.744, Bound = -0.0132 },
        hours < 60 ? new LookGuardrail { Metric = "refunds", Arm = arm, Demand = "harm at most 0.01", Threshold = 0.01, Standing = GuardrailStanding.Undecided }
            : new LookGuardrail { Metric = "refunds", Arm = arm, Demand = "harm at most 0.01", Threshold = 0.01, Standing = GuardrailStanding.Holds, Estimate = -0.0021, Bound = 0.0083 },
    ];

    private static IReadOnlyList<Receipt> ReceiptsOf(Contract contract, LookReport[] looks, Verdict? verdict)
    {
        var all = new List<Receipt>();
        void Add(string tool, string reference, DateTimeOffset at, string message, ReceiptKind kind = ReceiptKind.Result, string actor = "os:mara") => all.Add(new Receipt
        {
            Seq = 1041 + all.Count,
            Kind = kind,
            Tool = tool,
            Ok = kind == ReceiptKind.Result,
            Ref = reference,
            Key = $"{tool}:{reference}",
            ArgsDigest = new string('a', 64),
            Actor = actor,
            At = at,
            Subject = $"flag:{contract.Terms.FlagKey}",
            Contract = contract.Hash,
            Message = message,
        });

        Add("RegisterExperiment", contract.Id, Start.AddHours(-1), "Registered the contract.");
        Add("CreateFlag", $"FLAG-{contract.Terms.FlagKey}", Start.AddHours(-1), "Created the flag.");
        Add("StartRun", "RUN-51c0ffee", Start, "Started the run.");
        Add("AllocateTraffic", $"ALLOC-{contract.Terms.FlagKey}@2", Start, "Allocated traffic.");
        foreach (var look in looks) Add("CheckMetrics", $"MET-51c0ffee-{look.Number}", look.At, $"{look.Verdict.State}", actor: "agent:pawl");
        foreach (var tool in verdict?.Tools ?? []) Add(tool, $"{tool}-ref@3", looks[^1].At, "Done and read back.", actor: "agent:pawl");
        if (verdict is Verdict.GuardrailStop) Add("OpenTicket", "TICKET-0badcafe", looks[^1].At, "About to open a ticket.", ReceiptKind.Intent, "agent:pawl");
        return all;
    }
}
