using Pawl.Metrics;

namespace Pawl.Tests.Metrics;

/// <summary>An exposure as it stands in a table.</summary>
internal sealed record Shown(string Unit, string Variant, DateTimeOffset At);

/// <summary>A value as it stands in a table.</summary>
internal sealed record Valued(string Unit, DateTimeOffset At, double Value);

/// <summary>
/// The raw rows of a small experiment in which everything happens that may: exposures again and again, before the start and after the
/// stop, to two variants and to ones nobody asked for; values before exposure, at the very moment, after the watermark, of strangers.
/// </summary>
internal sealed class World
{
    public const string Flag = "prompts.it's";

    private static readonly double[] Few = [0, 0, 0, 1, 1, 2, 3.25, -1.5, 0.1, 40];
    private readonly Random _random;
    private readonly TimeSpan _resolution;

    /// <summary>The world of a seed, its rows' times cut to what the source can hold.</summary>
    public World(int seed, TimeSpan resolution)
    {
        (_random, _resolution) = (new Random(seed), resolution);
        var units = _random.Next(4) == 0 ? _random.Next(4) : _random.Next(1, 60);
        Arms = _random.Next(3) == 0 ? ["control", "b", "it's \"c\""] : ["control", "b"];
        Start = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero).AddMilliseconds(_random.Next(2) * 123);
        Watermark = Start.AddHours(_random.Next(1, 400));
        Stop = _random.Next(2) == 0 ? null : Start.AddHours(_random.Next(1, 300));
        for (var unit = 0; unit < units; unit++) AddUnit($"{unit}");
        for (var unit = 0; unit < 5; unit++) AddValues($"stranger{unit}");
    }

    public IReadOnlyList<string> Arms { get; }

    public DateTimeOffset Start { get; }

    public DateTimeOffset? Stop { get; }

    public DateTimeOffset Watermark { get; }

    public List<Shown> Exposures { get; } = [];

    public List<Valued> Numerators { get; } = [];

    public List<Valued> Denominators { get; } = [];

    /// <summary>A random question about this world; the inputs are the source's matter.</summary>
    public MetricQuery Query(string source, MetricInput numerator, MetricInput denominator)
    {
        var kind = (MetricKind)_random.Next(4);
        return new MetricQuery
        {
            Flag = Flag,
            Arms = Arms,
            Start = Start,
            Stop = Stop,
            Watermark = Watermark,
            Window = _random.Next(3) == 0 ? TimeSpan.FromHours(_random.Next(1, 100)) : null,
            Threshold = kind == MetricKind.Quantile && _random.Next(2) == 0 ? 1 : null,
            Metric = new MetricDefinition
            {
                Name = "m",
                Source = source,
                Kind = kind,
                Input = numerator,
                Denominator = kind == MetricKind.Ratio ? denominator : null,
                Level = kind == MetricKind.Quantile ? new[] { 0.5, 0.9, 0.95, 0.01 }[_random.Next(4)] : null,
                Cap = kind is MetricKind.Mean or MetricKind.Ratio && _random.Next(2) == 0 ? new[] { 0.6, 0.9, 0.999 }[_random.Next(3)] : null,
                Covariate = kind == MetricKind.Mean && _random.Next(2) == 0 ? TimeSpan.FromDays(_random.Next(1, 8)) : null,
                Window = _random.Next(3) == 0 ? TimeSpan.FromDays(_random.Next(1, 8)) : null,
            },
        };
    }

    private void AddUnit(string unit)
    {
        var variant = Variant();
        for (var n = _random.Next(1, 4); n > 0; n--) Exposures.Add(new Shown(unit, _random.Next(12) == 0 ? Variant() : variant, Time()));
        // Two variants at one moment: the control counts as the first.
        if (_random.Next(20) == 0) Exposures.Add(Exposures[^1] with { Variant = Variant() });
        AddValues(unit);
    }

    private void AddValues(string unit)
    {
        for (var n = _random.Next(8); n > 0; n--) Numerators.Add(new Valued(unit, Moment(unit), Few[_random.Next(Few.Length)]));
        for (var n = _random.Next(8); n > 0; n--) Denominators.Add(new Valued(unit, Moment(unit), _random.Next(1, 4)));
    }

    private string Variant() => _random.Next(10) == 0 ? "other" : Arms[_random.Next(Arms.Count)];

    // Now and then exactly at an edge, where < and <= differ.
    private DateTimeOffset Time() => Cut(_random.Next(10) switch
    {
        0 => Start,
        1 => Watermark,
        2 => Stop ?? Start,
        _ => Start.AddMilliseconds(_random.Next(-50, 450) * 3_600_000.0 + _random.Next(1000)),
    });

    private DateTimeOffset Cut(DateTimeOffset at) => at.AddTicks(-(at.UtcTicks % _resolution.Ticks));

    private DateTimeOffset Moment(string unit) =>
        _random.Next(5) == 0 && Exposures.FindLast(e => e.Unit == unit) is { } shown ? shown.At.AddDays(_random.Next(3) - 1) : Time();
}
