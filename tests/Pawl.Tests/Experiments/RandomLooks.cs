using Pawl.Experiments;
using Pawl.Statistics;

namespace Pawl.Tests.Experiments;

/// <summary>Looks with anything in them that their types allow: any double, any text that is Unicode, empty lists, nulls.</summary>
internal sealed class RandomLooks(int seed)
{
    private static readonly double[] Edges =
        [0, -0.0, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, 2.2250738585072009e-308, 0.1, 1e21, 1e-7, 9007199254740993, double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    private readonly Random random = new(seed);

    public LookReport Next() => new()
    {
        Number = random.Next(),
        At = Instant(),
        Watermark = Instant(),
        ElapsedHours = Number(),
        MayDecide = Coin(),
        RampStep = random.Next(20),
        Coverage = Number(),
        Arms = List(() => new LookArm(Text(), Count(), Count(), Count())),
        SplitP = Maybe(),
        Metrics = List(Metric),
        Guardrails = List(Guardrail),
        Faults = List(Text),
        Restated = List(Text),
        Questions = List(() => new LookQuestion(Text(), Text(), Text(), List(Text).Distinct().ToDictionary(name => name, _ => Text()), Instant(), Number())),
        Verdict = Verdict(),
    };

    public Verdict Verdict() => random.Next(5) switch
    {
        0 => new Verdict.Running(List(Reason), Coin() ? random.Next() : null, Coin() ? Text() : null),
        1 => new Verdict.GuardrailStop(List(Reason)),
        2 => new Verdict.Promote(Text(), List(Reason)),
        3 => new Verdict.Rollback(List(Reason)),
        _ => new Verdict.Inconclusive(List(Reason)),
    };

    public double Number() => random.Next(3) switch
    {
        0 => Edges[random.Next(Edges.Length)],
        1 => random.NextDouble(),
        _ => BitConverter.Int64BitsToDouble(random.NextInt64()),
    };

    public string Text() => string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(4) switch
    {
        0 => char.ConvertFromUtf32(random.Next(2) == 0 ? random.Next(0, 0xD800) : random.Next(0xE000, 0x110000)),
        1 => new[] { "<script>", "\"", "\\", "&amp;", "\0", "\u2028", "]]>", "'" }[random.Next(8)],
        _ => ((char)random.Next('a', 'z')).ToString(),
    }));

    private LookMetric Metric() => new()
    {
        Name = Text(),
        IsPrimary = Coin(),
        Values = List(Maybe),
        Effects = List(() => new LookEffect { Arm = Text(), Difference = Any<Difference>(), Estimate = Maybe(), Lower = Maybe(), Upper = Maybe(), P = Maybe(), Reason = Coin() ? Any<Reason>() : null }),
    };

    private LookGuardrail Guardrail() => new()
    {
        Metric = Text(),
        Arm = Text(),
        Demand = Text(),
        Threshold = Number(),
        Standing = Any<GuardrailStanding>(),
        Estimate = Maybe(),
        Bound = Maybe(),
        Reason = Coin() ? Any<Reason>() : null,
    };

    private VerdictReason Reason() => new(Any<VerdictCode>(), Text(), Coin() ? Text() : null, Coin() ? Text() : null);

    private DateTimeOffset Instant() => new(random.NextInt64(DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);

    private long Count() => Coin() ? random.NextInt64() : random.Next(1000);

    private double? Maybe() => Coin() ? Number() : null;

    private T Any<T>() where T : struct, Enum => Enum.GetValues<T>() is var values ? values[random.Next(values.Length)] : default;

    private List<T> List<T>(Func<T> next) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => next())];

    private bool Coin() => random.Next(2) == 0;
}
