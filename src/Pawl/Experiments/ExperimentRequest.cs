using System.Text.Json;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>
/// What somebody wants to try out: a complete request with every default in its place. Read with <see cref="RequestReader"/>, which has checked each value.
/// </summary>
public sealed record ExperimentRequest
{
    /// <summary>The arm that every other is compared with, and that everyone gets back when the experiment fails.</summary>
    public const string ControlName = "control";

    /// <summary>The domains there are; a policy may allow fewer.</summary>
    public static IReadOnlyList<string> Domains { get; } = ["prompts", "policies", "ranking", "pricing", "ui"];

    /// <summary>What is being changed: one of <see cref="Domains"/>.</summary>
    public required string Domain { get; init; }

    /// <summary>The second half of the flag's key: lower-case letters, digits and hyphens. Default: from the hypothesis, else from the primary metric.</summary>
    public required string Slug { get; init; }

    /// <summary>The arms: the control first, the treatments by name.</summary>
    public required IReadOnlyList<Arm> Arms { get; init; }

    /// <summary>What is expected to happen, and why; empty where nothing was said.</summary>
    public string Hypothesis { get; init; } = "";

    /// <summary>The metric that decides.</summary>
    public required string PrimaryMetric { get; init; }

    /// <summary>All metrics that are shown, the primary one first.</summary>
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>What must not get worse.</summary>
    public IReadOnlyList<Guardrail> Guardrails { get; init; } = [];

    /// <summary>The smallest effect the experiment is planned to see, above 0: in the metric's unit, or as a share of the baseline where <see cref="MdeKind"/> is relative.</summary>
    public required double Mde { get; init; }

    /// <summary>The effect by which the experiment is decided. Default: absolute.</summary>
    public Difference MdeKind { get; init; } = Difference.Absolute;

    /// <summary>Days after which the experiment ends in any case.</summary>
    public required double MaxDurationDays { get; init; }

    /// <summary>Experiments that may run at the same time, this one included. Default: 10.</summary>
    public long MaxConcurrent { get; init; } = 10;

    /// <summary>Who is in. Default: <c>all_users</c>.</summary>
    public string Population { get; init; } = "all_users";

    /// <summary>Conditions that all must hold for a unit to be exposed; see <see cref="Flags.ExposureRule"/>.</summary>
    public IReadOnlyList<string> ExposureRules { get; init; } = [];

    /// <summary>How the primary metric is tested.</summary>
    public Analysis Analysis { get; init; } = new();

    /// <summary>What is known of the primary metric before the start; null where it is to be measured over <see cref="BaselineDays"/>.</summary>
    public Baseline? Baseline { get; init; }

    /// <summary>Days before the start from which the baseline is measured; null where <see cref="Baseline"/> is given.</summary>
    public double? BaselineDays { get; init; }

    /// <summary>Days from a unit's first exposure in which its values count, and after which it is counted at all; null: values accrue.</summary>
    public double? WindowDays { get; init; }

    /// <summary>Percent of the population in each step, rising. Default: everyone at once.</summary>
    public IReadOnlyList<double> Ramp { get; init; } = [100];

    /// <summary>Who decides on promotion. Default: the rule.</summary>
    public PromotedBy Approval { get; init; } = PromotedBy.Rule;

    /// <summary>How much the winner must be better. Default: at all.</summary>
    public PromoteWhen PromoteWhen { get; init; } = PromoteWhen.Superior;

    /// <summary>The attribute that names the unit. Default: <c>user_id</c>.</summary>
    public string Unit { get; init; } = "user_id";

    /// <summary>When one looks, and how long one waits for what.</summary>
    public Schedule Schedule { get; init; } = new();

    /// <summary>The arms that are compared with the control.</summary>
    public IEnumerable<Arm> Treatments => Arms.Skip(1);
}

/// <summary>One arm of an experiment.</summary>
/// <param name="Name">Its name, also that of the flag's variant.</param>
/// <param name="Value">What the flag serves.</param>
/// <param name="Percent">Its share of the units in the experiment; all together 100.</param>
public sealed record Arm(string Name, JsonElement Value, double Percent);

/// <summary>What is known of the primary metric before the start.</summary>
/// <param name="Mean">The mean over units.</param>
/// <param name="Variance">The variance over units, above 0.</param>
/// <param name="UnitsPerDay">New eligible units per day, above 0, all arms together.</param>
public sealed record Baseline(double Mean, double Variance, double UnitsPerDay);

/// <summary>A metric that must not get worse: below or above a limit in every treatment arm, or not worse than the control by more than a margin.</summary>
public abstract record Guardrail
{
    private Guardrail(string metric) => Metric = metric;

    /// <summary>The metric.</summary>
    public string Metric { get; }

    /// <summary>An absolute limit.</summary>
    /// <param name="Of">The metric.</param>
    /// <param name="Threshold">The limit, in the metric's unit.</param>
    /// <param name="Healthy">The side on which it is healthy: <c>"&lt;"</c> reads "must stay below".</param>
    /// <param name="IsStrict">Whether the point estimate is compared; see <see cref="StrictGuardrail"/>.</param>
    public sealed record Limit(string Of, double Threshold, Side Healthy, bool IsStrict) : Guardrail(Of);

    /// <summary>A margin relative to the control.</summary>
    /// <param name="Of">The metric.</param>
    /// <param name="MaxHarm">The margin as a share of the control's value, above 0.</param>
    public sealed record Harm(string Of, double MaxHarm) : Guardrail(Of);
}

/// <summary>The family of tests by which an experiment is decided.</summary>
public enum AnalysisMethod
{
    /// <summary>Valid at every look: <see cref="SequentialTest"/>.</summary>
    Sequential,

    /// <summary>A planned number of looks that spend α: <see cref="GroupSequentialTest"/>.</summary>
    GroupSequential,

    /// <summary>Decided once, at the planned sample: <see cref="FixedTest"/>.</summary>
    Fixed,
}

/// <summary>How the primary metric is tested.</summary>
public sealed record Analysis
{
    /// <summary>The test. Default: sequential.</summary>
    public AnalysisMethod Method { get; init; } = AnalysisMethod.Sequential;

    /// <summary>The chance of finding an effect where there is none that one accepts, two-sided. Default: 0.05.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>The chance of finding an effect of the MDE's size. Default: 0.8.</summary>
    public double Power { get; init; } = 0.8;

    /// <summary>Days before which nothing is decided on the primary metric. Default: 1.</summary>
    public double MinDays { get; init; } = 1;

    /// <summary>How a group sequential test spends α. Default: O'Brien–Fleming.</summary>
    public Spending Spending { get; init; } = Spending.OBrienFleming;

    /// <summary>Looks of a group sequential test. Default: 5.</summary>
    public int Looks { get; init; } = 5;
}

/// <summary>Who decides on promotion.</summary>
public enum PromotedBy
{
    /// <summary>The verdict is enough.</summary>
    Rule,

    /// <summary>A person approves the verdict.</summary>
    Human,
}

/// <summary>How much the winner must be better than the control.</summary>
public enum PromoteWhen
{
    /// <summary>The improvement's lower bound is above 0.</summary>
    Superior,

    /// <summary>The improvement's lower bound is above the MDE.</summary>
    SuperiorByMde,
}

/// <summary>When one looks, and how long one waits for what.</summary>
public sealed record Schedule
{
    /// <summary>Hours between looks at the guardrails. Default: 1.</summary>
    public double GuardrailHours { get; init; } = 1;

    /// <summary>Hours between looks that may decide. Default: 24.</summary>
    public double VerdictHours { get; init; } = 24;

    /// <summary>Hours that a step of the ramp lasts at least. Default: 24.</summary>
    public double RampHours { get; init; } = 24;

    /// <summary>Hours without a measurement after which the experiment is rolled back. Default: 24.</summary>
    public double UnmeasurableHours { get; init; } = 24;

    /// <summary>Days after which a promotion that nobody approved is dropped. Default: 7.</summary>
    public double ApprovalDays { get; init; } = 7;

    /// <summary>Hours by which values arrive late: a look reads up to so long ago. Default: 0.</summary>
    public double LagHours { get; init; }
}
