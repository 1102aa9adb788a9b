using Pawl.Experiments;
using Pawl.Tests.Metrics;

namespace Pawl.Tests.Experiments.Real;

/// <summary>
/// The rows of an experiment of fourteen days, as they stand in a warehouse: exposures again and again, before the start and to two arms, and values before
/// exposure, of strangers and after. What a look must read of them is counted here unit by unit, in the words of the definitions and without SQL.
/// </summary>
internal sealed class Fortnight
{
    private const int Days = 14;

    // By day 3 each arm has more than the units that a strict guardrail takes to speak.
    private const int Units = 9800;

    // One unit of so many sees both arms: few enough at every look that the split is not called broken.
    private const int CrossoverEvery = 250;

    private static readonly string[] Arms = ["control", "treatmentA"];
    private readonly Random _random = new(20260202);

    public Fortnight()
    {
        for (var unit = 0; unit < Units; unit++) Add(unit, Start.AddSeconds(Math.Floor(Days * 86400.0 * (unit + 0.5) / Units)));
        for (var early = 0; early < 20; early++) Exposures.Add(new Shown($"early{early}", Arms[early % 2], Start.AddHours(-1 - early)));
        for (var stranger = 0; stranger < 20; stranger++) AddValues($"stranger{stranger}", Start.AddHours(stranger), 9);
    }

    /// <summary>When the experiment starts.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 2, 2, 9, 0, 0, TimeSpan.Zero);

    public List<Shown> Exposures { get; } = [];

    public List<Valued> Scores { get; } = [];

    public List<Valued> Defects { get; } = [];

    public List<Valued> Answers { get; } = [];

    /// <summary>What a look with this watermark must say.</summary>
    public IReadOnlyList<Reading> Expected(DateTimeOffset watermark)
    {
        var seen = Exposures.Where(shown => shown.At >= Start && shown.At < watermark).GroupBy(shown => shown.Unit)
            .Select(unit => (Unit: unit.Key, First: unit.MinBy(shown => shown.At)!, IsCrossed: unit.Select(shown => shown.Variant).Distinct().Count() > 1)).ToList();
        var (scores, defects, answers) = (ByUnit(Scores), ByUnit(Defects), ByUnit(Answers));
        return [.. Arms.Select(arm =>
        {
            var counted = seen.Where(unit => unit.First.Variant == arm && !unit.IsCrossed).ToList();
            return new Reading(
                new LookArm(arm, seen.Count(unit => unit.First.Variant == arm), seen.Count(unit => unit.First.Variant == arm && unit.IsCrossed), counted.Count),
                counted.Sum(unit => Total(scores, unit)) / counted.Count,
                counted.Sum(unit => Total(defects, unit)) / counted.Sum(unit => Total(answers, unit)));
        })];

        double Total(ILookup<string, Valued> values, (string Unit, Shown First, bool IsCrossed) unit) =>
            values[unit.Unit].Where(value => value.At >= unit.First.At && value.At < watermark).Sum(value => value.Value);
    }

    private static ILookup<string, Valued> ByUnit(List<Valued> values) => values.ToLookup(value => value.Unit);

    private void Add(int number, DateTimeOffset first)
    {
        var (unit, arm) = ($"u{number}", _random.Next(2));
        Exposures.Add(new Shown(unit, Arms[arm], first));
        if (_random.Next(3) == 0) Exposures.Add(new Shown(unit, Arms[arm], first.AddHours(_random.Next(1, 30))));
        if (number % CrossoverEvery == CrossoverEvery - 1) Exposures.Add(new Shown(unit, Arms[1 - arm], first.AddMinutes(_random.Next(1, 60))));
        AddValues(unit, first, arm);
    }

    // Quarters add up exactly in whatever order a database adds them.
    private void AddValues(string unit, DateTimeOffset first, int arm)
    {
        if (_random.Next(5) == 0) Scores.Add(new Valued(unit, first.AddHours(-1), 4));
        for (var n = _random.Next(1, 3); n > 0; n--) Scores.Add(new Valued(unit, first.AddMinutes(_random.Next(1200)), (_random.Next(4, 18) + arm) / 4.0));
        for (var n = _random.Next(1, 5); n > 0; n--)
        {
            var at = first.AddMinutes(_random.Next(300));
            Answers.Add(new Valued(unit, at, 1));
            if (_random.Next(50) == 0) Defects.Add(new Valued(unit, at, 1));
        }
    }

    /// <summary>What is read of an arm.</summary>
    public sealed record Reading(LookArm Arm, double Score, double DefectRate);
}
