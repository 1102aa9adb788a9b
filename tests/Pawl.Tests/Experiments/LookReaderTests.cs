using Pawl.Experiments;
using Pawl.Metrics;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments;

/// <summary>What a look makes of the answers where it has to remember earlier looks.</summary>
public sealed class LookReaderTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Read_GroupSequentialWithoutNewUnits_SpendsNothingAndTestsAgainWhenThereAre()
    {
        var experiment = Of("analysis: {method: group_sequential, looks: 5}");
        var quarter = (long)(experiment.Contract.Terms.Plan.Total * 0.23 / 2);

        var first = Read(experiment, Answers(quarter));
        var stalled = Read(experiment with { Information = first.Information }, Answers(quarter));
        var second = Read(experiment with { Information = stalled.Information }, Answers(2 * quarter));

        Assert.Equal([1, 1, 2], new[] { first, stalled, second }.Select(look => look.Information["treatmentA"].Count));
        Assert.Equal([true, false, true], new[] { first, stalled, second }.Select(look => look.Look.MayDecide));
        Assert.IsType<TwoSidedResult.Tested>(second.Look.Arms[1].Primary!.Result);
    }

    [Fact]
    public void Read_GroupSequentialBeforeTheLastStepOfARamp_SpendsNothing()
    {
        var experiment = Of("analysis: {method: group_sequential, looks: 5}", "ramp: [50, 100]");

        Assert.Empty(Read(experiment, Answers(experiment.Contract.Terms.Plan.Total / 2)).Information);
        Assert.Single(Read(experiment with { RampStep = 1 }, Answers(experiment.Contract.Terms.Plan.Total / 2)).Information);
    }

    [Fact]
    public void Read_AStrictGuardrailWhoseSourceIsDownInBetween_IsBreachedAtTheSecondLookThatReadsIt()
    {
        var experiment = Of("""guardrails: [{name: defect_rate, threshold: 0.02, direction: "<", strict: true}]""");

        var first = Read(experiment, Answers(5_000, defects: 0.5));
        var down = Read(experiment with { Beyond = first.Beyond }, Answers(5_000));
        var third = Read(experiment with { Beyond = down.Beyond }, Answers(5_000, defects: 0.5));

        Assert.IsType<GuardrailResult.Undecided>(first.Look.Arms[1].Guardrails[0].Result);
        Assert.IsType<GuardrailResult.Breached>(third.Look.Arms[1].Guardrails[0].Result);
        Assert.NotEqual("promote", VerdictRule.Judge(experiment.Contract, (first.Look with { MayDecide = true }).WithPrimary(Looks.Primary(0.05, 0.03))).State);
    }

    [Fact]
    public void Read_AnArmWithoutAValue_HidesNoBreachOfAnother()
    {
        var experiment = Of("""guardrails: [{name: p99, threshold: 2.5, direction: "<"}]""", "treatment_spec: {control: 1, bad: 2, good: 3}");
        var point = new MetricResult.Point { Arms = [new ArmPoint("control", 1.4), new ArmPoint("bad", 99), new ArmPoint("good", null)], Provenance = Provenance };
        var answers = Answers(5_000, arms: 3);
        answers[new QueryKey("p99", InWindow: false)] = point;

        var look = Read(experiment with { Beyond = ["p99/bad"] }, answers).Look;

        Assert.IsType<GuardrailResult.Breached>(look.Arms[1].Guardrails[0].Result);
        Assert.Equal(Reason.NoUnits, Assert.IsType<GuardrailResult.Undecided>(look.Arms[2].Guardrails[0].Result).Reason);
    }

    private static MetricProvenance Provenance { get; } = new() { Source = "s", Statement = "", Parameters = new Dictionary<string, string>(StringComparer.Ordinal), AskedAt = Start, Took = TimeSpan.Zero };

    private static Experiment Of(params string[] lines)
    {
        var request = lines.Aggregate(Requests.Minimal, (text, line) => Requests.With(text, line[..line.IndexOf(':', StringComparison.Ordinal)], line));
        KnownMetric[] metrics = [.. Requests.Metrics, new("p99", MetricKind.Value, Side.Less)];
        var read = (RequestReading.Complete)RequestReader.Read(System.Text.Encoding.UTF8.GetBytes(request), metrics);
        return new Experiment { Contract = Contract.Create(read.Request, metrics, Contracts.Allowed), RegisteredAt = Start, RegisteredBy = "os:test", StartedAt = Start, AllocatedAt = Start, RunId = "RUN-00000000" };
    }

    private static LookReader Read(Experiment experiment, Dictionary<QueryKey, MetricResult> answers) =>
        new(experiment, new LookMoment(Start.AddDays(2), Start.AddDays(2), 48, MayDecide: true), answers, []);

    private static Dictionary<QueryKey, MetricResult> Answers(long units, double? defects = null, int arms = 2)
    {
        var answers = new Dictionary<QueryKey, MetricResult> { [new QueryKey("CSAT", InWindow: false)] = Measured(units, 0.62, arms) };
        if (defects is { } level) answers[new QueryKey("defect_rate", InWindow: false)] = Measured(units, level, arms);
        return answers;
    }

    private static MetricResult.Measured Measured(long units, double mean, int arms) => new()
    {
        Arms = [.. new[] { "control", arms == 2 ? "treatmentA" : "bad", "good" }.Take(arms).Select(arm => new ArmReading
        {
            Arm = arm,
            Exposed = units,
            Crossovers = 0,
            Statistics = new MeanStatistics { Units = units, Sum = units * mean, SumOfSquares = units * ((mean * mean) + 0.2356), Shape = new ValueShape(units, units * ((mean * mean * mean) + (3 * mean * 0.2356))) },
        })],
        Exposures = units * arms,
        OtherUnits = 0,
        Watermark = Start.AddDays(2),
        Provenance = Provenance,
    };
}
