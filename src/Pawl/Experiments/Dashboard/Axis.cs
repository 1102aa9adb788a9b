using System.Globalization;

namespace Pawl.Experiments.Dashboard;

/// <summary>A linear axis; places on it are percent of its length.</summary>
internal sealed record Axis
{
    // Twice this is still a double, and so is the distance between two such ends.
    private const double Largest = 1e300;

    private Axis(double low, double high) => (Low, High) = (low, high);

    public double Low { get; }

    public double High { get; }

    /// <summary>An axis with zero in its middle that has room for each of these numbers.</summary>
    public static Axis AroundZero(IEnumerable<double?> numbers)
    {
        var reach = Finite(numbers).Select(Math.Abs).DefaultIfEmpty(0).Max() * 1.12;
        return reach > 0 ? new Axis(-reach, reach) : new Axis(-1, 1);
    }

    /// <summary>An axis that has room for each of these numbers.</summary>
    public static Axis Over(IEnumerable<double?> numbers)
    {
        var all = Finite(numbers).ToList();
        var (low, high) = all.Count > 0 ? (all.Min(), all.Max()) : (0, 0);
        var room = (high - low) * 0.08;
        if (room == 0) room = low == 0 ? 1 : Math.Abs(low) * 0.1;
        return new Axis(low - room, high + room);
    }

    /// <summary>Time from the start on, with a little room after the end.</summary>
    public static Axis FromZero(double end) => new(0, end is > 0 and < Largest ? end * 1.03 : 1);

    /// <summary>The place of a number: 0 at the low end, 100 at the high one, never far outside.</summary>
    public double Place(double number) => double.IsNaN(number) ? 0 : Math.Clamp((Math.Clamp(number, -Largest, Largest) - Low) / (High - Low) * 100, -100, 200);

    /// <summary>Round numbers along the axis, about as many as asked for.</summary>
    public IReadOnlyList<double> Ticks(int about)
    {
        var rough = (High - Low) / about;
        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = magnitude * ((rough / magnitude) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        if (!double.IsFinite(step) || step <= 0) return [];
        var ticks = new List<double>();
        for (var i = Math.Ceiling(Low / step); i <= High / step && ticks.Count <= about * 3; i++) ticks.Add(i * step);
        return ticks;
    }

    /// <summary>A coordinate as SVG has it.</summary>
    public static string At(double coordinate) => coordinate.ToString("0.##", CultureInfo.InvariantCulture) is var text && text == "-0" ? "0" : text;

    private static IEnumerable<double> Finite(IEnumerable<double?> numbers) => numbers.OfType<double>().Where(double.IsFinite).Select(number => Math.Clamp(number, -Largest, Largest));
}
