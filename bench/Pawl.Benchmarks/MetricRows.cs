using System.Globalization;

namespace Pawl.Benchmarks;

/// <summary>
/// The rows, made in the database by its own SQL: each unit is exposed once, one in ten twice, one in a thousand to both arms; ten events a unit in no
/// order, nine orders and a visit, a third of them before the exposure.
/// </summary>
/// <param name="series">A FROM whose column <c>i</c> counts from 0 up to the number that stands for {0}, which is not in it.</param>
/// <param name="instant">The instant that lies as many seconds as {0} says after the <see cref="Before"/>.</param>
/// <param name="unit">The name of the unit with the number {0}.</param>
internal sealed class MetricRows(string series, string instant, string unit)
{
    public const string Flag = "checkout";
    public const int EventsPerUnit = 10;

    /// <summary>Below, some unit would get no crossover.</summary>
    public const long UnitsMin = 10_000;

    public static readonly DateTimeOffset Before = new(2026, 2, 22, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = new(2026, 3, 15, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Of SQLite, where a CTE may stand in a FROM.</summary>
    public const string SqliteSeries = "(with recursive n(i) as (select 0 union all select i + 1 from n where i < {0} - 1) select i from n)";

    private const int HourSeconds = 3_600;

    public string Exposures(long units) => $"select i, 0 as again, {Unit("i")} as unit, {Arm("i % 2")} as variant, {At(Exposed)} as at from {Series(units)}";

    public string ExposedAgain(long units) =>
        $"select i, 1 as again, {Unit("i")} as unit, {Arm("case when i % 1000 = 0 then 1 - i % 2 else i % 2 end")} as variant, {At($"{Exposed} + {HourSeconds}")} as at from {Series(units)} where i % 10 = 0";

    // Both factors are prime, so every unit has its ten events, far apart in the table.
    public string Events(long units) => string.Create(CultureInfo.InvariantCulture, $"""
        select i, case when i < {(EventsPerUnit - 1) * units} then 'order' else 'visit' end as name, {Unit($"(i * 7907) % {units}")} as unit,
          {At("(i * 104729) % 1800000")} as at, ((i * 31) % 97) / 4.0 as value from {Series(EventsPerUnit * units)}
        """);

    private static string Exposed => string.Create(CultureInfo.InvariantCulture, $"{(Start - Before).TotalSeconds} + (i * 7919) % 1000000");

    private static string Arm(string number) => $"case when ({number}) = 0 then 'a' else 'b' end";

    private string Unit(string number) => Of(unit, number);

    private string At(string seconds) => Of(instant, seconds);

    private string Series(long count) => Of(series, count.ToString(CultureInfo.InvariantCulture));

    private static string Of(string format, string argument) => string.Format(CultureInfo.InvariantCulture, format, argument);
}
